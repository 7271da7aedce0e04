package node

import (
	"sync/atomic"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/protocol/net"
	"conclave/storage"
)

// What was taken once is a duplicate for good: after the 121 seconds in which gossip remembers it, and after a restart.
func TestWhatIsPushedAgainMuchLaterChangesNothing(t *testing.T) {
	var later atomic.Int64
	clock := Config{
		Data: t.TempDir(), Now: func() time.Time { return time.Now().Add(time.Duration(later.Load())) },
	}
	g := gather(t, openLike(t, "a", clock), open(t, "b", ""))
	m := g.infiltrate()
	g.update(0, func(tx feature.Tx) error {
		_, err := g.nodes[0].groups.Act(tx, g.log, g.who[0], &membership.Grant{Account: m.acct, Role: membership.Moderator})
		return err
	})
	_, heads, lamport := g.seen(0)
	x := m.chains(g.log, heads)
	key := m.seal(x.dist())
	m.want(key, net.Delivered)
	e := x.made("once", 1)
	said := x.under(e.ID, e)
	m.want(said, net.Delivered)
	ended := record(g.log, protocol.GroupOp, m.signs(forged{
		log: g.log, parents: heads, lamport: lamport + 1, seq: 1, wall: 1, body: &membership.StepDown{Role: membership.Moderator},
	}))
	m.want(ended, net.Delivered)
	carried := m.seal(protocol.Item{Kind: protocol.ItemGroup, Data: said.Blob[1:]})
	m.want(carried, net.Delivered)
	g.arrives(1, g.say(0, "to settle"))

	again := func(when string, leaves bool) {
		t.Helper()
		push := func() {
			for what, r := range map[string]session.Sealed{"message": said, "operation": ended, "key": key, "carried": carried} {
				if code, err := m.put(r).Wait(t.Context()); err != nil || code != net.Duplicate {
					t.Errorf("%s, the %s: got %v, %v, want %v", when, what, code, err, net.Duplicate)
				}
			}
		}
		if leaves {
			m.leaves([]storage.Table{storage.Roads, storage.GroupOutbox, storage.Ops, storage.Groups}, push) // a checkpoint is due
		} else {
			push()
		}
	}
	again("at once", false) // what the operation brings may still be written
	later.Add(int64(121 * time.Second))
	again("after 121 seconds", false) // what has its hour is done meanwhile, and writes
	texts := len(g.texts(0))

	stop(t, g.nodes[0])
	g.nodes[0] = openLike(t, "a again", clock)
	m.victim = g.nodes[0]
	m.connect()
	again("after a restart", true)
	later.Add(int64(30 * 24 * time.Hour))
	again("after a month", false)
	if got := len(g.texts(0)); got != texts || texts != 2 {
		t.Errorf("messages: got %d, want 2", got)
	}
	second := x.made("and once more", 2, e.ID)
	m.want(x.under(second.ID, second), net.Delivered)
	g.arrives(0, g.say(1, "undisturbed"))
}
