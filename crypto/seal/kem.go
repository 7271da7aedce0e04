package seal

import (
	"crypto/hpke"
	"crypto/mlkem"
	"fmt"
	"io"
)

// Sizes in bytes of the sealing to a public key (X-Wing: ML-KEM-768 with X25519).
const (
	KEMPublicSize = 1216
	encSize       = 1120
	// SealToOverhead is the length by which SealTo's output exceeds its plaintext.
	SealToOverhead = encSize + 16
)

// KEMKey is an X-Wing private key, kept as its 32-byte seed. It is immutable and safe for concurrent use.
type KEMKey struct {
	Hidden
	key hpke.PrivateKey
}

// NewKEMKey makes a key from 32 bytes of rand.
func NewKEMKey(rand io.Reader) (*KEMKey, error) {
	var seed [32]byte
	if _, err := io.ReadFull(rand, seed[:]); err != nil {
		return nil, fmt.Errorf("generate X-Wing key: %w", err)
	}
	return KEMKeyFrom(&seed)
}

// KEMKeyFrom makes the key of a seed.
func KEMKeyFrom(seed *[32]byte) (*KEMKey, error) {
	k, err := hpke.MLKEM768X25519().NewPrivateKey(seed[:])
	if err != nil {
		return nil, fmt.Errorf("restore X-Wing key: %w", err)
	}
	return &KEMKey{key: k}, nil
}

// Seed returns the 32 secret bytes, to be sealed by the caller.
func (k *KEMKey) Seed() ([32]byte, error) {
	b, err := k.key.Bytes()
	if err != nil {
		return [32]byte{}, fmt.Errorf("export X-Wing key: %w", err)
	}
	return [32]byte(b), nil
}

// Public returns the public key, KEMPublicSize bytes.
func (k *KEMKey) Public() []byte { return k.key.PublicKey().Bytes() }

// SealTo encrypts plaintext to the holder of pub with HPKE base mode (X-Wing, HKDF-SHA-256, ChaCha20-Poly1305), one message
// per encapsulation, binding info and ad. Output: enc(1120) || ciphertext || tag(16). The standard library draws the
// encapsulation's randomness from crypto/rand itself and takes no reader, so this is the one call here that is not a
// function of its inputs.
func SealTo(pub, info, ad, plaintext []byte) ([]byte, error) {
	pk, err := kemPublic(pub)
	if err != nil {
		return nil, err
	}
	enc, sender, err := hpke.NewSender(pk, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info)
	if err != nil {
		return nil, fmt.Errorf("seal to public key: %w", err)
	}
	ct, err := sender.Seal(ad, plaintext)
	if err != nil {
		return nil, fmt.Errorf("seal to public key: %w", err)
	}
	return append(enc, ct...), nil
}

// OpenFrom opens what SealTo made with the same info and ad. The error is always ErrOpen.
func OpenFrom(key *KEMKey, info, ad, sealed []byte) ([]byte, error) {
	if len(sealed) < SealToOverhead {
		return nil, ErrOpen
	}
	r, err := hpke.NewRecipient(sealed[:encSize], key.key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info)
	if err != nil {
		return nil, ErrOpen
	}
	plain, err := r.Open(ad, sealed[encSize:])
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// CheckKEM returns ErrPublicKey unless pub is a valid X-Wing public key: reduced ML-KEM-768 coefficients and a safe X25519
// point.
func CheckKEM(pub []byte) error {
	_, err := kemPublic(pub)
	return err
}

func kemPublic(pub []byte) (hpke.PublicKey, error) {
	if len(pub) != KEMPublicSize {
		return nil, ErrPublicKey
	}
	if CheckDH((*[32]byte)(pub[KEMPublicSize-32:])) != nil {
		return nil, ErrPublicKey
	}
	pk, err := hpke.MLKEM768X25519().NewPublicKey(pub)
	if err != nil {
		return nil, ErrPublicKey
	}
	return pk, nil
}

// NewMLKEM768 makes an ML-KEM-768 key from a 64-byte seed read from rand; its Bytes method returns the seed.
func NewMLKEM768(rand io.Reader) (*mlkem.DecapsulationKey768, error) {
	var seed [mlkem.SeedSize]byte
	if _, err := io.ReadFull(rand, seed[:]); err != nil {
		return nil, fmt.Errorf("generate ML-KEM-768 key: %w", err)
	}
	return mlkem.NewDecapsulationKey768(seed[:])
}

// NewMLKEM1024 makes an ML-KEM-1024 key from a 64-byte seed read from rand; its Bytes method returns the seed.
func NewMLKEM1024(rand io.Reader) (*mlkem.DecapsulationKey1024, error) {
	var seed [mlkem.SeedSize]byte
	if _, err := io.ReadFull(rand, seed[:]); err != nil {
		return nil, fmt.Errorf("generate ML-KEM-1024 key: %w", err)
	}
	return mlkem.NewDecapsulationKey1024(seed[:])
}

// CheckMLKEM1024 returns ErrPublicKey unless pub is a valid ML-KEM-1024 encapsulation key.
func CheckMLKEM1024(pub []byte) error {
	if _, err := mlkem.NewEncapsulationKey1024(pub); err != nil {
		return ErrPublicKey
	}
	return nil
}

// CheckMLKEM768 returns ErrPublicKey unless pub is a valid ML-KEM-768 encapsulation key.
func CheckMLKEM768(pub []byte) error {
	if _, err := mlkem.NewEncapsulationKey768(pub); err != nil {
		return ErrPublicKey
	}
	return nil
}
