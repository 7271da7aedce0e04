// Package share is the slice of what messages carry beside their text: an account that somebody passes on, and a small picture.
//
// It promises that both are shown as they came and nothing is looked up for them. Whoever adds a contact from a card
// checks whose it is, as with any address. A picture is given to whoever is shown its message, and goes with its text when that is deleted.
package share

import (
	"context"

	"conclave/node/feature"
	"conclave/protocol"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "share", Install: func(h *feature.Host) {
		s := &slice{h}
		feature.Annotate(h, "card", card)
		feature.Annotate(h, "picture", picture)
		feature.Handle(h, "picture.get", "GET /api/v1/conversations/{conversation}/messages/{message}/picture", "Get the picture of a message.", s.get)
	}}
}

type slice struct{ *feature.Host }

func card(_ feature.Tx, _ protocol.Account, e feature.Entry) (*feature.SharedContact, error) {
	body, ok, err := feature.MoreThanText(e)
	if !ok || body.Card == nil {
		return nil, err
	}
	out := feature.ShowContact(*body.Card)
	return &out, nil
}

func picture(_ feature.Tx, _ protocol.Account, e feature.Entry) (*feature.ShownPicture, error) {
	body, ok, err := feature.MoreThanText(e)
	if !ok || body.Picture == nil {
		return nil, err
	}
	out, err := feature.ShowPicture(*body.Picture)
	return &out, err
}

// GetRequest names a message that has a picture.
type GetRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
}

func (s *slice) get(ctx context.Context, req GetRequest) (out feature.Served, err error) {
	return out, s.Store.View(func(tx feature.Tx) error {
		_, e, err := s.FindMessage(tx, feature.ActorOf(ctx).Account, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		body, ok, err := feature.MoreThanText(e)
		if err == nil && (!ok || body.Picture == nil) {
			return feature.ErrNotFound
		}
		if err == nil {
			out.Content = body.Picture.Content
		}
		return err
	})
}
