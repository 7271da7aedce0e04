package conversation

import (
	"context"
	"errors"
	"reflect"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// entry is what an account did to a conversation on its own side, in the account's realm.
type entry struct {
	At      uint64         `cbor:"0,keyasint"` // when it opened the conversation by itself, Unix milliseconds
	Cleared protocol.Place `cbor:"1,keyasint"` // nothing up to here is shown
	Gone    bool           `cbor:"2,keyasint"` // deleted
	kept
}

// load returns the entry of an account, the zero entry where it did nothing.
func (s *slice) load(tx feature.Tx, viewer protocol.Account, log protocol.Log) (entry, *storage.Realm, error) {
	realm, err := s.Realms.Account(viewer)
	if err != nil {
		return entry{}, nil, err
	}
	e, err := storage.GetAs[entry](tx, realm, realm.Key(storage.Conversations, storage.H(log[:])))
	if errors.Is(err, storage.ErrNotFound) {
		return entry{}, realm, nil
	}
	return e, realm, err
}

// change lets fn change the entry of an account.
func (s *slice) change(tx feature.Tx, viewer protocol.Account, log protocol.Log, fn func(*entry)) error {
	e, realm, err := s.load(tx, viewer, log)
	if err != nil {
		return err
	}
	had := e
	if fn(&e); reflect.DeepEqual(e, had) {
		return nil
	}
	return storage.PutAs(tx, realm, realm.Key(storage.Conversations, storage.H(log[:])), e)
}

// end is where a log ends now.
func (s *slice) end(tx feature.Tx, log protocol.Log) (protocol.Place, error) {
	page, err := s.Timeline.Page(tx, log, feature.Range{Limit: 1})
	if err != nil || len(page) == 0 {
		return protocol.Place{}, err
	}
	return page[0].Place(), nil
}

func (s *slice) clear(ctx context.Context, req GetRequest) (feature.Nothing, error) {
	viewer := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, viewer, req.Conversation)
		if err != nil {
			return err
		}
		end, err := s.end(tx, c.Log)
		if err != nil {
			return err
		}
		tx.OnCommit(func() { s.tellTo(c.Log, viewer) })
		return s.change(tx, viewer, c.Log, func(e *entry) { e.Cleared = end })
	})
}

// DeleteRequest names a conversation, and for whom it is deleted.
type DeleteRequest struct {
	Conversation protocol.Log `path:"conversation"`
	For          string       `query:"for" enum:"all" doc:"all: an owner deletes a group for everybody; else the caller deletes on its own side"`
}

// Deleted names a conversation that is gone.
type Deleted struct {
	ID protocol.Log `json:"id"`
}

func (s *slice) delete(ctx context.Context, req DeleteRequest) (feature.Nothing, error) {
	viewer := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, viewer, req.Conversation)
		switch {
		case err != nil:
			return err
		case req.For == "all":
			return s.deleteForAll(tx, viewer, c)
		case req.For != "":
			return feature.ErrBadRequest.With("A conversation is deleted for the caller, or for all.")
		}
		return s.deleteForMe(tx, viewer, c)
	})
}

// forgetAfter is how long the keys of a group that its account deleted stay, so that the others hear of its leaving.
const forgetAfter = 7 * 24 * time.Hour

// forgotten is who deleted which group.
type forgotten struct {
	Account protocol.Account `cbor:"0,keyasint"`
	Log     protocol.Log     `cbor:"1,keyasint"`
}

func (s *slice) deleteForMe(tx feature.Tx, viewer protocol.Account, c feature.Conversation) error {
	if c.Group() {
		if c.Has(viewer) {
			if err := s.Leave(tx, viewer, c); err != nil {
				return err
			}
		}
		if err := s.forget.Set(tx, s.Now().Add(forgetAfter), canon.MustMarshal(forgotten{viewer, c.Log})); err != nil {
			return err
		}
	}
	end, err := s.end(tx, c.Log)
	if err != nil {
		return err
	}
	if err := s.unpin(tx, viewer, c.Log); err != nil {
		return err
	}
	tx.OnCommit(func() { s.tellDeleted([]protocol.Account{viewer}, Deleted{ID: c.Log}) })
	return s.change(tx, viewer, c.Log, func(e *entry) {
		e.Cleared, e.Gone = end, true
		e.kept = kept{MutedUntil: e.MutedUntil, Notify: e.Notify}
	})
}

// forgetNow drops the key of a group that its account deleted and did not join again.
func (s *slice) forgetNow(ctx context.Context, payload []byte) error {
	f, err := canon.Unmarshal[forgotten](payload)
	if err != nil {
		return nil // a row that this program did not write
	}
	return s.Store.Update(ctx, func(tx feature.Tx) error {
		standing, err := s.Groups.Standing(tx, f.Log, f.Account)
		if err != nil || standing == "" || standing == feature.GroupJoined || standing == feature.GroupJoining {
			return err
		}
		if e, _, err := s.load(tx, f.Account, f.Log); err != nil || !e.Gone {
			return err
		}
		err = s.Groups.Forget(tx, f.Log, f.Account)
		if errors.Is(err, feature.ErrNotFound) {
			return nil
		}
		return err
	})
}

// returned takes back that an account deleted a group which it is a member of again.
func (s *slice) returned(log protocol.Log, who protocol.Account) {
	s.Soon("returned"+log.String()+who.String(), func(ctx context.Context) {
		s.note(s.Store.Update(ctx, func(tx feature.Tx) error {
			return s.change(tx, who, log, func(e *entry) { e.Gone = false })
		}))
	})
}

// sight hides a group that an account deleted for itself, until it is a member again.
func (s *slice) sight(tx feature.Tx, local protocol.Account, c feature.Conversation) error {
	if !c.Group() || c.Has(local) {
		return nil
	}
	e, _, err := s.load(tx, local, c.Log)
	if errors.Is(err, feature.ErrLocked) {
		return nil
	}
	if err == nil && e.Gone {
		return feature.ErrNotFound
	}
	return err
}

// veil hides what an account cleared, and of a deleted group all but that it was deleted.
func (s *slice) veil(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (feature.Veil, error) {
	e, _, err := s.load(tx, viewer, c.Log)
	out := feature.Veil{After: e.Cleared}
	if err != nil || !c.Group() {
		return out, err
	}
	deleted, err := s.isDeleted(tx, c.Log)
	if deleted {
		out.Hides = func(e feature.Entry) bool { return e.Kind != endKind }
	}
	return out, err
}
