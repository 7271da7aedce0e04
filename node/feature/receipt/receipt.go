// Package receipt is the slice of reading: how far each account got in a conversation, what that leaves unread, and telling the
// others of it.
//
// It promises that a cursor never moves back, that others are told only of what an account says it read, never of what it
// merely wrote after, and that a peer cannot mark as read what is not here yet.
package receipt

import (
	"context"
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// Feature is the slice.
func Feature() feature.Feature {
	return feature.Feature{Name: "receipt", Install: func(h *feature.Host) {
		s := &slice{h}
		feature.Project(h, s.wrote)
		feature.Receipts(h, s.received)
		feature.Cursors(h, s.cursor)
		feature.Unread(h, s.unread)

		feature.Handle(h, "receipt.read", "PUT /api/v1/conversations/{conversation}/read",
			"Say that a message and everything before it was read.", s.read)
	}}
}

type slice struct{ *feature.Host }

// row is how far an account got, in the realm of the conversation.
type row struct {
	Read  protocol.Place `cbor:"0,keyasint"` // what it said it read
	At    uint64         `cbor:"1,keyasint"` // when, Unix milliseconds
	Wrote protocol.Place `cbor:"2,keyasint"` // its newest message; it had seen what stands before
}

func (s *slice) load(tx feature.Tx, log protocol.Log, reader protocol.Account) (row, *storage.Realm, error) {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return row{}, nil, err
	}
	r, err := storage.GetAs[row](tx, realm, key(realm, reader))
	if errors.Is(err, storage.ErrNotFound) {
		return row{}, realm, nil
	}
	return r, realm, err
}

func key(realm *storage.Realm, reader protocol.Account) storage.Key {
	return realm.Key(storage.Receipts, storage.H(reader[:]))
}

func (s *slice) cursor(tx feature.Tx, reader protocol.Account, c feature.Conversation) (feature.Cursor, error) {
	r, _, err := s.load(tx, c.Log, reader)
	if err != nil || r == (row{}) {
		return feature.Cursor{}, err
	}
	cur := feature.Cursor{Read: r.Read, Seen: r.Read, At: time.UnixMilli(int64(r.At)).UTC()}
	if r.Wrote.Compare(r.Read) > 0 {
		cur.Seen = r.Wrote
	}
	return cur, nil
}

// wrote keeps the newest message of a local author: who answers has seen what stands before. An account that is locked now
// wrote nothing.
func (s *slice) wrote(tx feature.Tx, e feature.Entry, _ event.MessageSent) error {
	if !s.Keys.Unlocked(e.Author) {
		return nil
	}
	r, realm, err := s.load(tx, e.Log, e.Author)
	if err != nil || e.Place().Compare(r.Wrote) <= 0 {
		return err
	}
	r.Wrote = e.Place()
	return storage.PutAs(tx, realm, key(realm, e.Author), r)
}

// advance moves what an account says it read, and has that told after the commit. It does nothing for a place behind.
func (s *slice) advance(tx feature.Tx, c feature.Conversation, reader protocol.Account, to protocol.Place, at time.Time) (bool, error) {
	r, realm, err := s.load(tx, c.Log, reader)
	if err != nil || to.Compare(r.Read) <= 0 {
		return false, err
	}
	before := r.Read
	r.Read, r.At = to, uint64(max(at.UnixMilli(), 0))
	tx.OnCommit(func() { s.TellRead(feature.ReadMove{Conversation: c, Reader: reader, After: before}) })
	return true, storage.PutAs(tx, realm, key(realm, reader), r)
}

// maxUnread is where counting ends.
const maxUnread = 1000

func (s *slice) unread(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (int, error) {
	cur, err := s.cursor(tx, viewer, c)
	if err != nil {
		return 0, err
	}
	entries, err := s.Timeline.Page(tx, c.Log, feature.Range{After: cur.Seen, Kinds: []string{event.MessageSent{}.Kind()}, Limit: maxUnread})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, e := range entries {
		if e.Author != viewer {
			n++
		}
	}
	return n, nil
}

// ReadRequest names the newest message that was read.
type ReadRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `json:"message" required:"true"`
}

func (s *slice) read(ctx context.Context, req ReadRequest) (feature.Nothing, error) {
	reader := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, reader, req.Conversation)
		if err != nil {
			return err
		}
		e, err := s.Timeline.Get(tx, c.Log, req.Message)
		if err != nil {
			return err
		}
		now := s.Now()
		moved, err := s.advance(tx, c, reader, e.Place(), now)
		if err != nil || !moved {
			return err
		}
		return s.send(tx, c, reader, e.Place(), now)
	})
}

// send tells accounts on other nodes, unless this one would not write to them either, as to somebody that it blocked.
func (s *slice) send(tx feature.Tx, c feature.Conversation, reader protocol.Account, to protocol.Place, at time.Time) error {
	if s.Permitted(tx, reader, c) != nil {
		return nil
	}
	for _, m := range c.Members {
		if !s.Directory.Local(tx, m) {
			return s.Delivery.Receipt(tx, protocol.Receipt{Log: c.Log, Account: reader, Read: &to, At: uint64(at.UnixMilli())})
		}
	}
	return nil
}

// received takes a peer's cursor. It is held to what is here: a place that is not in the log counts as the one before it.
func (s *slice) received(tx feature.Tx, r protocol.Receipt) error {
	if r.Read == nil {
		return nil
	}
	c, err := s.Timeline.Conversation(tx, r.Log)
	if err != nil {
		return err
	}
	if !c.Has(r.Account) || s.Directory.Local(tx, r.Account) {
		return feature.ErrNotFound
	}
	to, err := s.known(tx, r.Log, *r.Read)
	if err != nil || to.IsZero() {
		return err
	}
	at := time.UnixMilli(int64(min(r.At, uint64(max(s.Now().UnixMilli(), 0)))))
	_, err = s.advance(tx, c, r.Account, to, at)
	return err
}

func (s *slice) known(tx feature.Tx, log protocol.Log, p protocol.Place) (protocol.Place, error) {
	e, err := s.Timeline.Get(tx, log, p.ID)
	if err == nil {
		return e.Place(), nil
	}
	if !errors.Is(err, feature.ErrNotFound) {
		return protocol.Place{}, err
	}
	before, err := s.Timeline.Page(tx, log, feature.Range{Before: p, Limit: 1})
	if err != nil || len(before) == 0 {
		return protocol.Place{}, err
	}
	return before[0].Place(), nil
}
