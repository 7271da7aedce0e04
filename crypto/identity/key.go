package identity

import (
	"fmt"
	"io"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
)

// AIK is the account identity key. It signs entries of the identity log and nothing else.
type AIK struct {
	seal.Hidden
	key *seal.SigningKey
}

// RK is the recovery key's signing half. It signs recovery entries and nothing else.
type RK struct {
	seal.Hidden
	key *seal.SigningKey
}

// DSK is the signing key of a device: prekeys, group operations, chain certificates, requests.
type DSK struct {
	seal.Hidden
	key *seal.SigningKey
}

// DIK is the X25519 identity key of a device.
type DIK struct {
	seal.Hidden
	key *seal.DHKey
}

// NewAIK makes a key from rand.
func NewAIK(rand io.Reader) (*AIK, error) {
	k, err := seal.NewSigningKey(rand)
	if err != nil {
		return nil, err
	}
	return &AIK{key: k}, nil
}

// AIKFrom makes the key of a seed.
func AIKFrom(seed *[32]byte) *AIK { return &AIK{key: seal.SigningKeyFrom(seed)} }

// Seed returns the 32 secret bytes, to be sealed by the caller.
func (k *AIK) Seed() [32]byte { return k.key.Seed() }

// Public returns the public key.
func (k *AIK) Public() PublicKey { return k.key.Public() }

// RKFrom makes the key of a seed, which comes from a recovery key (package vault).
func RKFrom(seed *[32]byte) *RK { return &RK{key: seal.SigningKeyFrom(seed)} }

// Public returns the public key.
func (k *RK) Public() PublicKey { return k.key.Public() }

// Commit returns rec_commit, by which the log names the key without showing it.
func (k *RK) Commit() Hash { return recCommit(k.Public()) }

func recCommit(pub PublicKey) Hash { return canon.Hash("rec", pub[:]) }

// NewDSK makes a key from rand.
func NewDSK(rand io.Reader) (*DSK, error) {
	k, err := seal.NewSigningKey(rand)
	if err != nil {
		return nil, err
	}
	return &DSK{key: k}, nil
}

// DSKFrom makes the key of a seed.
func DSKFrom(seed *[32]byte) *DSK { return &DSK{key: seal.SigningKeyFrom(seed)} }

// Seed returns the 32 secret bytes, to be sealed by the caller.
func (k *DSK) Seed() [32]byte { return k.key.Seed() }

// Public returns the public key.
func (k *DSK) Public() PublicKey { return k.key.Public() }

// Sign signs L(context) || parts... The contexts of this package ("dev-pop", "bundle", "otk") are not for callers.
func (k *DSK) Sign(context string, parts ...[]byte) [64]byte { return k.key.Sign(context, parts...) }

// NewDIK makes a key from rand.
func NewDIK(rand io.Reader) (*DIK, error) {
	k, err := seal.NewDHKey(rand)
	if err != nil {
		return nil, err
	}
	return &DIK{key: k}, nil
}

// DIKFrom restores a key from the 32 bytes that Bytes returned.
func DIKFrom(b []byte) (*DIK, error) {
	k, err := seal.DHKeyFrom(b)
	if err != nil {
		return nil, err
	}
	return &DIK{key: k}, nil
}

// Bytes returns the 32 secret bytes, to be sealed by the caller.
func (k *DIK) Bytes() []byte { return k.key.Bytes() }

// Public returns the public key.
func (k *DIK) Public() DHPublic { return k.key.Public() }

// Shared returns X25519(k, peer), or seal.ErrPublicKey for an unsafe peer key.
func (k *DIK) Shared(peer DHPublic) ([32]byte, error) { return k.key.Shared((*[32]byte)(&peer)) }

// DeviceKeys are the long-term secrets of one device of one account.
type DeviceKeys struct {
	DSK *DSK
	DIK *DIK
}

// NewDeviceKeys makes both keys from rand.
func NewDeviceKeys(rand io.Reader) (DeviceKeys, error) {
	dsk, err := NewDSK(rand)
	if err != nil {
		return DeviceKeys{}, fmt.Errorf("make device keys: %w", err)
	}
	dik, err := NewDIK(rand)
	if err != nil {
		return DeviceKeys{}, fmt.Errorf("make device keys: %w", err)
	}
	return DeviceKeys{DSK: dsk, DIK: dik}, nil
}

// checkEd refuses unsafe Ed25519 keys.
func checkEd(what string, k PublicKey) error {
	if err := seal.CheckPublic((*[32]byte)(&k)); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
