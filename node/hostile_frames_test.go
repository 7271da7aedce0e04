package node

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"maps"
	"slices"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol/net"
	"conclave/protocol/net/raw"
	"conclave/storage"
)

func junk(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// Frames that are none end the stream, and who goes on is disconnected, shut out and noted once; other protocols end by themselves.
func TestJunkOnEveryProtocolShutsTheSenderOut(t *testing.T) {
	g := quiet(t, open(t, "a", ""), open(t, "b", ""))
	victim := g.nodes[0]
	usual := g.p50(50)
	before := atRest(t, g)
	framed := func(b []byte) []byte { return append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...) }
	hello := framed(canon.MustMarshal([]any{0, 1, make([]byte, 16), uint64(1)}))
	for name, c := range map[string]struct {
		on    string
		data  []byte
		blame bool
	}{
		"junk for an envelope":   {"/conclave/env/1", append(bytes.Clone(hello), framed(junk(1000))...), true},
		"an oversized envelope":  {"/conclave/env/1", append(bytes.Clone(hello), 0x40, 0, 0, 0), true},
		"an envelope of bombs":   {"/conclave/env/1", append(bytes.Clone(hello), framed(bytes.Repeat([]byte{0x9a, 0xff, 0xff, 0xff, 0xff}, 50_000))...), true},
		"junk for a request":     {"/conclave/req/1", framed(junk(1000)), true},
		"an oversized request":   {"/conclave/req/1", []byte{0xff, 0xff, 0xff, 0xff}, true},
		"a request of bombs":     {"/conclave/req/1", framed(bytes.Repeat([]byte{0x81}, 200_000)), true},
		"junk for an identity":   {"/ipfs/id/push/1.0.0", junk(100_000), false},
		"junk for a ping":        {"/ipfs/ping/1.0.0", junk(100_000), false},
		"a protocol of nobody's": {"/nobody/1", junk(1000), false},
	} {
		attack := func(t *testing.T) {
			h, err := raw.New()
			if err != nil {
				t.Fatal(err)
			}
			defer h.Close()
			peer := net.PeerID(h.ID())
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			for range 12 {
				once, stop := context.WithTimeout(ctx, time.Second)
				_ = h.Say(once, victim.host.Addrs()[0], c.on, c.data)
				stop()
				if !c.blame {
					break
				}
			}
			if c.blame {
				g.until("the sender is disconnected", func() bool { return !victim.host.Connected(peer) })
				if err := h.Say(ctx, victim.host.Addrs()[0], c.on, c.data); err == nil || victim.host.Connected(peer) {
					t.Errorf("after it was shut out: got %v, want no connection", err)
				}
				g.noted(0, feature.PeerBlocked, peer)
			}
		}
		t.Run(name, func(t *testing.T) {
			for range 2 { // what was late of what honest nodes said is there the second time; junk would be written each time
				attack(t)
				after := atRest(t, g)
				written := slices.DeleteFunc(slices.Collect(maps.Keys(after)), func(k storage.Key) bool { _, had := before[k]; return had })
				if before = after; len(written) == 0 {
					return
				}
				t.Logf("rows were written: %d, the first of the table %s", len(written), written[0].Table())
			}
			t.Error("junk leaves rows")
		})
	}
	during := g.p50(50)
	t.Logf("p50 of honest messages: %v before, %v after", usual, during)
	g.arrives(1, g.say(0, "undisturbed"))
}

// Requests of every kind with bodies that are none are answered with an error and change nothing, whoever asks.
func TestJunkRequestsOfEveryKindChangeNothing(t *testing.T) {
	g := quiet(t, open(t, "a", ""), open(t, "b", ""))
	m := g.infiltrate()
	stranger := attack(t, g.nodes[0], g.who[0])
	bomb := append([]byte{0x9a, 0xff, 0xff, 0xff, 0xff}, bytes.Repeat([]byte{0x81}, 10_000)...)
	m.leaves([]storage.Table{storage.Audit, storage.Roads, storage.GroupOutbox}, func() {
		for _, kind := range []string{
			"identity", "prekeys", "position", "card", "group.detail", "group.invite", "group.join", "mailbox.open", "mailbox.close",
			"group.digest", "group.ops", "group.ids", "group.events", "group.people", "group.glance",
		} {
			for _, body := range [][]byte{{}, []byte("junk"), bomb, junk(net.MaxRequest), canon.MustMarshal(map[uint64]any{0: g.log})} {
				for name, from := range map[string]*mallory{"a member": m, "a stranger": stranger} {
					out, err := from.host.Request(t.Context(), g.nodes[0].host.ID(), kind, body)
					if err == nil && !(kind == "group.glance" && from == m) {
						t.Errorf("%s asks %s with %d bytes: got %d bytes, want an error", name, kind, len(body), len(out))
					}
				}
			}
		}
	})
	if got := g.nodes[0].host.(Sockets).Stats().Panics; got != 0 {
		t.Errorf("panics: got %d, want none", got)
	}
	g.arrives(0, g.say(1, "undisturbed"))
}

// atRest is the rows of the first node of a circle, once none of them has anything to say.
func atRest(t *testing.T, g *circle) map[storage.Key]string {
	t.Helper()
	for _, n := range g.nodes[1:] {
		everyRow(t, n)
	}
	return settled(t, g.nodes[0], storage.Audit, storage.Roads, storage.GroupOutbox)
}
