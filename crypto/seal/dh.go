package seal

import (
	"bytes"
	"crypto/ecdh"
	"errors"
	"fmt"
	"io"
	"sync"
)

// ErrPublicKey is returned for a public key that is not canonically encoded, has small order, or has the wrong length.
var ErrPublicKey = errors.New("unsafe public key")

// DHKey is an X25519 private key. It is immutable and safe for concurrent use.
type DHKey struct {
	Hidden
	key *ecdh.PrivateKey
}

// NewDHKey makes a key from 32 bytes of rand.
func NewDHKey(rand io.Reader) (*DHKey, error) {
	var seed [32]byte
	if _, err := io.ReadFull(rand, seed[:]); err != nil {
		return nil, fmt.Errorf("generate X25519 key: %w", err)
	}
	return DHKeyFrom(seed[:])
}

// DHKeyFrom restores a key from the 32 bytes that Bytes returned.
func DHKeyFrom(b []byte) (*DHKey, error) {
	k, err := ecdh.X25519().NewPrivateKey(b)
	if err != nil {
		return nil, fmt.Errorf("restore X25519 key: %w", err)
	}
	return &DHKey{key: k}, nil
}

// Bytes returns the 32 secret bytes, to be sealed by the caller.
func (k *DHKey) Bytes() []byte { return k.key.Bytes() }

// Public returns the public key.
func (k *DHKey) Public() (pub [32]byte) {
	copy(pub[:], k.key.PublicKey().Bytes())
	return pub
}

// Shared returns X25519(k, peer). Encodings that are not canonical and points of small order (a result of zero) are
// refused with ErrPublicKey, so the result always depends on k.
func (k *DHKey) Shared(peer *[32]byte) ([32]byte, error) {
	if !canonicalX25519(peer) {
		return [32]byte{}, ErrPublicKey
	}
	pub, err := ecdh.X25519().NewPublicKey(peer[:])
	if err != nil {
		return [32]byte{}, ErrPublicKey
	}
	out, err := k.key.ECDH(pub)
	if err != nil {
		return [32]byte{}, ErrPublicKey
	}
	return [32]byte(out), nil
}

// CheckDH returns ErrPublicKey unless pub is a canonical encoding of an X25519 point that is not of small order. It costs
// one scalar multiplication; DHKey.Shared makes the same checks by itself.
func CheckDH(pub *[32]byte) error {
	probe, err := probe()
	if err != nil {
		return err
	}
	_, err = probe.Shared(pub)
	return err
}

// probe is a key that is no secret.
var probe = sync.OnceValues(func() (*DHKey, error) { return DHKeyFrom(bytes.Repeat([]byte{0x42}, 32)) })

// canonicalX25519 reports whether the little-endian u is below 2^255-19. Public data: no need for constant time.
func canonicalX25519(u *[32]byte) bool {
	if u[31]&0x80 != 0 {
		return false
	}
	if u[31] != 0x7f || u[0] < 0xed {
		return true
	}
	for _, b := range u[1:31] {
		if b != 0xff {
			return true
		}
	}
	return false
}
