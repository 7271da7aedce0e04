package timeline

import (
	"encoding/binary"
	"errors"
	"fmt"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// What reconciliation with other member nodes needs of a log. Void events are left out, hidden ones are not: all nodes keep
// them alike, and judge them alike.

// IDs calls fn with the events of a log whose ord is at least from and below to, in the order of the log, until it returns
// false. Events that may does not let pass are left out; a nil may lets all pass. The event that may gets must not be kept.
func (t *Timeline) IDs(tx feature.Tx, log protocol.Log, from, to uint64, may func(*protocol.Event) (bool, error), fn func(ord uint64, id protocol.EventID) bool) error {
	b, err := t.book(tx, log)
	if err != nil {
		return err
	}
	prefix := b.realm.Key(storage.Log)
	o := storage.ScanOptions{From: b.realm.Key(storage.Log, storage.U64(from))}
	return tx.Scan(b.realm, prefix, o, func(k storage.Key, v []byte) (bool, error) {
		if binary.BigEndian.Uint64(k.After(prefix)) >= to {
			return false, nil
		}
		r, err := decodeRecord(v)
		if err != nil || r.Flags&flagVoid != 0 {
			return err == nil, err
		}
		e, err := r.event()
		if err != nil {
			return false, err
		}
		if may != nil {
			if ok, err := may(e); err != nil || !ok {
				return err == nil, err
			}
		}
		return fn(e.Ord, e.ID), nil
	})
}

// Raw returns a group event as it is encoded, hidden or not, with the stamp that proves its author; feature.ErrNotFound for one
// that is not here, void or no group's.
func (t *Timeline) Raw(tx feature.Tx, log protocol.Log, id protocol.EventID) (event []byte, stamp feature.Stamp, err error) {
	b, err := t.book(tx, log)
	if err != nil {
		return nil, feature.Stamp{}, err
	}
	p, err := b.place(id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, feature.Stamp{}, feature.ErrNotFound
	}
	if err != nil {
		return nil, feature.Stamp{}, err
	}
	v, err := tx.Get(b.realm, b.rowKey(p))
	if err != nil {
		return nil, feature.Stamp{}, err
	}
	r, err := decodeRecord(v)
	if err != nil {
		return nil, feature.Stamp{}, err
	}
	if r.Stamp == nil || r.Flags&flagVoid != 0 {
		return nil, feature.Stamp{}, feature.ErrNotFound
	}
	return r.Event, *r.Stamp, nil
}

// Missing lists the events that others name as parents and that are not here, in no particular order.
func (t *Timeline) Missing(tx feature.Tx, log protocol.Log) ([]protocol.EventID, error) {
	b, err := t.book(tx, log)
	if err != nil {
		return nil, err
	}
	var out []protocol.EventID
	err = tx.Scan(b.realm, b.realm.Key(storage.Gaps), storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
		g, err := decodeGap(v)
		if err != nil {
			return false, fmt.Errorf("read a gap: %w", err)
		}
		if len(g.Waiting) == 0 {
			return true, nil // forgone
		}
		if g.Missing.IsZero() {
			if g.Missing, err = b.awaited(k, g.Waiting[0]); err != nil {
				return false, err
			}
		}
		if !g.Missing.IsZero() {
			out = append(out, g.Missing)
		}
		return true, nil
	})
	return out, err
}

// awaited finds for which of its parents an event waits under a key of the Gaps table.
func (b *book) awaited(k storage.Key, p protocol.Place) (protocol.EventID, error) {
	entry, _, err := b.load(p)
	if err != nil {
		return protocol.EventID{}, err
	}
	for _, id := range entry.Parents {
		if b.gapKey(id) == k {
			return id, nil
		}
	}
	return protocol.EventID{}, nil
}

// Ends returns the ord of the last event of a log, zero for an empty log.
func (t *Timeline) Ends(tx feature.Tx, log protocol.Log) (newest uint64, err error) {
	b, err := t.book(tx, log)
	if err != nil {
		return 0, err
	}
	return b.newest()
}
