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
