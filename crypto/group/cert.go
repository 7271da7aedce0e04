package group

import (
	"fmt"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
)

// MaxRecord is the largest encoded certificate or key distribution in bytes.
const MaxRecord = 2 << 10

const recordVersion = 1

// Cert is what a device says of a sending chain of its.
type Cert struct {
	Version uint64   `cbor:"0,keyasint"`
	GID     [32]byte `cbor:"1,keyasint"`
	Chain   ChainID  `cbor:"2,keyasint"`
	Acct    [32]byte `cbor:"3,keyasint"`
	Dev     [16]byte `cbor:"4,keyasint"`
	IDSeq   uint64   `cbor:"5,keyasint"` // identity entry of the device
	IDHash  [32]byte `cbor:"6,keyasint"`
	MHead   [32]byte `cbor:"7,keyasint"`  // membership the chain was made under
	CPK     [32]byte `cbor:"8,keyasint"`  // the chain's public signing key
	Created uint64   `cbor:"9,keyasint"`  // Unix milliseconds
	CSeq    uint64   `cbor:"10,keyasint"` // number of the chain among the device's in this group, from 1
}

// SignedCert is a certificate as it travels: the payload's bytes and the device's signature over them.
type SignedCert struct {
	Payload []byte   `cbor:"1,keyasint"`
	Sig     [64]byte `cbor:"2,keyasint"`
}

// Sign sets the version and signs with the device's key.
func (c Cert) Sign(dsk Signer) SignedCert {
	c.Version = recordVersion
	payload := canon.MustMarshal(c)
	return SignedCert{Payload: payload, Sig: dsk.Sign("gchain", payload)}
}

// Encode returns the one encoding of s.
func (s SignedCert) Encode() []byte { return canon.MustMarshal(s) }

// DecodeCert decodes a signed certificate strictly. It checks the form only: Verify checks the signature.
func DecodeCert(b []byte) (SignedCert, error) {
	if len(b) > MaxRecord {
		return SignedCert{}, fmt.Errorf("%w: certificate of %d bytes", ErrMalformed, len(b))
	}
	s, err := canon.Unmarshal[SignedCert](b)
	if err != nil {
		return SignedCert{}, fmt.Errorf("%w: certificate: %v", ErrMalformed, err)
	}
	if _, err := s.Cert(); err != nil {
		return SignedCert{}, err
	}
	return s, nil
}

// Cert returns what the certificate says, unverified: to find whose key must have signed it.
func (s SignedCert) Cert() (Cert, error) {
	c, err := canon.Unmarshal[Cert](s.Payload)
	if err != nil {
		return Cert{}, fmt.Errorf("%w: certificate: %v", ErrMalformed, err)
	}
	if c.Version != recordVersion || c.CSeq == 0 {
		return Cert{}, fmt.Errorf("%w: certificate", ErrMalformed)
	}
	return c, nil
}

// Verify returns what the certificate says once it is known to be signed by dsk, the verified signing key of the device
// it names, and to name a sound chain key.
func (s SignedCert) Verify(dsk [32]byte) (Cert, error) {
	c, err := s.Cert()
	if err != nil {
		return Cert{}, err
	}
	if !seal.Verify(&dsk, &s.Sig, "gchain", s.Payload) {
		return Cert{}, fmt.Errorf("%w: certificate", ErrSignature)
	}
	if err := seal.CheckPublic(&c.CPK); err != nil {
		return Cert{}, fmt.Errorf("verify chain certificate: %w", err)
	}
	return c, nil
}

// KeyDist hands a chain to another device, from message Start on. It travels only in the pairwise session of the device
// that the certificate names; a receiver takes it from no other. It prints as [secret].
type KeyDist struct {
	seal.Hidden `cbor:"-"`
	Cert        SignedCert `cbor:"1,keyasint"`
	Start       uint32     `cbor:"2,keyasint"`
	Key         [32]byte   `cbor:"3,keyasint"`
}

// Encode returns the one encoding of d.
func (d KeyDist) Encode() []byte { return canon.MustMarshal(d) }

// DecodeKeyDist decodes strictly. It checks the form only.
func DecodeKeyDist(b []byte) (KeyDist, error) {
	if len(b) > MaxRecord {
		return KeyDist{}, fmt.Errorf("%w: chain key of %d bytes", ErrMalformed, len(b))
	}
	d, err := canon.Unmarshal[KeyDist](b)
	if err != nil {
		return KeyDist{}, fmt.Errorf("%w: chain key: %v", ErrMalformed, err)
	}
	if _, err := d.Cert.Cert(); err != nil {
		return KeyDist{}, err
	}
	return d, nil
}
