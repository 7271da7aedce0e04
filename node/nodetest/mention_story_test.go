package nodetest_test

import (
	"testing"
	"time"

	"conclave/node"
	"conclave/node/nodetest"
)

// Mentions count on the nodes of those who are meant, in a direct conversation and in a group of three nodes, also after one
// of them was away.
func TestStoryMentions(t *testing.T) {
	ctx := within(t, 2*time.Minute)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	a := start(t, "a", t.TempDir())
	b, err := nodetest.Start(t.Context(), node.Config{Data: dir, Unlimited: true})
	must(err)
	ana, ben, cy := founder(t, a, "ana"), founder(t, b, "ben"), founder(t, start(t, "c", t.TempDir()), "cy")
	talk, err := nodetest.Introduce(ctx, ana, ben)
	must(err)
	must(nodetest.Await(ctx, "ben's name is known", func() (bool, error) {
		id, err := ana.Mention(ctx, talk, "@ben, tea?", false, ben)
		if err == nil {
			err = ben.Sees(ctx, talk, id)
		}
		return err == nil, err
	}))
	must(ben.Mentioned(ctx, talk, 1))
	must(ana.Mentioned(ctx, talk, 0))

	_, err = nodetest.Introduce(ctx, ana, cy)
	must(err)
	group, err := ana.NewGroup(ctx, "Kitchen", "none", ben, cy)
	must(err)
	must(ben.Joined(ctx, group))
	must(cy.Joined(ctx, group))
	m, err := ana.Mention(ctx, group, "@cy brings cups", false, cy)
	must(err)
	must(cy.Mentioned(ctx, group, 1))
	must(ben.Sees(ctx, group, m))
	must(ben.Mentioned(ctx, group, 0))

	must(b.Close())
	m, err = cy.Mention(ctx, group, "@all: now", true)
	must(err)
	must(ana.Mentioned(ctx, group, 1))
	b = start(t, "b", dir)
	must(ben.Moved(b.Site).Mentioned(ctx, group, 1))
	ben = ben.Moved(b.Site)
	must(ben.Inbox(ctx, "@all: now", "@ben, tea?"))
	must(ben.Read(ctx, group, m))
	must(ben.Mentioned(ctx, group, 0))
	must(ben.Mentioned(ctx, talk, 1))
}
