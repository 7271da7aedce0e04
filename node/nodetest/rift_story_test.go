package nodetest_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"conclave/node"
	"conclave/node/nodetest"
	"conclave/protocol"
)

// cutoff is a group over four nodes, with a warden on each who stays, and others.
type cutoff struct {
	t       *testing.T
	rift    *nodetest.Rift
	id      string
	homes   []*nodetest.Home
	wardens []*nodetest.Person
	by      map[string]*nodetest.Person
}

func (c *cutoff) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// home starts a node with people on it, the first of whom is its warden.
func (c *cutoff) home(ctx context.Context, names ...string) {
	c.t.Helper()
	h, err := nodetest.Start(c.t.Context(), node.Config{Data: c.t.TempDir(), Unlimited: true, Network: c.rift.Host})
	c.must(err)
	c.t.Cleanup(func() {
		if err := h.Close(); err != nil {
			c.t.Errorf("close the node of %s: %v", names[0], err)
		}
	})
	warden := founder(c.t, h, names[0])
	c.homes, c.wardens, c.by[names[0]] = append(c.homes, h), append(c.wardens, warden), warden
	for _, name := range names[1:] {
		c.by[name], err = warden.Invite(ctx, name, "")
		c.must(err)
	}
}

func (c *cutoff) says(ctx context.Context, name, text string) string {
	c.t.Helper()
	m, err := c.by[name].Send(ctx, c.id, text, "")
	if err != nil {
		c.t.Fatalf("%s says %q: %v", name, text, err)
	}
	return m
}

// sees is what a warden and its node see of the group: members with roles, and the hash of the history.
func (c *cutoff) sees(ctx context.Context, i int) (members []string, history [32]byte, err error) {
	all, err := c.wardens[i].Members(ctx, c.id)
	if err != nil {
		return nil, history, err
	}
	for _, m := range all {
		for name, p := range c.by {
			if p.Acct == m.Account {
				members = append(members, name+":"+m.Role)
			}
		}
	}
	slices.Sort(members)
	log, err := protocol.ParseLog(c.id)
	if err != nil {
		return nil, history, err
	}
	history, _, err = c.homes[i].History(log)
	return members, history, err
}

// same waits until all nodes show the same.
func (c *cutoff) same(ctx context.Context, want ...string) {
	c.t.Helper()
	slices.Sort(want)
	last := ""
	if err := nodetest.Await(ctx, "all nodes show the same", func() (bool, error) {
		_, first, err := c.sees(ctx, 0)
		if err != nil {
			return false, err
		}
		for i := range c.homes {
			members, history, err := c.sees(ctx, i)
			if err != nil {
				return false, err
			}
			if last = fmt.Sprintf("node %d has %v, the history of the first: %v", i, members, history == first); !slices.Equal(members, want) || history != first {
				return false, nil
			}
		}
		return true, nil
	}); err != nil {
		c.t.Fatalf("%v: %s, want %v", err, last, want)
	}
}

