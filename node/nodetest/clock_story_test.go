package nodetest_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"conclave/node"
	"conclave/node/nodetest"
)

const year = 365 * 24 * time.Hour

// astray is a node whose clock is wrong by so much.
func astray(t *testing.T, by *atomic.Int64) *nodetest.Home {
	t.Helper()
	h, err := nodetest.Start(t.Context(), node.Config{
		Data: t.TempDir(), Unlimited: true, Now: func() time.Time { return time.Now().Add(time.Duration(by.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return h
}

// Nodes whose clocks are minutes off meet, make a group and talk. Then clocks jump by years, on and back, while the nodes run, and
// at last are right: every message arrives, once, and what answers something else stands behind it on every node.
func TestStoryClocksAreWrong(t *testing.T) {
	ctx := within(t, 2*time.Minute)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	wrong := []time.Duration{0, 10 * time.Minute, -10 * time.Minute, 0, 0}
	clocks := make([]atomic.Int64, len(wrong))
	people := make([]*nodetest.Person, len(wrong))
	for i, by := range wrong {
		clocks[i].Store(int64(by))
		people[i] = founder(t, astray(t, &clocks[i]), fmt.Sprintf("person%d", i))
	}
	talks := map[string][]*nodetest.Person{}
	for i, p := range people {
		for _, other := range people[:i] {
			talk, err := nodetest.Introduce(ctx, p, other)
			must(err)
			talks[talk] = []*nodetest.Person{p, other}
		}
	}
	group, err := people[0].NewGroup(ctx, "everybody", "all", people[1:]...)
	must(err)
	for _, p := range people {
		must(p.Joined(ctx, group))
	}
	talks[group] = people

	said := map[string][]string{}
	round := func(name string) {
		t.Helper()
		for talk, who := range talks {
			for _, p := range who {
				id, err := p.Send(ctx, talk, name+" by "+p.Name, "")
				must(err)
				said[talk] = append(said[talk], id)
				for _, other := range who {
					must(other.Sees(ctx, talk, id))
				}
			}
		}
	}
	// again gives everybody a session: those of before may have ended, by the clock of the node.
	again := func() {
		t.Helper()
		for i, p := range people {
			fresh, err := p.Home().LogIn(ctx, p.Name, nodetest.Passphrase)
			must(err)
			*people[i] = *fresh
		}
	}
	round("first")
	clocks[3].Store(int64(10 * year))
	clocks[4].Store(int64(-10 * year))
	again()
	round("while two are years off")
	clocks[3].Store(int64(-10 * year))
	clocks[4].Store(int64(10 * year))
	again()
	round("after they jumped over the others")
	for i := range clocks {
		clocks[i].Store(0)
	}
	again()
	round("after all are right")

	for talk, want := range said {
		for _, p := range talks[talk] {
			all, unreadable, err := p.Messages(ctx, talk)
			must(err)
			var got []string
			for _, m := range all {
				got = append(got, m.ID)
			}
			if unreadable != 0 || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s sees %d unreadable and\n%v\nwant\n%v", p.Name, unreadable, got, want)
			}
		}
	}
}

// Whoever finds all keys of others out of date, since the own clock is years ahead, begins no session; what was written waits, and
// goes as soon as the clock is right.
func TestStoryClockYearsAheadWaits(t *testing.T) {
	ctx := within(t, 2*time.Minute)
	var clock, right atomic.Int64
	clock.Store(int64(10 * year))
	ahead, other := founder(t, astray(t, &clock), "ahead"), founder(t, astray(t, &right), "other")
	link, err := other.Link(ctx)
	if err != nil {
		t.Fatal(err)
	}
	talk, err := ahead.Meet(ctx, link)
	if err != nil {
		t.Fatal(err)
	}
	id, err := ahead.Send(ctx, talk, "from the future", "")
	if err != nil {
		t.Fatal(err)
	}
	if knows, err := other.Knows(ctx, talk); err != nil || knows {
		t.Fatalf("got %v, %v: a session begun with keys that had ended", knows, err)
	}
	clock.Store(0)
	if err := nodetest.Await(ctx, "the other knows the conversation", func() (bool, error) { return other.Knows(ctx, talk) }); err != nil {
		t.Fatal(err)
	}
	if err := other.Sees(ctx, talk, id); err != nil {
		t.Fatal(err)
	}
}
