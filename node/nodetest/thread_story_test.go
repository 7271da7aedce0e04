package nodetest_test

import (
	"slices"
	"testing"
	"time"

	"conclave/node"
	"conclave/node/nodetest"
)

// A thread is the same on three nodes, also on one that was away, and no message of it stands in the conversation. Who was added
// later and may not read its root sees it without.
func TestStoryThread(t *testing.T) {
	ctx := within(t, 2*time.Minute)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	a, c := start(t, "a", t.TempDir()), start(t, "c", t.TempDir())
	b, err := nodetest.Start(t.Context(), node.Config{Data: dir, Unlimited: true})
	must(err)
	ana, ben, cy := founder(t, a, "ana"), founder(t, b, "ben"), founder(t, c, "cy")
	talk, err := nodetest.Introduce(ctx, ana, ben)
	must(err)
	root, err := ana.Send(ctx, talk, "lunch?", "")
	must(err)
	must(ben.Sees(ctx, talk, root))
	first, err := ben.Answer(ctx, talk, root, "soup")
	must(err)
	must(ana.SeesThread(ctx, talk, root, "lunch?: soup", 1))
	must(ana.Edit(ctx, talk, root, "dinner?"))
	must(ben.SeesThread(ctx, talk, root, "dinner?: soup", 0))
	must(ana.ReadsThread(ctx, talk, root, first))
	must(ana.SeesThread(ctx, talk, root, "dinner?: soup", 0))
	must(ana.Has(ctx, talk, 1))
	must(ben.Has(ctx, talk, 1))

	_, err = nodetest.Introduce(ctx, ana, cy)
	must(err)
	group, err := ana.NewGroup(ctx, "Kitchen", "none", ben)
	must(err)
	must(ben.Joined(ctx, group))
	root, err = ana.Send(ctx, group, "who cooks?", "")
	must(err)
	must(ben.Sees(ctx, group, root))
	silent, err := ana.Send(ctx, group, "who shops?", "")
	must(err)
	must(ana.Add(ctx, group, cy, "member"))
	must(cy.Joined(ctx, group))

	must(b.Close())
	late, err := ana.Answer(ctx, group, root, "@cy?", cy)
	must(err)
	gone, err := ana.Answer(ctx, group, root, "never mind")
	must(err)
	must(ana.Delete(ctx, group, gone, "everyone"))
	must(cy.SeesThread(ctx, group, root, "none: @cy?; (deleted)", 1))
	must(cy.Mentioned(ctx, group, 1))
	where, err := cy.Answer(ctx, group, root, "where?") // to what it reads there, without the root
	must(err)
	if _, err := cy.Answer(ctx, group, silent, "I do"); err == nil {
		t.Error("cy answered under a message that it may not read, in a thread of which it reads nothing")
	}
	must(ana.SeesThread(ctx, group, root, "who cooks?: @cy?; (deleted); where?", 1))
	must(cy.ReadsThread(ctx, group, root, late))
	must(cy.Mentioned(ctx, group, 0))
	b = start(t, "b", dir)
	ben = ben.Moved(b.Site)
	must(ben.SeesThread(ctx, group, root, "who cooks?: @cy?; (deleted); where?", 0))
	if roots, unread, err := ben.Threads(ctx); err != nil || !slices.Equal(roots, []string{"dinner?"}) || unread != 0 {
		t.Errorf("ben's threads: got %q, %d unread, %v; want what it answered in", roots, unread, err)
	}
	last, err := ana.Send(ctx, group, "pizza then", "")
	must(err)
	for _, p := range []*nodetest.Person{ana, ben, cy} {
		must(p.Sees(ctx, group, last))
		rows, _, err := p.Messages(ctx, group)
		must(err)
		if slices.ContainsFunc(rows, func(m nodetest.Message) bool { return m.ID == late || m.ID == gone || m.ID == where }) {
			t.Errorf("%s is shown a message of the thread in the conversation", p.Name)
		}
	}
}
