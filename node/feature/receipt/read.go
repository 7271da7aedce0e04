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

var messages = []string{event.MessageSent{}.Kind()}

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
		if c.Group() {
			return s.readInGroup(tx, c, reader, e)
		}
		other, _, err := s.load(tx, c.Log, c.Other(reader))
		if err != nil {
			return err
		}
		to, left, err := s.upTo(tx, c, reader, e, other)
		if err != nil || to.IsZero() {
			return err
		}
		now := s.Now()
		moved, err := s.advance(tx, c, reader, to, other.Sent-left, now)
		if err != nil || !moved {
			return err
		}
		return s.send(tx, c, reader, to, now)
	})
}

// upTo finds the newest message of the other up to an event, and how many of the other's come behind it, at most maxUnread.
func (s *slice) upTo(tx feature.Tx, c feature.Conversation, reader protocol.Account, e feature.Entry, other row) (to protocol.Place, left uint64, err error) {
	if other.Wrote.Compare(e.Place()) <= 0 {
		return other.Wrote, 0, nil
	}
	to = e.Place()
	if e.Author == reader || e.Kind != messages[0] || !e.Thread().IsZero() {
		if to, err = s.before(tx, c, reader, to); err != nil || to.IsZero() {
			return to, 0, err
		}
	}
	behind, err := s.Timeline.Page(tx, c.Log, feature.Range{After: to, Kinds: messages, Limit: maxUnread})
	for _, b := range behind {
		if b.Author != reader && !b.Erased() && b.Thread().IsZero() {
			left++
		}
	}
	return to, min(left, other.Sent), err
}

// before finds the newest message of the other before a place.
func (s *slice) before(tx feature.Tx, c feature.Conversation, reader protocol.Account, at protocol.Place) (protocol.Place, error) {
	page, err := s.Timeline.Page(tx, c.Log, feature.Range{Before: at, Kinds: messages, Limit: maxUnread})
	for i := len(page) - 1; i >= 0; i-- {
		if page[i].Author != reader && page[i].Thread().IsZero() {
			return page[i].Place(), err
		}
	}
	return protocol.Place{}, err
}

// advance moves what an account read, and has it told after the commit. It reports whether what the others know moved.
func (s *slice) advance(tx feature.Tx, c feature.Conversation, reader protocol.Account, to protocol.Place, known uint64, at time.Time) (bool, error) {
	r, realm, err := s.load(tx, c.Log, reader)
	if err != nil {
		return false, err
	}
	had := r
	if to.Compare(r.seen()) >= 0 {
		r.Known = max(r.Known, known)
	}
	if to.Compare(r.Read) > 0 {
		r.Read, r.At = to, uint64(max(at.UnixMilli(), 0))
	}
	if r == had {
		return false, nil
	}
	moved := r.Read != had.Read
	if moved {
		tells, err := s.tells(tx, reader, c)
		if err != nil {
			return false, err
		}
		if tells {
			r.Told, r.ToldAt = r.Read, r.At
		}
	}
	tx.OnCommit(func() {
		s.TellConversation(c.Log)
		if moved {
			s.TellRead(feature.ReadMove{Conversation: c, Reader: reader, After: had.Read})
		}
	})
	return moved, storage.PutAs(tx, realm, key(realm, reader), r)
}

// tells tells whether the others of a conversation may know how far an account reads. What one of another node says, it wants
// known.
func (s *slice) tells(tx feature.Tx, reader protocol.Account, c feature.Conversation) (bool, error) {
	if !s.Directory.Local(tx, reader) {
		return true, nil
	}
	p, err := s.PrivacyOf(tx, reader, c.Log)
	return p.Receipts, err
}

// send tells accounts on other nodes, unless this one hides it, or would not write to them either, as to somebody that it blocked.
func (s *slice) send(tx feature.Tx, c feature.Conversation, reader protocol.Account, to protocol.Place, at time.Time) error {
	if s.Permitted(tx, reader, c) != nil {
		return nil
	}
	if tells, err := s.tells(tx, reader, c); err != nil || !tells {
		return err
	}
	for _, m := range c.Members {
		if !s.Directory.Local(tx, m) {
			return s.Delivery.Receipt(tx, protocol.Receipt{Log: c.Log, Account: reader, Read: &to, At: uint64(at.UnixMilli())})
		}
	}
	return nil
}

// received takes a peer's cursor. It is held to what is here: a place that is not in the log counts as the one before it, and a
// cursor in a log that is not here, or of somebody who takes no part from another node, as none.
func (s *slice) received(tx feature.Tx, r protocol.Receipt) error {
	if r.Read == nil {
		return nil
	}
	c, err := s.Timeline.Conversation(tx, r.Log)
	if errors.Is(err, feature.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if c.Group() {
		return s.receivedInGroup(tx, c, r.Account, *r.Read, r.At)
	}
	if !c.Has(r.Account) || s.Directory.Local(tx, r.Account) {
		return nil
	}
	to, err := s.here(tx, r.Log, *r.Read)
	if err != nil || to.IsZero() {
		return err
	}
	at := time.UnixMilli(int64(min(r.At, uint64(max(s.Now().UnixMilli(), 0)))))
	_, err = s.advance(tx, c, r.Account, to, 0, at)
	return err
}

func (s *slice) here(tx feature.Tx, log protocol.Log, p protocol.Place) (protocol.Place, error) {
	e, err := s.Timeline.Get(tx, log, p.ID)
	if err == nil {
		return e.Place(), nil
	}
	if !errors.Is(err, feature.ErrNotFound) || p.IsZero() {
		return protocol.Place{}, err
	}
	before, err := s.Timeline.Page(tx, log, feature.Range{Before: p, Limit: 1})
	if err != nil || len(before) == 0 {
		return protocol.Place{}, err
	}
	return before[0].Place(), nil
}
