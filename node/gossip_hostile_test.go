package node

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"os"
	"testing"
	"time"

	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/node/gossip"
	"conclave/protocol"
	"conclave/protocol/net"
	router "conclave/protocol/net/gossip"
	"conclave/protocol/outer"
)

// gossiper is a hostile member with a second host that keeps no rules.
type gossiper struct {
	*mallory
	*router.Host
	g    *gossips
	keys outer.Keys
	name string // of the topic of today
}

// gossiping gives a hostile member a second host that its victim lets in.
func (m *mallory) gossiping(g *gossips) *gossiper {
	m.t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		m.t.Fatal(err)
	}
	h, err := router.New(router.Config{Key: key, Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Unlimited: true})
	if err != nil {
		m.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	m.t.Cleanup(func() { cancel(); <-done })
	x := &gossiper{mallory: m, Host: h, g: g}
	words := protocol.GossipHost{Peer: string(h.ID()), Addrs: h.Addrs(), Until: uint64(g.now().Add(24 * time.Hour).UnixMilli())}
	m.want(m.seal(protocol.Item{Kind: protocol.ItemGossip, Data: words.Encode()}), net.Delivered)
	x.enter()
	return x
}

// enter goes on the topic of today, with the victim alone.
func (x *gossiper) enter() {
	x.t.Helper()
	var secret outer.Secret
	x.g.view(0, func(tx feature.Tx) (err error) { secret, err = x.g.nodes[0].groups.Topic(tx, x.g.log); return err })
	x.keys, x.name = secret.Keys(), outer.Topic(secret, x.g.log, outer.DayOf(x.g.now()))
	victim := x.g.nodes[0].gossip.Stats().Hosts[0]
	x.Allow(map[net.PeerID][]string{net.PeerID(victim.Peer): victim.Addrs})
	if err := x.Join(x.name, nil, router.Handlers{
		Validate: func(context.Context, net.PeerID, string, []byte) router.Verdict { return router.Ignore },
		Deliver:  func(string, []byte) {},
	}); err != nil {
		x.t.Fatal(err)
	}
	x.g.until("the hostile member is on the topic", func() bool { return x.Stats().Peers == 1 })
}

func (x *gossiper) publish(data []byte) {
	x.t.Helper()
	for end := time.Now().Add(time.Minute); ; {
		err := x.Publish(x.t.Context(), x.name, data)
		if err == nil {
			return
		}
		if !errors.Is(err, router.ErrNobody) || time.Now().After(end) {
			x.t.Fatalf("publish: %v; %+v, the victim %+v", err, x.Stats(), x.g.nodes[0].gossip.Stats())
		}
	}
}

// wrap puts an Inner into an Outer of the topic.
func (x *gossiper) wrap(inner []byte) []byte {
	x.t.Helper()
	data, err := outer.Seal(rand.Reader, x.keys, x.name, inner)
	if err != nil {
		x.t.Fatal(err)
	}
	return data
}

// judged publishes messages and waits until the victim judged them all; it returns how.
func (x *gossiper) judged(all ...[]byte) (accepted, ignored, rejected uint64) {
	x.t.Helper()
	stats := func() gossip.Stats { return x.g.nodes[0].gossip.Stats() }
	before := stats()
	for _, data := range all {
		x.publish(data)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		s := stats()
		accepted, ignored, rejected = s.Accepted-before.Accepted, s.Ignored-before.Ignored, s.Rejected-before.Rejected
		if accepted+ignored+rejected >= uint64(len(all)) {
			return accepted, ignored, rejected
		}
		if time.Now().After(end) {
			x.t.Fatalf("the victim judged %d of %d messages: %+v", accepted+ignored+rejected, len(all), s)
		}
	}
}