// Two halves of a group go on without one another: each adds, removes, changes roles and talks. When they meet again, all have the
// same members and the same history within a minute.
func TestStoryTwoHalvesOfAGroup(t *testing.T) {
	ctx := within(t, 3*time.Minute)
	c := &cutoff{t: t, rift: &nodetest.Rift{}, by: map[string]*nodetest.Person{}}
	c.home(ctx, "ana", "gus")
	c.home(ctx, "ben", "eve")
	c.home(ctx, "cy", "hal")
	c.home(ctx, "dan", "fay")
	ana, cy := c.by["ana"], c.by["cy"]
	for _, name := range []string{"gus", "ben", "eve", "cy", "dan", "fay"} {
		_, err := nodetest.Introduce(ctx, ana, c.by[name])
		c.must(err)
	}
	_, err := nodetest.Introduce(ctx, cy, c.by["hal"])
	c.must(err)
	c.id, err = ana.NewGroup(ctx, "Both banks", "all", c.by["ben"], c.by["eve"], cy, c.by["dan"], c.by["fay"])
	c.must(err)
	for _, name := range []string{"ben", "eve", "cy", "dan", "fay"} {
		c.must(c.by[name].Joined(ctx, c.id))
	}
	c.must(ana.Add(ctx, c.id, cy, "admin"))
	for _, name := range []string{"ana", "ben", "cy", "dan"} {
		c.says(ctx, name, name+" is here")
	}
	c.same(ctx, "ana:owner", "ben:member", "eve:member", "cy:admin", "dan:member", "fay:member")

	c.must(c.rift.Open(map[string]int{c.homes[2].PeerID(): 1, c.homes[3].PeerID(): 1}))
	left, right := []string{"ana", "ben"}, []string{"cy", "dan"}
	c.says(ctx, "ana", "left before")
	c.says(ctx, "fay", "right before")
	c.must(ana.Remove(ctx, c.id, c.by["fay"]))
	c.must(cy.Remove(ctx, c.id, c.by["eve"]))
	c.must(ana.Add(ctx, c.id, c.by["gus"], "member"))
	c.must(cy.Add(ctx, c.id, c.by["hal"], "member"))
	c.must(ana.Add(ctx, c.id, c.by["dan"], "moderator"))
	c.must(cy.Add(ctx, c.id, c.by["fay"], "moderator"))
	c.says(ctx, "eve", "what the right does not want any more")
	c.says(ctx, "fay", "what the left does not want any more")
	var lastLeft, lastRight string
	for n := range 20 {
		lastLeft = c.says(ctx, left[n%2], fmt.Sprint("left ", n))
		lastRight = c.says(ctx, right[n%2], fmt.Sprint("right ", n))
	}
	c.must(c.by["ben"].Sees(ctx, c.id, lastLeft))
	c.must(ana.Sees(ctx, c.id, lastLeft))
	c.must(cy.Sees(ctx, c.id, lastRight))
	c.must(c.by["dan"].Sees(ctx, c.id, lastRight))
	var here, there []string
	if err := nodetest.Await(ctx, "each half has what it did itself", func() (done bool, err error) {
		if here, _, err = c.sees(ctx, 0); err != nil {
			return false, err
		}
		there, _, err = c.sees(ctx, 3)
		return slices.Contains(here, "gus:member") && slices.Contains(there, "fay:moderator") && slices.Contains(there, "hal:member"), err
	}); err != nil {
		t.Fatalf("%v: got %v and %v", err, here, there)
	}
	if slices.Contains(here, "hal:member") || slices.Contains(there, "gus:member") || !slices.Contains(here, "eve:member") {
		t.Errorf("members while the halves are apart: got %v and %v, want neither to know what the other did", here, there)
	}

	began := time.Now()
	c.rift.Heal()
	minute := within(t, time.Minute)
	c.same(minute, "ana:owner", "ben:member", "cy:admin", "dan:moderator", "gus:member", "hal:member")
	t.Logf("the same %v after the halves met", time.Since(began).Round(time.Millisecond))
	for _, name := range []string{"ana", "ben", "cy", "dan"} {
		c.says(ctx, name, name+" again")
	}
	c.same(ctx, "ana:owner", "ben:member", "cy:admin", "dan:moderator", "gus:member", "hal:member")
	for i, w := range c.wardens {
		all, unreadable, err := w.Messages(ctx, c.id)
		c.must(err)
		has := func(text string) bool {
			return slices.ContainsFunc(all, func(m nodetest.Message) bool { return m.Text == text })
		}
		for _, text := range []string{"left before", "left 19", "right 19", "ana again", "dan again"} {
			if !has(text) {
				t.Errorf("node %d does not show %q", i, text)
			}
		}
		if err := nodetest.Await(minute, fmt.Sprintf("node %d reads all, without a gap", i), func() (bool, error) {
			all, unreadable, err = w.Messages(ctx, c.id)
			return unreadable == 0 && !slices.ContainsFunc(all, func(m nodetest.Message) bool { return m.Gap }), err
		}); err != nil {
			t.Errorf("%v: %d messages that cannot be read", err, unreadable)
		}
		if err := nodetest.Await(ctx, w.Name+"'s node is in sync", func() (bool, error) {
			g, err := w.Group(ctx, c.id)
			return g.Sync.State == "in_sync", err
		}); err != nil {
			t.Error(err)
		}
	}
}
