package message

import (
	"context"
	"errors"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// recall returns the message that the same call made before, the zero id where it is new, or feature.ErrKeyMismatch.
func (s *slice) recall(tx feature.Tx, author protocol.Account, k feature.Key, req SendRequest) (none protocol.EventID, err error) {
	r, known, err := s.Recall(tx, author, k)
	if err != nil || !known {
		return none, err
	}
	if r.Log != req.Conversation {
		return none, feature.ErrKeyMismatch
	}
	e, err := s.Timeline.Get(tx, r.Log, r.Event)
	if err != nil {
		return none, err
	}
	if e.Erased() {
		return r.Event, nil // what it said is not known any more
	}
	body, err := event.Decode[event.MessageSent](e.Body)
	if err != nil || body.Content != req.Text || body.ReplyTo != req.ReplyTo || body.Thread != req.Thread || priorityName(body.Priority) != req.Priority {
		return none, feature.ErrKeyMismatch
	}
	return r.Event, nil
}

// forgetBatch is how many keys one transaction forgets.
const forgetBatch = 1000

// forgetKeys removes keys whose day is over.
func (s *slice) forgetKeys(ctx context.Context) error {
	for {
		var over []storage.Key
		realm := s.Realms.Node()
		err := s.Store.View(func(tx feature.Tx) error {
			return tx.Scan(realm, realm.Key(storage.Idempotency), storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
				r, err := canon.Unmarshal[feature.Repeated](v)
				if err != nil {
					return false, err
				}
				if r.Over(s.Now()) {
					over = append(over, k)
				}
				return len(over) < forgetBatch, nil
			})
		})
		if err != nil || len(over) == 0 {
			return err
		}
		if err := s.Store.Update(ctx, func(tx feature.Tx) error { return s.forget(tx, over) }); err != nil {
			return err
		}
	}
}

// forget removes the keys that were not used again in the meantime.
func (s *slice) forget(tx feature.Tx, keys []storage.Key) error {
	for _, k := range keys {
		r, err := storage.GetAs[feature.Repeated](tx, s.Realms.Node(), k)
		switch {
		case errors.Is(err, storage.ErrNotFound):
		case err != nil:
			return err
		case r.Over(s.Now()):
			tx.Delete(k)
		}
	}
	return nil
}