func (x *gossiper) verdict(what string, data []byte, want router.Verdict) {
	x.t.Helper()
	a, i, r := x.judged(data)
	got := router.Ignore
	switch {
	case a > 0:
		got = router.Accept
	case r > 0:
		got = router.Reject
	}
	if a+i+r != 1 || got != want {
		x.t.Errorf("%s: got %d accepted, %d ignored, %d rejected, want verdict %d", what, a, i, r, want)
	}
}

// twins are two messages under one number.
func (m *mallory) twins(log protocol.Log, parent protocol.EventID) (one, two []byte) {
	m.t.Helper()
	back := errors.New("take it back")
	if err := m.store.Update(m.t.Context(), func(tx feature.Tx) error {
		heads, err := m.groups.Heads(tx, log)
		if err != nil {
			return err
		}
		e, err := protocol.NewEvent(rand.Reader, protocol.Header{
			Log: log, Kind: "message.sent", Author: m.acct, Device: m.dev, Ord: 2, Parents: []protocol.EventID{parent},
			HLC: uint64(time.Now().UnixMilli()) << 16, Heads: heads,
		}, []byte{0xa1, 0x00, 0x61, 'x'})
		if err != nil {
			return err
		}
		if one, _, err = m.groups.Seal(tx, e); err != nil {
			return err
		}
		return back
	}); !errors.Is(err, back) {
		m.t.Fatal(err)
	}
	_, two = m.speaks(log, "another", 2, parent)
	return one, two
}

func TestHostileGossipIsJudgedAndSpreadsNowhere(t *testing.T) {
	if os.Getenv("CONCLAVE_NIGHTLY") == "" {
		t.Skip("half a minute, and as long as the router takes to trust again: at night")
	}
	dir := t.TempDir()
	g := gossipers(t, 2, map[int]string{0: dir})
	m := g.infiltrate()
	var ops [][]byte
	g.view(0, func(tx feature.Tx) (err error) {
		ops, _, err = g.nodes[0].groups.Ops(tx, g.log, nil, 1<<20)
		return err
	})
	m.update(func(tx feature.Tx) error { _, err := m.groups.TakeOps(tx, g.log, ops); return err })
	x := m.gossiping(g)
	e, inner := m.speaks(g.log, "hello", 1)
	var dist []byte
	m.view(func(tx feature.Tx) (err error) { dist, _, _, err = m.groups.Owed(tx, g.log, m.dev); return err })
	m.want(m.seal(protocol.Item{Kind: protocol.ItemChain, Data: dist}), net.Delivered)

	first := x.wrap(inner)
	x.verdict("an honest message", first, router.Accept)
	g.soon(0, e.ID)
	x.verdict("the same wrapped anew", x.wrap(inner), router.Ignore)
	g.later.Add(int64(121 * time.Second))
	x.verdict("after 121 seconds", x.wrap(inner), router.Ignore)
	g.later.Add(int64(10 * time.Minute))
	x.verdict("after ten minutes", x.wrap(inner), router.Ignore)

	wrong, err := chain.DecodeInner(inner)
	if err != nil {
		t.Fatal(err)
	}
	wrong.N++
	x.verdict("a number that was not signed", x.wrap(wrong.Encode()), router.Ignore)
	stop(t, g.nodes[0])
	g.nodes[0], g.hosts[0] = g.open(t, "a", dir)
	g.meet()
	m.victim = g.nodes[0]
	m.connect()
	x = m.gossiping(g)                               // anew: for a while after it left, a node is not taken back into the mesh
	if a, _, r := x.judged(x.wrap(inner)); a+r > 0 { // its first host may bring what it said lately once more
		t.Errorf("after a restart: got %d accepted and %d rejected, want all to be ignored", a, r)
	}

	var unknown [][]byte
	for range 3 * 60 {
		rand.Read(wrong.Chain[:])
		unknown = append(unknown, x.wrap(wrong.Encode()))
	}
	if a, _, r := x.judged(unknown...); a > 75 || r > 0 {
		t.Errorf("messages of unknown chains: got %d passed on and %d rejected, want about 60 and none", a, r)
	}
	if got := g.nodes[1].gossip.Stats().Router[0].MessagesIn; got > 90 {
		t.Errorf("messages that went on to another node: got %d, want at most those that were accepted", got)
	}

	g.sever(0, 1)
	one, two := m.twins(g.log, e.ID)
	x.verdict("one of two under a number", x.wrap(one), router.Accept)
	in, err := chain.DecodeInner(two)
	if err != nil {
		t.Fatal(err)
	}
	other := outer.NewSecret(rand.Reader)
	elsewhere, err := outer.Seal(rand.Reader, other.Keys(), x.name, inner)
	if err != nil {
		t.Fatal(err)
	}
	// From the author's own node the other is garbage, as is what belongs to another group, and what is nothing at all. All at
	// once: one piece ends the hostile node's part in the mesh, six its connection.
	x.publish(x.wrap(two))
	x.publish(elsewhere)
	x.publish(x.wrap([]byte("junk")))
	x.publish(x.wrap(dist)) // the key of a chain comes over sessions alone
	for range 5 {
		x.publish(x.junk())
	}
	g.until("the hostile member's node is shut out", func() bool {
		s := g.nodes[0].gossip.Stats()
		return s.Router[0].Drops == 1 && s.Rejected >= 6
	})
	g.until("the evidence is kept", func() (forged bool) {
		g.view(0, func(tx feature.Tx) (err error) {
			forged, err = g.nodes[0].groups.Forged(tx, g.log, in.Chain)
			return err
		})
		return forged
	})
	g.soon(1, g.say(0, "we are undisturbed"))
}

