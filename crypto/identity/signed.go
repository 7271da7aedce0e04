package identity

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
)

// Role says in which capacity a key signs an entry.
type Role uint64

// The roles of SPEC.md, identity log.
const (
	ByPrevious Role = 0 // the AIK of the entry before
	ByNew      Role = 1 // the AIK that the entry introduces
	ByRecovery Role = 2 // the RK that the entry before commits to
)

// contexts holds the label of each role, so that a signature given in one role is none in another.
var contexts = [...]string{ByPrevious: "id-prev", ByNew: "id-new", ByRecovery: "id-rec"}

// ErrSignature is returned for an entry or record that is not signed as it must be.
var ErrSignature = errors.New("invalid signature")

// Sig is one signature of an entry.
type Sig struct {
	Role Role      `cbor:"0,keyasint"`
	Pub  PublicKey `cbor:"1,keyasint"`
	Sig  [64]byte  `cbor:"2,keyasint"`
}

// Signed is an entry as it travels: the payload's bytes and the signatures over them, in rising order of role.
type Signed struct {
	Payload []byte `cbor:"1,keyasint"`
	Sigs    []Sig  `cbor:"2,keyasint"`
}

// Signer is a key in one role.
type Signer struct {
	role Role
	key  *seal.SigningKey
}

// Previous signs as the AIK of the entry before.
func (k *AIK) Previous() Signer { return Signer{ByPrevious, k.key} }

// New signs as the AIK that the entry introduces.
func (k *AIK) New() Signer { return Signer{ByNew, k.key} }

// Recovery signs as the recovery key.
func (k *RK) Recovery() Signer { return Signer{ByRecovery, k.key} }

// Sign encodes the entry and signs it: an ordinary entry by aik.Previous(), a change of AIK by old.Previous() and new.New(),
// a recovery by rk.Recovery() and, when the AIK changes, new.New(). What the log
// requires is checked when the entry is added to it.
func (e Entry) Sign(by ...Signer) Signed {
	s := Signed{Payload: e.encode(), Sigs: []Sig{}}
	for _, k := range by {
		s.Sigs = append(s.Sigs, Sig{k.role, k.key.Public(), k.key.Sign(contexts[k.role], s.Payload)})
	}
	slices.SortStableFunc(s.Sigs, func(a, b Sig) int { return cmp.Compare(a.Role, b.Role) })
	return s
}

// Encode returns the canonical encoding.
func (s Signed) Encode() []byte { return canon.MustMarshal(s) }

// DecodeSigned decodes a signed entry of at most MaxEntry bytes. It checks form only; Verify and Log.Extend check the rest.
func DecodeSigned(b []byte) (Signed, error) {
	if len(b) > MaxEntry {
		return Signed{}, fmt.Errorf("decode signed entry: %d bytes, over %d", len(b), MaxEntry)
	}
	s, err := canon.Unmarshal[Signed](b)
	if err != nil {
		return Signed{}, fmt.Errorf("decode signed entry: %w", err)
	}
	if s.Payload == nil || len(s.Sigs) == 0 || len(s.Sigs) > len(contexts) {
		return Signed{}, fmt.Errorf("decode signed entry: %d signatures: %w", len(s.Sigs), ErrEntry)
	}
	return s, nil
}

// Hash returns the hash of the entry: of its payload, never of the signatures.
func (s Signed) Hash() Hash { return canon.Hash("identry", s.Payload) }

// Entry decodes the payload and checks its form, not the signatures.
func (s Signed) Entry() (Entry, error) { return decodeEntry(s.Payload) }

// signers verifies every signature and returns the key of each role. Roles come once each, in rising order.
func (s Signed) signers() (map[Role]PublicKey, error) {
	by := make(map[Role]PublicKey, len(s.Sigs))
	for i, sig := range s.Sigs {
		if sig.Role > ByRecovery || (i > 0 && s.Sigs[i-1].Role >= sig.Role) {
			return nil, fmt.Errorf("%w: roles out of order", ErrSignature)
		}
		if err := checkEd("signing key", sig.Pub); err != nil {
			return nil, err
		}
		if !seal.Verify((*[32]byte)(&sig.Pub), &sig.Sig, contexts[sig.Role], s.Payload) {
			return nil, fmt.Errorf("%w: role %d", ErrSignature, sig.Role)
		}
		by[sig.Role] = sig.Pub
	}
	return by, nil
}
