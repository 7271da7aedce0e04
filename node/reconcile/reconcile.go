// Package reconcile lets a node catch up with the other member nodes of its groups: it asks them what they have, fetches what
// is missing here, and answers them likewise (SPEC.md, catching up).
//
// It promises that two honest nodes that can talk end with the same operations, and with the same events of those that
// members on both may read; that nothing is served which no current member on the asking node may read; that what comes is
// verified by itself, whoever served it, and that an event that is wrong keeps no other from coming; and that whatever a peer
// answers costs bounded memory, time and requests, after which it is left alone for a while. What was taken in stays: a round
// that was cut short goes on where it was.
//
// It refuses requests from nodes without a member, except for the operations up to the end of their last membership. A
// Catcher is safe for concurrent use.
package reconcile

import (
	"context"
	"crypto/rand"
	"log/slog"
	mathrand "math/rand/v2"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"conclave/crypto/group"
	"conclave/crypto/identity"
	"conclave/node/feature"
	groups "conclave/node/group"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/protocol/net"
	"conclave/storage"
)

// Groups is what catching up needs of whoever keeps the membership and the chains of groups.
type Groups interface {
	Logs(feature.Tx) ([]protocol.Log, error)
	Joining(feature.Tx) ([]groups.Joining, error)
	Standing(feature.Tx, protocol.Log, protocol.Account) (feature.GroupStanding, error)
	Nodes(feature.Tx, protocol.Log) ([]groups.MemberNode, error)
	Hosts(tx feature.Tx, log protocol.Log, peer string) ([]protocol.Account, error)
	Conversation(feature.Tx, protocol.Log) (feature.Conversation, error)
	Heads(feature.Tx, protocol.Log) ([]protocol.EventID, error)
	At(feature.Tx, protocol.Log, []protocol.EventID) (*membership.State, error)
	MayRead(tx feature.Tx, reader protocol.Account, e *protocol.Event) (bool, error)
	Op(feature.Tx, protocol.Log, membership.ID) (*membership.Op, error)
	OpsAfter(tx feature.Tx, log protocol.Log, within, beyond []membership.ID, after membership.Place, limit int) (ops [][]byte, more bool, err error)
	Formers(tx feature.Tx, log protocol.Log) ([]groups.Former, error)
	Endings(tx feature.Tx, log protocol.Log, peer string) ([]membership.ID, error)
	Named(tx feature.Tx, log protocol.Log, within ...membership.ID) (map[protocol.Account]bool, error)
	TakeOps(tx feature.Tx, log protocol.Log, ops [][]byte) (groups.Taken, error)
	Glimpse(feature.Tx, protocol.Log) (op []byte, seen membership.Glance, err error)
	Show(tx feature.Tx, log protocol.Log, checkpoint []byte, seen membership.Glance) (stranger protocol.Account, err error)
	Verify(tx feature.Tx, log protocol.Log, e *protocol.Event, stamp feature.Stamp, cert []byte) error
	Cert(tx feature.Tx, log protocol.Log, chain group.ChainID) ([]byte, error)
	Topic(feature.Tx, protocol.Log) ([32]byte, error)
	KeepTopic(tx feature.Tx, log protocol.Log, secret [32]byte) error
}

// Timeline is what it needs of the logs.
type Timeline interface {
	IDs(tx feature.Tx, log protocol.Log, from, to uint64, may func(*protocol.Event) (bool, error), fn func(ord uint64, id protocol.EventID) bool) error
	Raw(tx feature.Tx, log protocol.Log, id protocol.EventID) (event []byte, stamp feature.Stamp, err error)
	Missing(feature.Tx, protocol.Log) ([]protocol.EventID, error)
	Ends(feature.Tx, protocol.Log) (newest uint64, err error)
	Tips(feature.Tx, protocol.Log) ([]protocol.Place, error)
	IngestGroup(tx feature.Tx, e *protocol.Event, stamp feature.Stamp) error
	Withheld(feature.Tx, *protocol.Event) (bool, error)
	Forgo(tx feature.Tx, log protocol.Log, ids []protocol.EventID) error
	Begin(tx feature.Tx, log protocol.Log, roots []protocol.Place) error
}

