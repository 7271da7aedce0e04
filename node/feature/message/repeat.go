package message

import (
	"context"
	"errors"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// keyLife is how long a call is known by its key.
const keyLife = 24 * time.Hour

// repeated is what a call with a key did. It lies where the node alone can read it, so it says nothing of the text, not even a
// hash: the text of a repeated call is compared with that of the message.
type repeated struct {
	Log   protocol.Log     `cbor:"0,keyasint"`
	Event protocol.EventID `cbor:"1,keyasint"`
	At    uint64           `cbor:"2,keyasint"` // Unix milliseconds
}

func (r repeated) over(now time.Time) bool {
	return now.Sub(time.UnixMilli(int64(r.At))) >= keyLife
}

func (s *slice) keyRow(author protocol.Account, k feature.Key) storage.Key {
	return s.Realms.Node().Key(storage.Idempotency, storage.H(author[:], []byte(k.Value)))
}

// recall returns the message that the same call made before, the zero id where it is new, or feature.ErrKeyMismatch.
func (s *slice) recall(tx feature.Tx, author protocol.Account, k feature.Key, req SendRequest) (none protocol.EventID, err error) {
	r, err := storage.GetAs[repeated](tx, s.Realms.Node(), s.keyRow(author, k))
	if errors.Is(err, storage.ErrNotFound) || err == nil && r.over(s.Now()) {
		return none, nil
	}
	if err != nil {
		return none, err
	}
	if r.Log != req.Conversation {
		return none, feature.ErrKeyMismatch
	}
	e, err := s.Timeline.Get(tx, r.Log, r.Event)
	if err != nil {
		return none, err
	}
	body, err := event.Decode[event.MessageSent](e.Body)
	if err != nil || body.Content != req.Text {
		return none, feature.ErrKeyMismatch
	}
	return r.Event, nil
}

func (s *slice) remember(tx feature.Tx, author protocol.Account, k feature.Key, e *protocol.Event) error {
	return storage.PutAs(tx, s.Realms.Node(), s.keyRow(author, k),
		repeated{Log: e.Log, Event: e.ID, At: uint64(s.Now().UnixMilli())})
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
				r, err := canon.Unmarshal[repeated](v)
				if err != nil {
					return false, err
				}
				if r.over(s.Now()) {
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
		r, err := storage.GetAs[repeated](tx, s.Realms.Node(), k)
		switch {
		case errors.Is(err, storage.ErrNotFound):
		case err != nil:
			return err
		case r.over(s.Now()):
			tx.Delete(k)
		}
	}
	return nil
}
