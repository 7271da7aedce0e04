package nodetest_test

import (
	"testing"
	"time"

	"conclave/node/nodetest"
)

// A poll has the same result on three nodes, also of votes that were given at the same time; who asked ends it, and nobody votes after that.
func TestStoryPoll(t *testing.T) {
	ctx := within(t, time.Minute)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a, b, c := start(t, "a", t.TempDir()), start(t, "b", t.TempDir()), start(t, "c", t.TempDir())
	ana, ben, cy := founder(t, a, "ana"), founder(t, b, "ben"), founder(t, c, "cy")
	talk, err := nodetest.Introduce(ctx, ana, ben)
	must(err)
	_, err = nodetest.Introduce(ctx, ana, cy)
	must(err)
	m, err := ben.Ask(ctx, talk, "Tea?", "yes", "no")
	must(err)
	must(ana.Sees(ctx, talk, m))
	must(ana.Vote(ctx, talk, m, 0))
	must(ben.SeesPoll(ctx, talk, m, "yes 1, no 0"))
	must(ana.Vote(ctx, talk, m))
	must(ben.SeesPoll(ctx, talk, m, "yes 0, no 0"))

	group, err := ana.NewGroup(ctx, "Kitchen", "none", ben, cy)
	must(err)
	must(ben.Joined(ctx, group))
	must(cy.Joined(ctx, group))
	m, err = cy.Ask(ctx, group, "Lunch?", "soup", "bread")
	must(err)
	people := []*nodetest.Person{ana, ben, cy}
	for _, p := range people {
		must(p.Sees(ctx, group, m))
	}
	for i, p := range people { // at the same time, on three nodes
		must(p.Vote(ctx, group, m, i%2))
	}
	for _, p := range people {
		must(p.SeesPoll(ctx, group, m, "soup 2, bread 1"))
	}
	if err := ben.EndPoll(ctx, group, m); err == nil {
		t.Error("a plain member ended another's poll")
	}
	must(cy.EndPoll(ctx, group, m))
	for _, p := range people {
		must(p.SeesPoll(ctx, group, m, "soup 2, bread 1, over"))
	}
	if err := ben.Vote(ctx, group, m, 0); err == nil {
		t.Error("a vote was taken after the end")
	}
}
