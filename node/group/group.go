// Package group keeps the groups that a node takes part in: their signed operations and what they come to, the chains that
// local accounts seal with and those of others, and how local accounts stand to each group (SPEC.md, groups and membership).
//
// It promises that an operation or an event is taken only as its author's device signed it, that a message is sealed only
// for devices of the members that its author sees, under a chain that nobody holds who is none of them any more, and that
// what a transaction changed is gone with it when it fails. It refuses chain keys from anybody but the device that they are
// of, groups that nobody here agreed to join, and a second message under one number, of which it keeps the evidence.
//
// It knows no network: what is to be told goes to the Outbox in the same transaction. Everything that takes a transaction
// runs inside it; Groups is safe for concurrent use.
package group

import (
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"conclave/node/feature"
	"conclave/node/group/chains"
	"conclave/node/group/signer"
	"conclave/node/keyring"
	"conclave/node/session"
	"conclave/node/timeline"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// Outbox takes what other nodes are to be told.
type Outbox interface {
	// Op queues a signed operation for the other member nodes of a group.
	Op(tx feature.Tx, log protocol.Log, op []byte) error
	// Control queues items for one device, over the session with it.
	Control(tx feature.Tx, pair session.Pair, items ...protocol.Item) error
	// Brief queues what a device needs to join a group while nobody is there to be asked, if its node is away.
	Brief(tx feature.Tx, log protocol.Log, pair session.Pair) error
}

// Log is what the groups need of the timeline.
type Log interface {
	// Rejudge asks Judge again about all events of some authors.
	Rejudge(tx feature.Tx, log protocol.Log, authors []protocol.Account) error
	// Marks returns how far the devices of an author are logged here, one mark a device.
	Marks(tx feature.Tx, log protocol.Log, author protocol.Account) ([]membership.Mark, error)
}

// Watchers are told of changes after their commit.
type Watchers interface{ GroupMoved(feature.GroupMoved) }

// Config is what Groups are made of.
type Config struct {
	Store      *storage.Store
	Keys       *keyring.Keyring
	Identities signer.Identities
	Registry   Watchers
	TopicKept  func() // is told, after the commit, that a topic secret came, by whatever way; nil: nobody is
	Self       string // peer id of this node
	// Contacts tells whether a local, unlocked account accepted another as a contact: it may add the account to groups.
	Contacts func(tx feature.Tx, local, other protocol.Account) bool
	Now      func() time.Time
	Random   io.Reader    // nil: the system's
	Logger   *slog.Logger // nil: nothing is logged
}

type config = Config

// Groups keeps the groups of a node. See the package comment.
type Groups struct {
	config
	*chains.Chains
	outbox Outbox
	log    Log
	sync   func(feature.Tx, protocol.Log) (feature.Sync, error)

	rowsRead *lru.Cache[protocol.Log, readRow]       // each is compared with the store before it counts
	desks    *lru.Cache[protocol.Log, *desk]         // graphs; each is believed only while the store says that it is the one
	views    *lru.Cache[[32]byte, *view]             // by what they are views of: never out of date
	states   *lru.Cache[[32]byte, *membership.State] // by mhead, likewise

	glances *lru.Cache[protocol.Log, *membership.State] // of groups that are being joined
	signed  *lru.Cache[account, *rate.Limiter]          // what is borne of each author

	stir    chan struct{} // wakes Run
	mu      sync.Mutex    // guards stirred
	stirred map[protocol.Log]bool
}

var (
	_ feature.Groups  = (*Groups)(nil)
	_ timeline.Groups = (*Groups)(nil)
)

// How many groups, and how many states of them, are kept in memory.
const (
	cachedGroups = 256
	cachedStates = 1024
)

// New returns Groups. Before use, With gives them their neighbours.
func New(c Config) *Groups {
	if c.Random == nil {
		c.Random = rand.Reader
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	g := &Groups{
		config: c,
		sync: func(feature.Tx, protocol.Log) (feature.Sync, error) {
			return feature.Sync{State: feature.SyncUnknown}, nil
		},
		rowsRead: newCache[protocol.Log, readRow](cachedStates),
		desks:    newCache[protocol.Log, *desk](cachedGroups),
		views:    newCache[[32]byte, *view](cachedGroups),
		states:   newCache[[32]byte, *membership.State](cachedStates),
		glances:  newCache[protocol.Log, *membership.State](cachedGroups),
		signed:   newCache[account, *rate.Limiter](maxSigners),
		stir:     make(chan struct{}, 1),
		stirred:  map[protocol.Log]bool{},
	}
	g.Chains = chains.New(chains.Config{
		Keys: c.Keys, Identities: c.Identities, Views: views{g}, Self: c.Self, Now: c.Now, Random: c.Random,
	})
	return g
}

// views shows the chains what they need of the groups.
type views struct{ g *Groups }

func newCache[K comparable, V any](size int) *lru.Cache[K, V] {
	c, err := lru.New[K, V](size)
	if err != nil {
		panic(err) // only for a size below one
	}
	return c
}

// With gives the groups the outbox and the logs, which need them in turn. It is called once, while the node is wired.
func (g *Groups) With(o Outbox, l Log) { g.outbox, g.log = o, l }

// SyncWith says who knows how this node stands to others. It is called while the node is wired; until then nobody does.
func (g *Groups) SyncWith(fn func(feature.Tx, protocol.Log) (feature.Sync, error)) { g.sync = fn }

// Sync implements feature.Groups.
func (g *Groups) Sync(tx feature.Tx, log protocol.Log) (feature.Sync, error) { return g.sync(tx, log) }

// What messages, operations and chain keys are refused with.
var (
	ErrNoChain    = chains.ErrNoChain
	ErrForged     = chains.ErrForged
	ErrTwin       = chains.ErrTwin
	ErrReplay     = chains.ErrReplay
	ErrUnreadable = chains.ErrUnreadable
	ErrStranger   = signer.ErrStranger
)

// Member is a device of a member, MemberNode a node that hosts some.
type (
	Member     = chains.Member
	MemberNode = chains.MemberNode
)
