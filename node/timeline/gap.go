package timeline

import (
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// gap is a row of the Gaps table.
type gap struct {
	_       struct{} `cbor:",toarray"`
	Missing protocol.EventID
	Waiting []protocol.Place
}

// decodeGap reads a row of the Gaps table. Rows of older versions are the places alone and do not tell what is missing.
func decodeGap(v []byte) (gap, error) {
	if len(v) > 1 && v[1] == idString {
		return canon.UnmarshalOwn[gap](v)
	}
	places, err := canon.UnmarshalOwn[[]protocol.Place](v)
	return gap{Waiting: places}, err
}

const idString = 0x58 // begins an id behind the first byte of a gap, where older rows have the array of a place

func (b *book) gap(missing protocol.EventID) (gap, error) {
	v, err := b.tx.Get(b.realm, b.gapKey(missing))
	if errors.Is(err, storage.ErrNotFound) {
		return gap{Missing: missing}, nil
	}
	if err != nil {
		return gap{}, fmt.Errorf("read a gap: %w", err)
	}
	g, err := decodeGap(v)
	if err != nil {
		return gap{}, fmt.Errorf("read a gap: %w", err)
	}
	g.Missing = missing
	return g, nil
}

// wait notes under each missing parent which event waits for it. Where it refuses, it wrote nothing.
func (b *book) wait(e *protocol.Event, missing []protocol.EventID) error {
	gaps := make([]gap, len(missing))
	for i, id := range missing {
		g, err := b.gap(id)
		if err != nil {
			return err
		}
		if len(g.Waiting) >= maxWaiting {
			return fmt.Errorf("%w: %d events wait for one parent", ErrRefused, len(g.Waiting))
		}
		g.Waiting = append(g.Waiting, e.Place())
		gaps[i] = g
	}
	for _, g := range gaps {
		if err := storage.PutAs(b.tx, b.realm, b.gapKey(g.Missing), g); err != nil {
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
// heads, or are void when the order that they claimed was wrong. It returns those that were shown till then and are void.
func (b *book) fill(came *protocol.Event) (void []feature.Entry, err error) {
	g, err := b.gap(came.ID)
	if err != nil || len(g.Waiting) == 0 {
		return nil, err
	}
	b.tx.Delete(b.gapKey(came.ID))
	for _, p := range g.Waiting {
		entry, err := b.settle(p)
		if err != nil {
			return nil, err
		}
		if entry.Event != nil {
			void = append(void, entry)
		}
	}
	return void, nil
}

// settle takes the gap mark from an event if no parent is missing any more. It returns it where that voids it.
func (b *book) settle(p protocol.Place) (void feature.Entry, err error) {
	entry, flags, err := b.load(p)
	if err != nil {
		return void, err
	}
	ord, open := uint64(1), false
	for _, id := range entry.Parents {
		q, err := b.place(id)
		if errors.Is(err, storage.ErrNotFound) {
			gone, err := b.forgone(id)
			if err != nil || !gone {
				return void, err
			}
			open = true
			continue
		}
		if err != nil {
			return void, err
		}
		ord = max(ord, q.Ord+1)
	}
	led := flags&flagLed != 0
	flags &^= flagGap | flagLed
	entry.Gap = false
	if ord > entry.Ord || ord < entry.Ord && !open {
		if flags&flagHidden == 0 {
			void = entry
		}
		return void, b.save(entry, flags|flagVoid)
	}
	if err := b.save(entry, flags); err != nil {
		return void, err
	}
	if err := b.lead(p, entry.Parents); err != nil || !led {
		return void, err
	}
	return void, b.unlead(p)
}
