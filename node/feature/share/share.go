// Package share is the slice of what messages carry beside their text: a point on the earth, and an account that somebody passes on.
//
// It promises that both are shown as they came and nothing is looked up for them: no map, no picture, no other node. Whoever adds a contact from a card
// checks whose it is, as with any address.
package share

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "share", Install: func(h *feature.Host) {
		feature.Annotate(h, "location", location)
		feature.Annotate(h, "card", card)
	}}
}

// bare is how the body of a message begins that has a text and nothing else.
const bare = 0xa1

// sent reads a message that has more than a text; false for all else.
func sent(e feature.Entry) (body event.MessageSent, ok bool, err error) {
	if e.Kind != body.Kind() || e.Erased() || len(e.Body) == 0 || e.Body[0] == bare {
		return body, false, nil
	}
	body, err = event.Decode[event.MessageSent](e.Body)
	return body, err == nil, err
}

func location(_ feature.Tx, _ protocol.Account, e feature.Entry) (*feature.SharedLocation, error) {
	body, ok, err := sent(e)
	if !ok || body.Location == nil {
		return nil, err
	}
	out := feature.ShowLocation(*body.Location)
	return &out, nil
}

func card(_ feature.Tx, _ protocol.Account, e feature.Entry) (*feature.SharedContact, error) {
	body, ok, err := sent(e)
	if !ok || body.Card == nil {
		return nil, err
	}
	out := feature.ShowContact(*body.Card)
	return &out, nil
}
