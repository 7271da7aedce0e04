package group

import (
	"fmt"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
)

// Proof is kept beside a group event: with the chain's certificate, and the heads and id of the event, it shows its author
// to anyone who trusts the certificate, without the ciphertext: {chain_id, n, SHA-256(ct), sig}.
type Proof struct {
	Chain  ChainID  `cbor:"1,keyasint"`
	N      uint32   `cbor:"2,keyasint"`
	Digest [32]byte `cbor:"3,keyasint"`
	Sig    [64]byte `cbor:"4,keyasint"`
}

// Encode returns the one encoding of p.
func (p Proof) Encode() []byte { return canon.MustMarshal(p) }

// DecodeProof decodes strictly. It checks the form only.
func DecodeProof(b []byte) (Proof, error) {
	if len(b) > MaxRecord {
		return Proof{}, fmt.Errorf("%w: proof of %d bytes", ErrMalformed, len(b))
	}
	p, err := canon.Unmarshal[Proof](b)
	if err != nil {
		return Proof{}, fmt.Errorf("%w: proof: %v", ErrMalformed, err)
	}
	return p, nil
}

// Verify reports whether the chain of the verified certificate signed the event id under the membership mhead.
func (p Proof) Verify(cert Cert, mhead, id [32]byte) bool {
	return p.Chain == cert.Chain && seal.Verify(&cert.CPK, &p.Sig, "gmsg", place(cert.GID, p.Chain, p.N, mhead, id), p.Digest[:])
}

// Statement is a proof with what it proves.
type Statement struct {
	Proof Proof
	MHead [32]byte
	ID    [32]byte
}

// Equivocates reports whether a and b show that the chain's device signed two messages under one number.
func Equivocates(cert Cert, a, b Statement) bool {
	same := a.Proof.Digest == b.Proof.Digest && a.MHead == b.MHead && a.ID == b.ID
	return a.Proof.N == b.Proof.N && !same && a.Proof.Verify(cert, a.MHead, a.ID) && b.Proof.Verify(cert, b.MHead, b.ID)
}
