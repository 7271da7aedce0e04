package net

import (
	"errors"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"golang.org/x/time/rate"

	"conclave/protocol/net/frame"
)

// How much of a peer is borne.
const (
	badPerMinute      = 8  // bad frames and needless envelope streams, then it is blocked
	requestsPerSecond = 20 // requests, after a burst
	requestBurst      = 200
	maxConducts       = 8192
	conductKept       = 10 * time.Minute
)

// gate decides with whom the host connects, by what it remembers of peers.
type gate struct {
	limited bool
	block   time.Duration
	places  int // connections that strangers may begin

	mu        sync.Mutex
	conducts  map[peer.ID]*conduct
	loopback  map[peer.ID]bool // may be dialled on the loopback interface
	known     map[peer.ID]bool // no strangers
	strangers func() int       // counts the connections that strangers began; nil until the host is open
}

// conduct is how a peer behaved lately.
type conduct struct {
	bad, requests *rate.Limiter
	blocked       time.Time // until
	seen          time.Time
}

func newGate(limited bool, t times) *gate {
	return &gate{limited: limited, block: t.block, places: strangerPlaces, conducts: make(map[peer.ID]*conduct), loopback: make(map[peer.ID]bool)}
}

// of returns the conduct of a peer, with g.mu held.
func (g *gate) of(p peer.ID) *conduct {
	now := time.Now()
	c := g.conducts[p]
	if c == nil {
		if len(g.conducts) >= maxConducts {
			g.forget(now)
		}
		c = &conduct{
			bad:      rate.NewLimiter(rate.Every(time.Minute/badPerMinute), badPerMinute),
			requests: rate.NewLimiter(requestsPerSecond, requestBurst),
		}
		g.conducts[p] = c
	}
	c.seen = now
	return c
}

// forget makes room: what is old goes, else anything that is not blocked, else anything.
func (g *gate) forget(now time.Time) {
	for p, c := range g.conducts {
		if now.Sub(c.seen) > conductKept && now.After(c.blocked) {
			delete(g.conducts, p)
		}
	}
	for _, spare := range []bool{true, false} {
		for p, c := range g.conducts {
			if len(g.conducts) < maxConducts {
				return
			}
			if !spare || now.After(c.blocked) {
				delete(g.conducts, p)
			}
		}
	}
}

// offence counts one and tells whether the peer is blocked now.
func (g *gate) offence(p peer.ID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.of(p)
	if !g.limited || c.bad.Allow() {
		return false
	}
	c.blocked = time.Now().Add(g.block)
	return true
}

func (g *gate) mayRequest(p peer.ID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.of(p).requests.Allow() || !g.limited
}

func (g *gate) isBlocked(p peer.ID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := g.conducts[p]
	return c != nil && time.Now().Before(c.blocked)
}

func (g *gate) allowLoopback(p peer.ID, allow bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !allow {
		delete(g.loopback, p)
		return
	}
	if len(g.loopback) >= maxConducts {
		clear(g.loopback)
	}
	g.loopback[p] = true
}

// judge counts what ended a stream of a peer.
func (h *Host) judge(p peer.ID, err error) {
	h.log.Debug("stream ended", "peer", p, "error", err)
	switch {
	case errors.Is(err, frame.ErrBad):
		h.stats.badFrames.Add(1)
		h.offend(p)
	case timedOut(err):
		h.stats.timeouts.Add(1)
	}
}

// offend counts an offence of a peer and blocks it when there are too many.
func (h *Host) offend(p peer.ID) {
	if h.gate.offence(p) {
		h.stats.blocks.Add(1)
		h.log.Warn("blocked a peer that offends", "peer", p, "for", h.gate.block)
		if h.tasks.Enter() {
			go func() {
				defer h.tasks.Leave()
				h.inner.Network().ClosePeer(p)
			}()
		}
		h.complain(p, true)
	}
}

// complain tells the node about a peer.
func (h *Host) complain(p peer.ID, blocked bool) {
	select {
	case <-h.running:
		if h.on.Offended != nil {
			h.on.Offended(PeerID(p.String()), blocked)
		}
	default:
	}
}

// Offend counts an offence of a peer that the host cannot see by itself, as it counts bad frames: after several within a minute
// the peer is disconnected and blocked for a while.
func (h *Host) Offend(from PeerID) {
	if p, err := from.decode(); err == nil {
		h.offend(p)
	}
}

// timedOut tells whether a deadline passed; TCP and QUIC streams have errors of their own for it.
func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// InterceptPeerDial refuses to dial a blocked peer.
func (g *gate) InterceptPeerDial(p peer.ID) bool { return !g.isBlocked(p) }

// InterceptAddrDial refuses the loopback interface, whether named or resolved, for peers that were not given it by hand.
func (g *gate) InterceptAddrDial(p peer.ID, a ma.Multiaddr) bool {
	if manet.IsIPUnspecified(a) {
		return false
	}
	if !manet.IsIPLoopback(a) {
		return true
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.loopback[p]
}

// InterceptAccept lets every address in; the resource manager counts them.
func (g *gate) InterceptAccept(network.ConnMultiaddrs) bool { return true }

// InterceptSecured refuses blocked peers, keys that are not Ed25519, and strangers who begin one connection too many.
func (g *gate) InterceptSecured(dir network.Direction, p peer.ID, _ network.ConnMultiaddrs) bool {
	_, err := keyOf(p)
	return err == nil && !g.isBlocked(p) && (dir != network.DirInbound || g.hasRoom(p))
}

// InterceptUpgraded has nothing to add.
func (g *gate) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }
