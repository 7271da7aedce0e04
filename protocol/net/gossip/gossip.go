// Package gossip spreads small messages among the nodes of a group over a libp2p host of its own (SPEC.md, gossip).
//
// A gossipsub router tells every neighbour all topics it listens to. So this host has a key of its own, which the caller
// replaces from time to time, connects with nobody who is not on its allow-list, and serves nothing but gossip.
//
// It promises that a message is judged by the caller before it is passed on, that what peers send is bounded in size, number
// and memory, that peers who send garbage or floods are dropped for a while, that nothing of the caller's runs after Leave of
// its topic or Close, and that a slow Deliver never holds up the router. It does not promise delivery: whoever publishes
// needs another path for what got lost. It knows no accounts, groups or keys, never looks into a message, and remembers ids
// of messages for ten minutes only: replays after that are for the caller to know.
//
// A Host is safe for concurrent use.
package gossip

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"log/slog"
	"sync"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"

	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/protocol/net/internal/wire"
)

// Bounds for callers.
const (
	MaxMessage = protocol.MaxOuter // bytes
	MaxTopics  = 2000              // joined at a time
	maxName    = 64                // bytes of a topic's name
)

// Config says who the host is and where it listens.
type Config struct {
	Key    ed25519.PrivateKey // of this host alone, never the node's key; its public half is the PeerID
	Listen []string           // multiaddrs, port 0 for any; DefaultListen if nil, none if empty
	Logger *slog.Logger       // nil discards; it never gets content or topics
	// Nodes is how many nodes the largest topic is expected to have; above 50 meshes are wider.
	Nodes int
	// NAT maps ports on the router.
	NAT bool
	// Unlimited lifts the limits on connections, memory and rates of peers. It is for load tests.
	Unlimited bool
	// Dropped is told that a peer was disconnected and blocked for a while, and why in a few words. It returns soon.
	Dropped func(peer net.PeerID, why string)

	times times // zero means the real ones
}

// DefaultListen is where a host listens that was told nothing else.
var DefaultListen = []string{
	"/ip4/0.0.0.0/tcp/8423", "/ip4/0.0.0.0/udp/8423/quic-v1",
	"/ip6/::/tcp/8423", "/ip6/::/udp/8423/quic-v1",
}

// Host is a node on its groups' topics.
type Host struct {
	inner   host.Host
	id      net.PeerID
	log     *slog.Logger
	times   times
	router  *pubsub.PubSub
	gate    *gate
	stats   counters
	load    *load
	dropped func(net.PeerID, string)
	wake    chan struct{} // the dialler has something to look at

	tasks    wire.Tasks
	stop     context.CancelFunc // ends the router
	closing  sync.Once
	closeErr error

	changing sync.Mutex // held while a topic is joined or left
	mu       sync.Mutex
	topics   map[string]*topic
}

// times are the waits of the host. Tests change them.
type times struct {
	dial    time.Duration // until a connection stands
	publish time.Duration // until somebody else is on the topic
	backoff time.Duration // after the first failed dial; doubles up to backoffMax
	block   time.Duration // of a peer that offends
	judge   time.Duration // for one message, waiting for its turn included
}

const backoffMax = 10 * time.Minute

func (t times) orDefault() times {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&t.dial, 15*time.Second)
	set(&t.publish, 3*time.Second)
	set(&t.backoff, 2*time.Second)
	set(&t.block, 10*time.Minute)
	set(&t.judge, 2*time.Second)
	return t
}

// New returns a listening host that refuses everybody until Allow names peers. It fails when an address cannot be listened
// on; an IPv6 address is passed over on machines without IPv6.
func New(cfg Config) (*Host, error) {
	h := &Host{
		log:     cfg.Logger,
		times:   cfg.times.orDefault(),
		load:    newLoad(!cfg.Unlimited),
		dropped: cfg.Dropped,
		wake:    make(chan struct{}, 1),
		topics:  make(map[string]*topic),
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	h.tasks.Init()
	h.gate = newGate(!cfg.Unlimited)
	inner, err := open(cfg, h.times.dial, h.gate)
	if err != nil {
		return nil, err
	}
	h.inner, h.id = inner, net.PeerID(inner.ID().String())
	ctx, stop := context.WithCancel(context.Background())
	h.stop = stop
	if h.router, err = h.route(ctx, cfg.Nodes); err != nil {
		stop()
		inner.Close()
		return nil, err
	}
	inner.Network().Notify(&network.NotifyBundle{DisconnectedF: func(network.Network, network.Conn) { h.look() }})
	if cfg.Listen == nil {
		cfg.Listen = DefaultListen
	}
	if err := wire.Listen(inner.Network(), cfg.Listen); err != nil {
		stop()
		inner.Close()
		return nil, err
	}
	return h, nil
}

// Run dials allowed peers where a joined topic needs them, until ctx ends or Close is called, then closes the host. It is to
// be called once. A closed host is no error.
func (h *Host) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if h.tasks.Enter() {
		go func() {
			defer h.tasks.Leave()
			h.keepConnected(ctx)
		}()
	}
	select {
	case <-ctx.Done():
	case <-h.tasks.Closed():
	}
	cancel()
	return h.Close()
}

// Close leaves all topics, ends all connections and waits until no handler runs any more. A handler must not call it. Calling
// it again returns the same.
func (h *Host) Close() error {
	h.closing.Do(func() {
		h.tasks.Close()
		h.changing.Lock() // a Join may be under way; later ones find the host closed
		names := h.names()
		h.changing.Unlock()
		for _, name := range names {
			h.Leave(name)
		}
		h.stop()
		if err := h.inner.Close(); err != nil {
			h.closeErr = fmt.Errorf("close the host for gossip: %w", err)
		}
		h.tasks.Wait()
	})
	return h.closeErr
}

// ID is the text form of the host's public key.
func (h *Host) ID() net.PeerID { return h.id }

// Addrs returns the multiaddrs, each with /p2p/, under which others may reach the host: public ones first, and loopback only
// where there is nothing else.
func (h *Host) Addrs() []string { return wire.Tell(h.inner.Addrs(), string(h.id)) }
