package message

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// maxForwards is to how many conversations a message is forwarded at once.
const maxForwards = 20

// ErrForwards says to how many conversations a message is forwarded.
var ErrForwards = feature.ErrBadRequest.With("A message is forwarded to 1 to %d conversations, to each once.", maxForwards)

// ForwardRequest names a message and where it goes.
type ForwardRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
	To           []protocol.Log   `json:"to" required:"true" doc:"1 to 20 conversations"`
	Attribution  bool             `json:"attribution,omitempty" doc:"say who wrote it"`
}

// Forward is what became of a message in one conversation.
type Forward struct {
	Conversation protocol.Log     `json:"conversation"`
	ID           protocol.EventID `json:"id,omitzero" doc:"the new message, left out where it was refused"`
	Code         string           `json:"code,omitempty" doc:"why it was refused"`
	Detail       string           `json:"detail,omitempty"`
}

// forward makes new messages of what a message says now, with its place, card, preview and poll. Nothing leads from them to where it was said.
func (s *slice) forward(ctx context.Context, req ForwardRequest) (feature.List[Forward], error) {
	out := feature.List[Forward]{Items: []Forward{}}
	seen := map[protocol.Log]bool{}
	for _, to := range req.To {
		seen[to] = true
	}
	if len(req.To) == 0 || len(req.To) > maxForwards || len(seen) != len(req.To) {
		return out, ErrForwards
	}
	who := feature.ActorOf(ctx).Account
	var body event.MessageSent
	if err := s.Store.View(func(tx feature.Tx) (err error) {
		body, err = s.copyOf(tx, who, req)
		return err
	}); err != nil {
		return out, err
	}
	for _, to := range req.To {
		f := Forward{Conversation: to}
		err := s.Store.Update(ctx, func(tx feature.Tx) error {
			c, err := s.See(tx, who, to)
			if err != nil {
				return err
			}
			if err := s.Permitted(tx, who, c); err != nil {
				return err
			}
			e, err := s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: who, Body: body})
			if err == nil {
				f.ID = e.ID
			}
			return err
		})
		var refused *feature.Error
		switch {
		case errors.As(err, &refused):
			f = Forward{Conversation: to, Code: refused.Code, Detail: refused.Detail}
		case err != nil:
			return out, fmt.Errorf("forward a message: %w", err)
		}
		out.Items = append(out.Items, f)
	}
	return out, nil
}

// copyOf is what a message says now, and who wrote it first where that is to be told.
func (s *slice) copyOf(tx feature.Tx, who protocol.Account, req ForwardRequest) (event.MessageSent, error) {
	c, e, err := s.find(tx, who, req.Conversation, req.Message)
	if err != nil {
		return event.MessageSent{}, err
	}
	body, err := event.Decode[event.MessageSent](e.Body)
	if err != nil {
		return event.MessageSent{}, err
	}
	now, err := s.now(tx, e)
	if err != nil {
		return event.MessageSent{}, err
	}
	out := event.MessageSent{Content: now.Text, Location: still(body.Location), Card: body.Card, Picture: body.Picture, Poll: s.again(body.Poll)}
	if out.Picture != nil && now.Text != body.Content {
		out.Picture.Alone = false // its author gave it a text
	}
	if body.Preview != nil && strings.Contains(now.Text, body.Preview.URL) {
		out.Preview = body.Preview
	}
	if !req.Attribution {
		return out, nil
	}
	if out.Forwarded = body.Forwarded; out.Forwarded == nil {
		out.Forwarded = &event.Forwarded{Name: s.authorName(tx, who, c, e.Author)}
	}
	return out, nil
}

// still is a location as a place that stays: only its author tells of moves.
func still(l *event.Location) *event.Location {
	if l == nil {
		return nil
	}
	out := *l
	out.Until = 0
	return &out
}

// again is a poll as a new one: without votes, and without an end that is past.
func (s *slice) again(p *event.Poll) *event.Poll {
	if p == nil {
		return nil
	}
	out := *p
	if out.End <= uint64(s.Now().UnixMilli()) {
		out.End = 0
	}
	return &out
}

// authorName is how an author is called by who forwards; empty where only an id is known.
func (s *slice) authorName(tx feature.Tx, who protocol.Account, c feature.Conversation, author protocol.Account) string {
	if !c.Group() {
		return s.NameOf(tx, who, author)
	}
	if name := s.NameIn(tx, who, c.Log, author); !feature.Nameless(author, name) {
		return name
	}
	return ""
}
