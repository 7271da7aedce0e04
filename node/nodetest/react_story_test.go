package nodetest_test

import (
	"slices"
	"testing"
	"time"

	"conclave/node/nodetest"
)

// Reactions and pins are the same on three nodes: also those that were changed on two of them at the same time, and those of who
// was away.
func TestStoryReactAndPin(t *testing.T) {
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
	m, err := ana.Send(ctx, talk, "lunch?", "")
	must(err)
	must(ben.Sees(ctx, talk, m))
	must(ben.React(ctx, talk, m, "👍"))
	must(ana.SeesReactions(ctx, talk, m, "👍 1"))
	must(ben.Unreact(ctx, talk, m, "👍"))
	must(ana.SeesReactions(ctx, talk, m, ""))

	_, err = nodetest.Introduce(ctx, ana, cy)
	must(err)
	group, err := ana.NewGroup(ctx, "Kitchen", "none", ben, cy)
	must(err)
	must(ben.Joined(ctx, group))
	must(cy.Joined(ctx, group))
	m, err = cy.Send(ctx, group, "soup is ready", "")
	must(err)
	people := []*nodetest.Person{ana, ben, cy}
	for _, p := range people {
		must(p.Sees(ctx, group, m))
	}
	must(ana.React(ctx, group, m, "🍲"))
	for _, p := range people {
		must(p.SeesReactions(ctx, group, m, "🍲 1"))
	}
	// At the same time, on three nodes.
	must(ana.Unreact(ctx, group, m, "🍲"))
	must(ben.React(ctx, group, m, "🍲"))
	must(cy.React(ctx, group, m, "❤️"))
	must(ana.React(ctx, group, m, "❤"))
	for _, p := range people {
		must(p.SeesReactions(ctx, group, m, "🍲 1, ❤️ 2"))
	}

	must(ana.Pin(ctx, group, m, true))
	if err := ben.Pin(ctx, group, m, false); err == nil {
		t.Error("a plain member took the pin away")
	}
	for _, p := range people {
		must(nodetest.Await(ctx, p.Name+" sees the pin", func() (bool, error) {
			pins, err := p.Pins(ctx, group)
			return slices.Equal(pins, []string{"soup is ready"}), err
		}))
	}
	must(ana.Pin(ctx, group, m, false))
	must(nodetest.Await(ctx, "cy sees it go", func() (bool, error) {
		pins, err := cy.Pins(ctx, group)
		return len(pins) == 0, err
	}))
}
