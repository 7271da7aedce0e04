package node

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// circle is a group whose members live on nodes of their own; the first founded it.
type circle struct {
	t     *testing.T
	log   protocol.Log
	nodes []*Node
	who   []protocol.Account
}

// gather makes people who know one another, one on each node, and a group of them.
func gather(t *testing.T, nodes ...*Node) *circle {
	t.Helper()
	g := found(t, func(*membership.Policy) {}, nodes...)
	for i := range nodes[1:] {
		g.join(i + 1)
	}
	return g
}

// found makes people who know one another, one on each node, and a group of the first alone.
func found(t *testing.T, set func(*membership.Policy), nodes ...*Node) *circle {
	t.Helper()
	g := &circle{t: t, nodes: nodes}
	for i, n := range nodes {
		g.who = append(g.who, call[account.Opened](t, n, feature.Actor{}, "account.create", account.CreateRequest{
			Name: fmt.Sprintf("member%d", i), Passphrase: "correct horse", SetupToken: n.SetupToken(),
		}).Account.Acct)
	}
	for i := range nodes {
		for j := range nodes {
			if i != j {
				g.learn(i, j)
			}
		}
	}
	policy := membership.DefaultPolicy()
	policy.MaxMembers = 2000
	set(&policy)
	g.update(0, func(tx feature.Tx) error {
		c, err := nodes[0].groups.Found(tx, g.who[0], feature.NewGroup{Policy: policy})
		g.log = c.Log
		return err
	})
	return g
}

// learn makes one node know the account of another.
func (g *circle) learn(i, j int) {
	g.t.Helper()
	me := call[account.Me](g.t, g.nodes[j], feature.Actor{Account: g.who[j]}, "me.get", feature.Nothing{})
	link, err := protocol.ParseLink(me.ContactLink)
	if err != nil {
		g.t.Fatal(err)
	}
	if _, err := g.nodes[i].directory.Learn(g.t.Context(), feature.Lead{Link: &link}); err != nil {
		g.t.Fatal(err)
	}
}

func (g *circle) standing(i int) (s feature.GroupStanding) {
	g.t.Helper()
	g.view(i, func(tx feature.Tx) (err error) {
		s, err = g.nodes[i].groups.Standing(tx, g.log, g.who[i])
		return err
	})
	return s
}

func (g *circle) update(i int, fn func(feature.Tx) error) {
	g.t.Helper()
	if err := g.nodes[i].store.Update(g.t.Context(), fn); err != nil {
		g.t.Fatal(err)
	}
}

func (g *circle) view(i int, fn func(feature.Tx) error) {
	g.t.Helper()
	if err := g.nodes[i].store.View(fn); err != nil {
		g.t.Fatal(err)
	}
}

func (g *circle) until(what string, is func() bool) {
	g.t.Helper()
	cast{t: g.t}.until(what, is)
}

// say has the account of a node write into the group.
func (g *circle) say(i int, text string) (id protocol.EventID) {
	g.t.Helper()
	g.update(i, func(tx feature.Tx) error {
		e, err := g.nodes[i].timeline.Append(tx, feature.Draft{Log: g.log, Author: g.who[i], Body: event.MessageSent{Content: text}})
		if err == nil {
			id = e.ID
		}
		return err
	})
	return id
}

func (g *circle) has(i int, id protocol.EventID) bool {
	return g.nodes[i].store.View(func(tx feature.Tx) error {
		_, err := g.nodes[i].timeline.Get(tx, g.log, id)
		return err
	}) == nil
}

func (g *circle) arrives(i int, id protocol.EventID) {
	g.t.Helper()
	g.until(fmt.Sprintf("the message comes to node %d", i), func() bool { return g.has(i, id) })
}

func (g *circle) state(i int, id protocol.EventID) (s feature.State) {
	g.t.Helper()
	g.view(i, func(tx feature.Tx) (err error) {
		s, _, err = g.nodes[i].delivery.State(tx, g.log, id)
		return err
	})
	return s
}

func (g *circle) becomes(i int, id protocol.EventID, want feature.State) {
	g.t.Helper()
	var got feature.State
	for end := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if got = g.state(i, id); got == want {
			return
		}
		if time.Now().After(end) {
			g.t.Fatalf("state: got %s, want %s", got, want)
		}
	}
}

// order is what a node shows of the messages of one member, in the order in which it logged them.
func (g *circle) texts(i int) (ids []protocol.EventID) {
	g.t.Helper()
	g.view(i, func(tx feature.Tx) error {
		page, err := g.nodes[i].timeline.Page(tx, g.log, feature.Range{Kinds: []string{"message.sent"}})
		for _, e := range page {
			ids = append(ids, e.ID)
		}
		return err
	})
	return ids
}

func (g *circle) same() {
	g.t.Helper()
	want := g.texts(0)
	for i := range g.nodes {
		if got := g.texts(i); !slices.Equal(got, want) {
			g.t.Errorf("messages on node %d: got %d, want %d in the same order", i, len(got), len(want))
		}
	}
}

func TestThreeNodesTalkInAGroup(t *testing.T) {
	g := gather(t, open(t, "a", ""), open(t, "b", ""), open(t, "c", ""))
	first := g.say(0, "hello")
	for i := range g.nodes {
		g.arrives(i, first)
	}
	g.becomes(0, first, feature.Delivered)
	var last []protocol.EventID
	for n := range 50 {
		last = nil
		for i := range g.nodes {
			last = append(last, g.say(i, fmt.Sprint(i, " says ", n)))
		}
	}
	for i, id := range last {
		for j := range g.nodes {
			g.arrives(j, id)
		}
		g.becomes(i, id, feature.Delivered)
	}
	g.same()
}
