package nodetest_test

import (
	"testing"
	"time"

	"conclave/node/nodetest"
)

// What its author deletes is gone on the other node of a direct conversation, and what a moderator deletes on all three of a group.
func TestStoryDeleteAndForward(t *testing.T) {
	ctx := within(t, time.Minute)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a, b := start(t, "a", t.TempDir()), start(t, "b", t.TempDir())
	ana, ben, cy := founder(t, a, "ana"), founder(t, b, "ben"), founder(t, start(t, "c", t.TempDir()), "cy")
	talk, err := nodetest.Introduce(ctx, ana, ben)
	must(err)
	deleted := func(conversation, message string, by *nodetest.Person, all ...*nodetest.Person) {
		t.Helper()
		for _, p := range all {
			who, err := p.Tombstone(ctx, conversation, message)
			must(err)
			if who != by.Acct {
				t.Errorf("%s is shown that %s deleted the message, want %s", p.Name, who, by.Name)
			}
		}
	}
	m, err := ana.Send(ctx, talk, "regretted", "")
	must(err)
	must(ben.Sees(ctx, talk, m))
	if err := ben.Delete(ctx, talk, m, "everyone"); err == nil {
		t.Error("ben deleted ana's message for everyone")
	}
	must(ana.Edit(ctx, talk, m, "still regretted"))
	must(ben.Reads(ctx, talk, m, "still regretted"))
	must(ana.Delete(ctx, talk, m, "everyone"))
	deleted(talk, m, ana, ana, ben)

	_, err = nodetest.Introduce(ctx, ana, cy)
	must(err)
	group, err := ana.NewGroup(ctx, "Kitchen", "none", ben, cy)
	must(err)
	must(ben.Joined(ctx, group))
	must(cy.Joined(ctx, group))
	m, err = cy.Send(ctx, group, "spam", "")
	must(err)
	for _, p := range []*nodetest.Person{ana, ben} {
		must(p.Sees(ctx, group, m))
	}
	copied, err := ben.Forward(ctx, group, m, talk)
	must(err)
	must(ana.Reads(ctx, talk, copied, "spam"))
	if err := ben.Delete(ctx, group, m, "everyone"); err == nil {
		t.Error("a plain member deleted what another wrote")
	}
	must(ana.Delete(ctx, group, m, "everyone"))
	deleted(group, m, ana, ana, ben, cy)
	must(ana.Reads(ctx, talk, copied, "spam"))
}
