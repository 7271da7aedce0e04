package feature

import (
	"errors"

	"conclave/crypto/canon"
	"conclave/protocol"
	"conclave/storage"
)

// Ruling is a stored row of what one event says of a subject. Two are equal where they say the same and come from the same event.
type Ruling interface {
	comparable
	At() protocol.Place // of the event
	Holds() bool        // whether the subject belongs to the list while this one decides
}

// Verdicts keeps, in a table of its own, what the events of a conversation say of subjects: of messages that they are pinned, of names what
// they stand for. Each event has a row, and the newest one decides, on all nodes the same, in whatever order they come. It is kept beside them,
// so that a look takes one read; the subjects for which it holds lie in a list by its place. Its methods need a transaction that writes, or
// read only where they say what is there.
type Verdicts[R Ruling] struct{ Table storage.Table }

func placeParts(p protocol.Place) [3]storage.Part {
	return [3]storage.Part{storage.U64(p.Ord), storage.U64(p.HLC), storage.Fixed(p.ID[:16])}
}

func (v Verdicts[R]) decided(realm *storage.Realm, subject []byte) storage.Key {
	return realm.Key(v.Table, storage.Fixed([]byte("s")), storage.H(subject))
}

func (v Verdicts[R]) saidOf(realm *storage.Realm, subject []byte) storage.Key {
	return realm.Key(v.Table, storage.Fixed([]byte("e")), storage.H(subject))
}

func (v Verdicts[R]) said(realm *storage.Realm, subject []byte, at protocol.Place) storage.Key {
	p := placeParts(at)
	return realm.Key(v.Table, storage.Fixed([]byte("e")), storage.H(subject), p[0], p[1], p[2])
}

func (v Verdicts[R]) listed(realm *storage.Realm, at protocol.Place) storage.Key {
	p := placeParts(at)
	return realm.Key(v.Table, storage.Fixed([]byte("l")), p[0], p[1], p[2])
}

// Of returns what counts of a subject, the zero row where nothing was said.
func (v Verdicts[R]) Of(tx Tx, realm *storage.Realm, subject []byte) (R, error) {
	r, err := storage.GetAs[R](tx, realm, v.decided(realm, subject))
	if errors.Is(err, storage.ErrNotFound) {
		return *new(R), nil
	}
	return r, err
}

// Each goes through the subjects of the list in the order of the events that decided; fn says whether it wants more, and keeps no subject.
func (v Verdicts[R]) Each(tx Tx, realm *storage.Realm, o storage.ScanOptions, fn func(subject []byte) (bool, error)) error {
	list := realm.Key(v.Table, storage.Fixed([]byte("l")))
	return tx.Scan(realm, list, o, func(_ storage.Key, subject []byte) (bool, error) { return fn(subject) })
}

// Say takes what an event says of a subject.
func (v Verdicts[R]) Say(tx Tx, realm *storage.Realm, subject []byte, r R) error {
	if err := storage.PutAs(tx, realm, v.said(realm, subject, r.At()), r); err != nil {
		return err
	}
	return v.settle(tx, realm, subject)
}

// Unsay takes back what the event of a place said of a subject: it is not shown any more.
func (v Verdicts[R]) Unsay(tx Tx, realm *storage.Realm, subject []byte, at protocol.Place) error {
	tx.Delete(v.said(realm, subject, at))
	return v.settle(tx, realm, subject)
}

// settle has the newest event about a subject decide.
func (v Verdicts[R]) settle(tx Tx, realm *storage.Realm, subject []byte) error {
	was, err := v.Of(tx, realm, subject)
	if err != nil {
		return err
	}
	var now, nothing R
	newest := storage.ScanOptions{Reverse: true, Limit: 1}
	if err := tx.Scan(realm, v.saidOf(realm, subject), newest, func(_ storage.Key, row []byte) (_ bool, err error) {
		now, err = canon.UnmarshalOwn[R](row)
		return false, err
	}); err != nil || now == was {
		return err
	}
	if was != nothing && was.Holds() {
		tx.Delete(v.listed(realm, was.At()))
	}
	if now == nothing {
		tx.Delete(v.decided(realm, subject))
		return nil
	}
	if now.Holds() {
		if err := tx.Put(realm, v.listed(realm, now.At()), subject); err != nil {
			return err
		}
	}
	return storage.PutAs(tx, realm, v.decided(realm, subject), now)
}
