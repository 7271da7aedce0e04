package timeline

import (
	"errors"
	"fmt"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// Groups are what the timeline needs of whoever keeps the membership and the chains of groups.
type Groups interface {
	// Conversation describes a group as it is now; feature.ErrNotFound for a log that is none.
	Conversation(tx feature.Tx, log protocol.Log) (feature.Conversation, error)
	// Heads are what an event of this moment names as the membership that its author saw.
	Heads(tx feature.Tx, log protocol.Log) ([]protocol.EventID, error)
	// Seal seals a new event of a local account once for all members, and returns what goes to them and what is kept beside
	// the event.
	Seal(tx feature.Tx, e *protocol.Event) (inner []byte, stamp feature.Stamp, err error)
	// Judge tells whether an event is part of the history. ErrBehind means that heads of it are not here.
	Judge(tx feature.Tx, e *protocol.Event, mark membership.Mark) (shown bool, err error)
	// At is the state that somebody saw whose heads were these; feature.ErrNotFound while one of them is not here.
	At(tx feature.Tx, log protocol.Log, heads []protocol.EventID) (*membership.State, error)
	// MayRead tells whether a local or remote member may read an event.
	MayRead(tx feature.Tx, reader protocol.Account, e *protocol.Event) (bool, error)
}

// ErrBehind means that an event names membership operations that are not here: it waits with its sender.
var ErrBehind = errors.New("the event names membership that is not known here")

// group describes a log that has no description of its own: a group's changes, and is its keeper's to tell.
func (t *Timeline) group(tx feature.Tx, log protocol.Log) (feature.Conversation, error) {
	if t.Groups == nil {
		return feature.Conversation{}, feature.ErrNotFound
	}
	c, err := t.Groups.Conversation(tx, log)
	if err == nil {
		t.talks.Add(log, feature.Conversation{Kind: c.Kind})
	}
	return c, err
}

// heads are the membership that an event of this moment names.
func (t *Timeline) heads(tx feature.Tx, log protocol.Log) ([]protocol.EventID, error) {
	heads, err := t.Groups.Heads(tx, log)
	if err != nil {
		return nil, fmt.Errorf("read the heads of a group: %w", err)
	}
	heads = slices.Clone(heads)
	protocol.SortIDs(heads)
	return heads, nil
}

// appendGroup seals and logs an event of a local account.
func (t *Timeline) appendGroup(b *book, c feature.Conversation, e *protocol.Event) (err error) {
	// With more heads than an event can name, others do not see what is seen here: they judge by those that it names.
	part := len(e.Heads) == protocol.MaxHeads
	then := c.State
	if part {
		if then, err = t.Groups.At(b.tx, e.Log, e.Heads); err != nil {
			return err
		}
	}
	if err := t.Registry.Obey(e, then); err != nil {
		return err
	}
	inner, stamp, err := t.Groups.Seal(b.tx, e)
	if err != nil {
		return fmt.Errorf("seal an event: %w", err)
	}
	if part {
		if shown, err := t.Groups.Judge(b.tx, e, markOf(e, stamp)); err != nil {
			return err
		} else if !shown {
			return feature.ErrForbidden
		}
	}
	if err := t.commit(b, feature.Entry{Event: e, Received: t.Now(), Stamp: &stamp}, true, 0); err != nil {
		return err
	}
	return t.Outbox.EnqueueGroup(b.tx, c, e, inner)
}

func markOf(e *protocol.Event, s feature.Stamp) membership.Mark {
	return membership.Mark{Device: e.Device, CSeq: s.CSeq, N: s.Proof.N}
}

// IngestGroup logs an event of a group with the stamp that proves its author; the caller has verified that. What lies outside
// of a fence is logged and not shown. ErrDuplicate, ErrRefused and ErrBehind leave the transaction as it was.
func (t *Timeline) IngestGroup(tx feature.Tx, e *protocol.Event, stamp feature.Stamp) error {
	b, err := t.book(tx, e.Log)
	if err != nil {
		return err
	}
	if direct, err := tx.Has(b.realm.Key(storage.Describe)); err != nil {
		return err
	} else if direct || t.Groups == nil {
		return fmt.Errorf("%w: its log is no group", ErrRefused)
	}
	if err := b.fresh(e.ID); err != nil {
		return err
	}
	if len(e.Heads) == 0 {
		return fmt.Errorf("%w: it names no membership", ErrRefused)
	}
	if err := t.check(e); err != nil {
		return err
	}
	if err := t.obey(tx, e); err != nil {
		return err
	}
	shown, err := t.Groups.Judge(tx, e, markOf(e, stamp))
	if err != nil {
		return err
	}
	var flags uint64
	if !shown {
		flags |= flagHidden
	}
	return t.take(b, feature.Entry{Event: e, Stamp: &stamp}, flags)
}

// obey asks what an event needs of the membership that its author saw. That never changes, nor does the answer.
func (t *Timeline) obey(tx feature.Tx, e *protocol.Event) error {
	then, err := t.Groups.At(tx, e.Log, e.Heads)
	if errors.Is(err, feature.ErrNotFound) {
		return ErrBehind
	}
	if err != nil {
		return err
	}
	if then.Role(e.Author) == 0 {
		return fmt.Errorf("%w: its author was no member", ErrRefused)
	}
	if e.Erased() {
		return nil
	}
	if err := t.Registry.Obey(e, then); err != nil {
		return fmt.Errorf("%w: %w", ErrRefused, err)
	}
	return nil
}
