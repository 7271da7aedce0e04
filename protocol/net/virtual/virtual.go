// Package virtual is a network in memory below the hosts of protocol/net: QUIC as it is, over packets that take as long as a
// seed says, for simulations in virtual time (testing/synctest). Hosts on it have no TCP and no limits.
//
// A cut loses packets; the hosts notice by the silence. Two runs of a seed are not the same packet by packet: keys, and with
// them sizes, differ.
package virtual

import (
	"crypto/ed25519"
	"fmt"
	"log/slog"
	stdnet "net"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/x/simlibp2p"
	"github.com/marcopolo/simnet"

	"conclave/protocol/net"
)

const (
	bits     = 50_000_000     // a second, of every host, each way
	port     = 8422           // of every host
	blackout = time.Minute    // how long Break keeps a host from its peers
	never    = 24 * time.Hour // after this a lost packet arrives
)

// Net is the network. Its methods are safe for concurrent use, except that Close ends it.
type Net struct {
	sim    *simnet.Simnet
	delay  time.Duration
	jitter time.Duration

	mu     sync.Mutex
	state  uint64 // of the generator of delays
	places map[net.PeerID]int
	side   map[string]int       // by IP; of the cut
	dark   map[string]time.Time // by IP; until then
}

// New returns a network with delays between the two, one way.
func New(seed uint64, delay, jitter time.Duration) *Net {
	n := &Net{delay: delay, jitter: jitter, state: seed, places: map[net.PeerID]int{}, dark: map[string]time.Time{}}
	n.sim = &simnet.Simnet{LatencyFunc: n.latency, Logger: slog.New(slog.DiscardHandler)}
	n.sim.Start()
	return n
}

// Host brings a host onto the network, at the same address every time.
func (n *Net) Host(key ed25519.PrivateKey) (*net.Host, error) {
	id, err := net.PeerOf(key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	place, known := n.places[id]
	if !known {
		place = len(n.places)
		n.places[id] = place
	}
	n.mu.Unlock()
	rate := simnet.LinkSettings{BitsPerSecond: bits}
	return net.New(net.Config{
		Key:       key,
		Listen:    []string{fmt.Sprintf("/ip4/%s/udp/%d/quic-v1", simnet.IntToPublicIPv4(place), port)},
		Simulated: simlibp2p.QUICSimnet(n.sim, simnet.NodeBiDiLinkSettings{Downlink: rate, Uplink: rate}),
	})
}

// Part cuts the network: packets go only between hosts of the same side, those not named are on side 0. Part(nil) heals it.
func (n *Net) Part(sides map[net.PeerID]int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.side = map[string]int{}
	for id, side := range sides {
		n.side[n.at(id)] = side
	}
}

// Break keeps a host from all others for a minute.
func (n *Net) Break(id net.PeerID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dark[n.at(id)] = time.Now().Add(blackout)
}

// Close ends the network. Its hosts are to be closed before.
func (n *Net) Close() { n.sim.Close() }

func (n *Net) at(id net.PeerID) string { return simnet.IntToPublicIPv4(n.places[id]).String() }

func (n *Net) latency(p *simnet.Packet) time.Duration {
	n.mu.Lock()
	defer n.mu.Unlock()
	from, to := ip(p.From), ip(p.To)
	now := time.Now()
	if n.side[from] != n.side[to] || now.Before(n.dark[from]) || now.Before(n.dark[to]) {
		return never
	}
	n.state = n.state*6364136223846793005 + 1442695040888963407
	return n.delay + time.Duration(n.state>>33)*n.jitter>>31
}

func ip(a stdnet.Addr) string {
	if u, ok := a.(*stdnet.UDPAddr); ok {
		return u.IP.String()
	}
	return ""
}