// junk is something that is no Outer.
func (x *gossiper) junk() []byte {
	b := make([]byte, 1000)
	rand.Read(b)
	return b
}

// meet waits until the nodes gossip with one another, whoever else is there.
func (g *gossips) meet() {
	g.t.Helper()
	g.until("the nodes gossip again", func() bool {
		for _, n := range g.nodes {
			if s := n.gossip.Stats(); len(s.Router) == 0 || s.Router[0].Peers < len(g.nodes)-1 {
				return false
			}
		}
		return true
	})
}

func TestAStrangerCannotGossip(t *testing.T) {
	g := gossipers(t, 2, nil)
	m := attack(t, g.nodes[0], g.who[0])
	m.befriend()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h, err := router.New(router.Config{Key: key, Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Unlimited: true})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	words := protocol.GossipHost{Peer: string(h.ID()), Addrs: h.Addrs(), Until: uint64(g.now().Add(24 * time.Hour).UnixMilli())}
	m.want(m.seal(protocol.Item{Kind: protocol.ItemGossip, Data: words.Encode()}), net.Delivered)
	m.want(m.seal(protocol.Item{Kind: protocol.ItemGossip, Data: []byte("junk")}), net.Refused)
	victim := g.nodes[0].gossip.Stats().Hosts[0]
	words.Peer, words.Addrs = string(g.nodes[0].host.ID()), nil
	m.want(m.seal(protocol.Item{Kind: protocol.ItemGossip, Data: words.Encode()}), net.Refused)
	go func() { _ = h.Run(t.Context()) }()
	h.Allow(map[net.PeerID][]string{net.PeerID(victim.Peer): victim.Addrs})
	if err := h.Join("a topic", nil, router.Handlers{
		Validate: func(context.Context, net.PeerID, string, []byte) router.Verdict { return router.Ignore },
		Deliver:  func(string, []byte) {},
	}); err != nil {
		t.Fatal(err)
	}
	if err := h.Publish(t.Context(), "a topic", []byte("let me in")); !errors.Is(err, router.ErrNobody) {
		t.Errorf("a stranger's message: got %v, want %v", err, router.ErrNobody)
	}
	if got := g.nodes[0].gossip.Stats().Router[0].Peers; got != 1 {
		t.Errorf("peers of the victim: got %d, want the other member's alone", got)
	}
}
