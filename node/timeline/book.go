package timeline

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// book is one log inside one transaction.
type book struct {
	tx    feature.Tx
	realm *storage.Realm
	heads []protocol.Place // events without children and without gaps, at most maxHeads, in order
}

// maxHeads bounds how many heads a log keeps; older ones stop being named as parents, which loses nothing but a link.
const maxHeads = 64

func (t *Timeline) book(tx feature.Tx, log protocol.Log) (*book, error) {
	realm, err := t.Keys.Conversation(tx, log)
	if err != nil {
		return nil, err
	}
	b := &book{tx: tx, realm: realm}
	b.heads, err = storage.GetAs[[]protocol.Place](tx, realm, realm.Key(storage.Heads))
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, fmt.Errorf("read the heads of a log: %w", err)
	}
	return b, nil
}

// next returns what a new event names as its parents, and its ord.
func (b *book) next() ([]protocol.EventID, uint64) {
	newest := b.heads[max(0, len(b.heads)-protocol.MaxParents):]
	parents := make([]protocol.EventID, len(newest))
	ord := uint64(1)
	for i, p := range newest {
		parents[i] = p.ID
		ord = max(ord, p.Ord+1)
	}
	return parents, ord
}

func (b *book) rowKey(p protocol.Place) storage.Key {
	return b.realm.Key(storage.Log, storage.U64(p.Ord), storage.U64(p.HLC), storage.Fixed(p.ID[:16]))
}

func (b *book) has(id protocol.EventID) (bool, error) {
	return b.tx.Has(b.realm.Key(storage.LogIndex, storage.H(id[:])))
}

// fresh returns ErrDuplicate for an event that is here.
func (b *book) fresh(id protocol.EventID) error {
	known, err := b.has(id)
	if err == nil && known {
		return ErrDuplicate
	}
	return err
}

// place finds where an event of this log stands; storage.ErrNotFound where it is not here.
func (b *book) place(id protocol.EventID) (protocol.Place, error) {
	raw, err := b.tx.Get(b.realm, b.realm.Key(storage.LogIndex, storage.H(id[:])))
	if err != nil {
		return protocol.Place{}, err
	}
	return protocol.PlaceFromBytes(raw)
}

func (b *book) load(p protocol.Place) (feature.Entry, uint64, error) {
	v, err := b.tx.Get(b.realm, b.rowKey(p))
	if err != nil {
		return feature.Entry{}, 0, err
	}
	r, err := decodeRecord(v)
	if err != nil {
		return feature.Entry{}, 0, err
	}
	entry, err := r.entry()
	return entry, r.Flags, err
}

// admit checks what an event claims of its place, and returns the parents that are not here and may come.
func (b *book) admit(e *protocol.Event) (missing []protocol.EventID, err error) {
	ord, open := uint64(1), false
	for _, id := range e.Parents {
		p, err := b.place(id)
		switch {
		case errors.Is(err, storage.ErrNotFound):
			gone, err := b.forgone(id)
			if err != nil {
				return nil, err
			}
			if open = true; !gone {
				missing = append(missing, id)
			}
		case err != nil:
			return nil, err
		default:
			ord = max(ord, p.Ord+1)
		}
	}
	if !open {
		if e.Ord != ord {
			return nil, fmt.Errorf("%w: it claims order %d and follows %d", ErrRefused, e.Ord, ord-1)
		}
		return nil, nil
	}
	newest, err := b.newest()
	if err != nil {
		return nil, err
	}
	if e.Ord < ord || e.Ord > newest+protocol.MaxOrdJump {
		return nil, fmt.Errorf("%w: order %d in a log that ends at %d", ErrRefused, e.Ord, newest)
	}
	return missing, nil
}

func (b *book) newest() (ord uint64, err error) {
	prefix := b.realm.Key(storage.Log)
	err = b.tx.Scan(b.realm, prefix, storage.ScanOptions{Reverse: true, KeysOnly: true, Limit: 1}, func(k storage.Key, _ []byte) (bool, error) {
		ord = binary.BigEndian.Uint64(k.After(prefix))
		return false, nil
	})
	return ord, err
}

