package timeline

import (
	"errors"
	"fmt"
	"math"
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
	return t.forgo(b, ids)
}

func (t *Timeline) forgo(b *book, ids []protocol.EventID) error {
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
		if err := storage.PutAs(b.tx, b.realm, b.gapKey(id), gap{Missing: id, Waiting: []protocol.Place{}}); err != nil {
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
			if err := t.withdraw(b.tx, void); err != nil {
				return err
			}
		}
	}
	return nil
}

// Begin has a log in which nothing leads go on behind events that are not here: not for the members here, or not yet. Of their
// places the ord and the id count. One leads until it comes, or an event does that is not before it.
func (t *Timeline) Begin(tx feature.Tx, log protocol.Log, roots []protocol.Place) error {
	b, err := t.book(tx, log)
	if err != nil || len(b.heads) > 0 {
		return err
	}
	ids := make([]protocol.EventID, 0, len(roots))
	for _, p := range roots {
		if known, err := b.has(p.ID); err != nil {
			return err
		} else if known {
			continue
		}
		b.heads = append(b.heads, protocol.Place{Ord: p.Ord, HLC: rootHLC, ID: p.ID})
		ids = append(ids, p.ID)
	}
	slices.SortFunc(b.heads, protocol.Place.Compare)
	if err := b.saveHeads(); err != nil {
		return err
	}
	return t.forgo(b, ids)
}

// isRoot tells of a head that it is none that is here.
func isRoot(p protocol.Place) bool { return p.HLC == rootHLC }

// rootHLC stands in the place of the time of an event that is not here.
const rootHLC = math.MaxUint64

// Tips returns the newest events without children and without gaps, in order.
func (t *Timeline) Tips(tx feature.Tx, log protocol.Log) ([]protocol.Place, error) {
	b, err := t.book(tx, log)
	if err != nil {
		return nil, err
	}
	return b.heads, nil
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
