// Package share is the slice of what messages carry beside their text: a point on the earth, and an account that somebody passes on.
//
// It promises that both are shown as they came and nothing is looked up for them: no map, no picture, no other node. Whoever adds a contact from a card
// checks whose it is, as with any address.
package share

import (
	"conclave/node/feature"
	"conclave/protocol"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "share", Install: func(h *feature.Host) {
		feature.Annotate(h, "location", location)
		feature.Annotate(h, "card", card)
	}}
}

func location(_ feature.Tx, _ protocol.Account, e feature.Entry) (*feature.SharedLocation, error) {
	body, ok, err := feature.MoreThanText(e)
	if !ok || body.Location == nil {
		return nil, err
	}
	out := feature.ShowLocation(*body.Location)
	return &out, nil
}

func card(_ feature.Tx, _ protocol.Account, e feature.Entry) (*feature.SharedContact, error) {
	body, ok, err := feature.MoreThanText(e)
	if !ok || body.Card == nil {
		return nil, err
	}
	out := feature.ShowContact(*body.Card)
	return &out, nil
}
