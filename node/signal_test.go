package node

import (
	"crypto/rand"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/protocol/net"
	"conclave/protocol/outer"
)

// passingPut is what the node of a circle tells another one, as whoever holds the topic secret can make it.
func (g *circle) passingPut(kind protocol.GroupKind, secret outer.Secret, plain []byte) net.Put {
	g.t.Helper()
	box, err := outer.SealPassing(rand.Reader, secret, g.log, kind, plain)
	if err != nil {
		g.t.Fatal(err)
	}
	return net.Put{Queue: net.Queue(protocol.GroupQueue(g.log)), Blob: protocol.GroupPut{Log: g.log, Kind: kind, Data: box}.Encode()}
}

func (g *circle) secret(i int) (s outer.Secret) {
	g.t.Helper()
	g.view(i, func(tx feature.Tx) (err error) {
		topic, err := g.nodes[i].groups.Topic(tx, g.log)
		s = outer.Secret(topic)
		return err
	})
	return s
}

// Of what is told to a group and not kept, a node believes another one what its own members say, and nothing else; under an old
// secret nothing opens.
func TestANodeSpeaksForItsOwnMembersOnly(t *testing.T) {
	var ears scribe
	a, b, c := open(t, "a", ""), openWith(t, "b", "", ears.feature()), open(t, "c", "")
	g := gather(t, a, b, c)
	for i := range g.nodes { // all know all
		for j := range g.nodes {
			g.arrives(j, g.say(i, "hello"))
		}
	}
	secret := g.secret(0)
	say := func(author protocol.Account, word string, at time.Time) []byte {
		body, err := event.Encode(fact{word})
		if err != nil {
			t.Fatal(err)
		}
		s := protocol.Signal{Log: g.log, Kind: fact{}.Kind(), Body: body, At: uint64(at.UnixMilli())}
		return protocol.MemberSignal{Author: author, Signal: s}.Encode()
	}
	from := func(n *Node) net.PeerID { return n.host.ID() }
	now := time.Now()
	for _, put := range []struct {
		name string
		from net.PeerID
		put  net.Put
		want net.Code
	}{
		{"for a member of another node", from(a), g.passingPut(protocol.GroupSignal, secret, say(g.who[2], "forged", now)), net.Refused},
		{"from a node without members", "nobody", g.passingPut(protocol.GroupSignal, secret, say(g.who[0], "stranger", now)), net.Refused},
		{"under another secret", from(a), g.passingPut(protocol.GroupSignal, outer.NewSecret(rand.Reader), say(g.who[0], "secret", now)), net.Refused},
		{"as another kind", from(a), g.passingPut(protocol.GroupCursors, secret, say(g.who[0], "kind", now)), net.Refused},
		{"that waited", from(a), g.passingPut(protocol.GroupSignal, secret, say(g.who[0], "old", now.Add(-time.Hour))), net.Delivered},
		{"no signal", from(a), g.passingPut(protocol.GroupSignal, secret, []byte("junk")), net.Refused},
		{"honest", from(a), g.passingPut(protocol.GroupSignal, secret, say(g.who[0], "honest", now)), net.Delivered},
	} {
		if got := b.delivery.Receive(t.Context(), put.from, []net.Put{put.put})[0]; got != put.want {
			t.Errorf("a signal %s: got %v, want %v", put.name, got, put.want)
		}
	}
	g.until("the honest one is heard", func() bool { signals, _ := ears.seen(); return len(signals) > 0 })
	if signals, _ := ears.seen(); len(signals) != 1 || signals[0] != "honest" {
		t.Errorf("heard: got %q, want the honest one alone", signals)
	}

	place := protocol.Place{Ord: 1 << 40}
	lie := protocol.MemberCursors{Log: g.log, Cursors: []protocol.MemberCursor{{Account: g.who[2], Read: place, At: 1}, {Account: g.who[0], Read: place, At: 1}}}
	if got := b.delivery.Receive(t.Context(), from(a), []net.Put{g.passingPut(protocol.GroupCursors, secret, lie.Encode())})[0]; got != net.Delivered {
		t.Errorf("cursors: got %v, want them taken", got)
	}
	g.view(1, func(tx feature.Tx) error {
		c, err := b.timeline.Conversation(tx, g.log)
		if err != nil {
			return err
		}
		for i, want := range map[int]bool{0: true, 2: false} {
			cur, err := b.registry.CursorOf(tx, g.who[i], c)
			if err != nil {
				return err
			}
			if got := !cur.Told.IsZero(); got != want {
				t.Errorf("a cursor of member %d counts: got %v, want %v", i, got, want)
			}
		}
		return nil
	})

	g.update(0, func(tx feature.Tx) error {
		_, err := a.groups.Act(tx, g.log, g.who[0], &membership.Remove{Account: g.who[2]})
		return err
	})
	g.until("the others have a new secret", func() bool {
		var topic [32]byte
		return b.store.View(func(tx feature.Tx) (err error) {
			topic, err = b.groups.Topic(tx, g.log)
			return err
		}) == nil && outer.Secret(topic) != secret
	})
	if got := b.delivery.Receive(t.Context(), from(a), []net.Put{g.passingPut(protocol.GroupSignal, secret, say(g.who[0], "late", now))})[0]; got != net.Refused {
		t.Errorf("a signal under the secret of before: got %v, want it refused", got)
	}
	if got := b.delivery.Receive(t.Context(), from(c), []net.Put{g.passingPut(protocol.GroupSignal, g.secret(1), say(g.who[2], "out", now))})[0]; got != net.Refused {
		t.Errorf("a signal of who was removed: got %v, want it refused", got)
	}
}
