package nodetest_test

import (
	"testing"
	"time"

	"conclave/node/nodetest"
)

// Who hides what it reads is not told what others read, nothing of it leaves its node, and one conversation may differ.
func TestStoryReceiptsAreMutual(t *testing.T) {
	w := newTrio(t)
	ctx := within(t, time.Minute)
	ana, ben := w.people[0], w.people[1]
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	state := func(who *nodetest.Person, message string) string {
		t.Helper()
		all, _, err := who.Messages(ctx, w.talk)
		must(err)
		for _, m := range all {
			if m.ID == message {
				return m.State
			}
		}
		return "not there"
	}
	becomes := func(who *nodetest.Person, message, want string) {
		t.Helper()
		must(nodetest.Await(ctx, "the message becomes "+want, func() (bool, error) { return state(who, message) == want, nil }))
	}
	// reads has somebody read what the other says now.
	reads := func(from, to *nodetest.Person, text string) string {
		t.Helper()
		m, err := from.Send(ctx, w.talk, text, "")
		must(err)
		must(to.Sees(ctx, w.talk, m))
		must(to.Marks(ctx, w.talk, m))
		return m
	}
	first := reads(ana, ben, "one")
	becomes(ana, first, "read")

	must(ben.Chooses(ctx, map[string]any{"receipts": false}))
	hidden := reads(ana, ben, "two")
	back := reads(ben, ana, "three") // what ben's node says of reading would come before or with this
	becomes(ana, hidden, "delivered")
	becomes(ben, back, "delivered")
	if got := state(ana, hidden); got != "delivered" {
		t.Errorf("a message that was read by somebody who hides it: got %s, want delivered", got)
	}
	if got := state(ana, first); got != "read" {
		t.Errorf("what was told before: got %s, want read", got)
	}

	must(ben.ChoosesFor(ctx, w.talk, map[string]any{"receipts": "on"}))
	becomes(ben, back, "read") // ana said so all the time
	open := reads(ana, ben, "four")
	becomes(ana, open, "read")
	becomes(ana, hidden, "read")
}

// The author of a message in a group is told who read it, by people on other nodes too, but not of those who hide it.
func TestStoryReceiptsInAGroup(t *testing.T) {
	w := newTrio(t)
	ctx := within(t, time.Minute)
	ana, ben, cy := w.people[0], w.people[1], w.people[2]
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	group, err := ana.NewGroup(ctx, "Kitchen", "none", ben, cy)
	must(err)
	must(ben.Joined(ctx, group))
	must(cy.Joined(ctx, group))
	must(cy.Chooses(ctx, map[string]any{"receipts": false}))
	m, err := ana.Send(ctx, group, "hello", "")
	must(err)
	for _, p := range []*nodetest.Person{ben, cy} {
		must(p.Sees(ctx, group, m))
		must(p.Marks(ctx, group, m))
	}
	// read are those of whom the author is told, with when; delivered those whose nodes have the message.
	count := func(of *nodetest.Person, message string) (delivered int, read map[string]time.Time) {
		t.Helper()
		list, err := of.Receipts(ctx, group, message)
		must(err)
		read = map[string]time.Time{}
		for _, r := range list {
			if r.Delivered {
				delivered++
			}
			if !r.ReadAt.IsZero() {
				read[r.Account] = r.ReadAt
			}
		}
		if len(list) != 2 {
			t.Fatalf("people: got %+v, want two", list)
		}
		return delivered, read
	}
	must(nodetest.Await(ctx, "ben read it", func() (bool, error) {
		delivered, read := count(ana, m)
		_, ok := read[ben.Acct]
		return ok && delivered == 2, nil
	}))
	type shown struct {
		ID    string `json:"id"`
		Reach struct{ Of, Delivered, Read int }
	}
	_, err = nodetest.Awaits(ctx, w.pages[0], "message", func(s shown) bool {
		return s.ID == m && s.Reach.Of == 2 && s.Reach.Delivered == 2 && s.Reach.Read == 1
	})
	must(err)
	if _, read := count(ana, m); len(read) != 1 {
		t.Errorf("who read it: got %v, want ben alone", read)
	}
	if _, err := ben.Receipts(ctx, group, m); err == nil {
		t.Error("somebody else than the author was told who read a message")
	}
	back, err := cy.Send(ctx, group, "hi", "")
	must(err)
	must(ana.Sees(ctx, group, back))
	must(ana.Marks(ctx, group, back))
	must(ben.Sees(ctx, group, back))
	must(ben.Marks(ctx, group, back))
	if _, read := count(cy, back); len(read) != 0 {
		t.Errorf("who hides what it reads is told %v", read)
	}
	must(cy.ChoosesFor(ctx, group, map[string]any{"receipts": "on"}))
	must(nodetest.Await(ctx, "cy is told of both", func() (bool, error) {
		_, read := count(cy, back)
		return len(read) == 2, nil
	}))
	next, err := ana.Send(ctx, group, "more", "")
	must(err)
	must(cy.Sees(ctx, group, next))
	must(cy.Marks(ctx, group, next))
	must(nodetest.Await(ctx, "cy read it", func() (bool, error) {
		_, read := count(ana, next)
		_, ok := read[cy.Acct]
		return ok, nil
	}))
}
