package message

import (
	"context"
	"strings"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// SendRequest is a text for a conversation.
type SendRequest = feature.Saying

// Sent names a message.
type Sent struct {
	ID protocol.EventID `json:"id"`
}

func (s *slice) send(ctx context.Context, req SendRequest) (Sent, error) {
	body, err := s.bodyOf(req, s.Now())
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
		if sent.ID, err = s.sayIn(tx, author, c, req, body); err != nil || !keyed {
			return err
		}
		return s.Remember(tx, author, key, c.Log, sent.ID)
	})
	return sent, err
}

// check refuses what could not be said at a moment.
func (s *slice) check(req SendRequest, at time.Time) error {
	_, err := s.bodyOf(req, at)
	return err
}

// say sends a message for another slice.
func (s *slice) say(tx feature.Tx, author protocol.Account, req SendRequest) (none protocol.EventID, err error) {
	body, err := s.bodyOf(req, s.Now())
	if err != nil {
		return none, err
	}
	c, err := s.See(tx, author, req.Conversation)
	if err != nil {
		return none, err
	}
	return s.sayIn(tx, author, c, req, body)
}

// sayIn logs a message in a conversation that its author sees, if the author may write there.
func (s *slice) sayIn(tx feature.Tx, author protocol.Account, c feature.Conversation, req SendRequest, body event.MessageSent) (none protocol.EventID, err error) {
	if err := s.Permitted(tx, author, c); err != nil {
		return none, err
	}
	if !req.ReplyTo.IsZero() {
		if _, _, err := s.find(tx, author, c.Log, req.ReplyTo); err != nil {
			return none, err
		}
	}
	if err := s.root(tx, author, c.Log, req.Thread); err != nil {
		return none, err
	}
	if body.Priority == event.Urgent {
		if err := s.press(tx, author, c.Log); err != nil {
			return none, err
		}
	}
	if body.Mentions, err = s.mentions(tx, author, c, req.Text, Mentions{req.Mentions, req.All, req.Here}); err != nil {
		return none, err
	}
	e, err := s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: author, Body: body})
	if err != nil {
		return none, err
	}
	return e.ID, nil
}

// bodyOf is the body of a message that is said at a moment, with what it is sent with.
func (s *slice) bodyOf(req SendRequest, at time.Time) (body event.MessageSent, err error) {
	if err := feature.CheckText(req.Text); err != nil {
		return body, err
	}
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
		if body.Location, err = req.Location.Body(at); err != nil {
			return body, err
		}
	}
	if req.Card != nil {
		if body.Card, err = req.Card.Body(); err != nil {
			return body, err
		}
	}
	if req.Poll != nil {
		if body.Poll, err = req.Poll.Body(at); err != nil {
			return body, err
		}
	}
	if len(req.Mentions) > event.MaxMentions {
		return body, errMentions
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
