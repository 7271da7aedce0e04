package nodetest_test

import (
	"testing"
	"time"

	"conclave/node/nodetest"
)

// Edits and replies reach the other node of a direct conversation and all three of a group.
func TestStoryEditAndReply(t *testing.T) {
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
	m, err := ana.Send(ctx, talk, "see you at 5", "")
	must(err)
	must(ben.Sees(ctx, talk, m))
	must(ana.Edit(ctx, talk, m, "see you at 6"))
	must(ben.Reads(ctx, talk, m, "see you at 6"))
	if err := ben.Edit(ctx, talk, m, "forged"); err == nil {
		t.Error("ben edited ana's message")
	}

	_, err = nodetest.Introduce(ctx, ana, cy)
	must(err)
	group, err := ana.NewGroup(ctx, "Kitchen", "none", ben, cy)
	must(err)
	must(ben.Joined(ctx, group))
	must(cy.Joined(ctx, group))
	m, err = cy.Send(ctx, group, "tee?", "")
	must(err)
	for _, p := range []*nodetest.Person{ana, ben} {
		must(p.Sees(ctx, group, m))
	}
	must(cy.Edit(ctx, group, m, "tea?"))
	for _, p := range []*nodetest.Person{ana, ben, cy} {
		must(p.Reads(ctx, group, m, "tea?"))
	}
	versions, err := ben.Versions(ctx, group, m)
	must(err)
	if len(versions) != 2 || versions[0] != "tee?" || versions[1] != "tea?" {
		t.Errorf("the history that ben reads: got %q, want the two texts", versions)
	}

	answer, err := ben.Reply(ctx, group, m, "please")
	must(err)
	for _, p := range []*nodetest.Person{ana, ben, cy} {
		if text, deleted, err := p.Quoted(ctx, group, answer); err != nil || text != "tea?" || deleted {
			t.Errorf("%s sees a reply that quotes %q (deleted: %v), %v; want what the message says now", p.Name, text, deleted, err)
		}
	}
	link, err := ana.GroupLink(ctx, group)
	must(err)
	dan := founder(t, start(t, "d", t.TempDir()), "dan")
	_, err = dan.Join(ctx, link)
	must(err)
	answer, err = ben.Reply(ctx, group, m, "two, please")
	must(err)
	if text, deleted, err := dan.Quoted(ctx, group, answer); err != nil || text != "" || !deleted {
		t.Errorf("who joined later is shown %q (deleted: %v), %v; want nothing of what was said before", text, deleted, err)
	}
}
