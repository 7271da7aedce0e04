package emoji

import (
	"errors"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// What is said of a name lies in one row an event; the newest one decides, which is kept beside them. The emoji of the pack lie in a
// list by the place of that event: where several nodes added too many at the same time, the same ones count everywhere. The picture
// stays in the event.

// emojiRow is what an event says of a name.
type emojiRow struct {
	Name    string           `cbor:"0,keyasint"`
	Picture protocol.Picture `cbor:"1,keyasint,omitzero"` // zero: taken away
	By      protocol.Account `cbor:"2,keyasint"`
	Place   protocol.Place   `cbor:"3,keyasint"`
}

func (r emojiRow) on() bool { return !r.Picture.IsZero() }

func placeParts(p protocol.Place) [3]storage.Part {
	return [3]storage.Part{storage.U64(p.Ord), storage.U64(p.HLC), storage.Fixed(p.ID[:16])}
}

func stateKey(realm *storage.Realm, name string) storage.Key {
	return realm.Key(storage.Emoji, storage.Fixed([]byte("s")), storage.H([]byte(name)))
}

func saidOf(realm *storage.Realm, name string) storage.Key {
	return realm.Key(storage.Emoji, storage.Fixed([]byte("e")), storage.H([]byte(name)))
}

func saidKey(realm *storage.Realm, name string, at protocol.Place) storage.Key {
	p := placeParts(at)
	return realm.Key(storage.Emoji, storage.Fixed([]byte("e")), storage.H([]byte(name)), p[0], p[1], p[2])
}

func listOf(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Emoji, storage.Fixed([]byte("l")))
}

func listKey(realm *storage.Realm, at protocol.Place) storage.Key {
	p := placeParts(at)
	return realm.Key(storage.Emoji, storage.Fixed([]byte("l")), p[0], p[1], p[2])
}

// state returns what counts of a name, the zero row where nothing was said.
func state(tx feature.Tx, realm *storage.Realm, name string) (emojiRow, error) {
	r, err := storage.GetAs[emojiRow](tx, realm, stateKey(realm, name))
	if errors.Is(err, storage.ErrNotFound) {
		return emojiRow{}, nil
	}
	return r, err
}

// said takes an event.
func (s *slice) said(tx feature.Tx, e feature.Entry, b event.EmojiSet) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	r := emojiRow{Name: b.Name, By: e.Author, Place: e.Place()}
	if b.Picture != nil {
		r.Picture = protocol.PictureOf(e.Log, b.Picture)
	}
	if err := storage.PutAs(tx, realm, saidKey(realm, r.Name, r.Place), r); err != nil {
		return err
	}
	return settle(tx, realm, b.Name)
}

// unsaid takes an event back that is not shown any more.
func (s *slice) unsaid(tx feature.Tx, e feature.Entry, b event.EmojiSet) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	tx.Delete(saidKey(realm, b.Name, e.Place()))
	return settle(tx, realm, b.Name)
}

// settle has the newest event about a name decide.
func settle(tx feature.Tx, realm *storage.Realm, name string) error {
	was, err := state(tx, realm, name)
	if err != nil {
		return err
	}
	now, err := newest(tx, realm, name)
	if err != nil || now == was {
		return err
	}
	if was.on() {
		tx.Delete(listKey(realm, was.Place))
	}
	if now == (emojiRow{}) {
		tx.Delete(stateKey(realm, name))
		return nil
	}
	if now.on() {
		if err := storage.PutAs(tx, realm, listKey(realm, now.Place), now); err != nil {
			return err
		}
	}
	return storage.PutAs(tx, realm, stateKey(realm, name), now)
}

// newest returns what the newest event says of a name, the zero row where there is none.
func newest(tx feature.Tx, realm *storage.Realm, name string) (r emojiRow, err error) {
	o := storage.ScanOptions{Reverse: true, Limit: 1}
	err = tx.Scan(realm, saidOf(realm, name), o, func(_ storage.Key, v []byte) (bool, error) {
		r, err = canon.UnmarshalOwn[emojiRow](v)
		return false, err
	})
	return r, err
}

// pack returns the emoji of a conversation that count, in the order in which they were set.
func pack(tx feature.Tx, realm *storage.Realm) (out []emojiRow, err error) {
	err = tx.Scan(realm, listOf(realm), storage.ScanOptions{Limit: MaxPack}, func(_ storage.Key, v []byte) (bool, error) {
		r, err := canon.UnmarshalOwn[emojiRow](v)
		out = append(out, r)
		return err == nil, err
	})
	return out, err
}
