// Package net connects nodes: an authenticated host over TCP and QUIC, ordered lanes that carry envelopes to a peer and
// bring back its answers, and small requests (SPEC.md, transport; envelopes and streams).
//
// It is the only importer of libp2p. It promises that everything a peer sends is bounded before it is decoded, that envelopes
// put on one lane arrive in order, that a panic in a handler ends one stream and never the node, and that Close waits for
// everything New and Run started. It refuses Noise, unknown key types, non-canonical frames and, for a while, peers that keep
// sending such frames or opening streams. It knows no accounts, sessions or storage, and never looks into a blob.
//
// A Host and its Lanes are safe for concurrent use.
package net

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"

	"conclave/protocol/net/frame"
	"conclave/protocol/net/internal/wire"
)

// The protocols of a stream.
const (
	envelopes protocol.ID = "/conclave/env/1"
	requests  protocol.ID = "/conclave/req/1"
)

// Words of the frames, for callers that need no codec.
type (
	Queue = frame.Queue
	Token = frame.Token
	Nonce = frame.Nonce
	Put   = frame.Put
	Code  = frame.Code
)

// The answers to a Put.
const (
	Delivered = frame.Delivered
	Stored    = frame.Stored
	Duplicate = frame.Duplicate
	Later     = frame.Later
	Refused   = frame.Refused
)

// Sizes in bytes.
const (
	MaxBlob     = frame.MaxBlob            // one Put
	MaxRequest  = frame.MaxBody            // the body of a request
	MaxResponse = maxParts * frame.MaxBody // the body of a response
	maxParts    = 16                       // frames in a response
)

// Config says who the host is and where it listens.
type Config struct {
	Key    ed25519.PrivateKey // the node key; its public half is the PeerID
	Listen []string           // multiaddrs, port 0 for any; DefaultListen if nil, none if empty
	Logger *slog.Logger       // nil discards; it never gets content
	// Unlimited lifts the limits on connections, memory and rates of peers. It is for load tests.
	Unlimited bool
	// NAT maps ports on the router, learns from peers whether it worked, and punches holes through it.
	NAT bool
	// Relays are multiaddrs, each with /p2p/, of nodes that may forward connections to this one.
	Relays []string
	// Now is the clock that peers are told and compared with; nil for the system's.
	Now func() time.Time
	// Simulated gives the host a network in memory in place of sockets, QUIC only and without limits; nil for none.
	Simulated libp2p.Option

	times times // zero means the real ones
}

// DefaultListen is where a node listens that was told nothing else.
var DefaultListen = []string{
	"/ip4/0.0.0.0/tcp/8422", "/ip4/0.0.0.0/udp/8422/quic-v1",
	"/ip6/::/tcp/8422", "/ip6/::/udp/8422/quic-v1",
}

// ErrListen is returned for what is no address to listen on.
var ErrListen = errors.New("it is /ip4/ADDRESS/tcp/PORT or /ip4/ADDRESS/udp/PORT/quic-v1, or the same with ip6")

// CheckListen tells whether a host could be told to listen on a multiaddr, on a machine that has it. It opens nothing.
func CheckListen(addr string) error {
	if !wire.Listenable(addr) {
		return ErrListen
	}
	return nil
}

// Handlers are what Run calls. All may be called at the same time for different peers, and return soon after ctx ends; a nil
// one refuses or ignores.
type Handlers struct {
	// Receive takes 1 to 64 consecutive Puts of a peer, at most about 1 MiB, and returns one Code for each, in order. It is never called
	// twice at a time for one peer. Without a code for each, or on a panic, nothing is acknowledged and the stream ends.
	Receive func(ctx context.Context, from PeerID, puts []Put) []Code
	// Serve answers a request. Of its errors the peer learns only whether they are ErrNotFound, ErrRefused or ErrTooMany.
	Serve func(ctx context.Context, call Call) ([]byte, error)
	// Connected and Disconnected tell, in order and one at a time, when the first direct connection with a peer begins and
	// the last ends. A change and its reversal before the call are left out.
	Connected, Disconnected func(PeerID)
	// Offended tells that a peer was blocked, or that a request above its rate was turned away. It must not block.
	Offended func(from PeerID, blocked bool)
}

// Host is one node on the network.
type Host struct {
	inner host.Host
	id    PeerID
	log   *slog.Logger
	now   func() time.Time
	times times
	gate  *gate
	stats counters
	watch watch
	tasks wire.Tasks

	running chan struct{}   // closed by Run once the next two are set
	life    context.Context // of the handlers
	on      Handlers

	closing  sync.Once
	closeErr error

	mu       sync.Mutex
	slots    map[peer.ID]*slot       // lanes to peers
	turns    map[peer.ID]*turn       // envelope streams from peers
	reports  map[peer.ID]*report     // what happened with peers this node called
	reserved map[string]ma.Multiaddr // addresses of known peers, with their ids
}

// New returns a listening host. Peers can connect, but their streams wait until Run is called. It fails when an
// address cannot be listened on; an IPv6 address is passed over on machines without IPv6.
func New(cfg Config) (*Host, error) {
	h := &Host{
		log:     cfg.Logger,
		now:     cfg.Now,
		times:   cfg.times.orDefault(),
		slots:   make(map[peer.ID]*slot),
		turns:   make(map[peer.ID]*turn),
		reports: make(map[peer.ID]*report),
		running: make(chan struct{}),
	}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if h.now == nil {
		h.now = time.Now
	}
	h.gate = newGate(!cfg.Unlimited && cfg.Simulated == nil, h.times)
	h.watch.init()
	h.tasks.Init()
	inner, err := open(cfg, h.gate)
	if err != nil {
		return nil, err
	}
	h.inner, h.id = inner, PeerID(inner.ID().String())
	h.gate.mu.Lock()
	h.gate.strangers = h.strangers
	h.gate.mu.Unlock()
	inner.Network().Notify(&network.NotifyBundle{
		ConnectedF:    func(_ network.Network, c network.Conn) { h.connected(c) },
		DisconnectedF: func(_ network.Network, c network.Conn) { h.watch.note(c.RemotePeer()) },
	})
	inner.SetStreamHandler(envelopes, func(s network.Stream) { h.serve(s, h.receive) })
	inner.SetStreamHandler(requests, func(s network.Stream) { h.serve(s, h.answer) })
	if cfg.Listen == nil {
		cfg.Listen = DefaultListen
	}
	if err := wire.Listen(inner.Network(), cfg.Listen); err != nil {
		inner.Close()
		return nil, err
	}
	return h, nil
}

// Run takes streams from peers and reports connections until ctx ends or Close is called, then closes the host. It is to be
// called once. A closed host is no error.
func (h *Host) Run(ctx context.Context, on Handlers) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h.life, h.on = ctx, on
	close(h.running)
	if h.tasks.Enter() {
		go func() {
			defer h.tasks.Leave()
			h.follow(ctx, on)
		}()
	}
	select {
	case <-ctx.Done():
	case <-h.tasks.Closed():
	}
	cancel()
	return h.Close()
}

// Close ends all connections and waits until nothing of the host runs any more. Pending Puts end with ErrLost. A handler must
// not call it. Calling it again returns the same.
func (h *Host) Close() error {
	h.closing.Do(func() {
		h.tasks.Close()
		if err := h.inner.Close(); err != nil {
			h.closeErr = fmt.Errorf("close the network host: %w", err)
		}
		h.tasks.Wait()
	})
	return h.closeErr
}

// ID is the text form of the host's public key.
func (h *Host) ID() PeerID { return h.id }
