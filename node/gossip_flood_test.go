package node

import (
	"bytes"
	"context"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/protocol/net/raw"
	"conclave/protocol/outer"
)

// A member's second host floods a node with what costs its router work: it is shut out, the audit log names the member's node, and who is
// honest does not notice.
func TestFloodsOfGossipShutTheirSenderOut(t *testing.T) {
	g := gossipers(t, 2, nil)
	victim := g.nodes[0]
	usual, before := g.p50(50), inUse()
	var secret outer.Secret
	g.view(0, func(tx feature.Tx) (err error) { secret, err = victim.groups.Topic(tx, g.log); return err })
	topic := outer.Topic(secret, g.log, outer.DayOf(g.now()))
	drops := func() uint64 { return victim.gossip.Stats().Router[0].Drops }
	for _, flood := range []struct {
		name  string
		frame []byte
	}{
		{"subscribe", raw.Subscriptions(1000)},
		{"graft", raw.Grafts(topic, 1000)},
		{"graft elsewhere", raw.Grafts("elsewhere", 1000)},
	} {
		m := g.infiltrate()
		x, err := raw.New()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { x.Close() })
		words := protocol.GossipHost{Peer: x.ID(), Until: uint64(g.now().Add(24 * time.Hour).UnixMilli())}
		m.want(m.seal(protocol.Item{Kind: protocol.ItemGossip, Data: words.Encode()}), net.Delivered)

		ctx, stop := context.WithCancel(t.Context())
		done, was := make(chan struct{}), drops()
		go func() {
			defer close(done)
			at := victim.gossip.Stats().Hosts[0]
			for ctx.Err() == nil {
				once, end := context.WithTimeout(ctx, time.Second)
				_ = x.Say(once, at.Addrs[0]+"/p2p/"+at.Peer, raw.OnGossip, bytes.Repeat(flood.frame, 50))
				end()
			}
		}()
		g.until(flood.name+": the flood ends the connection", func() bool { return drops() == was+1 })
		during := g.p50(50) // it goes on calling
		stop()
		<-done
		g.noted(0, feature.PeerBlocked, m.host.ID())
		if grown := int64(inUse()) - int64(before); grown > 128<<20 {
			t.Errorf("%s: the memory in use grew by %d MiB, want at most 128", flood.name, grown>>20)
		}
		t.Logf("%s: honest messages took %v, meanwhile %v", flood.name, usual, during)
		if bound := nightly(5*usual+50*time.Millisecond, 2*usual+10*time.Millisecond); during > bound { // in the gate other tests run beside
			t.Errorf("%s: p50 of honest messages: got %v, want at most %v", flood.name, during, bound)
		}
		if got := drops(); got != was+1 {
			t.Errorf("%s: got %d drops, want one: it was not let in again", flood.name, got-was)
		}
	}
	g.soon(1, g.say(0, "undisturbed"))
}
