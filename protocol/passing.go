package protocol

import (
	"fmt"
	"time"

	"conclave/crypto/canon"
)

// MemberSignal is a passing fact that a member tells the nodes of its group. The connection says which node tells it: a member
// that does not live there is not believed (SPEC.md, passing facts).
type MemberSignal struct {
	Author Account `cbor:"0,keyasint"`
	Signal Signal  `cbor:"1,keyasint"`
}

// Encode returns the one encoding.
func (s MemberSignal) Encode() []byte { return canon.MustMarshal(s) }

// DecodeMemberSignal reads one and checks its bounds.
func DecodeMemberSignal(b []byte) (MemberSignal, error) {
	s, err := canon.Unmarshal[MemberSignal](b)
	if err != nil {
		return MemberSignal{}, fmt.Errorf("%w: %w", ErrContent, err)
	}
	return s, s.Signal.check()
}

// Fresh tells whether a signal was sent at about a moment. What waited somewhere does not say what is so now.
func (s Signal) Fresh(now time.Time) bool {
	age := now.Sub(time.UnixMilli(int64(min(s.At, 1<<62))))
	return -ClockSlack <= age && age <= ClockSlack
}

// SignalNodes is to how many other nodes of a group a signal goes at the most.
const SignalNodes = 32

// MemberCursors tells how far members of a group who live on the sending node read. Newest wins; the sender keeps them until they
// were taken (SPEC.md, receipts).
type MemberCursors struct {
	Log     Log            `cbor:"0,keyasint"`
	Cursors []MemberCursor `cbor:"1,keyasint"`
}

// MemberCursor is how far one of them read.
type MemberCursor struct {
	_       struct{} `cbor:",toarray"`
	Account Account
	Read    Place
	At      uint64 // wall time, Unix milliseconds
}

// CursorMembers is up to how many members of a group are told what others read.
const CursorMembers = 100

// Encode returns the one encoding.
func (c MemberCursors) Encode() []byte { return canon.MustMarshal(c) }

// DecodeMemberCursors reads one and checks its bounds.
func DecodeMemberCursors(b []byte) (MemberCursors, error) {
	c, err := canon.Unmarshal[MemberCursors](b)
	if err != nil {
		return MemberCursors{}, fmt.Errorf("%w: %w", ErrContent, err)
	}
	if len(c.Cursors) == 0 || len(c.Cursors) > CursorMembers {
		return MemberCursors{}, fmt.Errorf("%w: %d cursors", ErrContent, len(c.Cursors))
	}
	return c, nil
}
