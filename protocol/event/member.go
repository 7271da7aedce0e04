package event

import "conclave/protocol"

// MaxOps is how many operations one MemberChanged tells of.
const MaxOps = 64

// MemberChanged makes the history show membership operations that its author signed just before. It changes nothing: the
// operations do.
type MemberChanged struct {
	Ops   []protocol.EventID `cbor:"0,keyasint"`           // 1 to MaxOps, in the order in which they were signed
	Asked bool               `cbor:"1,keyasint,omitempty"` // those who were added had asked to be
}

// Kind is member.changed.
func (MemberChanged) Kind() string { return "member.changed" }

// Validate checks the number of operations.
func (m MemberChanged) Validate() error {
	if len(m.Ops) == 0 || len(m.Ops) > MaxOps {
		return invalid("a change of members by %d operations", len(m.Ops))
	}
	for _, id := range m.Ops {
		if id.IsZero() {
			return invalid("a change of members names its operations")
		}
	}
	return nil
}

// MemberLeft is the last that somebody says in a group: its author signs a Leave right after it.
type MemberLeft struct{}

// Kind is member.left.
func (MemberLeft) Kind() string { return "member.left" }

// Validate accepts.
func (MemberLeft) Validate() error { return nil }
