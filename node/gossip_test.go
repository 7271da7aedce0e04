package node

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"conclave/crypto/vault"
	"conclave/node/delivery"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/protocol/net"
)

// severed is the host of a node that cannot reach some others.
type severed struct {
	Network
	mu   sync.Mutex
	from map[net.PeerID]bool
}

func (s *severed) cut(p net.PeerID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.from[p]
}

func (s *severed) sever(p net.PeerID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.from[p] = true
}

func (s *severed) Connected(p net.PeerID) bool { return !s.cut(p) && s.Network.Connected(p) }

func (s *severed) Connect(ctx context.Context, p net.PeerID, addrs []string) error {
	if s.cut(p) {
		return net.ErrLost
	}
	return s.Network.Connect(ctx, p, addrs)
}

func (s *severed) Ready(ctx context.Context, p net.PeerID) error {
	if s.cut(p) {
		<-ctx.Done()
		return ctx.Err()
	}
	return s.Network.Ready(ctx, p)
}

func (s *severed) Lane(ctx context.Context, p net.PeerID) (delivery.Lane, error) {
	if s.cut(p) {
		return nil, net.ErrLost
	}
	return s.Network.Lane(ctx, p)
}

func (s *severed) Request(ctx context.Context, p net.PeerID, kind string, body []byte) ([]byte, error) {
	if s.cut(p) {
		return nil, net.ErrLost
	}
	return s.Network.Request(ctx, p, kind, body)
}

// gossips are nodes with a second host, whose first hosts can be kept apart and whose clock is the test's.
type gossips struct {
	*circle
	hosts []*severed
	later atomic.Int64
}

