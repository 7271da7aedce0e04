package schedule

import (
	"context"
	"errors"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// State says what a message that is to be sent later waits for.
type State string

// States of a message.
const (
	Waiting State = "waiting" // for its moment
	Due     State = "due"     // it is being sent
	Missed  State = "missed"  // its moment is too long past; its author is asked
	Refused State = "refused" // the author may not write there
)

// ErrReplyGone says that what a message answers is not there any more.
var ErrReplyGone = &feature.Error{Status: 409, Code: "reply_gone", Detail: "The message that it answers is not there any more."}

// Scheduled is a message that is to be sent later.
type Scheduled struct {
	ID           string           `json:"id"`
	Conversation protocol.Log     `json:"conversation"`
	Text         string           `json:"text"`
	ReplyTo      protocol.EventID `json:"reply_to,omitzero"`
	At           time.Time        `json:"at"`
	State        State            `json:"state" enum:"waiting,due,missed,refused"`
	Reason       string           `json:"reason,omitempty" doc:"why it was refused"`
}

// MessageChange is a message that is new or changed, without one that is sent or cancelled.
type MessageChange struct {
	ID        string     `json:"id"`
	Scheduled *Scheduled `json:"scheduled,omitempty"`
}

// CreateRequest is a message to be sent later.
type CreateRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Text         string           `json:"text" required:"true" doc:"at most 60,000 bytes of UTF-8, kept byte for byte"`
	ReplyTo      protocol.EventID `json:"reply_to,omitempty" doc:"the message of this conversation that it answers"`
	At           time.Time        `json:"at" required:"true" doc:"when, at most a year away"`
}

// EditRequest is what such a message becomes. What it answers stays.
type EditRequest struct {
	ID   string    `path:"id"`
	Text string    `json:"text" required:"true" doc:"at most 60,000 bytes of UTF-8, kept byte for byte"`
	At   time.Time `json:"at" required:"true" doc:"when, at most a year away"`
}

// OfRequest names a message or a reminder.
type OfRequest struct {
	ID string `path:"id"`
}

// Sent names the message that went out.
type Sent struct {
	ID protocol.EventID `json:"id"`
}

func (s *slice) show(m message) Scheduled {
	return Scheduled{ID: m.ID, Conversation: m.Log, Text: m.Text, ReplyTo: m.ReplyTo, At: time.UnixMilli(m.At), State: m.state(s.Now()), Reason: m.Reason}
}

// told is the change that a message is there as it is now.
func (s *slice) told(m message) MessageChange {
	shown := s.show(m)
	return MessageChange{ID: m.ID, Scheduled: &shown}
}

func (s *slice) create(ctx context.Context, req CreateRequest) (out Scheduled, err error) {
	if err := errors.Join(feature.CheckText(req.Text), s.checkMoment(req.At)); err != nil {
		return out, err
	}
	author := feature.ActorOf(ctx).Account
	m := message{ID: newID(), Log: req.Conversation, Text: req.Text, ReplyTo: req.ReplyTo, At: req.At.UnixMilli()}
	return s.show(m), s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, author, m.Log)
		if err != nil {
			return err
		}
		if !m.ReplyTo.IsZero() {
			if _, _, err := s.FindMessage(tx, author, c.Log, m.ReplyTo); err != nil {
				return err
			}
		}
		realm, err := s.Realms.Account(author)
		if err != nil {
			return err
		}
		free, err := room(tx, realm, messages, MaxMessages)
		if err != nil {
			return err
		}
		if !free {
			return feature.ErrConflict.With("There are %d messages to be sent later; send or cancel one first.", MaxMessages)
		}
		return s.keep(tx, author, realm, m)
	})
}

// keep writes a message, has its moment noticed and tells the author's clients.
func (s *slice) keep(tx feature.Tx, author protocol.Account, realm *storage.Realm, m message) error {
	tx.OnCommit(func() { s.tellMessage([]protocol.Account{author}, s.told(m)) })
	if err := storage.PutAs(tx, realm, key(realm, messages, m.ID), m); err != nil {
		return err
	}
	return s.arm(tx, author, m.next())
}

func (s *slice) list(ctx context.Context, _ feature.Nothing) (feature.List[Scheduled], error) {
	out := feature.List[Scheduled]{Items: []Scheduled{}}
	return out, s.Store.View(func(tx feature.Tx) error {
		realm, err := s.Realms.Account(feature.ActorOf(ctx).Account)
		if err != nil {
			return err
		}
		list, err := all[message](tx, realm, messages)
		slices.SortFunc(list, earlier)
		for _, m := range list {
			out.Items = append(out.Items, s.show(m))
		}
		return err
	})
}

func (s *slice) edit(ctx context.Context, req EditRequest) (out Scheduled, err error) {
	if err := errors.Join(feature.CheckText(req.Text), s.checkMoment(req.At)); err != nil {
		return out, err
	}
	author := feature.ActorOf(ctx).Account
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		m, realm, err := s.load(tx, author, req.ID)
		if err != nil {
			return err
		}
		m.Text, m.At, m.Again, m.Code, m.Reason = req.Text, req.At.UnixMilli(), 0, "", ""
		out = s.show(m)
		return s.keep(tx, author, realm, m)
	})
	return out, err
}

func (s *slice) load(tx feature.Tx, author protocol.Account, id string) (m message, realm *storage.Realm, err error) {
	if realm, err = s.Realms.Account(author); err != nil {
		return m, nil, err
	}
	m, err = storage.GetAs[message](tx, realm, key(realm, messages, id))
	if errors.Is(err, storage.ErrNotFound) {
		err = feature.ErrNotFound
	}
	return m, realm, err
}

func (s *slice) cancel(ctx context.Context, req OfRequest) (none feature.Nothing, err error) {
	author := feature.ActorOf(ctx).Account
	return none, s.Store.Update(ctx, func(tx feature.Tx) error {
		m, realm, err := s.load(tx, author, req.ID)
		if err != nil {
			return err
		}
		s.drop(tx, author, realm, m)
		return nil
	})
}

// drop takes a message from the list, and tells the author's clients.
func (s *slice) drop(tx feature.Tx, author protocol.Account, realm *storage.Realm, m message) {
	tx.Delete(key(realm, messages, m.ID))
	tx.OnCommit(func() { s.tellMessage([]protocol.Account{author}, MessageChange{ID: m.ID}) })
}

func (s *slice) sendNow(ctx context.Context, req OfRequest) (sent Sent, err error) {
	author := feature.ActorOf(ctx).Account
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		m, realm, err := s.load(tx, author, req.ID)
		if err != nil {
			return err
		}
		sent.ID, err = s.send(tx, author, realm, m)
		return err
	})
	return sent, err
}
