// Package membership decides who belongs to a group and who may do what in it, without a server: a group is a set of signed
// operations, each naming the ones its author had seen, and its state is a pure function of that set (SPEC.md, membership).
//
// It promises that every node holding the same operations computes the same members, roles, policy and history, in whatever
// order they arrived; that what somebody signs after having been removed or revoked, however far back-dated, changes
// nothing; and that no operation of a junior touches a senior. It refuses operations that are not the one encoding of what
// they say, that are not signed by the device they name, that miscount their own chain, or that could not be valid whatever
// else became known.
//
// It does not promise finality: a live senior may sign an operation with old parents and void what juniors did since.
//
// Everything is pure: no I/O, no clock, no goroutine. A *Graph is not safe for concurrent use; a *State never changes.
package membership

import (
	"bytes"
	"errors"
	"slices"

	"conclave/protocol"
)

// ID names an operation: SHA-256(L("gop-id") || payload). The id of Create is the group's. The zero value means none.
type ID [32]byte

// Kind says what an operation does.
type Kind uint64

// The kinds of operations. A new kind needs a new version.
const (
	KindCreate Kind = iota + 1
	KindAdd
	KindGrant
	KindRevoke
	KindRemove
	KindLeave
	KindStepDown
	KindSetMeta
	KindSetPolicy
	KindTopicRekey
	KindCheckpoint
)

// Role is what a member is trusted with; a higher one may do all that a lower one may. The zero value is no member.
type Role uint64

// The roles, rising.
const (
	Member Role = iota + 1
	Moderator
	Admin
	Owner
)

// Limits of operations (SPEC.md, membership, limits). Sizes are bytes.
const (
	MaxOp         = 4 << 10 // an encoded operation, signature included
	MaxParents    = protocol.MaxHeads
	MaxCreators   = 8
	MaxFence      = 64 // devices in a fence
	MaxFields     = 16 // fields in one SetMeta
	MaxMembers    = 5_000
	MaxDepth      = 16 // grants between a creator and a tenure
	MaxOfficers   = 64 // live tenures above member
	MaxParked     = 1_024
	MaxParkedEach = 64 // parked operations of one account
)

var (
	// ErrOp means that bytes are not a well-formed operation, or one that contradicts its parents.
	ErrOp = errors.New("not a valid group operation")
	// ErrSignature means that an operation is not signed by the device it names.
	ErrSignature = errors.New("group operation not signed by its device")
	// ErrOtherGroup means that an operation belongs to another group.
	ErrOtherGroup = errors.New("operation of another group")
	// ErrStanding means that the author had no standing for an operation, whatever else becomes known.
	ErrStanding = errors.New("author has no standing for this group operation")
	// ErrUnknown means that an operation is asked about that is not in the graph.
	ErrUnknown = errors.New("unknown group operation")
	// ErrCheckpoint means that a checkpoint states another state than its operations make.
	ErrCheckpoint = errors.New("checkpoint does not match its operations")
)

// Author is who signs an operation: a device of an account, listed in the entry (IDSeq, IDHash) of the account's identity log.
type Author struct {
	Account protocol.Account
	Device  protocol.Device
	IDSeq   uint64
	IDHash  [32]byte
}

// SortIDs puts ids into the one order in which they stand in operations and messages.
func SortIDs(ids []ID) {
	slices.SortFunc(ids, func(a, b ID) int { return bytes.Compare(a[:], b[:]) })
}

// ascending tells whether ids are sorted and distinct.
func ascending(ids []ID) bool {
	for i := 1; i < len(ids); i++ {
		if bytes.Compare(ids[i-1][:], ids[i][:]) >= 0 {
			return false
		}
	}
	return true
}

func compareIDs(a, b ID) int { return bytes.Compare(a[:], b[:]) }
