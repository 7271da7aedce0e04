package feature

import (
	"context"
	"math"
	"time"

	"conclave/crypto/identity"
	"conclave/crypto/vault"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

// Realms gives the rows of the node, of an account and of a conversation: which keys their rows lie under.
type Realms interface {
	// Node is always there.
	Node() *storage.Realm
	// Account fails with ErrLocked while the account's vault is locked.
	Account(protocol.Account) (*storage.Realm, error)
	// Conversation fails with ErrNotFound where the log is not here, with ErrLocked unless an unlocked local account is a
	// member of it.
	Conversation(Tx, protocol.Log) (*storage.Realm, error)
}

// Keyring holds the keys of unlocked accounts in memory. Safe for concurrent use.
type Keyring interface {
	// Unlock takes the vault key of an account and opens what is derived from it, then calls what OnUnlock registered.
	Unlock(context.Context, protocol.Account, vault.Key) error
	// Lock forgets the keys of an account.
	Lock(protocol.Account)
	Unlocked(protocol.Account) bool
	// Holds tells whether an unlocked account has the key of a log. It is quicker than finding the log's realm in vain.
	Holds(Tx, protocol.Account, protocol.Log) (bool, error)
	// OnUnlock registers what to do after an account was unlocked, in order.
	OnUnlock(func(context.Context, protocol.Account) error)
	// NodeSlot is the node's own unlocker for an account that is not sealed.
	NodeSlot() vault.NodeKey
	// Derive makes a key of 32 bytes from the node's master key, for one named use.
	Derive(use string) [32]byte
	// Enrol lays the device keys of a new account under its vault key and returns the account's realm, for what else is
	// written of it in the same transaction; Unlock works once that is committed.
	Enrol(Tx, protocol.Account, vault.Key, Device) (*storage.Realm, error)
	// Device returns the secrets of an unlocked account's device on this node; ErrLocked otherwise.
	Device(protocol.Account) (Device, error)
}

// Device is what an account's end-to-end endpoint on this node signs and agrees with.
type Device struct {
	ID  protocol.Device
	AIK *identity.AIK // nil where the account's own key is held by another device only
	identity.DeviceKeys
}

// Timeline is the one door to the logs.
type Timeline interface {
	// OpenDirect makes the direct log of two accounts here, with a conversation key for each local one; it does nothing for a
	// log that exists. One of the two must be local and unlocked.
	OpenDirect(tx Tx, local, other protocol.Account) (Conversation, error)
	// Conversation describes a log; ErrNotFound where there is none here.
	Conversation(Tx, protocol.Log) (Conversation, error)
	// Append logs an event of a local account: guards, projections and outbox in the given transaction.
	Append(Tx, Draft) (*protocol.Event, error)
	// Get returns one event of a log, or ErrNotFound.
	Get(Tx, protocol.Log, protocol.EventID) (Entry, error)
	// Erase takes the body of an event away, shown or not, if may says so of it: the row keeps its id, place and links, so that the
	// log still verifies. What was projected of the body is taken back. ErrNotFound where the event is not here.
	Erase(tx Tx, log protocol.Log, id protocol.EventID, may func(Entry) (bool, error)) error
	// Logs lists the conversations of a local, unlocked account, in no particular order.
	Logs(Tx, protocol.Account) ([]protocol.Log, error)
	// Page returns events of a log in the order of the log.
	Page(Tx, protocol.Log, Range) ([]Entry, error)
	// Ranks numbers the rows of a log. The first call for a log reads the keys of all its rows, about a tenth of a second for
	// 100,000; later ones cost next to nothing.
	Ranks(Tx, protocol.Log) (Ranks, error)
	// Extent measures a log behind a place, for a reader, without opening anything. grown tells that all that was measured in
	// the given extent is unchanged, and that what came stands behind it. Of more than 4,096 events it is the zero Extent.
	Extent(tx Tx, log protocol.Log, after protocol.Place, was Extent) (now Extent, grown bool, err error)
}

// Extent is how much of a log there was to a reader behind a place. It holds while the store is open.
type Extent struct {
	Version uint64         // of the store
	Rows    int            // also of events that are not shown
	Last    protocol.Place // of the last row; its id is cut short, so that it serves for a Range only
}

// Conversation is what a log is and who takes part.
type Conversation struct {
	Log     protocol.Log
	Kind    string // "direct", "group" or "channel"
	Members []protocol.Account
	State   *membership.State // of a group or channel, nil of a direct one
}

// Group tells whether a conversation has a membership that changes.
func (c Conversation) Group() bool { return c.Kind != "direct" }

// Has tells whether an account takes part.
func (c Conversation) Has(a protocol.Account) bool {
	for _, m := range c.Members {
		if m == a {
			return true
		}
	}
	return false
}

// Title is the name of a group.
func (c Conversation) Title() string {
	if c.State != nil {
		if name := c.State.Meta(membership.Name); len(name) > 0 {
			return string(name)
		}
	}
	return "A " + c.Kind
}

// Other is the other account of a direct conversation; the account itself where the conversation is none.
func (c Conversation) Other(a protocol.Account) protocol.Account {
	if c.Group() {
		return a
	}
	for _, m := range c.Members {
		if m != a {
			return m
		}
	}
	return a
}

// Draft is an event that a local account wants to log.
type Draft struct {
	Log    protocol.Log
	Author protocol.Account
	Body   interface {
		Kind() string
		Validate() error
	}
}

// Entry is a logged event and what this node knows of it.
type Entry struct {
	*protocol.Event
	Received time.Time // when this node logged it
	Gap      bool      // some parent is not here
	Replay   bool      // it was projected before: the projections are made again
	Stamp    *Stamp    // of a group event: what proves its author
}

// Begin is before every event, for a Range with After that wants the oldest.
var Begin = protocol.Place{Ord: 1}

// End is behind every event, for a Range with After that wants the newest.
var End = protocol.Place{Ord: math.MaxUint64}

// Range selects events of a log.
type Range struct {
	Before protocol.Place // exclusive; the zero place means from the newest
	After  protocol.Place // exclusive; the zero place means from the oldest
	Kinds  []string       // none means all
	Limit  int            // at most; the newest of the range when Before or nothing is given, else the oldest

	// For leaves out what the account may not read of a group: what was said before it joined, unless the group's history
	// policy shows it. The zero account sees everything.
	For protocol.Account
}

// Directory knows where accounts live and which devices they have: from signed identity logs only.
type Directory interface {
	// Publish keeps the identity log of a local account, and serves it.
	Publish(Tx, protocol.Account, protocol.Name, []identity.Signed) error
	// Local tells whether an account lives on this node.
	Local(Tx, protocol.Account) bool
	// Log returns the verified identity log of an account, ErrNotFound where it is not known here. It must not be changed.
	Log(Tx, protocol.Account) (*identity.Log, error)
	// Forked tells whether two histories of an account were seen.
	Forked(Tx, protocol.Account) bool
	// OnChange registers who wants to know that a known identity log got another entry or forked. It is told after the commit and
	// must not block.
	OnChange(func(protocol.Account))
	// Learn finds an account by its contact link or its address: verified identity log, pinned, with addresses. It asks the
	// network and may take seconds.
	Learn(context.Context, Lead) (Found, error)
	// Serve registers the answer to a request of one kind from other nodes.
	Serve(kind string, fn func(ctx context.Context, from string, body []byte) ([]byte, error))
	// Ask puts a request to the node of an account.
	Ask(ctx context.Context, to protocol.Account, kind string, body []byte) ([]byte, error)
	// LocalAddress is the address people give for a local account, name@host, empty host while the node has none.
	LocalAddress(protocol.Name) protocol.Address
	// LinkRoute is what a contact link of this node carries: a public base URL, or addresses.
	LinkRoute() (base string, addrs []string)
	// LinkFor is LinkRoute for a local account: addresses of its mailboxes follow those of the node.
	LinkFor(Tx, protocol.Account) (base string, addrs []string, err error)
}

// Lead is what somebody has of an account: a link, an address, or a request of its node.
type Lead struct {
	Link    *protocol.Link
	Address protocol.Address
	Asker   *Asker
}

// Asker is an account for which a connected node asks something. The node is believed only where the account's identity log
// names it.
type Asker struct {
	Account protocol.Account
	Peer    string
}

// Found is an account that the directory learnt.
type Found struct {
	Account protocol.Account
	Name    string // as its node tells; empty where it was not asked or did not answer
	Address protocol.Address
}

// State is how far a message of ours got.
type State string

// States of a message (ux: delivery states).
const (
	Sending   State = "sending"
	Sent      State = "sent"
	Delivered State = "delivered"
	Read      State = "read"
	Failed    State = "failed"
)

// Delivery carries events to the devices of other nodes.
type Delivery interface {
	// State tells how far an event of a local account got, with a reason in words where it failed; reading is the receipts' matter.
	State(Tx, protocol.Log, protocol.EventID) (State, string, error)
	// Retry takes up again what failed; ErrNotFound where nothing did.
	Retry(Tx, protocol.Log, protocol.EventID) error
	// Recall keeps the text of an event that is erased in the same transaction from leaving, as far as it has not left.
	Recall(Tx, protocol.Log, protocol.EventID) error
	// Signal sends a passing fact to the others of a log, where they are connected now; of a group on many nodes to the members
	// on 32 of them. Slices of this node are told as well if another member lives here.
	Signal(ctx context.Context, log protocol.Log, from protocol.Account, kind string, body []byte) error
	// Spread sends a passing fact to accounts of other nodes that are connected now, one message for all who live on a node (up to
	// 96): body makes what it says, with those it is for. It returns who was told; who takes it on their node cannot be chosen.
	Spread(ctx context.Context, from protocol.Account, to []protocol.Account, kind string, body func(to []protocol.Account) ([]byte, error)) (reached []protocol.Account, err error)
	// Receipt sends a cursor of a local account to the others of a log: coalesced, newest wins.
	Receipt(Tx, protocol.Receipt) error
	// Owe has the nodes of some members of a group told how far a local member read, as Cursors say when it is sent: coalesced,
	// newest wins, kept until they took it.
	Owe(tx Tx, log protocol.Log, reader protocol.Account, to []protocol.Account) error
	// Reached tells which members of a group, of those who live elsewhere, have an event of a local account on their nodes.
	Reached(tx Tx, log protocol.Log, id protocol.EventID, members []protocol.Account) (map[protocol.Account]bool, error)
	// Unreachable is the last time a node of the account was reached, and the last error, for the page to explain a wait.
	Reach(protocol.Account) Reach
	// Peers lists the nodes this one knows, for its owner.
	Peers() []Peer
}

// Reach tells how an account's node was reached last.
type Reach struct {
	Connected bool      `json:"connected"`
	LastSeen  time.Time `json:"last_seen,omitzero"`
}

// Peer is another node as the owner's page shows it.
type Peer struct {
	ID        string    `json:"id"`
	Connected bool      `json:"connected"`
	Addresses []string  `json:"addresses"`
	Since     time.Time `json:"since,omitzero" doc:"when the connection was made"`
	Waiting   int       `json:"waiting" doc:"messages that wait for this node"`
	Oldest    time.Time `json:"oldest,omitzero" doc:"when the oldest was written of those that could be on their way"`
	LastSeen  time.Time `json:"last_seen,omitzero"`
	LastError string    `json:"last_error,omitempty"`
}

// Node tells about the process.
type Node interface {
	PeerID() string
	Addresses() []string
	Version() string
	Started() time.Time
	DataDir() string
	Public() string // the public URL, empty where there is none
}

// Previewer looks behind addresses of the web for people of this node. Safe for concurrent use.
type Previewer interface {
	// Preview asks the network and may take seconds. An error means that there is nothing to show.
	Preview(ctx context.Context, url string) (event.Preview, error)
}
