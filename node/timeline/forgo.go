package timeline

import (
	"errors"
	"fmt"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// What a node may not read it is not given: events from before the time of its members are named as parents by those that it
// has, and never come. They are no gaps.

// Forgo notes that events are not for the members here. What waited for them alone loses its gap mark. An event that comes all
// the same is logged as any other.
func (t *Timeline) Forgo(tx feature.Tx, log protocol.Log, ids []protocol.EventID) error {
	if len(ids) == 0 {
		return nil
	}
	b, err := t.book(tx, log)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if known, err := b.has(id); err != nil {
			return err
		} else if known {
			continue
		}
		g, err := b.gap(id)
		if err != nil {
			return err
		}
		if err := b.forgo(id); err != nil {
			return err
		}
		for _, p := range g.Waiting {
			void, err := b.settle(p)
			if err != nil {
				return err
			}
			if void.Event == nil {
				continue
			}
			if err := t.withdraw(tx, void); err != nil {
				return err
			}
		}
	}
	return nil
}

// Begin has an empty log go on behind events that are not for the members here. It does nothing to a log that has events.
func (t *Timeline) Begin(tx feature.Tx, log protocol.Log, roots []protocol.Place) error {
	b, err := t.book(tx, log)
	if err != nil {
		return err
	}
	if newest, err := b.newest(); err != nil || newest > 0 {
		return err
	}
	b.heads = slices.Clone(roots)
	slices.SortFunc(b.heads, protocol.Place.Compare)
	for _, p := range b.heads {
		if err := b.forgo(p.ID); err != nil {
			return err
		}
	}
	return b.saveHeads()
}

// Tips returns the newest events without children and without gaps, in order.
func (t *Timeline) Tips(tx feature.Tx, log protocol.Log) ([]protocol.Place, error) {
	b, err := t.book(tx, log)
	if err != nil {
		return nil, err
	}
	return b.heads, nil
}

// forgo replaces what stands of a gap by the note that it is none.
func (b *book) forgo(id protocol.EventID) error {
	return storage.PutAs(b.tx, b.realm, b.gapKey(id), gap{Missing: id, Waiting: []protocol.Place{}})
}

// forgone tells whether an event that is not here is not to be waited for.
func (b *book) forgone(id protocol.EventID) (bool, error) {
	v, err := b.tx.Get(b.realm, b.gapKey(id))
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	g, err := decodeGap(v)
	if err != nil {
		return false, fmt.Errorf("read a gap: %w", err)
	}
	return len(g.Waiting) == 0, nil
}

// recover takes in an event that was forgone: others may follow it already, so it leads only where it did as a mere name.
func (b *book) recover(p protocol.Place) error {
	b.tx.Delete(b.gapKey(p.ID))
	i := slices.IndexFunc(b.heads, func(h protocol.Place) bool { return h.ID == p.ID })
	if i < 0 {
		return nil
	}
	b.heads[i] = p
	slices.SortFunc(b.heads, protocol.Place.Compare)
	return b.saveHeads()
}
