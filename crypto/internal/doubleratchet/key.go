package doubleratchet

import (
	"errors"
	"io"

	"conclave/crypto/seal"
)

// Key is a ratchet key pair. A restored one parses its seed only when it is used: a stored state is loaded for every
// message, and the private key is needed once a turn. The zero value means "none". It prints as [secret].
type Key struct {
	seal.Hidden
	seed   [32]byte
	public [32]byte
	key    *seal.DHKey
}

// NewKey makes a key from 32 bytes of rand.
func NewKey(rand io.Reader) (Key, error) {
	key, err := seal.NewDHKey(rand)
	if err != nil {
		return Key{}, err
	}
	return KeyOf(key), nil
}

// KeyOf takes over a key made elsewhere.
func KeyOf(key *seal.DHKey) Key {
	return Key{seed: [32]byte(key.Bytes()), public: key.Public(), key: key}
}

// RestoreKey makes a key of a seed and the public half stored beside it, which it takes on trust.
func RestoreKey(seed, public [32]byte) Key { return Key{seed: seed, public: public} }

// Public returns the public half.
func (k Key) Public() [32]byte { return k.public }

// Seed returns the secret bytes, for storage under seal.
func (k Key) Seed() [32]byte { return k.seed }

// IsZero reports whether k is no key.
func (k Key) IsZero() bool { return k.public == [32]byte{} }

// Shared returns the shared secret with a peer's key; unsafe keys are refused.
func (k Key) Shared(public [32]byte) ([32]byte, error) {
	if k.IsZero() {
		return [32]byte{}, errNoKey
	}
	if k.key == nil {
		key, err := seal.DHKeyFrom(k.seed[:])
		if err != nil {
			return [32]byte{}, err
		}
		k.key = key
	}
	return k.key.Shared(&public)
}

var errNoKey = errors.New("no ratchet key")
