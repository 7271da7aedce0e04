package node

import (
	"testing"
	"time"

	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/protocol/net"
)

// The word that somebody left may come before what was said till then, which only the leaver's own node may have.
func TestTheLastWordsOfWhoLeftAreTaken(t *testing.T) {
	g := quiet(t, open(t, "a", ""), open(t, "b", ""))
	m := g.infiltrate()
	_, heads, lamport := g.seen(0)
	x := m.chains(g.log, heads)
	key := x.dist() // from the first message on
	first := x.made("before the leave", 1)
	last := x.made("the last before it", 2, first.ID)
	late := x.made("behind the fence", 3, last.ID)
	said := []struct {
		id   protocol.EventID
		code net.Code
	}{{first.ID, net.Delivered}, {last.ID, net.Delivered}, {late.ID, net.Refused}}
	records := []func() net.Code{}
	for _, e := range []*protocol.Event{first, last, late} {
		sealed := x.under(e.ID, e)
		records = append(records, func() net.Code {
			code, err := m.put(sealed).Wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return code
		})
	}
	leave := membership.Leave{Fence: []membership.Mark{{Device: m.dev, CSeq: 1, N: 1}}}
	m.want(record(g.log, protocol.GroupOp, m.signs(forged{
		log: g.log, parents: heads, lamport: lamport + 1, seq: 1, wall: uint64(time.Now().UnixMilli()), body: &leave,
	})), net.Delivered)
	g.until("the others know that mallory left", func() bool {
		state, _, _ := g.seen(0)
		return state.Role(m.acct) == 0
	})
	if got := records[0](); got != net.Refused {
		t.Errorf("before the key of the chain: got %v, want %v", got, net.Refused)
	}
	m.want(m.seal(key), net.Delivered)
	for i, s := range said {
		if got := records[i](); got != s.code || g.has(0, s.id) != (s.code == net.Delivered) {
			t.Errorf("message %d: got %v, logged %v; want %v", i, got, g.has(0, s.id), s.code)
		}
	}
}
