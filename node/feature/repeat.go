package feature

import (
	"errors"
	"time"

	"conclave/protocol"
	"conclave/storage"
)

// KeyLife is how long a call is known by its Idempotency-Key.
const KeyLife = 24 * time.Hour

// Repeated is what a call with a key did. It lies where the node alone can read it, so it says nothing of what was written, not
// even a hash: a repeated call is compared with what the first one made.
type Repeated struct {
	Log   protocol.Log     `cbor:"0,keyasint"`
	Event protocol.EventID `cbor:"1,keyasint"`
	At    uint64           `cbor:"2,keyasint"` // Unix milliseconds
}

// Over tells whether the call is not known any more.
func (r Repeated) Over(now time.Time) bool {
	return now.Sub(time.UnixMilli(int64(r.At))) >= KeyLife
}

func (h *Host) keyRow(caller protocol.Account, k Key) storage.Key {
	return h.Realms.Node().Key(storage.Idempotency, storage.H(caller[:], []byte(k.Value)))
}

// Recall returns what a call of an account under this key did; false where the key is new.
func (h *Host) Recall(tx Tx, caller protocol.Account, k Key) (Repeated, bool, error) {
	r, err := storage.GetAs[Repeated](tx, h.Realms.Node(), h.keyRow(caller, k))
	if errors.Is(err, storage.ErrNotFound) || err == nil && r.Over(h.Now()) {
		return Repeated{}, false, nil
	}
	return r, err == nil, err
}

// Remember keeps what a call under a key did, in the transaction that does it.
func (h *Host) Remember(tx Tx, caller protocol.Account, k Key, log protocol.Log, id protocol.EventID) error {
	return storage.PutAs(tx, h.Realms.Node(), h.keyRow(caller, k), Repeated{Log: log, Event: id, At: uint64(h.Now().UnixMilli())})
}
