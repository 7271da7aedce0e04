package gossip

import (
	"maps"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/control"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"conclave/protocol/net"
	"conclave/protocol/net/internal/wire"
)

// gate holds the allow-list and what is remembered of those on it. Nothing is remembered of others.
type gate struct {
	limited bool

	mu    sync.Mutex
	peers map[peer.ID]*member
}

// member is a peer on the allow-list.
type member struct {
	name     net.PeerID
	addrs    []ma.Multiaddr
	loopback bool // may be dialled on the loopback interface
	blocked  time.Time
	conduct  conduct
	topics   map[string]bool // it says it listens to
	unheard  int             // rounds without a stream to it
	dials    dials
}

func newGate(limited bool) *gate { return &gate{limited: limited, peers: make(map[peer.ID]*member)} }

// Allow replaces the allow-list: the peers that may connect and, with their addresses, be dialled. The addresses are at most
// 16 each, with or without /p2p/; those of a peer among which one is unsound are left out. The caller answers for where they
// come from: see net.Believable. Connections with peers no longer allowed end.
func (h *Host) Allow(peers map[net.PeerID][]string) {
	next := make(map[peer.ID]*member, len(peers))
	for name, addrs := range peers {
		p, err := peer.Decode(string(name))
		if _, bad := name.PublicKey(); err != nil || bad != nil || p == h.inner.ID() {
			continue
		}
		known, loopback, err := wire.ParseAddrs(p, addrs)
		if err != nil {
			h.log.Debug("unsound addresses of a peer", "peer", name, "error", err)
		}
		next[p] = &member{name: name, addrs: known, loopback: loopback}
	}
	for _, p := range h.gate.replace(next, h.firstDial) {
		h.inner.Network().ClosePeer(p)
	}
	h.look()
}

// replace keeps what is known of peers that stay, and returns those that go.
func (g *gate) replace(next map[peer.ID]*member, firstDial func(peer.ID) time.Time) (gone []peer.ID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for p := range g.peers {
		if next[p] == nil {
			gone = append(gone, p)
		}
	}
	for p, m := range next {
		if old := g.peers[p]; old != nil {
			moved := !sameAddrs(old.addrs, m.addrs)
			old.addrs, old.loopback = m.addrs, m.loopback
			if moved {
				old.dials.forget()
			}
			next[p] = old
			continue
		}
		m.conduct, m.topics = newConduct(), make(map[string]bool)
		m.dials.next = firstDial(p)
	}
	g.peers = maps.Clone(next)
	return gone
}

func sameAddrs(a, b []ma.Multiaddr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].Equal(b[i]) {
			return false
		}
	}
	return true
}

// with runs fn for a peer that is allowed, with g.mu held, and tells whether it is.
func (g *gate) with(p peer.ID, fn func(*member)) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.peers[p]
	if m == nil {
		return false
	}
	fn(m)
	return true
}

func (m *member) isBlocked() bool { return time.Now().Before(m.blocked) }

// allows tells whether a peer is on the list and not blocked.
func (g *gate) allows(p peer.ID) (ok bool) {
	g.with(p, func(m *member) { ok = !m.isBlocked() })
	return ok
}

// shut counts the peers that are shut out now.
func (g *gate) shut() (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.peers {
		if m.isBlocked() {
			n++
		}
	}
	return n
}

// name returns the text form of an allowed peer's id, "" for others.
func (g *gate) name(p peer.ID) (name net.PeerID) {
	g.with(p, func(m *member) { name = m.name })
	return name
}

// block shuts a peer out for a while and tells whether it was allowed until now.
func (g *gate) block(p peer.ID, during time.Duration) (news bool) {
	g.with(p, func(m *member) {
		news = !m.isBlocked()
		m.blocked = time.Now().Add(during)
	})
	return news
}

// InterceptPeerDial refuses peers that are not allowed.
func (g *gate) InterceptPeerDial(p peer.ID) bool { return g.allows(p) }

// InterceptAddrDial refuses the loopback interface, whether named or resolved, for peers that were not given it by hand.
func (g *gate) InterceptAddrDial(p peer.ID, a ma.Multiaddr) bool {
	if manet.IsIPUnspecified(a) {
		return false
	}
	if !manet.IsIPLoopback(a) {
		return true
	}
	ok := false
	g.with(p, func(m *member) { ok = m.loopback })
	return ok
}

// InterceptAccept spares the handshake while nobody is allowed.
func (g *gate) InterceptAccept(network.ConnMultiaddrs) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.peers) > 0
}

// InterceptSecured refuses peers that are not allowed.
func (g *gate) InterceptSecured(_ network.Direction, p peer.ID, _ network.ConnMultiaddrs) bool {
	return g.allows(p)
}

// InterceptUpgraded has nothing to add.
func (g *gate) InterceptUpgraded(network.Conn) (bool, control.DisconnectReason) { return true, 0 }
