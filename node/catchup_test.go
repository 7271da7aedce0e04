package node

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"conclave/node/delivery"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// join makes the account of a node a member by a ticket; nobody hands it anything else.
func (g *circle) join(i int) {
	g.t.Helper()
	ticket := []byte("a ticket")
	g.update(i, func(tx feature.Tx) error { return g.nodes[i].groups.Expect(tx, g.who[i], g.log, ticket) })
	g.update(0, func(tx feature.Tx) error {
		_, err := g.nodes[0].groups.Answer(tx, g.log, g.who[0], g.who[i], ticket)
		return err
	})
	g.until("the new member has joined", func() bool { return g.standing(i) == feature.GroupJoined })
}

func (g *circle) act(i int, body membership.Body) {
	g.t.Helper()
	g.update(i, func(tx feature.Tx) error {
		_, err := g.nodes[i].groups.Act(tx, g.log, g.who[i], body)
		return err
	})
}

// quietPost is an outbox that sends nothing of a group but over sessions.
type quietPost struct{ *delivery.Delivery }

func (quietPost) EnqueueGroup(feature.Tx, feature.Conversation, *protocol.Event, []byte) error {
	return nil
}

func (quietPost) Op(feature.Tx, protocol.Log, []byte) error { return nil }

// mute has a node offer nothing of its groups to others: they get what they ask for.
func mute(n *Node) {
	n.timeline.Outbox = quietPost{n.delivery}
	n.groups.With(quietPost{n.delivery}, n.timeline)
}

func (g *circle) look() {
	for _, n := range g.nodes {
		n.catcher.Look()
	}
}

// settles waits until all nodes show the same messages, that many.
func (g *circle) settles(want int) {
	g.t.Helper()
	g.until(fmt.Sprintf("all nodes show %d messages", want), func() bool {
		g.look()
		time.Sleep(20 * time.Millisecond)
		for i := range g.nodes {
			if len(g.texts(i)) != want {
				return false
			}
		}
		return true
	})
	g.same()
}

func (g *circle) sync(i int) (s feature.Sync) {
	g.t.Helper()
	g.view(i, func(tx feature.Tx) (err error) {
		s, err = g.nodes[i].groups.Sync(tx, g.log)
		return err
	})
	return s
}

func TestLateJoinerReadsWhatThePolicyShows(t *testing.T) {
	for name, c := range map[string]struct {
		history membership.History
		want    int // of the six messages before
	}{
		"nothing": {membership.HistoryNone, 0},
		"since":   {membership.HistorySince, 3},
		"all":     {membership.HistoryAll, 6},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var policy membership.Policy
			g := found(t, func(p *membership.Policy) {
				if p.History = c.history; c.history == membership.HistorySince {
					p.Since = uint64(time.Now().Add(time.Hour).UnixMilli())
				}
				policy = *p
			}, open(t, "a", ""), open(t, "b", ""), open(t, "c", ""))
			g.join(1)
			for range 3 {
				g.arrives(1, g.say(0, "long before"))
			}
			if c.history == membership.HistorySince {
				at := time.Now().Add(time.Millisecond)
				policy.Since = uint64(at.UnixMilli())
				g.act(0, &membership.SetPolicy{Policy: policy})
				time.Sleep(time.Until(at) + time.Millisecond)
			}
			for n := range 3 {
				g.arrives(1-n%2, g.say(n%2, "before"))
			}
			g.join(2)
			own := g.say(2, "from the new one")
			for i := range g.nodes {
				g.arrives(i, own)
			}
			after := g.say(1, "after")
			for i := range g.nodes {
				g.arrives(i, after)
			}
			g.until("the history is here", func() bool { g.look(); return len(g.texts(2)) >= c.want+2 })
			if got := len(g.texts(2)); got != c.want+2 {
				t.Errorf("messages of the new member: got %d, want %d", got, c.want+2)
			}
			for i := range 2 {
				if got := g.texts(i); len(got) != 8 || !last(got, own, after) {
					t.Errorf("node %d: got %d messages, want 8 with those after the join at the end", i, len(got))
				}
			}
			g.until("no gap is left", func() bool { return g.gaps(2) == 0 })
			for i := range g.nodes {
				g.until("all know that they have the same", func() bool { g.look(); return g.sync(i).State == feature.InSync })
			}
		})
	}
}

// last tells whether messages are the newest two, in either order of the page.
func last(all []protocol.EventID, one, other protocol.EventID) bool {
	n := len(all)
	return all[n-2] == one && all[n-1] == other || all[0] == other && all[1] == one
}

func (g *circle) gaps(i int) (n int) {
	g.t.Helper()
	g.view(i, func(tx feature.Tx) error {
		missing, err := g.nodes[i].timeline.Missing(tx, g.log)
		n = len(missing)
		return err
	})
	return n
}

func TestNodesThatOfferNothingCatchUp(t *testing.T) {
	g := gather(t, open(t, "a", ""), open(t, "b", ""), open(t, "c", ""))
	for _, n := range g.nodes {
		mute(n)
	}
	for n := range 300 {
		g.say(n%3, fmt.Sprint("message ", n))
		if n == 100 {
			g.act(0, &membership.Grant{Account: g.who[1], Role: membership.Admin})
		}
		if n == 200 {
			g.act(0, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Name, Value: []byte("a name")}}})
		}
	}
	g.settles(300)
	for i := range g.nodes {
		g.until("all know that they have the same", func() bool { g.look(); return g.sync(i).State == feature.InSync })
		if got := g.gaps(i); got != 0 {
			t.Errorf("gaps of node %d: got %d, want 0", i, got)
		}
	}
}

