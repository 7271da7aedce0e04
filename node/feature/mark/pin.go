package mark

import (
	"errors"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// What is said of the pin of a message lies in one row an event; the newest one decides, which is kept beside them so that showing
// a message takes one look. Pinned messages lie in a list by the place of that event.

// pinRow is what an event says of the pin of a message.
type pinRow struct {
	Message protocol.EventID `cbor:"0,keyasint"`
	On      bool             `cbor:"1,keyasint,omitempty"`
	By      protocol.Account `cbor:"2,keyasint"`
	Place   protocol.Place   `cbor:"3,keyasint"`
}

func placeParts(p protocol.Place) [3]storage.Part {
	return [3]storage.Part{storage.U64(p.Ord), storage.U64(p.HLC), storage.Fixed(p.ID[:16])}
}

func stateKey(realm *storage.Realm, message protocol.EventID) storage.Key {
	return realm.Key(storage.Pins, storage.Fixed([]byte("s")), storage.H(message[:]))
}

func saidOf(realm *storage.Realm, message protocol.EventID) storage.Key {
	return realm.Key(storage.Pins, storage.Fixed([]byte("e")), storage.H(message[:]))
}

func saidKey(realm *storage.Realm, r pinRow) storage.Key {
	p := placeParts(r.Place)
	return realm.Key(storage.Pins, storage.Fixed([]byte("e")), storage.H(r.Message[:]), p[0], p[1], p[2])
}

func listOf(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Pins, storage.Fixed([]byte("l")))
}

func listKey(realm *storage.Realm, p protocol.Place) storage.Key {
	parts := placeParts(p)
	return realm.Key(storage.Pins, storage.Fixed([]byte("l")), parts[0], parts[1], parts[2])
}

// state returns what counts of the pin of a message, the zero row where nothing was said.
func state(tx feature.Tx, realm *storage.Realm, message protocol.EventID) (pinRow, error) {
	r, err := storage.GetAs[pinRow](tx, realm, stateKey(realm, message))
	if errors.Is(err, storage.ErrNotFound) {
		return pinRow{}, nil
	}
	return r, err
}

// pinned takes an event. The message may not be here yet.
func (s *slice) pinned(tx feature.Tx, e feature.Entry, b event.PinSet) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	r := pinRow{Message: b.Message, On: b.On, By: e.Author, Place: e.Place()}
	if err := storage.PutAs(tx, realm, saidKey(realm, r), r); err != nil {
		return err
	}
	return settle(tx, realm, b.Message)
}

// unpinned takes an event back that is not shown any more.
func (s *slice) unpinned(tx feature.Tx, e feature.Entry, b event.PinSet) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	tx.Delete(saidKey(realm, pinRow{Message: b.Message, Place: e.Place()}))
	return settle(tx, realm, b.Message)
}

// settle has the newest event about a message decide.
func settle(tx feature.Tx, realm *storage.Realm, message protocol.EventID) error {
	was, err := state(tx, realm, message)
	if err != nil {
		return err
	}
	now, err := newest(tx, realm, message)
	if err != nil || now == was {
		return err
	}
	if was.On {
		tx.Delete(listKey(realm, was.Place))
	}
	if now == (pinRow{}) {
		tx.Delete(stateKey(realm, message))
		return nil
	}
	if now.On {
		if err := tx.Put(realm, listKey(realm, now.Place), message[:]); err != nil {
			return err
		}
	}
	return storage.PutAs(tx, realm, stateKey(realm, message), now)
}

// newest returns what the newest event says of the pin of a message, the zero row where there is none.
func newest(tx feature.Tx, realm *storage.Realm, message protocol.EventID) (r pinRow, err error) {
	o := storage.ScanOptions{Reverse: true, Limit: 1}
	err = tx.Scan(realm, saidOf(realm, message), o, func(_ storage.Key, v []byte) (bool, error) {
		r, err = canon.UnmarshalOwn[pinRow](v)
		return false, err
	})
	return r, err
}

// isPinned annotates a message.
func (s *slice) isPinned(tx feature.Tx, _ protocol.Account, e feature.Entry) (*bool, error) {
	if e.Kind != sentKind || e.Erased() {
		return nil, nil
	}
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return nil, err
	}
	if r, err := state(tx, realm, e.ID); err != nil || !r.On {
		return nil, err
	}
	return &yes, nil
}

// notice tells who pinned a message; that a pin was taken away is not worth a row.
func (s *slice) notice(tx feature.Tx, viewer protocol.Account, e feature.Entry, b event.PinSet) (feature.Told, error) {
	if !b.On {
		return feature.Told{}, nil
	}
	if e.Author == viewer {
		return feature.Tell("You pinned a message", feature.Happening{Did: feature.DidPin, By: feature.You()}), nil
	}
	name := s.NameIn(tx, viewer, e.Log, e.Author)
	return feature.Tell(name+" pinned a message", feature.Happening{Did: feature.DidPin, By: feature.Called(name)}), nil
}
