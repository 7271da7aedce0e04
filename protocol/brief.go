package protocol

import (
	"fmt"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
)

// Person is what one node tells another of an account that a group names: its identity log, which proves itself, and where its
// node and its mailboxes are found, as multiaddrs with /p2p/.
type Person struct {
	Account   Account           `cbor:"0,keyasint"`
	Chain     []identity.Signed `cbor:"1,keyasint"`
	Addresses []string          `cbor:"2,keyasint"`
	Mailboxes []string          `cbor:"3,keyasint,omitempty"`
}

// Check refuses more addresses and mailboxes than a node may have.
func (p Person) Check() error {
	if len(p.Mailboxes) > MaxMailboxes {
		return fmt.Errorf("%w: %d mailboxes", ErrContent, len(p.Mailboxes))
	}
	if err := checkAddresses(p.Mailboxes); err != nil {
		return err
	}
	return checkAddresses(p.Addresses)
}

// Brief is what a node that was told of a group needs to become one of its member nodes while nobody is there to be asked (SPEC.md,
// groups between nodes, push to a node that is away).
type Brief struct {
	Log    Log      `cbor:"0,keyasint"`
	People []Person `cbor:"1,keyasint"`
	Ops    [][]byte `cbor:"2,keyasint"` // signed operations, parents first, Create in front
}

// Bounds of a Brief, so that it fits into one message.
const (
	MaxBrief       = 112 << 10 // bytes of its operations and people
	MaxBriefPeople = 256
	MaxBriefOps    = 1024
)

// DecodeBrief reads a brief and checks its bounds. Nothing in it is verified.
func DecodeBrief(b []byte) (Brief, error) {
	x, err := canon.Unmarshal[Brief](b)
	if err != nil {
		return Brief{}, fmt.Errorf("%w: %w", ErrContent, err)
	}
	if len(x.People) > MaxBriefPeople || len(x.Ops) > MaxBriefOps {
		return Brief{}, fmt.Errorf("%w: a brief out of bounds", ErrContent)
	}
	for _, p := range x.People {
		if err := p.Check(); err != nil {
			return Brief{}, err
		}
	}
	for _, op := range x.Ops {
		if len(op) > MaxOp {
			return Brief{}, fmt.Errorf("%w: an operation of %d bytes", ErrContent, len(op))
		}
	}
	return x, nil
}
