package message

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// What an account deletes for itself stays in the log, which others read too: it is not shown to the account any more.

// maxConcealed is how many messages of one conversation an account deletes for itself, one by one.
const maxConcealed = 10_000

// ErrTooManyConcealed says that the history is better cleared.
var ErrTooManyConcealed = &feature.Error{Status: 409, Code: "too_many_deleted", Detail: "You deleted 10,000 messages of this conversation for yourself; clear its history instead."}

// Concealed names a message that an account is not shown any more, or again.
type Concealed struct {
	Conversation protocol.Log     `json:"conversation"`
	ID           protocol.EventID `json:"id"`
	Restored     bool             `json:"restored,omitempty" doc:"it is shown again"`
}

// RestoreRequest names a message that the caller deleted for itself.
type RestoreRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
}

func (s *slice) conceal(tx feature.Tx, who protocol.Account, log protocol.Log, id protocol.EventID) error {
	c, err := s.rowOf(tx, who, log, id)
	if err != nil {
		return err
	}
	realm, err := s.Realms.Account(who)
	if err != nil {
		return err
	}
	k := concealKey(realm, c.Log, id)
	if known, err := tx.Has(k); err != nil || known {
		return err
	}
	n, err := s.concealed(tx, realm, c.Log)
	if err != nil {
		return err
	}
	if n >= maxConcealed {
		return ErrTooManyConcealed
	}
	tx.OnCommit(func() {
		s.tellConcealed([]protocol.Account{who}, Concealed{Conversation: c.Log, ID: id})
		s.TellConversation(c.Log)
	})
	return errors.Join(tx.Put(realm, k, []byte{1}), storage.PutAs(tx, realm, concealsKey(realm, c.Log), n+1))
}

func (s *slice) restore(ctx context.Context, req RestoreRequest) (feature.Nothing, error) {
	who := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.rowOf(tx, who, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		realm, err := s.Realms.Account(who)
		if err != nil {
			return err
		}
		k := concealKey(realm, c.Log, req.Message)
		if known, err := tx.Has(k); err != nil || !known {
			return err
		}
		n, err := s.concealed(tx, realm, c.Log)
		if err != nil {
			return err
		}
		tx.Delete(k)
		tx.OnCommit(func() {
			s.tellConcealed([]protocol.Account{who}, Concealed{Conversation: c.Log, ID: req.Message, Restored: true})
			s.TellConversation(c.Log)
		})
		if n <= 1 {
			tx.Delete(concealsKey(realm, c.Log))
			return nil
		}
		return storage.PutAs(tx, realm, concealsKey(realm, c.Log), n-1)
	})
}

// rowOf finds the conversation of a message that a viewer may read, also of one that was deleted.
func (s *slice) rowOf(tx feature.Tx, viewer protocol.Account, log protocol.Log, id protocol.EventID) (feature.Conversation, error) {
	c, err := s.See(tx, viewer, log)
	if err != nil {
		return c, err
	}
	e, err := s.Timeline.Get(tx, c.Log, id)
	if err != nil {
		return c, err
	}
	readable, err := s.Readable(tx, viewer, c, e)
	if err == nil && (!readable || e.Kind != sentKind) {
		err = feature.ErrNotFound
	}
	return c, err
}

// conceals hides what the viewer deleted for itself. Where that is nothing it costs nothing but to find that out.
func (s *slice) conceals(tx feature.Tx, viewer protocol.Account, c feature.Conversation) (feature.Veil, error) {
	realm, err := s.Realms.Account(viewer)
	if err != nil {
		return feature.Veil{}, err
	}
	if n, err := s.concealed(tx, realm, c.Log); err != nil || n == 0 {
		return feature.Veil{}, err
	}
	return feature.Veil{Hides: func(e feature.Entry) bool {
		hidden, err := tx.Has(concealKey(realm, c.Log, e.ID))
		return hidden || err != nil
	}}, nil
}

// concealed is how many messages of a conversation an account deleted for itself.
func (s *slice) concealed(tx feature.Tx, realm *storage.Realm, log protocol.Log) (uint64, error) {
	n, err := storage.GetAs[uint64](tx, realm, concealsKey(realm, log))
	if errors.Is(err, storage.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

func concealsKey(realm *storage.Realm, log protocol.Log) storage.Key {
	return realm.Key(storage.Concealed, storage.H(log[:]))
}

func concealKey(realm *storage.Realm, log protocol.Log, id protocol.EventID) storage.Key {
	return realm.Key(storage.Concealed, storage.H(log[:]), storage.H(id[:]))
}
