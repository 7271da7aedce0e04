package nodetest_test

import (
	"testing"
	"time"

	"conclave/node/feature/presence"
	"conclave/node/nodetest"
)

// Who is there is told to contacts on other nodes, each privacy setting holds there, and nobody stays online whose node is silent.
func TestStoryPresence(t *testing.T) {
	w := newTrio(t)
	ctx := within(t, time.Minute)
	ana, ben, cy := w.people[0], w.people[1], w.people[2]
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	active := func() {
		t.Helper()
		for _, p := range w.people {
			must(p.Acts(ctx))
		}
	}
	idle := false // while nobody does anything
	tell := func() {
		t.Helper()
		w.clock.pass(presence.Pause)
		if !idle {
			active()
		}
		for _, h := range w.homes {
			must(h.Work(ctx, "presence.tell"))
		}
	}
	// sees waits until somebody is told so of another.
	sees := func(viewer, of *nodetest.Person, what string, right func(*nodetest.Presence) bool) {
		t.Helper()
		var last *nodetest.Presence
		if err := nodetest.Await(ctx, viewer.Name+" sees "+of.Name+" "+what, func() (bool, error) {
			tell()
			p, err := viewer.Presence(ctx, of)
			last = p
			return err == nil && right(p), err
		}); err != nil {
			t.Fatalf("%v; %s is told %+v", err, viewer.Name, last)
		}
	}
	is := func(state string) func(*nodetest.Presence) bool {
		return func(p *nodetest.Presence) bool { return p != nil && p.State == state }
	}
	sees(ben, ana, "online", is("online"))
	sees(cy, ana, "online", is("online"))
	sees(ana, ben, "online", is("online"))
	frame, err := nodetest.Awaits(ctx, w.pages[1], "presence", func(f presence.ContactPresence) bool { return f.Account.String() == ana.Acct })
	must(err)
	if frame.Presence.State != "online" || !frame.Presence.LastSeen.IsZero() {
		t.Errorf("the page of ben was told %+v, want online and no time", frame)
	}

	must(ana.Shows(ctx, "busy", "In a meeting", "📅"))
	sees(ben, ana, "busy", func(p *nodetest.Presence) bool {
		return p != nil && p.State == "busy" && p.Text == "In a meeting" && p.Emoji == "📅"
	})
	must(ana.Shows(ctx, "auto", "", ""))
	idle = true
	w.clock.pass(presence.Idle)
	sees(ben, ana, "away", is("away"))
	idle = false
	sees(ben, ana, "back", is("online"))

	must(ana.Shows(ctx, "invisible", "", ""))
	sees(ben, ana, "invisible as offline", is("offline"))
	gone, err := ben.Presence(ctx, ana)
	must(err)
	w.clock.pass(2 * time.Minute)
	active()
	tell()
	if p, err := ben.Presence(ctx, ana); err != nil || p.State != "offline" || !p.LastSeen.Equal(gone.LastSeen) {
		t.Errorf("who is invisible: got %+v, %v, want %+v still", p, err, gone)
	}
	must(ana.Shows(ctx, "auto", "", ""))
	sees(ben, ana, "again", is("online"))

	must(ana.Chooses(ctx, map[string]any{"online": "nobody"}))
	sees(ben, ana, "offline", is("offline"))
	if p, err := ana.Presence(ctx, ben); err != nil || p != nil && p.State != "offline" {
		t.Errorf("who hides sees of another: %+v, %v", p, err)
	}
	must(ana.Chooses(ctx, map[string]any{"preset": "strict"}))
	sees(ben, ana, "offline, and nothing of when", func(p *nodetest.Presence) bool { return p == nil || p.State == "offline" && p.LastSeen.IsZero() })
	if p, err := ana.Presence(ctx, ben); err != nil || p != nil {
		t.Errorf("who hides all sees of another: %+v, %v", p, err)
	}
	must(ana.Chooses(ctx, map[string]any{"preset": "balanced"}))
	active()
	sees(ben, ana, "online again", is("online"))

	w.pages[0].Close()
	w.clock.pass(presence.Grace)
	sees(ben, ana, "gone", func(p *nodetest.Presence) bool {
		return p != nil && p.State == "offline" && !p.LastSeen.IsZero() && p.LastSeen.Equal(p.LastSeen.Truncate(time.Minute))
	})

	active()
	sees(ana, cy, "online", is("online"))
	// Nobody tells anything any more, but for what is on its way.
	if err := nodetest.Await(ctx, "ana sees cy offline, whose node is silent", func() (bool, error) {
		w.clock.pass(presence.Lasts)
		p, err := ana.Presence(ctx, cy)
		return err == nil && p != nil && p.State == "offline" && !p.LastSeen.IsZero(), err
	}); err != nil {
		t.Fatal(err)
	}
}
