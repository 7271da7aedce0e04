package thread

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// item is one message of a thread, under its place.
type item struct {
	By    protocol.Account `cbor:"0,keyasint"`
	Place protocol.Place   `cbor:"1,keyasint"`
	Gone  bool             `cbor:"2,keyasint,omitempty"` // it was deleted for everyone: a tombstone, which counts as nothing
}

// sum is what is known of a thread at a glance.
type sum struct {
	Root  protocol.EventID `cbor:"0,keyasint"`
	By    protocol.Account `cbor:"1,keyasint,omitzero"` // who wrote the root, where that is here
	Count uint64           `cbor:"2,keyasint"`
	Faces []item           `cbor:"3,keyasint"` // the newest message of each of the last authors, the newest first
}

// last is where the newest message stands.
func (s sum) last() protocol.Place {
	if len(s.Faces) == 0 {
		return protocol.Place{}
	}
	return s.Faces[0].Place
}

// maxFaces is how many of the last authors of a thread are shown.
const maxFaces = 3

// face takes the newest messages of the last authors.
func face(all []item) (out []item) {
	slices.SortFunc(all, func(a, b item) int { return b.Place.Compare(a.Place) })
	for _, one := range all {
		if len(out) < maxFaces && !slices.ContainsFunc(out, func(o item) bool { return o.By == one.By }) {
			out = append(out, one)
		}
	}
	return out
}

// part is why an account of this node follows a thread by itself, in the conversation's realm, since it may be locked when a
// message comes.
type part struct {
	Root  protocol.EventID `cbor:"0,keyasint"`
	Own   bool             `cbor:"1,keyasint,omitempty"` // it wrote the root
	Wrote protocol.Place   `cbor:"2,keyasint,omitzero"`  // its newest message in the thread
	Meant protocol.Place   `cbor:"3,keyasint,omitzero"`  // the newest that mentioned it
}

func (p part) takes() bool { return p.Own || !p.Wrote.IsZero() || !p.Meant.IsZero() }

// choice is whether an account follows a thread by hand.
type choice uint8

const (
	byItself choice = iota
	follows
	leaves
)

// kept is what an account did with a thread on its own side, in its realm.
type kept struct {
	Log    protocol.Log     `cbor:"0,keyasint"`
	Root   protocol.EventID `cbor:"1,keyasint"`
	Choice choice           `cbor:"2,keyasint,omitzero"`
	Read   protocol.Place   `cbor:"3,keyasint,omitzero"`
}

func itemsOf(realm *storage.Realm, root protocol.EventID) storage.Key {
	return realm.Key(storage.Threads, storage.Fixed([]byte("m")), storage.H(root[:]))
}

func itemKey(realm *storage.Realm, root protocol.EventID, p protocol.Place) storage.Key {
	return realm.Key(storage.Threads, storage.Fixed([]byte("m")), storage.H(root[:]), storage.U64(p.Ord), storage.U64(p.HLC), storage.Fixed(p.ID[:16]))
}

func sumKey(realm *storage.Realm, root protocol.EventID) storage.Key {
	return realm.Key(storage.Threads, storage.Fixed([]byte("s")), storage.H(root[:]))
}

func partsOf(realm *storage.Realm, who protocol.Account) storage.Key {
	return realm.Key(storage.Threads, storage.Fixed([]byte("p")), storage.H(who[:]))
}

func partKey(realm *storage.Realm, who protocol.Account, root protocol.EventID) storage.Key {
	return realm.Key(storage.Threads, storage.Fixed([]byte("p")), storage.H(who[:]), storage.H(root[:]))
}

func keptKey(realm *storage.Realm, log protocol.Log, root protocol.EventID) storage.Key {
	return realm.Key(storage.Threads, storage.Fixed([]byte("k")), storage.H(log[:], root[:]))
}

// chosenIn are the threads of a conversation that an account follows by hand.
func chosenIn(realm *storage.Realm, log protocol.Log) storage.Key {
	return realm.Key(storage.Threads, storage.Fixed([]byte("f")), storage.H(log[:]))
}

func chosenKey(realm *storage.Realm, log protocol.Log, root protocol.EventID) storage.Key {
	return realm.Key(storage.Threads, storage.Fixed([]byte("f")), storage.H(log[:]), storage.H(root[:]))
}

func countKey(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Counters, storage.H([]byte("threads")))
}

// load is GetAs with the zero value for what is not there.
func load[T any](tx feature.Tx, realm *storage.Realm, k storage.Key) (T, error) {
	v, err := storage.GetAs[T](tx, realm, k)
	if errors.Is(err, storage.ErrNotFound) {
		var none T
		return none, nil
	}
	return v, err
}

// items returns messages of a thread: behind a place the oldest first, else before one the newest first.
func items(tx feature.Tx, realm *storage.Realm, root protocol.EventID, before, after protocol.Place, limit int) (out []item, err error) {
	o := storage.ScanOptions{Reverse: after.IsZero(), Limit: limit}
	switch {
	case !after.IsZero():
		o.From = itemKey(realm, root, after)
	case !before.IsZero():
		o.From = itemKey(realm, root, before)
	}
	err = tx.Scan(realm, itemsOf(realm, root), o, func(_ storage.Key, v []byte) (bool, error) {
		one, err := canon.Unmarshal[item](v)
		if one.Place != before && one.Place != after {
			out = append(out, one)
		}
		return err == nil, err
	})
	return out, err
}

// sought is how many messages of a thread are looked through for living ones. Behind as many tombstones nothing is found any more: what is asked of a thread costs no more than that.
const sought = 4096

// living calls fn with the messages of a thread that are not deleted, the newest first, until fn returns false.
func living(tx feature.Tx, realm *storage.Realm, root protocol.EventID, fn func(item) (more bool, err error)) error {
	o := storage.ScanOptions{Reverse: true, Limit: sought}
	return tx.Scan(realm, itemsOf(realm, root), o, func(_ storage.Key, v []byte) (bool, error) {
		one, err := canon.Unmarshal[item](v)
		if err != nil || one.Gone {
			return err == nil, err
		}
		return fn(one)
	})
}

// newest orders by time, the newest first, in all conversations.
func newest(a, b protocol.Place) int {
	return cmp.Or(cmp.Compare(b.HLC, a.HLC), bytes.Compare(a.ID[:], b.ID[:]))
}
