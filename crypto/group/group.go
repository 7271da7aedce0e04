// Package group seals the messages of a group once for all its members: every device has a sending chain, whose keys it
// hands to the other members' devices over their pairwise sessions, and signs each message with the chain's own key, which
// the device certifies (SPEC.md, groups, chains and messages).
//
// A message is bound to group, chain, number, membership view and event id, under one signature; whoever holds the chain's
// certificate can check it from a Proof without its text and without trusting who passed it on. Who is a member, and over
// which session keys came, is the caller's to check; a Receiver is made only from a certificate its device signed.
//
// Bytes in, bytes out: a Sender or Receiver changes only when a call succeeds, and the caller saves it in the transaction
// that saves the result. Neither is safe for concurrent use.
package group

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/internal/doubleratchet"
)

const (
	// MaxSkip is how many messages of a chain one message may jump over, and how many missing ones are waited for.
	MaxSkip = doubleratchet.MaxSkip
	// KeptFor is how long a missing message can still be opened.
	KeptFor = 31 * 24 * time.Hour
	// MaxHeads is how many heads of the membership a message may name.
	MaxHeads = 16
	// MaxInner is the largest encoded Inner in bytes.
	MaxInner = 136 << 10
	// A chain is to be replaced after so many messages or so long.
	RotateAfter    = 200
	RotateInterval = 7 * 24 * time.Hour
)

var (
	// ErrMalformed means that bytes are not the one encoding of what they should be.
	ErrMalformed = errors.New("malformed group record")
	// ErrSignature means that a certificate or message is not signed by whom it names.
	ErrSignature = errors.New("wrong signature in group record")
	// ErrWrongChain means that a record belongs to another chain, device or group than asked for.
	ErrWrongChain = errors.New("group record of another chain")
	// ErrUndecryptable means that a signed message does not open: its sender sealed it wrongly or told us another key.
	ErrUndecryptable = errors.New("group message does not open")
	// ErrBeforeStart means that a message is older than the key we were given.
	ErrBeforeStart = errors.New("group message from before we joined")
	// ErrTooFarAhead means that a message is more than MaxSkip ahead: it may open later.
	ErrTooFarAhead = doubleratchet.ErrTooFarAhead
	// ErrReplay means that the key of this number was used before, or dropped as too old.
	ErrReplay = doubleratchet.ErrReplay
)

// ChainID names a sending chain.
type ChainID [16]byte

// Signer signs L(context) || parts...: the device's signing key.
type Signer interface {
	Sign(context string, parts ...[]byte) [64]byte
}

// MHead is the membership view of a message: the hash of the group and of the heads of its operations, in any order.
func MHead(gid [32]byte, heads [][32]byte) [32]byte {
	sorted := slices.Clone(heads)
	sortHeads(sorted)
	parts := [][]byte{gid[:]}
	for i := range sorted {
		parts = append(parts, sorted[i][:])
	}
	return canon.Hash("mhead", parts...)
}

func sortHeads(heads [][32]byte) {
	slices.SortFunc(heads, func(a, b [32]byte) int { return bytes.Compare(a[:], b[:]) })
}

// Inner is a message as the members see it: {chain_id, n, heads, id, ct, sig}. Heads are sorted, without doubles.
type Inner struct {
	Chain ChainID    `cbor:"1,keyasint"`
	N     uint32     `cbor:"2,keyasint"`
	Heads [][32]byte `cbor:"3,keyasint"`
	ID    [32]byte   `cbor:"4,keyasint"`
	CT    []byte     `cbor:"5,keyasint"`
	Sig   [64]byte   `cbor:"6,keyasint"`
}

// DecodeInner decodes strictly. It checks the form only: Receiver.Open checks the rest.
func DecodeInner(b []byte) (Inner, error) {
	if len(b) > MaxInner {
		return Inner{}, fmt.Errorf("%w: message of %d bytes", ErrMalformed, len(b))
	}
	m, err := canon.Unmarshal[Inner](b)
	if err != nil {
		return Inner{}, fmt.Errorf("%w: message: %v", ErrMalformed, err)
	}
	if m.Heads == nil || m.CT == nil || !validHeads(m.Heads) {
		return Inner{}, fmt.Errorf("%w: message", ErrMalformed)
	}
	return m, nil
}

// Encode returns the one encoding of m.
func (m Inner) Encode() []byte { return canon.MustMarshal(m) }

func validHeads(heads [][32]byte) bool {
	for i := 1; i < len(heads); i++ {
		if bytes.Compare(heads[i-1][:], heads[i][:]) >= 0 {
			return false
		}
	}
	return len(heads) <= MaxHeads
}

// place is what binds a message to where it stands: gid || chain_id || be32(n) || mhead || id. It is the additional data of
// its seal and the front of what is signed.
func place(gid [32]byte, chain ChainID, n uint32, mhead, id [32]byte) []byte {
	b := make([]byte, 0, 32+16+4+32+32+32)
	b = append(append(b, gid[:]...), chain[:]...)
	b = binary.BigEndian.AppendUint32(b, n)
	return append(append(b, mhead[:]...), id[:]...)
}

// keyContext is the info of a message key after its label: gid || chain_id || be32(n).
func keyContext(gid [32]byte, chain ChainID, n uint32) []byte {
	b := make([]byte, 0, 32+16+4)
	b = append(append(b, gid[:]...), chain[:]...)
	return binary.BigEndian.AppendUint32(b, n)
}

var keyLabel = canon.Label("gmk")