func TestANodeThatWasAwayCatchesUpWithMembersAndMessages(t *testing.T) {
	dir := t.TempDir()
	g := gather(t, open(t, "a", ""), open(t, "b", ""), open(t, "c", dir), open(t, "d", ""))
	mute(g.nodes[0])
	mute(g.nodes[1])
	stop(t, g.nodes[2])
	for n := range 300 {
		g.say(n%2, fmt.Sprint("while you were gone ", n))
		if n == 150 {
			g.act(0, &membership.Remove{Account: g.who[3]})
		}
	}
	g.nodes[2] = open(t, "c", dir)
	g.nodes, g.who = g.nodes[:3], g.who[:3]
	g.settles(300)
	want := g.members(0)
	for i := range g.nodes {
		if got := g.members(i); got != want || got != 3 {
			t.Errorf("members on node %d: got %d, want 3", i, got)
		}
	}
	if told := figures(t, g.nodes[2]); told["conclave_reconcile_rounds_total"] == 0 || told["conclave_reconcile_news_total"] == 0 {
		t.Errorf("figures of catching up: got %v rounds and %v news, want some", told["conclave_reconcile_rounds_total"], told["conclave_reconcile_news_total"])
	}
	for _, name := range []string{"conclave_reconcile_bytes_in_total", "conclave_reconcile_bytes_out_total"} {
		if asked, answered := figures(t, g.nodes[2])[name], figures(t, g.nodes[0])[name]; asked < 1000 || answered < 1000 {
			t.Errorf("%s: got %v of who asked and %v of who answered, want more than a kilobyte of 300 messages", name, asked, answered)
		}
	}
}

func (g *circle) members(i int) (n int) {
	g.t.Helper()
	g.view(i, func(tx feature.Tx) error {
		c, err := g.nodes[i].groups.Conversation(tx, g.log)
		n = len(c.Members)
		return err
	})
	return n
}

func TestWhoWasRemovedWhileAwayLearnsThatAndNoMore(t *testing.T) {
	dir := t.TempDir()
	g := gather(t, open(t, "a", ""), open(t, "b", ""), open(t, "c", dir))
	first := g.say(0, "before")
	g.arrives(2, first)
	mute(g.nodes[0])
	mute(g.nodes[1])
	stop(t, g.nodes[2])
	g.act(0, &membership.Remove{Account: g.who[2]})
	g.act(0, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Name, Value: []byte("a secret name")}}})
	after := g.say(0, "after")
	g.nodes[2] = open(t, "c", dir)
	g.until("the removal is known", func() bool { g.look(); return g.standing(2) == feature.GroupRemoved })
	g.until("the other member has it", func() bool { g.look(); return g.has(1, after) })
	g.view(2, func(tx feature.Tx) error {
		c, err := g.nodes[2].groups.Conversation(tx, g.log)
		if err == nil && len(c.State.Meta(membership.Name)) > 0 {
			t.Errorf("name of the group: got %q, want none", c.State.Meta(membership.Name))
		}
		return err
	})
	if g.has(2, after) {
		t.Error("a message of after the removal came to the removed member")
	}
}

func TestALockedNodeCatchesUpWhenItIsUnlocked(t *testing.T) {
	g := gather(t, open(t, "a", ""), open(t, "b", ""))
	mute(g.nodes[0])
	g.nodes[1].keys.Lock(g.who[1])
	var said []protocol.EventID
	for n := range 20 {
		said = append(said, g.say(0, fmt.Sprint("while locked ", n)))
	}
	g.look()
	call[account.Opened](t, g.nodes[1], feature.Actor{}, "session.open", account.OpenRequest{Name: "member1", Passphrase: "correct horse"})
	for _, id := range said {
		g.arrives(1, id)
	}
	g.same()
}

func TestAGroupShowsFromACheckpointBeforeItsOperationsCame(t *testing.T) {
	g := found(t, func(*membership.Policy) {}, open(t, "a", ""), open(t, "b", ""))
	for n := range 70 {
		g.act(0, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Name, Value: fmt.Append(nil, "name ", n)}}})
	}
	g.until("a checkpoint is signed", func() bool {
		return g.nodes[0].store.View(func(tx feature.Tx) error {
			_, _, err := g.nodes[0].groups.Glimpse(tx, g.log)
			return err
		}) == nil
	})
	hold := make(chan struct{})
	g.nodes[0].directory.Serve("group.ops", func(context.Context, string, []byte) ([]byte, error) {
		<-hold
		return nil, feature.ErrTooMany
	})
	defer close(hold)
	ticket := []byte("a ticket")
	g.update(1, func(tx feature.Tx) error { return g.nodes[1].groups.Expect(tx, g.who[1], g.log, ticket) })
	g.update(0, func(tx feature.Tx) error {
		_, err := g.nodes[0].groups.Answer(tx, g.log, g.who[0], g.who[1], ticket)
		return err
	})
	var c feature.Conversation
	g.until("the group shows", func() bool {
		return g.nodes[1].store.View(func(tx feature.Tx) (err error) {
			c, err = g.nodes[1].groups.Conversation(tx, g.log)
			return err
		}) == nil && len(c.State.Meta(membership.Name)) > 0
	})
	if got := g.standing(1); got != feature.GroupJoining {
		t.Errorf("standing: got %q, want %q", got, feature.GroupJoining)
	}
	if c.State.Allows(g.who[0], &membership.Add{Account: g.who[1]}) {
		t.Error("a glance: got leave to add somebody, want nothing to be allowed")
	}
	err := g.nodes[1].store.Update(t.Context(), func(tx feature.Tx) error {
		_, err := g.nodes[1].timeline.Append(tx, feature.Draft{Log: g.log, Author: g.who[1], Body: event.MessageSent{Content: "too early"}})
		return err
	})
	if !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("a message before the operations came: got %v, want %v", err, feature.ErrNotFound)
	}
}
