package node

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// A stranger whose puts are refused again and again is slowed down, then disconnected, and noted once an hour.
func TestAStrangerWhoIsRefusedAgainAndAgainIsShutOut(t *testing.T) {
	g := quiet(t, open(t, "a", ""), open(t, "b", ""))
	m := attack(t, g.nodes[0], g.who[0])
	nowhere := func(int) session.Sealed {
		x := session.Sealed{Blob: []byte{protocol.BlobSession, 0}}
		rand.Read(x.Queue[:])
		return x
	}
	m.leaves([]storage.Table{storage.Audit, storage.Roads, storage.GroupOutbox}, func() {
		if codes, cut := m.shower(strangePuts, nowhere); cut || codes[net.Refused] != strangePuts {
			t.Errorf("as many as are borne: got %v, cut off: %t, want %d refused", codes, cut, strangePuts)
		}
		codes, cut := m.shower(20_000, nowhere)
		if !cut || len(codes) > 1 || codes[net.Refused] > 64*32 {
			t.Errorf("above that: got %v, cut off: %t, want to be shut out after a few batches", codes, cut)
		}
	})
	g.noted(0, feature.PeerBlocked, m.host.ID())
	g.until("the stranger is disconnected", func() bool { return !g.nodes[0].host.Connected(m.host.ID()) })
	n := g.nodes[0]
	for range 5 { // as the network would tell of the next blocks
		n.offended(m.host.ID(), true)
		n.offended(m.host.ID(), false)
	}
	time.Sleep(1100 * time.Millisecond) // the log is written each second
	var rows, count uint64
	for _, i := range incidents(t, n) {
		if i.Peer == string(m.host.ID()) {
			rows, count = rows+1, count+i.Count
		}
	}
	if rows != 1 || count != 1 {
		t.Errorf("audit log: got %d rows of %d incidents, want one of one", rows, count)
	}
	if n.knows(m.host.ID()) || !n.knows(g.nodes[1].host.ID()) {
		t.Error("strangers: want the hostile node alone to be one")
	}
	g.arrives(0, g.say(1, "undisturbed"))
}

// Who is a contact may have refused what it likes: it may have lost its sessions.
func TestAContactMayBeRefusedOften(t *testing.T) {
	a, _, c, m := scene(t)
	codes, cut := m.shower(strangePuts*4, func(int) session.Sealed {
		x := session.Sealed{Blob: []byte{protocol.BlobSession, 0}}
		rand.Read(x.Queue[:])
		return x
	})
	if cut || codes[net.Refused] != strangePuts*4 {
		t.Errorf("answers: got %v, cut off: %t, want all refused and no more", codes, cut)
	}
	m.honest()
	c.delivered(a, c.send(a, c.alice, "after all that"))
}

// Strangers cannot take the last places of the nodes of contacts and of members, also while the accounts here are locked.
func TestWhoIsKnownIsToldToTheHost(t *testing.T) {
	g := quiet(t, open(t, "a", ""), open(t, "b", ""))
	n, member := g.nodes[0], g.nodes[1].host.ID()
	m := attack(t, n, g.who[0])
	m.befriend() // writes a first message, which makes nobody a contact
	known := func(want ...net.PeerID) {
		t.Helper()
		got, err := n.acquaintances()
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("known: got %v, want %v", got, want)
		}
	}
	known(member)
	call[contact.Contact](t, n, feature.Actor{Account: g.who[0]}, "contact.accept", contact.OfRequest{Account: m.acct})
	known(member, m.host.ID())
	call[contact.Contact](t, n, feature.Actor{Account: g.who[0]}, "contact.block", contact.OfRequest{Account: m.acct})
	known(member)
	n.keys.Lock(g.who[0])
	known(member, m.host.ID()) // perhaps a contact
}