func (g *gossips) open(t *testing.T, name, dir string) (*Node, *severed) {
	t.Helper()
	var log *slog.Logger
	if os.Getenv("CONCLAVE_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", name)
	}
	n, err := Open(t.Context(), Config{
		Data: dir, Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Cost: vault.Cost{Memory: 64, Passes: 1, Threads: 1}, Logger: log,
		Now: func() time.Time { return time.Now().Add(time.Duration(g.later.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &severed{Network: n.host, from: map[net.PeerID]bool{}}
	n.delivery.Network, n.directory.Network, n.catcher.Network, n.gossip.Network = s, s, s, s
	starts(t, name, n)
	return n, s
}

// gossipers makes people on nodes of their own, and a group of them whose nodes gossip with all others.
func gossipers(t *testing.T, count int, dirs map[int]string) *gossips {
	t.Helper()
	g := &gossips{}
	var nodes []*Node
	for i := range count {
		n, s := g.open(t, string(rune('a'+i)), dirs[i])
		nodes, g.hosts = append(nodes, n), append(g.hosts, s)
	}
	g.circle = gather(t, nodes...)
	for i := range nodes { // everybody's chain goes to everybody
		id := g.say(i, "hello")
		for j := range nodes {
			g.arrives(j, id)
		}
		g.becomes(i, id, feature.Delivered)
	}
	g.meshed()
	return g
}

// meshed waits until all nodes know all others on their topics.
func (g *gossips) meshed() {
	g.t.Helper()
	for i, n := range g.nodes {
		g.until(fmt.Sprint("node ", i, " gossips with the others"), func() bool {
			s := n.gossip.Stats()
			return len(s.Router) > 0 && s.Router[0].Peers >= len(g.nodes)-1 && s.Router[0].Topics > 0
		})
	}
}

// sever keeps the first hosts of two nodes apart.
func (g *gossips) sever(i, j int) {
	g.hosts[i].sever(g.nodes[j].host.ID())
	g.hosts[j].sever(g.nodes[i].host.ID())
}

// mislead makes a node believe that another gossips elsewhere, so that the two do not connect.
func (g *gossips) mislead(i, j int) {
	g.t.Helper()
	for k := range 2 {
		words := protocol.GossipHost{Peer: string(peerID(g.t)), Until: uint64(g.now().Add((31 + time.Duration(k)) * 24 * time.Hour).UnixMilli())}
		g.update(i, func(tx feature.Tx) error {
			_, err := g.nodes[i].gossip.Take(tx, g.nodes[j].host.ID(), words.Encode())
			return err
		})
	}
}

func (g *gossips) now() time.Time { return time.Now().Add(time.Duration(g.later.Load())) }

// soon waits until a message has come to a node.
func (g *gossips) soon(i int, id protocol.EventID) {
	g.t.Helper()
	for end := time.Now().Add(time.Minute); !g.has(i, id); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			g.t.Fatalf("a message did not come to node %d: %+v", i, g.nodes[i].gossip.Stats())
		}
	}
}

// flows waits until messages go from a node to another over a topic, and on no other way: those of the first seconds on it may
// not, for nobody is in its mesh yet.
func (g *gossips) flows(i, j int) {
	g.t.Helper()
	taken := func() uint64 { return g.nodes[j].gossip.Stats().Taken }
	for start, before := time.Now(), taken(); time.Since(start) < 2*time.Minute; {
		g.say(i, "does this come?")
		for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if taken() > before {
				return
			}
		}
	}
	g.t.Fatalf("nothing comes from node %d to node %d: %+v", i, j, g.nodes[j].gossip.Stats())
}

func TestAMessageComesByGossipWhereTwoNodesAreNotConnected(t *testing.T) {
	g := gossipers(t, 4, nil)
	g.sever(0, 3)
	g.sever(1, 3)
	g.flows(0, 3)
	g.flows(1, 3)
	before := g.nodes[3].gossip.Stats().Taken
	for n := range 20 {
		id := g.say(n%2, "around the corner")
		for i := range g.nodes {
			g.soon(i, id)
		}
	}
	if got := g.nodes[3].gossip.Stats().Taken - before; got < 20 {
		t.Errorf("messages that came over the topic first: got %d, want all 20", got)
	}
	if got := g.nodes[2].gossip.Stats().Published; got > 1 {
		t.Errorf("messages that a node gossiped whose peers are all connected: got %d, want none but perhaps the first", got)
	}
	back := g.say(3, "and back")
	for i := range g.nodes {
		g.soon(i, back)
	}
}

func TestAMessageGoesOverOtherMembersNodes(t *testing.T) {
	g := gossipers(t, 4, nil)
	g.sever(0, 3)
	g.mislead(0, 3)
	g.mislead(3, 0)
	g.until("the two are apart", func() bool {
		a, d := g.nodes[0].gossip.Stats().Router[0], g.nodes[3].gossip.Stats().Router[0]
		return a.Peers == 2 && d.Peers == 2
	})
	g.flows(0, 3)
	g.flows(3, 0)
	for n := range 10 {
		id := g.say(3*(n%2), "by way of the others")
		g.soon(3-3*(n%2), id)
	}
	for i := range g.nodes {
		if s := g.nodes[i].gossip.Stats(); s.Rejected > 0 {
			t.Errorf("node %d blamed honest nodes: %+v", i, s)
		}
	}
}

func TestTopicsFollowTheClock(t *testing.T) {
	g := gossipers(t, 3, nil)
	g.sever(0, 2)
	next := func(to time.Duration) { // until that long after midnight, a day later
		now := g.now()
		g.later.Add(int64(now.Truncate(24 * time.Hour).Add(24*time.Hour + to).Sub(now)))
	}
	for _, to := range []time.Duration{time.Hour, 12 * time.Hour, 23 * time.Hour, 20 * time.Minute} {
		next(to)
		want := 1
		if to < 2*time.Hour || to > 22*time.Hour {
			want = 2
		}
		for i, n := range g.nodes {
			g.until(fmt.Sprint("node ", i, " is on ", want, " topics at ", to), func() bool {
				return n.gossip.Stats().Router[0].Topics == want
			})
		}
		g.flows(0, 2)
		g.soon(2, g.say(0, "another day"))
	}
}

func TestAKeyOfTheHostIsReplacedAndBothServeForADay(t *testing.T) {
	g := gossipers(t, 3, nil)
	first := g.nodes[0].gossip.Stats().Hosts[0]
	g.later.Add(int64(29*24*time.Hour + time.Hour))
	for i, n := range g.nodes {
		g.until(fmt.Sprint("node ", i, " has two hosts"), func() bool { return len(n.gossip.Stats().Hosts) == 2 })
	}
	both := g.nodes[0].gossip.Stats().Hosts
	if both[1].Peer != first.Peer || len(both[1].Addrs) != 0 || len(both[0].Addrs) == 0 {
		t.Errorf("hosts while the key changes: got %+v, want another one that listens, and %s", both, first.Peer)
	}
	g.meshed()
	g.becomes(0, g.say(0, "under a new chain too"), feature.Delivered)
	g.sever(0, 2)
	g.flows(0, 2)
	g.soon(2, g.say(0, "under the new key"))
	g.later.Add(int64(24 * time.Hour))
	for i, n := range g.nodes {
		g.until(fmt.Sprint("node ", i, " has one host again"), func() bool {
			h := n.gossip.Stats().Hosts
			return len(h) == 1 && h[0].Peer != first.Peer
		})
	}
	g.meshed()
	g.flows(0, 2)
	g.soon(2, g.say(0, "under the new key alone"))
}

func TestWhoIsRemovedIsOffTheTopicsAndTheirSecretChanges(t *testing.T) {
	g := gossipers(t, 4, nil)
	var before [32]byte
	g.view(0, func(tx feature.Tx) (err error) { before, err = g.nodes[0].groups.Topic(tx, g.log); return err })
	g.update(0, func(tx feature.Tx) error {
		_, err := g.nodes[0].groups.Act(tx, g.log, g.who[0], &membership.Remove{Account: g.who[3]})
		return err
	})
	for i := range 3 {
		g.until(fmt.Sprint("node ", i, " lets the removed member's node in no more"), func() bool {
			return g.nodes[i].gossip.Stats().Router[0].Peers == 2
		})
	}
	for i := range 3 {
		g.until(fmt.Sprint("node ", i, " has the new secret"), func() bool {
			var now [32]byte
			g.view(i, func(tx feature.Tx) error { now, _ = g.nodes[i].groups.Topic(tx, g.log); return nil })
			return now != before && now != [32]byte{}
		})
		g.until(fmt.Sprint("node ", i, " hears the former topic too"), func() bool { return g.nodes[i].gossip.Stats().Router[0].Topics >= 2 })
	}
	first := g.say(0, "without you")
	g.soon(2, first)
	g.sever(0, 2)
	g.flows(0, 2)
	was := g.nodes[3].gossip.Stats()
	id := g.say(0, "over a topic, without you")
	g.soon(1, id)
	g.soon(2, id)
	if g.has(3, first) {
		t.Error("the removed member's node has what was said after the removal")
	}
	if now := g.nodes[3].gossip.Stats(); len(now.Router) > 0 && len(was.Router) > 0 && now.Router[0].MessagesIn != was.Router[0].MessagesIn || g.has(3, id) {
		t.Errorf("the removed member's node got messages: %+v, before %+v", now, was)
	}
	g.later.Add(int64(25 * time.Hour))
	for i := range 3 {
		g.until(fmt.Sprint("node ", i, " has left the former topic"), func() bool {
			first, last := g.now().Add(-2*time.Hour).UTC().Day(), g.now().Add(2*time.Hour).UTC().Day()
			want := 1
			if first != last {
				want = 2
			}
			return g.nodes[i].gossip.Stats().Router[0].Topics == want
		})
	}
}

// peerID is that of nobody.
func peerID(t *testing.T) net.PeerID {
	t.Helper()
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id, err := net.PeerOf(public)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
