package draft

import (
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// row is a draft in the realm of its account. What remains of one that ended is its revision: who did not see the end must not
// undo it.
type row struct {
	Log      protocol.Log     `cbor:"0,keyasint"`
	Thread   protocol.EventID `cbor:"1,keyasint,omitzero"`
	Text     string           `cbor:"2,keyasint,omitempty"`
	ReplyTo  protocol.EventID `cbor:"3,keyasint,omitzero"`
	Client   string           `cbor:"4,keyasint,omitempty"`
	Revision uint64           `cbor:"5,keyasint"`
	At       uint64           `cbor:"6,keyasint"` // Unix milliseconds
}

func (r row) empty() bool { return r.Text == "" && r.ReplyTo.IsZero() }

// sum is what is known of all drafts of an account.
type sum struct {
	Revision uint64 `cbor:"0,keyasint"`
	Count    uint64 `cbor:"1,keyasint"` // of those that did not end
}

const kind = "d"

func prefix(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Saved, storage.Fixed([]byte(kind)))
}

func key(realm *storage.Realm, log protocol.Log, thread protocol.EventID) storage.Key {
	return realm.Key(storage.Saved, storage.Fixed([]byte(kind)), storage.H(log[:], thread[:]))
}

func sumKey(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Counters, storage.H([]byte("drafts")))
}

// get is GetAs with the zero value for what is not there.
func get[T any](tx feature.Tx, realm *storage.Realm, k storage.Key) (T, error) {
	v, err := storage.GetAs[T](tx, realm, k)
	if errors.Is(err, storage.ErrNotFound) {
		var none T
		return none, nil
	}
	return v, err
}

// put writes a draft under the next revision and keeps count.
func (s *slice) put(tx feature.Tx, realm *storage.Realm, had, now row) (row, error) {
	all, err := get[sum](tx, realm, sumKey(realm))
	if err != nil {
		return now, err
	}
	switch {
	case had.empty() && !now.empty():
		if all.Count >= MaxDrafts {
			return now, feature.ErrConflict.With("There are %d drafts; send or delete one first.", MaxDrafts)
		}
		all.Count++
	case !had.empty() && now.empty():
		all.Count--
	}
	all.Revision++
	now.Revision, now.At = all.Revision, uint64(max(s.Now().UnixMilli(), 0))
	if err := storage.PutAs(tx, realm, sumKey(realm), all); err != nil {
		return now, err
	}
	return now, storage.PutAs(tx, realm, key(realm, now.Log, now.Thread), now)
}
