package message

import (
	"context"
	"strings"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// SendRequest is a text for a conversation.
type SendRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Text         string           `json:"text" required:"true" doc:"at most 60,000 bytes of UTF-8, kept byte for byte"`
	ReplyTo      protocol.EventID `json:"reply_to,omitempty" doc:"the message of this conversation that it answers"`
	Thread       protocol.EventID `json:"thread,omitempty" doc:"the message of this conversation in whose thread it is said"`
	Priority     feature.Priority `json:"priority,omitempty" enum:"important,urgent" doc:"left out for a plain message; of urgent ones each person sends few to a conversation"`

	Mentions []protocol.Account `json:"mentions,omitempty" doc:"members whom the text means, at most 50: it holds an @ and what they are called here, or their address"`
	All      bool               `json:"all,omitempty" doc:"the text means all members of a group by @all"`
	Here     bool               `json:"here,omitempty" doc:"the text means those members of a group who are there by @here"`

	Preview  *feature.LinkPreview    `json:"preview,omitempty" doc:"what was found behind an address of the text"`
	Location *feature.SharedLocation `json:"location,omitempty"`
	Card     *feature.SharedContact  `json:"card,omitempty" doc:"an account that is passed on"`
	Picture  *feature.SentPicture    `json:"picture,omitempty"`
	Poll     *feature.SharedPoll     `json:"poll,omitempty" doc:"what the text asks"`
}

// Sent names a message.
type Sent struct {
	ID protocol.EventID `json:"id"`
}

func (s *slice) send(ctx context.Context, req SendRequest) (Sent, error) {
	if err := feature.CheckText(req.Text); err != nil {
		return Sent{}, err
	}
	body, err := s.bodyOf(req)
	if err != nil {
		return Sent{}, err
	}
	author := feature.ActorOf(ctx).Account
	key, keyed := feature.KeyOf(ctx)
	var sent Sent
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, author, req.Conversation)
		if err != nil {
			return err
		}
		if keyed {
			known, err := s.recall(tx, author, key, req)
			if err != nil || !known.IsZero() {
				sent.ID = known
				return err
			}
		}
		if err := s.Permitted(tx, author, c); err != nil {
			return err
		}
		if !req.ReplyTo.IsZero() {
			if _, _, err := s.find(tx, author, c.Log, req.ReplyTo); err != nil {
				return err
			}
		}
		if err := s.root(tx, author, c.Log, req.Thread); err != nil {
			return err
		}
		if body.Priority == event.Urgent {
			if err := s.press(tx, author, c.Log); err != nil {
				return err
			}
		}
		if body.Mentions, err = s.mentions(tx, author, c, req.Text, Mentions{req.Mentions, req.All, req.Here}); err != nil {
			return err
		}
		e, err := s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: author, Body: body})
		if err != nil {
			return err
		}
		sent.ID = e.ID
		if keyed {
			return s.Remember(tx, author, key, c.Log, e.ID)
		}
		return nil
	})
	return sent, err
}

// bodyOf is the body of a message, with what it is sent with.
func (s *slice) bodyOf(req SendRequest) (body event.MessageSent, err error) {
	body = event.MessageSent{Content: req.Text, ReplyTo: req.ReplyTo, Thread: req.Thread}
	if body.Priority, err = priorityOf(req.Priority); err != nil {
		return body, err
	}
	if req.Preview != nil {
		if !strings.Contains(req.Text, req.Preview.URL) {
			return body, feature.ErrBadRequest.With("A preview is of an address in the text.")
		}
		if body.Preview, err = req.Preview.Body(); err != nil {
			return body, err
		}
	}
	if req.Location != nil {
		if body.Location, err = req.Location.Body(); err != nil {
			return body, err
		}
	}
	if req.Card != nil {
		if body.Card, err = req.Card.Body(); err != nil {
			return body, err
		}
	}
	if req.Poll != nil {
		if body.Poll, err = req.Poll.Body(s.Now()); err != nil {
			return body, err
		}
	}
	if req.Picture != nil {
		if body.Picture, err = req.Picture.Body(); err != nil {
			return body, err
		}
		if body.Preview != nil { // there is room for one picture
			body.Preview.Image = nil
		}
	}
	return body, nil
}

// maySend holds in groups whoever the policy lets write.
func maySend(e *protocol.Event, then *membership.State, _ event.MessageSent) error {
	if !then.May(e.Author, membership.Send) {
		return feature.ErrForbidden
	}
	return nil
}

// RetryRequest names a message that failed.
type RetryRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
}

func (s *slice) retry(ctx context.Context, req RetryRequest) (Sent, error) {
	author := feature.ActorOf(ctx).Account
	err := s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, author, req.Conversation)
		if err != nil {
			return err
		}
		e, err := s.Timeline.Get(tx, c.Log, req.Message)
		if err != nil {
			return err
		}
		if e.Author != author {
			return feature.ErrNotFound
		}
		if err := s.Permitted(tx, author, c); err != nil {
			return err
		}
		return s.Delivery.Retry(tx, c.Log, e.ID)
	})
	return Sent{ID: req.Message}, err
}
