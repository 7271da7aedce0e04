package timeline

import (
	"errors"
	"fmt"
	"slices"

	"conclave/crypto/canon"
	"conclave/protocol"
	"conclave/storage"
)

// wait notes under each missing parent which event waits for it. Where it refuses, it wrote nothing.
func (b *book) wait(e *protocol.Event, missing []protocol.EventID) error {
	queues := make([][]protocol.Place, len(missing))
	for i, id := range missing {
		waiting, err := storage.GetAs[[]protocol.Place](b.tx, b.realm, b.gapKey(id))
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return fmt.Errorf("read a gap: %w", err)
		}
		if len(waiting) >= maxWaiting {
			return fmt.Errorf("%w: %d events wait for one parent", ErrRefused, len(waiting))
		}
		queues[i] = append(waiting, e.Place())
	}
	for i, id := range missing {
		if err := storage.PutAs(b.tx, b.realm, b.gapKey(id), queues[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *book) gapKey(missing protocol.EventID) storage.Key {
	return b.realm.Key(storage.Gaps, storage.H(missing[:]))
}

// maxWaiting bounds how many events may wait for one that is missing.
const maxWaiting = 1024

// fill looks at the events that waited for one that came: those whose parents are all here lose their gap mark and become
// heads, or are void when the order that they claimed was wrong.
func (b *book) fill(came *protocol.Event) error {
	k := b.gapKey(came.ID)
	waiting, err := storage.GetAs[[]protocol.Place](b.tx, b.realm, k)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read a gap: %w", err)
	}
	b.tx.Delete(k)
	for _, p := range waiting {
		if err := b.settle(p); err != nil {
			return err
		}
	}
	return nil
}

// settle takes the gap mark from an event if no parent is missing any more.
func (b *book) settle(p protocol.Place) error {
	entry, flags, err := b.load(p)
	if err != nil {
		return err
	}
	ord := uint64(1)
	for _, id := range entry.Parents {
		q, err := b.place(id)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		ord = max(ord, q.Ord+1)
	}
	flags &^= flagGap
	if ord != entry.Ord {
		flags |= flagVoid
	}
	led := flags&flagLed != 0
	if err := b.save(entry, flags&^flagLed); err != nil {
		return err
	}
	if flags&flagVoid != 0 {
		return nil
	}
	if err := b.lead(p, entry.Parents); err != nil || !led {
		return err
	}
	b.heads = slices.DeleteFunc(b.heads, func(h protocol.Place) bool { return h.ID == p.ID })
	return b.saveHeads()
}

func decodeRecord(v []byte) (record, error) {
	r, err := canon.UnmarshalOwn[record](v)
	if err != nil {
		return record{}, fmt.Errorf("read a logged event: %w", err)
	}
	return r, nil
}
