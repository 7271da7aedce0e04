package net

import (
	"fmt"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	ma "github.com/multiformats/go-multiaddr"
)

func TestStrangersLeavePlacesForWhoIsKnown(t *testing.T) {
	const places = 3
	victim := start(t, Config{}, Handlers{})
	victim.gate.mu.Lock()
	victim.gate.places = places
	victim.gate.mu.Unlock()
	friends := []*Host{start(t, Config{}, Handlers{}), start(t, Config{}, Handlers{})}
	victim.Know([]PeerID{friends[0].ID(), friends[1].ID(), "nobody"})
	in := func(h *Host) func() bool { return func() bool { return victim.Connected(h.ID()) } }
	connect(t, friends[0], victim)
	eventually(t, "a friend gets in", in(friends[0]))
	for i := range places {
		s := bare(t, victim)
		if err := dial(t, s, victim); err != nil {
			t.Fatalf("stranger %d: %v", i, err)
		}
		eventually(t, "a stranger gets in", func() bool { return victim.strangers() == i+1 })
	}
	late := bare(t, victim)
	_ = dial(t, late, victim) // the dialler may believe that it has a connection until it is closed
	eventually(t, "the next stranger is turned away", func() bool { return late.Network().Connectedness(victim.inner.ID()) != network.Connected })
	if got := victim.strangers(); got != places {
		t.Errorf("strangers: got %d, want %d", got, places)
	}
	connect(t, friends[1], victim)
	eventually(t, "another friend gets in", in(friends[1]))
	if !victim.inner.ConnManager().IsProtected(friends[1].inner.ID(), knownTag) {
		t.Error("the connection of a friend: got one that may be let go, want it kept")
	}
	victim.Know([]PeerID{friends[0].ID()})
	if victim.inner.ConnManager().IsProtected(friends[1].inner.ID(), knownTag) {
		t.Error("the connection of who is no friend any more: got one that is kept")
	}
	if got := victim.strangers(); got != places+1 {
		t.Errorf("strangers, one of them no friend any more: got %d, want %d", got, places+1)
	}
}

// Strangers hold every place for a handshake: who was found at an address before gets one beside them, and only that one.
func TestStrangersLeaveHandshakesForWhoIsKnown(t *testing.T) {
	victim := start(t, Config{}, Handlers{})
	friend, other := mustID(t), mustID(t)
	home := ma.StringCast("/ip4/198.51.100.7/tcp/8422")
	victim.inner.Peerstore().AddAddr(mustDecode(t, friend), home, time.Hour)
	victim.Know([]PeerID{friend})
	bounds := victim.inner.Network().ResourceManager()
	open := func(a ma.Multiaddr) (network.ConnManagementScope, error) {
		return bounds.OpenConnection(network.DirInbound, true, a)
	}
	n := 0
	for ; n <= handshakes; n++ {
		if _, err := open(ma.StringCast(fmt.Sprintf("/ip4/203.0.113.%d/tcp/1", n%200+1))); err != nil {
			break
		}
	}
	if n != handshakes {
		t.Fatalf("handshakes of strangers: got %d, want %d", n, handshakes)
	}
	c, err := open(home)
	if err != nil {
		t.Fatalf("a handshake from the address of a friend: %v", err)
	}
	if err := c.SetPeer(mustDecode(t, friend)); err != nil {
		t.Errorf("the friend: %v", err)
	}
	if c, err = open(home); err != nil {
		t.Fatalf("another handshake from that address: %v", err)
	}
	if err := c.SetPeer(mustDecode(t, other)); err == nil {
		t.Error("somebody else at that address: got in, want no place")
	}
	victim.Know(nil)
	if rcmgr.GetAllowlist(bounds).Allowed(home) {
		t.Error("the address of who is no friend any more: got a place")
	}
}

func mustDecode(t *testing.T, id PeerID) peer.ID {
	t.Helper()
	p, err := id.decode()
	if err != nil {
		t.Fatal(err)
	}
	return p
}
