package gossip

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	ma "github.com/multiformats/go-multiaddr"
)

const (
	enough   = 12               // connections with a topic's peers, above which no more are made
	dialling = 8                // at a time
	lasting  = 10 * time.Second // a connection that stood so long is forgotten as an attempt
	rounds   = time.Second      // between looks at what is missing
	unheard  = 5                // rounds that a connected peer may be unknown to the router
	precede  = time.Second      // how much earlier the smaller id dials, so that there is one connection
)

// dials is when a peer was called and when it may be called again.
type dials struct {
	tried    int
	last     time.Time
	next     time.Time
	underway bool
}

// forget lets a peer be called at once.
func (d *dials) forget() { d.tried, d.next = 0, time.Time{} }

func (h *Host) firstDial(p peer.ID) time.Time {
	if h.inner.ID() < p {
		return time.Time{}
	}
	return time.Now().Add(precede)
}

// look has the dialler look again.
func (h *Host) look() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// keepConnected dials what topics need until ctx ends, and waits for its dials.
func (h *Host) keepConnected(ctx context.Context) {
	tick := time.NewTicker(rounds)
	defer tick.Stop()
	room := make(chan struct{}, dialling)
	for {
		for _, info := range h.missing(dialling - len(room)) {
			room <- struct{}{}
			if !h.tasks.Enter() {
				return
			}
			go func() {
				defer h.tasks.Leave()
				h.dial(ctx, info)
				<-room
				h.look()
			}()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			h.restartUnheard()
		case <-h.wake:
		}
	}
}

func (h *Host) dial(ctx context.Context, to peer.AddrInfo) {
	if s, ok := h.inner.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(to.ID) // when to try is decided here
	}
	h.inner.Peerstore().ClearAddrs(to.ID)
	err := h.inner.Connect(ctx, to)
	if err != nil {
		h.log.Debug("could not connect for gossip", "peer", to.ID, "error", err)
	}
	h.gate.with(to.ID, func(m *member) { m.dials.underway = false })
}

// restart ends the connections with a peer, so that both sides greet each other anew. With the last stream to a peer the
// router forgets the topics that the peer told on its own, which may live on, on another connection, and not tell them again.
func (h *Host) restart(p peer.ID) {
	if !h.tasks.Enter() {
		return
	}
	go func() { // the router calls this, and must not wait
		defer h.tasks.Leave()
		h.inner.Network().ClosePeer(p)
	}()
}

// restartUnheard restarts peers to which the router opened no stream in time: it does not try again when one fails while
// another connection stands.
func (h *Host) restartUnheard() {
	known := make(map[peer.ID]bool)
	for _, p := range h.router.ListPeers("") {
		known[p] = true
	}
	for _, p := range h.inner.Network().Peers() {
		again := false
		h.gate.with(p, func(m *member) {
			m.unheard++
			if known[p] {
				m.unheard = 0
			}
			if again = m.unheard > unheard; again {
				m.unheard = 0
			}
		})
		if again {
			h.restart(p)
		}
	}
}

// missing chooses up to n peers to dial: of each topic with too few connections some that may be called now, by chance. They
// then count as being called.
func (h *Host) missing(n int) (out []peer.AddrInfo) {
	connected := func(p peer.ID) bool { return h.inner.Network().Connectedness(p) == network.Connected }
	for _, expected := range h.expected() {
		if len(out) >= n {
			break
		}
		out = append(out, h.gate.choose(expected, n-len(out), connected, h.times.backoff)...)
	}
	return out
}

// expected returns the peers of each topic, in no order.
func (h *Host) expected() (out [][]peer.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, t := range h.topics {
		out = append(out, t.peers)
	}
	return out
}

// choose picks up to n of the peers of a topic, nil meaning all.
func (g *gate) choose(of []peer.ID, n int, connected func(peer.ID) bool, backoff time.Duration) (out []peer.AddrInfo) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if of == nil {
		for p := range g.peers {
			of = append(of, p)
		}
	}
	now, there := time.Now(), 0
	var ready []peer.ID
	for _, p := range of {
		m := g.peers[p]
		switch {
		case m == nil || m.isBlocked():
		case connected(p):
			there++
			if now.Sub(m.dials.last) > lasting {
				m.dials.forget()
			}
		case m.dials.underway:
			there++
		case len(m.addrs) > 0 && now.After(m.dials.next):
			ready = append(ready, p)
		}
	}
	rand.Shuffle(len(ready), func(i, j int) { ready[i], ready[j] = ready[j], ready[i] })
	for _, p := range ready[:max(0, min(len(ready), n, enough-there))] {
		m := g.peers[p]
		m.dials.begin(now, backoff)
		out = append(out, peer.AddrInfo{ID: p, Addrs: append([]ma.Multiaddr(nil), m.addrs...)})
	}
	return out
}

// begin counts every attempt as failed until its connection lasted: a peer that refuses this node ends it only afterwards.
func (d *dials) begin(now time.Time, backoff time.Duration) {
	wait := min(backoff<<min(d.tried, 16), backoffMax)
	d.tried++
	d.last, d.underway = now, true
	d.next = now.Add(wait + rand.N(wait/2+1))
}
