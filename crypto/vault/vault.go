// Package vault keeps an account's key at rest: a random vault key, wrapped in slots that a passphrase, a client session, a
// passkey, the recovery key or the node's own key opens (SPEC.md, vault slots); and the recovery key people write down.
//
// It promises that a record made by somebody else costs at most 256 MiB and a few seconds to try, that a slot opens only in
// the vault and under the parameters it was made for, and that nothing about the passphrase or a token can be tested without
// its slot. It refuses to say why a slot did not open, and to choose or weaken costs by itself.
//
// Pure: randomness is a parameter; who may try how often is the caller's business, as is locking: a *Vault is not safe for
// concurrent use, all else is.
package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/crypto/seal"
)

// Kind says what opens a slot.
type Kind uint64

// The kinds of slots. The values are stored.
const (
	KindPassphrase Kind = 1
	KindRecovery   Kind = 2
	KindSession    Kind = 3
	KindPasskey    Kind = 4
	KindNode       Kind = 5
)

// Bounds of a vault record.
const (
	MaxRecord = 64 << 10 // bytes
	maxParams = 64       // bytes of one slot
	wrapSize  = 32 + seal.Overhead
	version   = 1
)

// maxSlots bounds the slots of each kind.
var maxSlots = map[Kind]int{KindPassphrase: 1, KindRecovery: 2, KindSession: 200, KindPasskey: 16, KindNode: 1}

var (
	// ErrLocked is returned when no slot opens for an unlocker: there is none, or the secret is wrong.
	ErrLocked = errors.New("no slot of the vault opens")
	// ErrRecord is returned for a vault record that breaks a rule of form.
	ErrRecord = errors.New("invalid vault record")
	// ErrFull is returned when a vault holds as many slots of a kind as it may.
	ErrFull = errors.New("too many slots of this kind")
	// ErrSlot is returned for a slot that the vault does not hold.
	ErrSlot = errors.New("no such slot")
)

// Key is the vault key of an account: 32 random bytes from which the keys of its tables are derived. It prints as
// "[secret]".
type Key struct {
	seal.Hidden
	b [32]byte
}

// NewKey makes a key from rand.
func NewKey(rand io.Reader) (Key, error) {
	var k Key
	if _, err := io.ReadFull(rand, k.b[:]); err != nil {
		return Key{}, fmt.Errorf("make vault key: %w", err)
	}
	return k, nil
}

// Derive returns the 32-byte key for one use, HKDF(vault key, L(use)), such as "db/val".
func (k Key) Derive(use string) [32]byte { return *seal.DeriveKey(k.b[:], nil, use, nil) }

// Equal compares in constant time.
func (k Key) Equal(o Key) bool { return equal(k.b[:], o.b[:]) }

// SlotID names a slot within a vault.
type SlotID [16]byte

// Slot is one wrapping of the vault key. Params are those of its kind.
type Slot struct {
	Kind   Kind           `cbor:"0,keyasint"`
	ID     SlotID         `cbor:"1,keyasint"`
	Params []byte         `cbor:"2,keyasint"`
	Wrap   [wrapSize]byte `cbor:"3,keyasint"`
}

// Vault is the record of an account's slots. It holds no secret in the clear and may be stored as it is.
type Vault struct {
	acct  identity.Account
	slots []Slot
}

type record struct {
	Version uint64           `cbor:"0,keyasint"`
	Acct    identity.Account `cbor:"1,keyasint"`
	Slots   []Slot           `cbor:"2,keyasint"`
}

// Unlocker opens slots of one kind. The kinds are in this package: Passphrase, *RecoveryKey, Token, Passkey, NodeKey.
type Unlocker interface {
	kind() Kind
	// params makes the parameters of a new slot.
	params(rand io.Reader) ([]byte, error)
	// kek derives the key that wraps the vault key. It fails with ErrLocked where params are not meant for this unlocker.
	kek(acct identity.Account, params []byte) (*[32]byte, error)
}

// New returns an empty vault for an account.
func New(acct identity.Account) *Vault { return &Vault{acct: acct} }

// Account returns whose vault it is.
func (v *Vault) Account() identity.Account { return v.acct }

// Slots returns the slots, oldest first.
func (v *Vault) Slots() []Slot { return slices.Clone(v.slots) }

// Add wraps key in a new slot that u opens.
func (v *Vault) Add(rand io.Reader, key Key, u Unlocker) (SlotID, error) {
	if v.count(u.kind()) >= maxSlots[u.kind()] {
		return SlotID{}, ErrFull
	}
	s, err := v.wrap(rand, key, u)
	if err != nil {
		return SlotID{}, err
	}
	v.slots = append(v.slots, s)
	return s.ID, nil
}

// Replace wraps key for u in place of every slot of u's kind: a new passphrase instead of the old one, say. On error the
// vault is as it was.
func (v *Vault) Replace(rand io.Reader, key Key, u Unlocker) (SlotID, error) {
	s, err := v.wrap(rand, key, u)
	if err != nil {
		return SlotID{}, err
	}
	v.RemoveKind(u.kind())
	v.slots = append(v.slots, s)
	return s.ID, nil
}

// Remove drops a slot, or returns ErrSlot.
func (v *Vault) Remove(id SlotID) error {
	n := len(v.slots)
	v.slots = slices.DeleteFunc(v.slots, func(s Slot) bool { return s.ID == id })
	if len(v.slots) == n {
		return ErrSlot
	}
	return nil
}

// RemoveKind drops every slot of a kind, such as all sessions.
func (v *Vault) RemoveKind(k Kind) {
	v.slots = slices.DeleteFunc(v.slots, func(s Slot) bool { return s.Kind == k })
}

// Open returns the vault key from the slot that u opens and the slot's id, or ErrLocked. For a passphrase it takes as long
// as its slot's cost says.
func (v *Vault) Open(u Unlocker) (Key, SlotID, error) {
	for _, s := range v.slots {
		if s.Kind != u.kind() {
			continue
		}
		kek, err := u.kek(v.acct, s.Params)
		if err != nil {
			continue
		}
		plain, err := seal.Open(kek, s.Wrap[:], v.ad(s))
		if err != nil {
			continue
		}
		return Key{b: [32]byte(plain)}, s.ID, nil
	}
	return Key{}, SlotID{}, ErrLocked
}

// Encode returns the canonical encoding.
func (v *Vault) Encode() []byte {
	r := record{version, v.acct, v.slots}
	if r.Slots == nil {
		r.Slots = []Slot{}
	}
	return canon.MustMarshal(r)
}

// Decode reads a record of at most MaxRecord bytes. It checks form and the cost of passphrase slots.
func Decode(b []byte) (*Vault, error) {
	if len(b) > MaxRecord {
		return nil, fmt.Errorf("decode vault: %d bytes: %w", len(b), ErrRecord)
	}
	r, err := canon.Unmarshal[record](b)
	if err != nil {
		return nil, fmt.Errorf("decode vault: %w", err)
	}
	if r.Version != version || r.Slots == nil {
		return nil, fmt.Errorf("decode vault: version %d: %w", r.Version, ErrRecord)
	}
	v := &Vault{acct: r.Acct}
	for _, s := range r.Slots {
		if err := v.admit(s); err != nil {
			return nil, fmt.Errorf("decode vault: %w", err)
		}
		v.slots = append(v.slots, s)
	}
	return v, nil
}

// admit checks a slot from outside before it joins the vault.
func (v *Vault) admit(s Slot) error {
	switch {
	case v.count(s.Kind) >= maxSlots[s.Kind]: // no slots at all of an unknown kind
		return fmt.Errorf("kind %d: %w", s.Kind, ErrFull)
	case s.Params == nil || len(s.Params) > maxParams:
		return fmt.Errorf("%d bytes of parameters: %w", len(s.Params), ErrRecord)
	case slices.ContainsFunc(v.slots, func(o Slot) bool { return o.ID == s.ID }):
		return fmt.Errorf("a slot twice: %w", ErrRecord)
	case s.Kind == KindPassphrase:
		_, err := decodeArgon(s.Params)
		return err
	}
	return nil
}

func (v *Vault) count(k Kind) int {
	n := 0
	for _, s := range v.slots {
		if s.Kind == k {
			n++
		}
	}
	return n
}

func (v *Vault) wrap(rand io.Reader, key Key, u Unlocker) (Slot, error) {
	s := Slot{Kind: u.kind()}
	if _, err := io.ReadFull(rand, s.ID[:]); err != nil {
		return Slot{}, fmt.Errorf("make vault slot: %w", err)
	}
	var err error
	if s.Params, err = u.params(rand); err != nil {
		return Slot{}, fmt.Errorf("make vault slot: %w", err)
	}
	kek, err := u.kek(v.acct, s.Params)
	if err != nil {
		return Slot{}, fmt.Errorf("make vault slot: %w", err)
	}
	copy(s.Wrap[:], seal.Seal(rand, kek, key.b[:], v.ad(s)))
	return s, nil
}

// ad binds a wrapping to its account, kind, slot and parameters.
func (v *Vault) ad(s Slot) []byte {
	return bytes.Join([][]byte{canon.Label("slot"), v.acct[:], {byte(s.Kind)}, s.ID[:], s.Params}, nil)
}
