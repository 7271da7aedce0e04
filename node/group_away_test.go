package node

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

func TestANodeThatWasAwayGetsWhatWasSaid(t *testing.T) {
	dir := t.TempDir()
	g := gather(t, open(t, "a", ""), open(t, "b", ""), open(t, "c", dir))
	g.becomes(0, g.say(0, "before"), feature.Delivered)
	g.becomes(2, g.say(2, "me too"), feature.Delivered)
	stop(t, g.nodes[2])
	var said []protocol.EventID
	for n := range 200 {
		said = append(said, g.say(n%2, fmt.Sprint("while you were gone ", n)))
	}
	for n, id := range said {
		g.arrives((n+1)%2, id)
		g.becomes(n%2, id, feature.Sent)
	}
	g.nodes[2] = open(t, "c", dir)
	said = append(said, g.say(2, "back again"))
	for n, id := range said {
		g.arrives(2, id)
		if n < 200 {
			g.becomes(n%2, id, feature.Delivered)
		}
	}
	for i := range g.nodes {
		g.arrives(i, said[200])
	}
	g.same()
	g.quiet()
	stop(t, g.nodes[2])
	stop(t, g.nodes[1])
	alone := g.say(0, "nobody is there")
	if got := g.state(0, alone); got != feature.Sending {
		t.Errorf("state while no other node has it: got %s, want %s", got, feature.Sending)
	}
}

func TestWhatANodeWasNotOfferedForADayWaitsForReconciliation(t *testing.T) {
	var later atomic.Int64
	dir := t.TempDir()
	a := openAt(t, func() time.Time { return time.Now().Add(time.Duration(later.Load())) })
	g := gather(t, a, open(t, "b", dir))
	g.becomes(0, g.say(0, "before"), feature.Delivered)
	stop(t, g.nodes[1])
	old := g.say(0, "for whom is away")
	expire := func(after time.Duration, want feature.State) {
		t.Helper()
		later.Store(int64(after))
		if err := a.delivery.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := g.state(0, old); got != want {
			t.Errorf("after %v: got %s, want %s", after, got, want)
		}
	}
	expire(25*time.Hour, feature.Sending)
	at := a.delivery.Present()
	g.nodes[1] = open(t, "b", dir)
	fresh := g.say(0, "for whom is back")
	g.arrives(1, fresh)
	g.until("its author knows", func() bool { return g.state(0, fresh) != feature.Sending })
	peer := g.nodes[1].host.ID()
	g.update(0, func(tx feature.Tx) error { return a.delivery.Reconciled(tx, g.log, peer, at) })
	g.becomes(0, old, feature.Delivered)
	g.becomes(0, g.say(0, "and on"), feature.Delivered)
	g.becomes(0, fresh, feature.Delivered)
	stop(t, g.nodes[1])
	old = g.say(0, "for whom never comes back")
	expire(25*time.Hour+protocol.OutboxKeep+time.Hour, feature.Failed)
}

func TestANodeWhoseMembersAreAllLockedKeepsWhatComes(t *testing.T) {
	g := gather(t, open(t, "a", ""), open(t, "b", ""))
	g.becomes(0, g.say(0, "before"), feature.Delivered)
	g.nodes[1].keys.Lock(g.who[1])
	var said []protocol.EventID
	for n := range 100 {
		said = append(said, g.say(0, fmt.Sprint("while locked ", n)))
	}
	for _, id := range said {
		g.becomes(0, id, feature.Sent)
	}
	call[account.Opened](t, g.nodes[1], feature.Actor{}, "session.open", account.OpenRequest{Name: "member1", Passphrase: "correct horse"})
	for _, id := range said {
		g.arrives(1, id)
	}
	g.becomes(0, g.say(0, "welcome back"), feature.Delivered)
	for _, id := range said {
		g.becomes(0, id, feature.Delivered)
	}
	g.same()
}

func TestTheKeyGoesToTheNextDeviceWhereOneIsLocked(t *testing.T) {
	g := gather(t, open(t, "a", ""), open(t, "b", ""))
	invite := call[account.NewInvite](t, g.nodes[0], feature.Actor{Account: g.who[0]}, "invite.create", account.InviteRequest{})
	other := call[account.Opened](t, g.nodes[0], feature.Actor{}, "account.create", account.CreateRequest{
		Name: "other", Passphrase: "correct horse", Invite: invite.Token,
	}).Account.Acct
	me := call[account.Me](t, g.nodes[0], feature.Actor{Account: other}, "me.get", feature.Nothing{})
	link, err := protocol.ParseLink(me.ContactLink)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.nodes[1].directory.Learn(t.Context(), feature.Lead{Link: &link}); err != nil {
		t.Fatal(err)
	}
	g.update(0, func(tx feature.Tx) error {
		_, err := g.nodes[0].groups.Act(tx, g.log, g.who[0], &membership.Add{Account: other})
		return err
	})
	var first protocol.Account
	g.until("the other node knows of both devices", func() bool {
		found := false
		g.view(1, func(tx feature.Tx) error {
			nodes, err := g.nodes[1].groups.Nodes(tx, g.log)
			if err == nil && len(nodes) == 1 && len(nodes[0].Devices) == 2 {
				first, found = nodes[0].Devices[0].Account, true
			}
			return err
		})
		return found
	})
	g.nodes[0].keys.Lock(first)
	id := g.say(1, "who opens this?")
	g.arrives(0, id)
	g.becomes(1, id, feature.Delivered)
}

func TestANodeThatIsPutOutGetsNothingMore(t *testing.T) {
	g := gather(t, open(t, "a", ""), open(t, "b", ""), open(t, "c", ""))
	before := g.say(0, "before")
	g.becomes(0, before, feature.Delivered)
	g.arrives(2, before)
	g.update(0, func(tx feature.Tx) error {
		_, err := g.nodes[0].groups.Act(tx, g.log, g.who[0], &membership.Remove{Account: g.who[2]})
		return err
	})
	g.until("the other member knows of it", func() bool {
		c, err := g.conversation(1)
		return err == nil && !c.Has(g.who[2])
	})
	var after []protocol.EventID
	for i := range 2 {
		after = append(after, g.say(i, "we are among ourselves"))
	}
	for i, id := range after {
		g.arrives(1-i, id)
		g.becomes(i, id, feature.Delivered)
	}
	g.quiet()
	for _, id := range after {
		if g.has(2, id) {
			t.Error("a node whose member was put out got a message")
		}
	}
	for i := range 2 {
		if rows := g.roads(i); rows != 2 {
			t.Errorf("rows of roads on node %d: got %d, want one and their sum", i, rows)
		}
	}
}

func (g *circle) conversation(i int) (c feature.Conversation, err error) {
	g.view(i, func(tx feature.Tx) error {
		c, err = g.nodes[i].timeline.Conversation(tx, g.log)
		return nil
	})
	return c, err
}

// roads counts the rows about the nodes of groups.
func (g *circle) roads(i int) (n int) {
	g.t.Helper()
	realm := g.nodes[i].keys.Node()
	g.view(i, func(tx feature.Tx) error {
		return tx.Scan(realm, realm.Key(storage.Roads), storage.ScanOptions{KeysOnly: true}, func(storage.Key, []byte) (bool, error) {
			n++
			return true, nil
		})
	})
	return n
}
