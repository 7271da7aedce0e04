package contact

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// row is how a local account stands to the other of a direct log, in the realm of that log.
type row struct {
	State   feature.ContactState `cbor:"0,keyasint"`           // none: deleted here
	Before  feature.ContactState `cbor:"1,keyasint,omitempty"` // what a blocked one was
	Owes    bool                 `cbor:"2,keyasint,omitempty"` // an introduction waits for contact.accepted
	Event   protocol.EventID     `cbor:"3,keyasint"`           // the newest event that wrote the row
	At      uint64               `cbor:"4,keyasint"`           // when something wrote it, Unix milliseconds
	Name    string               `cbor:"5,keyasint,omitempty"` // as told before the other introduced itself
	Address string               `cbor:"6,keyasint,omitempty"`
	Sealed  bool                 `cbor:"7,keyasint,omitempty"` // Event came with a link's secret while the owner was locked
}

// replayed tells whether an event comes again that the row has seen.
func (r row) replayed(e feature.Entry) bool {
	return e.Replay && (e.ID == r.Event || uint64(e.Received.UnixMilli()) < r.At)
}

// visible tells whether the owner may see the conversation.
func (r row) visible() bool {
	switch r.State {
	case feature.ContactPending, feature.ContactAccepted:
		return true
	case feature.ContactBlocked:
		return r.Before == feature.ContactPending || r.Before == feature.ContactAccepted
	}
	return false
}

func key(realm *storage.Realm, owner protocol.Account) storage.Key {
	return realm.Key(storage.Contacts, storage.H(owner[:]))
}

// load returns the row of an account in a log, the zero row where there is none.
func (s *slice) load(tx feature.Tx, log protocol.Log, owner protocol.Account) (row, error) {
	realm, err := s.Realms.Conversation(tx, log)
	if errors.Is(err, feature.ErrNotFound) {
		return row{}, nil
	}
	if err != nil {
		return row{}, err
	}
	r, err := storage.GetAs[row](tx, realm, key(realm, owner))
	if errors.Is(err, storage.ErrNotFound) {
		return row{}, nil
	}
	return r, err
}

// change lets fn change the row of an account, and tells its watchers after the commit if anything changed.
func (s *slice) change(tx feature.Tx, c feature.Conversation, owner protocol.Account, fn func(*row)) error {
	realm, err := s.Realms.Conversation(tx, c.Log)
	if err != nil {
		return err
	}
	had, err := s.load(tx, c.Log, owner)
	if err != nil {
		return err
	}
	r := had
	if fn(&r); r == had {
		return nil
	}
	if err := s.count(tx, owner, had, r); err != nil {
		return err
	}
	tx.OnCommit(func() { s.changed(c, owner) })
	return storage.PutAs(tx, realm, key(realm, owner), r)
}

// maxRequests bounds the requests that wait for one account.
const maxRequests = 1000

func (s *slice) requestsKey(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Counters, storage.H([]byte("contact requests")))
}

// count keeps how many requests wait for an account. While the account is locked nobody outside can ask: only what another
// account of this node does is not counted then.
func (s *slice) count(tx feature.Tx, owner protocol.Account, had, now row) error {
	was, is := had.State == feature.ContactRequested, now.State == feature.ContactRequested
	if was == is {
		return nil
	}
	realm, err := s.Realms.Account(owner)
	if errors.Is(err, feature.ErrLocked) {
		return nil
	}
	if err != nil {
		return err
	}
	n, err := s.requests(tx, realm)
	if err != nil {
		return err
	}
	if is {
		n++
	} else if n > 0 {
		n--
	}
	return storage.PutAs(tx, realm, s.requestsKey(realm), n)
}

func (s *slice) requests(tx feature.Tx, realm *storage.Realm) (uint64, error) {
	n, err := storage.GetAs[uint64](tx, realm, s.requestsKey(realm))
	if errors.Is(err, storage.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

// changed tells an account's watchers how it stands to another now.
func (s *slice) changed(c feature.Conversation, owner protocol.Account) {
	s.TellConversation(c.Log)
	s.Soon(c.Log.String()+owner.String(), func(context.Context) {
		var now Contact
		var there bool
		err := s.Store.View(func(tx feature.Tx) error {
			r, err := s.load(tx, c.Log, owner)
			if err != nil || r.State == "" {
				return err
			}
			there = true
			now, err = s.describe(tx, owner, c)
			return err
		})
		switch {
		case errors.Is(err, feature.ErrLocked):
		case err != nil:
			s.Logger.Warn("tell of a contact", "err", err)
		case there:
			s.tell([]protocol.Account{owner}, now)
		default:
			s.tellDeleted([]protocol.Account{owner}, Deleted{Account: c.Other(owner)})
		}
	})
}
