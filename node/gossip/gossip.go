// Package gossip spreads the messages of a node's groups over topics, beside the roads on which they are pushed (SPEC.md,
// gossip between nodes). With the first group that has members on other nodes it opens a second host, tells those nodes
// where that is, and joins the topics of the day.
//
// It promises that a message is passed on only if it belongs to the topic and, as far as is known here, a member wrote it;
// that no message is passed on again once it is ten minutes old, also after a restart; that no honest node is blamed for
// knowing less; that the host connects only with nodes that share a group; and that it opens no message: what it takes goes
// the way of what is pushed. It promises no delivery: roads and reconciliation see to that.
//
// An Overlay is safe for concurrent use.
package gossip

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	chain "conclave/crypto/group"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/group"
	"conclave/node/group/chains"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Groups are what the overlay needs of whoever keeps the groups. What is sealed may be locked: then the error is
// feature.ErrLocked.
type Groups interface {
	Logs(feature.Tx) ([]protocol.Log, error)
	Nodes(feature.Tx, protocol.Log) ([]group.MemberNode, error)
	Conversation(feature.Tx, protocol.Log) (feature.Conversation, error)
	Topic(feature.Tx, protocol.Log) ([32]byte, error)
	Witness(feature.Tx, protocol.Log, chain.Inner) (chain.Cert, chains.Past, error)
	Speaks(feature.Tx, protocol.Log, chain.Cert, chain.Inner) (bool, error)
}

// Delivery takes what came, and carries what members' devices are told.
type Delivery interface {
	Receive(ctx context.Context, from net.PeerID, puts []net.Put) []net.Code
	Control(tx feature.Tx, pair session.Pair, items ...protocol.Item) error
}

// Keys open what is sealed.
type Keys interface {
	Device(protocol.Account) (feature.Device, error)
	Unlocked(protocol.Account) bool
	Conversation(*storage.Tx, protocol.Log) (*storage.Realm, error)
}

// Directory knows where accounts live.
type Directory interface {
	Log(feature.Tx, protocol.Account) (*identity.Log, error)
	Local(feature.Tx, protocol.Account) bool
}

// Timeline is where messages are found that were taken before.
type Timeline interface {
	Get(feature.Tx, protocol.Log, protocol.EventID) (feature.Entry, error)
}

// Network is the node's first host.
type Network interface {
	ID() net.PeerID
	Connected(net.PeerID) bool
	OverLoopback(net.PeerID) bool
}

// Config is what an Overlay is made of.
type Config struct {
	Store     *storage.Store
	Realm     *storage.Realm // the node's
	Groups    Groups
	Delivery  Delivery
	Keys      Keys
	Directory Directory
	Timeline  Timeline
	Network   Network
	Listen    []string // multiaddrs of the second host; none for a node that does not gossip
	NAT       bool
	Unlimited bool                   // no limits on peers and senders: load tests
	Report    func(feature.Incident) // told of nodes that are shut out; must not block
	Now       func() time.Time
	Random    io.Reader
	Logger    *slog.Logger
}

// Overlay keeps a node on the topics of its groups. See the package comment.
type Overlay struct {
	Config
	stir  chan struct{}
	inbox chan arrival
	ended chan struct{} // closed when Run ends

	offered chan struct{} // something is in offers

	mu      sync.Mutex
	hosts   []*host                     // the one that listens first
	circles map[protocol.Log]*circle    // never changed once they are in here
	topics  map[string]*topic           // joined
	homes   map[net.PeerID][]net.PeerID // of gossip hosts: the nodes that said so
	offers  []offer
	lonely  map[string]time.Time // topics on which nobody was found lately

	known  *lru.Cache[place, said]                    // what was judged lately
	from   *lru.Cache[[32]byte, net.PeerID]           // of accepted messages: the node to thank or to ask
	speech *lru.Cache[protocol.Device, *rate.Limiter] // how much a device says
	blind  *rate.Limiter                              // messages that cannot be judged here, of all
	unseen *lru.Cache[net.PeerID, *rate.Limiter]      // and of each peer
	wrong  *lru.Cache[net.PeerID, *rate.Limiter]      // wrong signatures of each
	counts counts
}

// New returns an overlay that is not at work yet.
func New(c Config) *Overlay {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Overlay{
		Config: c, stir: make(chan struct{}, 1), inbox: make(chan arrival, maxArrivals), ended: make(chan struct{}),
		offered: make(chan struct{}, 1),
		circles: map[protocol.Log]*circle{}, topics: map[string]*topic{}, homes: map[net.PeerID][]net.PeerID{},
		lonely: map[string]time.Time{},
		known:  newCache[place, said](maxKnown), from: newCache[[32]byte, net.PeerID](maxArrivals * 8),
		speech: newCache[protocol.Device, *rate.Limiter](maxSpeakers),
		blind:  rate.NewLimiter(perMinute(blindPerMinute), blindPerMinute),
		unseen: newCache[net.PeerID, *rate.Limiter](maxPeers), wrong: newCache[net.PeerID, *rate.Limiter](maxPeers),
	}
}

func newCache[K comparable, V any](size int) *lru.Cache[K, V] {
	c, err := lru.New[K, V](size)
	if err != nil {
		panic(err) // only for a size below one
	}
	return c
}

// Run gossips until the context ends. It is to be called once.
func (o *Overlay) Run(ctx context.Context) error {
	if len(o.Listen) == 0 {
		<-ctx.Done()
		return nil
	}
	tasks, ctx := errgroup.WithContext(ctx)
	tasks.Go(func() error {
		<-ctx.Done()
		close(o.ended)
		return nil
	})
	tasks.Go(func() error { o.keep(ctx); return nil })
	tasks.Go(func() error { o.hand(ctx); return nil })
	tasks.Go(func() error { o.speak(ctx); return nil })
	return tasks.Wait()
}

// keep makes hosts, topics and the allow-list what they should be, again and again, and closes the hosts at the end.
func (o *Overlay) keep(ctx context.Context) {
	defer o.closeHosts()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	var next deadline
	for {
		if at, err := o.arrange(ctx); err == nil {
			next = at
		} else if ctx.Err() == nil {
			o.Logger.Warn("gossip could not be arranged", "err", err)
		}
		for waiting := true; waiting; {
			select {
			case <-ctx.Done():
				return
			case <-o.stir:
				waiting = false
			case <-tick.C:
				waiting = !next.over(o.Now())
			}
		}
	}
}

// Stir has the overlay look at its groups again. It does not wait.
func (o *Overlay) Stir() {
	select {
	case o.stir <- struct{}{}:
	default:
	}
}

// Unlocked has the overlay look at what an account that was unlocked can open.
func (o *Overlay) Unlocked(context.Context, protocol.Account) error {
	o.Stir()
	return nil
}

// deadline is when to look again although nothing happened: the clock may be set, either way.
type deadline struct {
	day  uint32 // first and last day whose topics are joined
	last uint32
	at   time.Time
	real time.Time
}

func (d deadline) over(now time.Time) bool {
	first, last := days(now)
	return first != d.day || last != d.last || !now.Before(d.at) || time.Since(d.real) > lookAgain
}

const lookAgain = time.Minute
