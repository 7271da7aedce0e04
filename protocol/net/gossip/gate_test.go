package gossip

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	noise "github.com/libp2p/go-libp2p/p2p/security/noise"

	"conclave/protocol/net"
)

func TestStrangersCannotConnect(t *testing.T) {
	victim, friend := start(t, Config{}), start(t, Config{})
	introduce(victim, friend)
	join(t, victim, "topic", Handlers{})
	join(t, friend, "topic", Handlers{})
	meshed(t, "topic", victim, friend)
	for range 20 {
		stranger := bare(t)
		call(t, stranger, victim) // to the dialler TLS 1.3 looks done before it is refused
		eventually(t, "the connection ends", func() bool { return stranger.Network().Connectedness(victim.inner.ID()) != network.Connected })
		if _, err := stranger.NewStream(within(t), victim.inner.ID(), meshsub); err == nil {
			t.Fatal("a stranger opened a stream")
		}
		stranger.Close()
	}
	if got := victim.Stats(); got.Peers != 1 || got.Streams != 1 {
		t.Errorf("got %d peers and %d streams, want the friend's alone", got.Peers, got.Streams)
	}
	allowed := bare(t, libp2p.Security(noise.ID, noise.New))
	victim.Allow(map[net.PeerID][]string{friend.ID(): friend.Addrs(), idOf(allowed): nil})
	if err := call(t, allowed, victim); err == nil {
		t.Error("connected with Noise, want a refusal")
	}
	allowed = bare(t)
	victim.Allow(map[net.PeerID][]string{friend.ID(): friend.Addrs(), idOf(allowed): nil})
	if err := call(t, allowed, victim); err != nil {
		t.Errorf("with TLS: %v", err)
	}
}

func TestTheGateRemembersNobodyElse(t *testing.T) {
	g := newGate(true)
	friend := net.PeerID("12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN")
	p, err := peer.Decode(string(friend))
	if err != nil {
		t.Fatal(err)
	}
	if g.InterceptAccept(nil) {
		t.Error("shook hands while nobody is allowed")
	}
	g.replace(map[peer.ID]*member{p: {name: friend}}, func(peer.ID) time.Time { return time.Time{} })
	for i := range 10_000 {
		id := peer.ID(append([]byte{0, 36, 8, 1, 18, 32}, binary.BigEndian.AppendUint32(make([]byte, 28), uint32(i))...))
		if g.InterceptSecured(network.DirInbound, id, nil) || g.InterceptSecured(network.DirOutbound, id, nil) || g.InterceptPeerDial(id) {
			t.Fatalf("let %s in", id)
		}
		if g.block(id, time.Hour) || g.name(id) != "" {
			t.Fatalf("remembers %s", id)
		}
	}
	if len(g.peers) != 1 || !g.InterceptSecured(network.DirInbound, p, nil) || !g.InterceptAccept(nil) {
		t.Errorf("got %d peers, want the one that is allowed", len(g.peers))
	}
}

func TestPeersNoLongerAllowedAreDisconnected(t *testing.T) {
	a, b := start(t, Config{}), start(t, Config{})
	introduce(a, b)
	join(t, a, "topic", Handlers{})
	join(t, b, "topic", Handlers{})
	meshed(t, "topic", a, b)
	a.Allow(nil)
	eventually(t, "the connection ends", func() bool { return a.Stats().Peers == 0 && b.Stats().Peers == 0 })
	introduce(a, b)
	meshed(t, "topic", a, b)
}

func TestNobodyIsDialledForNoTopic(t *testing.T) {
	a, b, c := start(t, Config{}), start(t, Config{}), start(t, Config{})
	introduce(a, b, c)
	for _, h := range []*Host{a, b, c} {
		if got := h.missing(dialling); len(got) != 0 {
			t.Errorf("got %v to dial without a topic, want none", got)
		}
	}
	on := Handlers{Validate: accept, Deliver: func(string, []byte) {}}
	if err := a.Join("topic", []net.PeerID{b.ID()}, on); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the topic's peer", func() bool { return a.inner.Network().Connectedness(b.inner.ID()) == network.Connected })
	if got := a.missing(dialling); len(got) != 0 || c.Stats().Peers != 0 {
		t.Errorf("got %v to dial, and %d peers of one that is not on the topic, want none", got, c.Stats().Peers)
	}
}