// Directory is what it needs of the address book.
type Directory interface {
	Serve(kind string, fn func(ctx context.Context, from string, body []byte) ([]byte, error))
	AskPeer(ctx context.Context, to protocol.Account, peer net.PeerID, kind string, body []byte) ([]byte, error)
	Log(feature.Tx, protocol.Account) (*identity.Log, error)
	Local(feature.Tx, protocol.Account) bool
	Merge(feature.Tx, protocol.Account, []identity.Signed) error
	Person(feature.Tx, protocol.Account) (protocol.Person, error)
	Adopt(tx feature.Tx, p protocol.Person, claims func([]string) []string) error
}

// Delivery is told what a peer has.
type Delivery interface {
	Present() uint64
	Reconciled(tx feature.Tx, log protocol.Log, peer net.PeerID, at uint64) error
}

// Network tells who is there.
type Network interface {
	Connected(net.PeerID) bool
	OverLoopback(net.PeerID) bool
}

// Config is what a Catcher is made of.
type Config struct {
	Store     *storage.Store
	Groups    Groups
	Timeline  Timeline
	Directory Directory
	Delivery  Delivery
	Network   Network
	Changed   func(protocol.Log)     // told when Sync of a group has another answer; must not block
	Appeared  func(protocol.Log)     // told of a group of which another member node is known now; must not block
	Report    func(feature.Incident) // told of twins; must not block
	Accuse    func(feature.Incident) // told of wrong answers, for which the peer itself answers; must not block
	Now       func() time.Time
	Logger    *slog.Logger
}

// Catcher catches up. See the package comment.
type Catcher struct {
	Config
	served desk
	counts counts
	moot   moot
	wake   chan struct{}

	mu         sync.Mutex
	dice       *mathrand.Rand
	ways       map[way]*stand
	short      map[protocol.Log][]*stand // those that lack something that is known by its id
	named      int                       // how many ids these lack, together
	fewer      map[protocol.Log]bool     // of which less is missing than was told
	busy       map[protocol.Log]bool
	greeted    []net.PeerID               // connected and not looked at
	hinted     map[protocol.Log]time.Time // somebody has what is missing here: when to look for it
	newcomers  map[protocol.Log]newcomers
	met        map[protocol.Account]bool // whose identity logs came
	acquainted time.Time                 // when those were last looked at
	all        bool                      // look at all groups again
	seen       map[net.PeerID]time.Time
	called     map[protocol.Log]time.Time // when a node of a group was called that was not connected
	parted     map[protocol.Log]time.Time // when former members of a group were last asked for what is missing
	turns      map[protocol.Log]uint64    // grows with each change of a group
	places     *lru.Cache[way, placed]
}

// way is a group and a node that is asked about it.
type way struct {
	log  protocol.Log
	peer net.PeerID
}

// New returns a Catcher that answers others; Run asks them.
func New(c Config) *Catcher {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Changed == nil {
		c.Changed = func(protocol.Log) {}
	}
	if c.Appeared == nil {
		c.Appeared = func(protocol.Log) {}
	}
	if c.Report == nil {
		c.Report = func(feature.Incident) {}
	}
	if c.Accuse == nil {
		c.Accuse = func(feature.Incident) {}
	}
	places, err := lru.New[way, placed](cachedPositions)
	if err != nil {
		panic(err) // only for a size below one
	}
	var seed [32]byte
	rand.Read(seed[:]) // never fails: the runtime ends the process instead
	out := &Catcher{
		Config: c, dice: mathrand.New(mathrand.NewChaCha8(seed)), wake: make(chan struct{}, 1), ways: map[way]*stand{}, busy: map[protocol.Log]bool{}, seen: map[net.PeerID]time.Time{},
		short: map[protocol.Log][]*stand{}, fewer: map[protocol.Log]bool{}, called: map[protocol.Log]time.Time{}, parted: map[protocol.Log]time.Time{}, hinted: map[protocol.Log]time.Time{}, newcomers: map[protocol.Log]newcomers{}, met: map[protocol.Account]bool{}, turns: map[protocol.Log]uint64{}, places: places,
	}
	out.served.sessions = map[net.PeerID][]*session{}
	out.serve()
	return out
}
