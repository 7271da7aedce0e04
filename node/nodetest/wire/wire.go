// Package wire is a network in memory for nodes of one process: hosts that keep the promises of protocol/net, and a network
// between them that delays, loses connections and falls apart.
//
// It promises that what is put on one lane arrives in order or not at all, that lanes and requests overtake one another, that a
// blob whose answer was lost with its connection may have arrived, and that delays depend on the seed and on what went over
// the same way before, never on the order in which the hosts of other ways get to run. It is made for virtual time
// (testing/synctest): waits are as long as those of real hosts.
//
// It refuses what sockets would: peers without an address, an address where nobody listens, calls over a cut. It checks no
// sizes and encrypts nothing.
package wire

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"time"

	"conclave/protocol/net"
)

// Waits, as of real hosts.
const (
	dialWait    = 15 * time.Second // until a call over a cut is given up
	requestWait = 30 * time.Second
	noticeWait  = 30 * time.Second // at the most, until a side notices that a connection is dead
	idleWait    = 5 * time.Minute  // without a Put until a lane closes
	backoff     = 2 * time.Second  // after the first failure; doubles up to backoffMax
	backoffMax  = time.Hour
)

// Errors of the network.
var (
	ErrClosed   = errors.New("host closed")
	ErrNowhere  = errors.New("no address of the peer is known")
	ErrRefused  = errors.New("nobody listens there")
	ErrDeadline = errors.New("no answer in time")
	errBroken   = errors.New("the connection broke")
	errIdle     = errors.New("idle")
)

// Weather is how bad the network is.
type Weather struct {
	Delay  time.Duration // of a packet one way, at least
	Jitter time.Duration // more of it, at the most
}

// Frame is something that arrived: a Put, a request or its answer.
type Frame struct {
	At       time.Time
	From, To int    // hosts, in the order in which they came onto the network
	Kind     string // of a request; "" for a Put
	Bytes    int
}

// Net is the network.
type Net struct {
	Tap func(Frame) // told of each Frame, if it is set before the first host comes; must not block

	seed    uint64
	weather Weather

	mu    sync.Mutex
	hosts map[net.PeerID]*Host // those that run, or ran last
	order []net.PeerID         // in the order in which they came
	side  map[net.PeerID]int   // of the cut; nil while there is none
	conns map[*conn]bool
}

// New returns a network whose delays follow from a seed.
func New(seed uint64, w Weather) *Net {
	return &Net{seed: seed, weather: w, hosts: map[net.PeerID]*Host{}, conns: map[*conn]bool{}}
}

// Host brings a host onto the network, in place of one of the same key that was closed.
func (n *Net) Host(key ed25519.PrivateKey) (*Host, error) {
	id, err := net.PeerOf(key.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if old := n.hosts[id]; old == nil {
		n.order = append(n.order, id)
	} else if !old.over() {
		return nil, fmt.Errorf("host %s is on the network already", id)
	}
	h := newHost(n, id, n.place(id))
	n.hosts[id] = h
	return h, nil
}

// place is the number of a host, which is the same in every run of a seed.
func (n *Net) place(id net.PeerID) int {
	for i, other := range n.order {
		if other == id {
			return i
		}
	}
	return len(n.order)
}

// Part cuts the network: packets go only between hosts of the same side, those not named are on side 0. Nobody is told; the
// hosts notice when they wait in vain. Part(nil) heals it.
func (n *Net) Part(sides map[net.PeerID]int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.side = sides
	for c := range n.conns {
		if sides[c.ends[0].site()] != sides[c.ends[1].site()] {
			n.breakNow(c)
		}
	}
}

// Break loses every connection of a host, as a router that forgot them.
func (n *Net) Break(id net.PeerID) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		if c.ends[0].site() == id || c.ends[1].site() == id {
			n.breakNow(c)
		}
	}
}

func (n *Net) tap(from, to *Host, kind string, bytes int) {
	if n.Tap != nil {
		n.Tap(Frame{time.Now(), from.place, to.place, kind, bytes})
	}
}

// breakNow kills a connection: nothing comes through any more, and each side notices when it does.
func (n *Net) breakNow(c *conn) {
	delete(n.conns, c)
	close(c.dead)
	for i, h := range c.ends {
		time.AfterFunc(n.chance(noticeWait, c.number, uint64(i)), func() { h.lose(c) })
	}
}

// end closes the connections of a host that closes; the other side learns it soon, the host at once.
func (n *Net) end(h *Host) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for c := range n.conns {
		for i, other := range c.ends {
			if c.ends[1-i] == h {
				delete(n.conns, c)
				close(c.dead)
				time.AfterFunc(n.delay(c.number, 0), func() { other.lose(c) })
				break
			}
		}
	}
}

// call connects two hosts, the first calls.
func (n *Net) call(ctx context.Context, from *Host, to net.PeerID) error {
	number := uint64(from.place)<<32 | from.calls.Add(1)
	if err := sleep(ctx, 3*n.delay(number, 1)); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	h := n.hosts[to]
	switch {
	case from.over():
		return ErrClosed
	case n.side[from.site()] != n.side[to]:
		n.mu.Unlock()
		err := sleep(ctx, dialWait)
		n.mu.Lock()
		return errors.Join(ErrDeadline, err)
	case h == nil || h.over():
		return ErrRefused
	}
	c := &conn{number: number, ends: [2]*Host{from, h}, began: time.Now(), dead: make(chan struct{})}
	n.conns[c] = true
	from.gain(c, false)
	h.gain(c, true)
	return nil
}

// conn is a connection. ends[0] called.
type conn struct {
	number uint64
	ends   [2]*Host
	began  time.Time
	dead   chan struct{} // closed when nothing comes through any more
}

func (c *conn) over() bool {
	select {
	case <-c.dead:
		return true
	default:
		return false
	}
}

func (c *conn) other(h *Host) *Host {
	if c.ends[0] == h {
		return c.ends[1]
	}
	return c.ends[0]
}

// delay is that of one packet of a way.
func (n *Net) delay(way, packet uint64) time.Duration {
	return n.weather.Delay + n.chance(n.weather.Jitter, way, packet)
}

// chance is a duration below the most that follows from the seed and where it is asked for.
func (n *Net) chance(most time.Duration, a, b uint64) time.Duration {
	if most <= 0 {
		return 0
	}
	x := n.seed
	for _, v := range [...]uint64{a, b} { // SplitMix64
		x += v + 0x9e3779b97f4a7c15
		x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		x ^= x >> 31
	}
	return time.Duration(x % uint64(most))
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