// write logs an entry with flags and those that follow from it, and moves the heads.
func (b *book) write(entry feature.Entry, own bool, flags uint64) error {
	p := entry.Place()
	if entry.Gap {
		flags |= flagGap
	}
	if !own { // ours follow everything that stands here
		twin, err := b.twin(entry.Event)
		if err != nil {
			return err
		}
		if twin {
			flags |= flagTwin
		}
	}
	named, err := b.forgone(entry.ID)
	if err != nil {
		return err
	}
	if named { // others may follow it already: it leads only where it did as a mere name
		b.tx.Delete(b.gapKey(entry.ID))
		if !slices.ContainsFunc(b.heads, func(h protocol.Place) bool { return h.ID == entry.ID }) {
			flags |= flagLed
		}
	}
	if err := b.save(entry, flags); err != nil {
		return err
	}
	if err := b.tx.Put(b.realm, b.realm.Key(storage.LogIndex, storage.H(entry.ID[:])), p.Bytes()); err != nil {
		return err
	}
	if entry.Gap {
		return nil
	}
	if err := b.lead(p, entry.Parents); err != nil || flags&flagLed == 0 {
		return err
	}
	return b.unlead(p)
}

// lead makes an event a head in place of its parents. A parent that has a gap mark is none yet, and is kept from it.
func (b *book) lead(p protocol.Place, parents []protocol.EventID) error {
	for _, id := range parents {
		i := slices.IndexFunc(b.heads, func(h protocol.Place) bool { return h.ID == id })
		if i >= 0 {
			b.heads = slices.Delete(b.heads, i, i+1)
			continue
		}
		if err := b.keepFromLeading(id); err != nil {
			return err
		}
	}
	b.heads = append(slices.DeleteFunc(b.heads, func(h protocol.Place) bool { return h.ID == p.ID || isRoot(h) && h.Ord <= p.Ord }), p)
	slices.SortFunc(b.heads, protocol.Place.Compare)
	if len(b.heads) > maxHeads {
		b.heads = b.heads[len(b.heads)-maxHeads:]
	}
	return b.saveHeads()
}

// unlead takes an event off the heads: it became a parent before.
func (b *book) unlead(p protocol.Place) error {
	b.heads = slices.DeleteFunc(b.heads, func(h protocol.Place) bool { return h.ID == p.ID })
	return b.saveHeads()
}

func (b *book) saveHeads() error {
	return storage.PutAs(b.tx, b.realm, b.realm.Key(storage.Heads), b.heads)
}

func (b *book) keepFromLeading(id protocol.EventID) error {
	p, err := b.place(id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil // forgone
	}
	if err != nil {
		return err
	}
	entry, flags, err := b.load(p)
	if err != nil || flags&flagGap == 0 {
		return err
	}
	return b.save(entry, flags|flagLed)
}

func (b *book) save(entry feature.Entry, flags uint64) error {
	v, err := record{Event: entry.Encode(), Received: uint64(entry.Received.UnixMilli()), Flags: flags, Stamp: entry.Stamp}.encode()
	if err != nil {
		return err
	}
	return b.tx.Put(b.realm, b.rowKey(entry.Place()), v)
}

// twin tells whether the same device logged another event at the same ord: it wrote two histories.
func (b *book) twin(e *protocol.Event) (found bool, err error) {
	prefix := b.realm.Key(storage.Log, storage.U64(e.Ord))
	err = b.tx.Scan(b.realm, prefix, storage.ScanOptions{Limit: 64}, func(_ storage.Key, v []byte) (bool, error) {
		r, err := decodeRecord(v)
		if err != nil {
			return false, err
		}
		other, err := r.event()
		if err != nil {
			return false, err
		}
		found = other.Author == e.Author && other.Device == e.Device
		return !found, nil
	})
	return found, err
}
