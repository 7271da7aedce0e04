package timeline

import (
	"errors"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// maxPage bounds a page of events.
const maxPage = 1000

// Get implements feature.Timeline.
func (t *Timeline) Get(tx feature.Tx, log protocol.Log, id protocol.EventID) (feature.Entry, error) {
	b, err := t.book(tx, log)
	if err != nil {
		return feature.Entry{}, err
	}
	p, err := b.place(id)
	if errors.Is(err, storage.ErrNotFound) {
		return feature.Entry{}, feature.ErrNotFound
	}
	if err != nil {
		return feature.Entry{}, err
	}
	entry, flags, err := b.load(p)
	if err == nil && flags&flagsUnseen != 0 {
		return feature.Entry{}, feature.ErrNotFound
	}
	return entry, err
}

// Page implements feature.Timeline: the newest events of the range, or its oldest where only After is given, in the order of the log.
func (t *Timeline) Page(tx feature.Tx, log protocol.Log, r feature.Range) ([]feature.Entry, error) {
	if r.Limit <= 0 || r.Limit > maxPage {
		r.Limit = maxPage
	}
	if !tx.Writable() && !r.For.IsZero() {
		if page, ok, err := t.shared(tx, log, r); ok || err != nil {
			return page, err
		}
	}
	return t.read(tx, log, r)
}

func (t *Timeline) read(tx feature.Tx, log protocol.Log, r feature.Range) ([]feature.Entry, error) {
	b, err := t.book(tx, log)
	if err != nil {
		return nil, err
	}
	forward := !r.After.IsZero() && r.Before.IsZero()
	o := storage.ScanOptions{Reverse: !forward}
	switch {
	case forward:
		o.From = b.rowKey(r.After)
	case !r.Before.IsZero():
		o.From = b.rowKey(r.Before)
	}
	var out []feature.Entry
	err = b.tx.Scan(b.realm, b.realm.Key(storage.Log), o, func(_ storage.Key, v []byte) (bool, error) {
		rec, err := decodeRecord(v)
		if err != nil || rec.Flags&flagsUnseen != 0 {
			return err == nil, err
		}
		entry, err := rec.entry()
		if err != nil {
			return false, err
		}
		if !forward && !r.After.IsZero() && entry.Place().Compare(r.After) <= 0 {
			return false, nil
		}
		wanted := len(r.Kinds) == 0 || slices.Contains(r.Kinds, entry.Kind)
		if wanted && entry.Stamp != nil && !r.For.IsZero() {
			if wanted, err = t.Groups.MayRead(tx, r.For, entry.Event); err != nil {
				return false, err
			}
		}
		if wanted {
			out = append(out, entry)
		}
		return len(out) < r.Limit, nil
	})
	if err != nil {
		return nil, err
	}
	if !forward {
		slices.Reverse(out)
	}
	return out, nil
}

// Rebuild runs the projections over all events of a log again, in the order of the log. The rows that they keep must have been dropped
// before, or be ones that the same event writes the same way.
func (t *Timeline) Rebuild(tx feature.Tx, log protocol.Log) (events int, err error) {
	after := feature.Begin
	for {
		page, err := t.Page(tx, log, feature.Range{After: after, Limit: maxPage})
		if err != nil {
			return events, err
		}
		for _, entry := range page {
			entry.Replay = true
			if err := t.Registry.Apply(tx, entry); err != nil {
				return events, err
			}
		}
		events += len(page)
		if len(page) < maxPage {
			return events, nil
		}
		after = page[len(page)-1].Place()
	}
}

// History folds the ids of a log in its order into one hash: two nodes with equal hashes show the same history.
func (t *Timeline) History(tx feature.Tx, log protocol.Log) (hash [32]byte, events int, err error) {
	b, err := t.book(tx, log)
	if err != nil {
		return hash, 0, err
	}
	err = b.tx.Scan(b.realm, b.realm.Key(storage.Log), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
		rec, err := decodeRecord(v)
		if err != nil || rec.Flags&flagsUnseen != 0 {
			return err == nil, err
		}
		e, err := rec.event()
		if err != nil {
			return false, err
		}
		hash = protocol.HistoryHash(hash, e)
		events++
		return true, nil
	})
	return hash, events, err
}
