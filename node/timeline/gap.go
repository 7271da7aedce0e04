package timeline

import (
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/protocol"
	"conclave/storage"
)

// wait notes under each missing parent which event waits for it.
func (b *book) wait(e *protocol.Event, missing []protocol.EventID) error {
	for _, id := range missing {
		k := b.realm.Key(storage.Gaps, storage.H(id[:]))
		waiting, err := storage.GetAs[[]protocol.Place](b.tx, b.realm, k)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return fmt.Errorf("read a gap: %w", err)
		}
		if len(waiting) >= maxWaiting {
			return fmt.Errorf("%w: %d events wait for one parent", ErrRefused, len(waiting))
		}
		if err := storage.PutAs(b.tx, b.realm, k, append(waiting, e.Place())); err != nil {
			return err
		}
	}
	return nil
}

// maxWaiting bounds how many events may wait for one that is missing.
const maxWaiting = 1024

// fill looks at the events that waited for one that came: those whose parents are all here lose their gap mark and become
// heads, or are void when the order that they claimed was wrong.
func (b *book) fill(came *protocol.Event) error {
	queue := []protocol.EventID{came.ID}
	for len(queue) > 0 {
		id := queue[0]
		queue = queue[1:]
		k := b.realm.Key(storage.Gaps, storage.H(id[:]))
		waiting, err := storage.GetAs[[]protocol.Place](b.tx, b.realm, k)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read a gap: %w", err)
		}
		b.tx.Delete(k)
		for _, p := range waiting {
			settled, err := b.settle(p)
			if err != nil {
				return err
			}
			if settled {
				queue = append(queue, p.ID)
			}
		}
	}
	return nil
}

// settle takes the gap mark from an event if no parent is missing any more.
func (b *book) settle(p protocol.Place) (bool, error) {
	entry, flags, err := b.load(p)
	if err != nil {
		return false, err
	}
	ord := uint64(1)
	for _, id := range entry.Parents {
		q, err := b.place(id)
		if errors.Is(err, storage.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		ord = max(ord, q.Ord+1)
	}
	flags &^= flagGap
	if ord != entry.Ord {
		flags |= flagVoid
	}
	if err := storage.PutAs(b.tx, b.realm, b.rowKey(p), record{Event: entry.Encode(), Received: uint64(entry.Received.UnixMilli()), Flags: flags}); err != nil {
		return false, err
	}
	if flags&flagVoid != 0 {
		return false, nil
	}
	// An event that came earlier and already names this one as a parent keeps it from being a head.
	return true, b.lead(p, entry.Parents)
}

func decodeRecord(v []byte) (record, error) {
	r, err := canon.Unmarshal[record](v)
	if err != nil {
		return record{}, fmt.Errorf("read a logged event: %w", err)
	}
	return r, nil
}
