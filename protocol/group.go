package protocol

import (
	"fmt"

	"conclave/crypto/canon"
)

// GroupKind says what a group blob carries.
type GroupKind uint64

// Records of a group.
const (
	GroupOp      GroupKind = 1 // a signed membership operation
	GroupMessage GroupKind = 2 // an event sealed by its author's chain (package group, Inner)
	GroupSignal  GroupKind = 3 // a MemberSignal under the topic secret (package outer, SealPassing): never kept, never sent twice
	GroupCursors GroupKind = 4 // a MemberCursors, likewise sealed: how far members of the sending node read
)

// GroupPut is what a blob of kind BlobGroup holds: one record of a group, for all members that live on a node (SPEC.md,
// groups, push).
type GroupPut struct {
	Log  Log       `cbor:"0,keyasint"`
	Kind GroupKind `cbor:"1,keyasint"`
	Data []byte    `cbor:"2,keyasint"`
}

// Encode returns the blob.
func (p GroupPut) Encode() []byte { return append([]byte{BlobGroup}, canon.MustMarshal(p)...) }

// DecodeGroupPut reads a blob that begins with BlobGroup.
func DecodeGroupPut(blob []byte) (GroupPut, error) {
	if len(blob) == 0 || blob[0] != BlobGroup {
		return GroupPut{}, fmt.Errorf("%w: not a group blob", ErrContent)
	}
	p, err := canon.Unmarshal[GroupPut](blob[1:])
	if err != nil {
		return GroupPut{}, fmt.Errorf("%w: %w", ErrContent, err)
	}
	if p.Kind < GroupOp || p.Kind > GroupCursors {
		return GroupPut{}, fmt.Errorf("%w: group record %d", ErrContent, p.Kind)
	}
	return p, nil
}

// GroupQueue is the queue of a group on every node that hosts a member: H("gqueue", gid). It has no token: who may put into
// it is told by the connection.
func GroupQueue(log Log) Queue { return canon.Hash("gqueue", log[:]) }

// Welcome tells a device that its account was added to a group, over the session of whoever added it (SPEC.md, groups,
// joining). What it claims is checked against the operations, which are asked for.
type Welcome struct {
	Log    Log      `cbor:"0,keyasint"`
	Create []byte   `cbor:"1,keyasint"` // the signed Create
	Add    EventID  `cbor:"2,keyasint"` // id of the operation that added the account
	Topic  [32]byte `cbor:"3,keyasint"` // the topic secret; the operations commit to it
	Ticket []byte   `cbor:"4,keyasint"` // what a joiner by link sent along, else empty: its consent
}

// MaxTicket bounds Welcome.Ticket, in bytes.
const MaxTicket = 32

// DecodeWelcome reads a welcome and checks its bounds.
func DecodeWelcome(b []byte) (Welcome, error) {
	w, err := canon.Unmarshal[Welcome](b)
	if err != nil {
		return Welcome{}, fmt.Errorf("%w: %w", ErrContent, err)
	}
	if len(w.Ticket) > MaxTicket || len(w.Create) > MaxOp {
		return Welcome{}, fmt.Errorf("%w: a welcome out of bounds", ErrContent)
	}
	return w, nil
}

// MaxOp is the largest signed membership operation in bytes.
const MaxOp = 4 << 10

// TopicSecret hands the topic secret of a group to a member's device; the operation that commits to it decides whether it is
// the right one.
type TopicSecret struct {
	Log    Log      `cbor:"0,keyasint"`
	Secret [32]byte `cbor:"1,keyasint"`
}

// DecodeTopicSecret reads a topic secret.
func DecodeTopicSecret(b []byte) (TopicSecret, error) { return canon.Unmarshal[TopicSecret](b) }
