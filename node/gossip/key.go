package gossip

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"time"

	"conclave/node/feature"
	"conclave/storage"
)

// A key of the gossip host serves for keyFor. For the last overlap of that the next one serves beside it.
const (
	keyFor  = 30 * 24 * time.Hour
	overlap = 24 * time.Hour
)

// hostKey is a key of the second host.
type hostKey struct {
	_     struct{} `cbor:",toarray"`
	Seed  [32]byte
	Until uint64 // Unix milliseconds
}

func (k hostKey) private() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(k.Seed[:]) }

func (k hostKey) over(now time.Time) bool { return now.UnixMilli() >= int64(k.Until) }

func (o *Overlay) keysKey() storage.Key {
	return o.Realm.Key(storage.Gossip, storage.H([]byte("keys")))
}

// turn returns the keys that serve now, the newest first, and whether they are others than were given.
func turn(random io.Reader, keys []hostKey, now time.Time) (out []hostKey, changed bool, err error) {
	for _, k := range keys {
		if k.over(now) || k.Until > uint64(now.Add(keyFor+overlap).UnixMilli()) { // the clock was far ahead when it was made
			changed = true
			continue
		}
		out = append(out, k)
	}
	if len(out) > 0 && !(hostKey{Until: out[0].Until - uint64(overlap.Milliseconds())}).over(now) {
		return out, changed, nil
	}
	k := hostKey{Until: uint64(now.Add(keyFor).UnixMilli())}
	if _, err := io.ReadFull(random, k.Seed[:]); err != nil {
		return nil, false, fmt.Errorf("make a key for gossip: %w", err)
	}
	return append([]hostKey{k}, out[:min(len(out), 1)]...), true, nil
}

// keys returns the keys that serve now, the newest first.
func (o *Overlay) keys(tx feature.Tx) ([]hostKey, error) {
	had, err := storage.GetAs[[]hostKey](tx, o.Realm, o.keysKey())
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, fmt.Errorf("read the keys for gossip: %w", err)
	}
	keys, changed, err := turn(o.Random, had, o.Now())
	if err != nil || !changed {
		return keys, err
	}
	return keys, storage.PutAs(tx, o.Realm, o.keysKey(), keys)
}
