package mention

import (
	"errors"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// whom is kept of a message that mentions somebody, here or not, so that others need no look at their texts, and what its next
// text mentions can be compared. Early: an edit with mentions came before the message.
type whom struct {
	Accounts []protocol.Account `cbor:"0,keyasint,omitempty"` // of this node, without those that a word means as well
	Word     event.Word         `cbor:"1,keyasint,omitzero"`  // the widest
	Some     bool               `cbor:"2,keyasint,omitempty"` // it mentions somebody
	Early    bool               `cbor:"3,keyasint,omitempty"`
}

// row is one message that mentions an account, or many.
type row struct {
	Place protocol.Place     `cbor:"0,keyasint"`
	Here  bool               `cbor:"1,keyasint,omitempty"` // of the many, those alone
	There []protocol.Account `cbor:"2,keyasint,omitempty"` // who were there when it came
}

// means tells whether a row for many is for an account.
func (r row) means(a protocol.Account) bool { return !r.Here || slices.Contains(r.There, a) }

// maxThere is how many people of this node @here reaches.
const maxThere = 1000

func whomKey(realm *storage.Realm, message protocol.EventID) storage.Key {
	return realm.Key(storage.Mentions, storage.Fixed([]byte("w")), storage.H(message[:]))
}

// rowsOf are the rows of an account; of many, for the zero account.
func rowsOf(realm *storage.Realm, a protocol.Account) storage.Key {
	return realm.Key(storage.Mentions, storage.Fixed([]byte("l")), storage.H(a[:]))
}

func rowKey(realm *storage.Realm, a protocol.Account, p protocol.Place) storage.Key {
	return realm.Key(storage.Mentions, storage.Fixed([]byte("l")), storage.H(a[:]), storage.U64(p.Ord), storage.U64(p.HLC), storage.Fixed(p.ID[:16]))
}

// load returns whom a message mentions here; false where there is no row.
func load(tx feature.Tx, realm *storage.Realm, message protocol.EventID) (whom, bool, error) {
	w, err := storage.GetAs[whom](tx, realm, whomKey(realm, message))
	if errors.Is(err, storage.ErrNotFound) {
		return whom{}, false, nil
	}
	return w, err == nil, err
}

// store makes the rows of a message say whom it mentions.
func (s *slice) store(tx feature.Tx, realm *storage.Realm, c feature.Conversation, e feature.Entry, had, w whom) error {
	p := e.Place()
	for _, a := range had.Accounts {
		if !slices.Contains(w.Accounts, a) {
			tx.Delete(rowKey(realm, a, p))
		}
	}
	for _, a := range w.Accounts {
		if err := storage.PutAs(tx, realm, rowKey(realm, a, p), row{Place: p}); err != nil {
			return err
		}
	}
	many := rowKey(realm, protocol.Account{}, p)
	switch {
	case w.Word == event.Nobody:
		tx.Delete(many)
	case w.Word == event.Everyone:
		if err := storage.PutAs(tx, realm, many, row{Place: p}); err != nil {
			return err
		}
	case had.Word != event.Present || !e.Replay: // who was there is not known later
		if err := storage.PutAs(tx, realm, many, row{Place: p, Here: true, There: s.there(c, w.Accounts)}); err != nil {
			return err
		}
	}
	if !w.Some && !w.Early {
		tx.Delete(whomKey(realm, e.ID))
		return nil
	}
	return storage.PutAs(tx, realm, whomKey(realm, e.ID), w)
}

// there are the members who have this node open now, without those who are mentioned by themselves.
func (s *slice) there(c feature.Conversation, without []protocol.Account) (out []protocol.Account) {
	for _, m := range c.Members {
		if len(out) < maxThere && s.Live.Watched(m) && !slices.Contains(without, m) {
			out = append(out, m)
		}
	}
	return out
}
