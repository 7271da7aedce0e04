package feature

import (
	"fmt"

	"conclave/crypto/group"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// Stamp is kept beside a group event: with the certificate of the chain it proves to anyone who wrote the event, without its
// ciphertext (SPEC.md, groups, proofs). The device is the event's.
type Stamp struct {
	Proof group.Proof `cbor:"0,keyasint"`
	CSeq  uint64      `cbor:"1,keyasint"` // number of the chain among the device's in this group
}

// Groups keeps who belongs to the groups that this node takes part in, and who may do what there. The State of a
// Conversation tells what is so now; operations change it, here and on all other member nodes.
type Groups interface {
	// Found makes a group of a local, unlocked account, with the conversation key on this node. The account is its owner.
	Found(tx Tx, by protocol.Account, g NewGroup) (Conversation, error)
	// Act signs an operation of a local, unlocked account and sends it to all member nodes. ErrForbidden where the account may
	// not do that now, ErrConflict where it would change nothing or there is no room. For an Add, the devices of the account
	// are welcomed over sessions; for a Remove or Leave, a zero fence is filled in with what was seen here, and a new topic secret made.
	Act(tx Tx, log protocol.Log, by protocol.Account, body membership.Body) (*membership.Op, error)
	// Op returns an operation that is known here, ErrNotFound for none.
	Op(tx Tx, log protocol.Log, id membership.ID) (*membership.Op, error)
	// At is the state that somebody saw whose heads were these; ErrNotFound while one of them is not here.
	At(tx Tx, log protocol.Log, heads []protocol.EventID) (*membership.State, error)
	// Standing of a local account: joining, joined, left, removed; the zero value where it never took part.
	Standing(tx Tx, log protocol.Log, a protocol.Account) (GroupStanding, error)
	// Expect takes the next welcome that carries this ticket as wanted, for a local account: it asked to join.
	Expect(tx Tx, a protocol.Account, log protocol.Log, ticket []byte) error
	// Answer adds an account that asked to join by a ticket, as Act with an Add by a local member would, and has its welcome
	// carry the ticket.
	Answer(tx Tx, log protocol.Log, by, who protocol.Account, ticket []byte) (*membership.Op, error)
	// Greet sends the welcome of an account that is a member again, from a local, unlocked member, with the ticket that the
	// account asks with now: the word before may not have come. ErrConflict for who is no member.
	Greet(tx Tx, log protocol.Log, by, who protocol.Account, ticket []byte) error
	// Forget takes a local account that is no longer a member out: its key of the conversation goes, and the log with the last.
	Forget(tx Tx, log protocol.Log, a protocol.Account) error
	// Logs lists the groups of this node, also those whose local members are all locked.
	Logs(tx Tx) ([]protocol.Log, error)
	// Sync tells how this node stands to the other member nodes.
	Sync(tx Tx, log protocol.Log) (Sync, error)
}

// NewGroup is what a group begins with.
type NewGroup struct {
	Policy membership.Policy
	Meta   []membership.Field
}

// GroupStanding is how a local account stands to a group.
type GroupStanding string

// How a local account stands to a group.
const (
	GroupJoining GroupStanding = "joining" // its operations are on their way
	GroupJoined  GroupStanding = "joined"
	GroupLeft    GroupStanding = "left"
	GroupRemoved GroupStanding = "removed"
)

// SyncState says whether this node has all that another has of a group.
type SyncState string

// How two nodes stand to one another.
const (
	InSync      SyncState = "in_sync"
	Behind      SyncState = "behind"
	SyncUnknown SyncState = "unknown" // not compared since the start, or in vain
)

// Sync is how this node stands to the other member nodes of a group.
type Sync struct {
	State  SyncState  `json:"state" enum:"in_sync,behind,unknown"`
	Behind int        `json:"behind" doc:"events that are known to be missing here"`
	Nodes  []NodeSync `json:"nodes,omitempty"`
}

// NodeSync is one of them.
type NodeSync struct {
	Peer     string             `json:"peer"`
	Accounts []protocol.Account `json:"accounts" doc:"members who live on it, at most 3"`
	Members  int                `json:"members" doc:"how many members live on it"`
	State    SyncState          `json:"state" enum:"in_sync,behind,unknown"`
	Behind   int                `json:"behind"`
	Reach
}

// MaxNodeAccounts is how many members a NodeSync names.
const MaxNodeAccounts = 3

// GroupMoved is a change of the membership of a group, after its commit.
type GroupMoved struct {
	Log    protocol.Log
	Before *membership.State // nil for a group that is new here
	Now    *membership.State
}

// OnGroupMoved registers who wants to know that the membership of a group changed, by anybody's operation. It is told after
// the commit and must not block.
func OnGroupMoved(h *Host, fn func(GroupMoved)) { h.reg.moved = append(h.reg.moved, fn) }

// GroupMoved tells everybody who registered.
func (r *Registry) GroupMoved(m GroupMoved) {
	for _, fn := range r.moved {
		fn(m)
	}
}

// RuleFunc refuses an event of a group before it is logged, ours and a peer's alike.
type RuleFunc func(e *protocol.Event, then *membership.State) error

// Rule refuses group events with a body B. It depends on the event and on the state of the group that its author saw alone, so
// that every node decides the same.
func Rule[B event.Body](h *Host, fn func(e *protocol.Event, then *membership.State, b B) error) {
	var zero B
	kind := zero.Kind()
	h.reg.rules[kind] = append(h.reg.rules[kind], func(e *protocol.Event, then *membership.State) error {
		b, err := event.Decode[B](e.Body)
		if err != nil {
			return err
		}
		return fn(e, then, b)
	})
}

// Obey asks every Rule of the event's kind. Members may log kinds that nobody here knows.
func (r *Registry) Obey(e *protocol.Event, then *membership.State) error {
	for _, rule := range r.rules[e.Kind] {
		if err := rule(e, then); err != nil {
			return fmt.Errorf("%s: %w", e.Kind, err)
		}
	}
	return nil
}
