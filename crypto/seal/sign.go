package seal

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io"

	"filippo.io/edwards25519"

	"conclave/crypto/canon"
)

// SigningKey is an Ed25519 private key. It signs only labelled messages. It is immutable and safe for concurrent use.
type SigningKey struct {
	Hidden
	key ed25519.PrivateKey
}

// NewSigningKey makes a key from 32 bytes of rand.
func NewSigningKey(rand io.Reader) (*SigningKey, error) {
	var seed [32]byte
	if _, err := io.ReadFull(rand, seed[:]); err != nil {
		return nil, fmt.Errorf("generate Ed25519 key: %w", err)
	}
	return SigningKeyFrom(&seed), nil
}

// SigningKeyFrom makes the key of a 32-byte seed.
func SigningKeyFrom(seed *[32]byte) *SigningKey {
	return &SigningKey{key: ed25519.NewKeyFromSeed(seed[:])}
}

// Seed returns the 32 secret bytes, to be sealed by the caller.
func (k *SigningKey) Seed() (seed [32]byte) {
	copy(seed[:], k.key.Seed())
	return seed
}

// Public returns the public key.
func (k *SigningKey) Public() (pub [32]byte) {
	copy(pub[:], k.key[32:])
	return pub
}

// Sign returns the 64-byte signature over L(context) || parts...
func (k *SigningKey) Sign(context string, parts ...[]byte) (sig [64]byte) {
	copy(sig[:], ed25519.Sign(k.key, canon.Join(context, parts...)))
	return sig
}

// Verify reports whether sig is pub's signature over L(context) || parts... pub must have passed CheckPublic: with a key of
// small order a signature means nothing.
func Verify(pub *[32]byte, sig *[64]byte, context string, parts ...[]byte) bool {
	return verify(pub, sig[:], canon.Join(context, parts...))
}

func verify(pub *[32]byte, sig, message []byte) bool {
	return len(sig) == ed25519.SignatureSize && ed25519.Verify(pub[:], message, sig)
}

// CheckPublic returns ErrPublicKey unless pub is the canonical encoding of an Ed25519 point that is not of small order.
// Every key that comes from outside passes through it once, where it comes in.
func CheckPublic(pub *[32]byte) error {
	p, err := new(edwards25519.Point).SetBytes(pub[:])
	if err != nil || !bytes.Equal(p.Bytes(), pub[:]) {
		return ErrPublicKey
	}
	if new(edwards25519.Point).MultByCofactor(p).Equal(edwards25519.NewIdentityPoint()) == 1 {
		return ErrPublicKey
	}
	return nil
}
