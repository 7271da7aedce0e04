package node

import (
	"testing"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// hand gives the last of some messages to another node, as a third one would, and nothing that is before it.
func (g *circle) hand(from, to int, id protocol.EventID) {
	g.t.Helper()
	var raw, cert []byte
	var stamp feature.Stamp
	g.view(from, func(tx feature.Tx) (err error) {
		if raw, stamp, err = g.nodes[from].timeline.Raw(tx, g.log, id); err != nil {
			return err
		}
		cert, err = g.nodes[from].groups.Cert(tx, g.log, stamp.Proof.Chain)
		return err
	})
	e, err := protocol.DecodeEvent(raw)
	if err != nil {
		g.t.Fatal(err)
	}
	g.update(to, func(tx feature.Tx) error {
		if err := g.nodes[to].groups.Verify(tx, g.log, e, stamp, cert); err != nil {
			return err
		}
		return g.nodes[to].timeline.IngestGroup(tx, e, stamp)
	})
}

func TestWhatOnlyTheNodeOfWhoLeftHasIsAskedOfIt(t *testing.T) {
	g := gather(t, open(t, "a", ""), open(t, "b", ""), open(t, "c", ""))
	for _, n := range g.nodes {
		mute(n)
	}
	var said []protocol.EventID
	for _, text := range []string{"one", "two", "three"} {
		said = append(said, g.say(2, text))
	}
	g.act(2, &membership.Leave{})
	var ops [][]byte
	g.view(2, func(tx feature.Tx) (err error) {
		ops, _, err = g.nodes[2].groups.Ops(tx, g.log, nil, 1<<20)
		return err
	})
	for i := range 2 {
		g.update(i, func(tx feature.Tx) error {
			_, err := g.nodes[i].groups.TakeOps(tx, g.log, ops)
			return err
		})
		if c, err := g.conversation(i); err != nil || c.Has(g.who[2]) {
			t.Fatalf("node %d: got a member who left, or %v", i, err)
		}
	}
	g.hand(2, 0, said[2])
	for _, id := range said {
		g.arrives(0, id)
	}
	g.until("no gap is left", func() bool { return g.gaps(0) == 0 })
	for _, id := range said { // and one asks the other as ever
		g.until("the other member has it", func() bool { g.look(); return g.has(1, id) })
	}
}
