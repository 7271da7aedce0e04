package timeline

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// removed is a group of three in which the second was removed by the first after one of three messages was seen, and goes on
// because its node has not heard. The third node has all.
func removed(t *testing.T) (a, b, c room, late []posted) {
	rooms := found(t, newMembers(t, 3))
	a, b, c = rooms[0], rooms[1], rooms[2]
	seen := b.say(t, "seen")
	if err := errors.Join(a.hear(t, seen), c.hear(t, seen)); err != nil {
		t.Fatal(err)
	}
	a.act(t, a.removal(t, b.alice))
	late = []posted{b.say(t, "late"), b.say(t, "later")}
	for _, e := range late {
		if err := c.hear(t, e); err != nil {
			t.Fatal(err)
		}
	}
	return a, b, c, late
}

func TestARemovalHidesWhatTheFenceDoesNotLetPass(t *testing.T) {
	a, b, c, late := removed(t)
	for _, e := range late { // here the removal is known
		if err := a.hear(t, e); err != nil {
			t.Fatalf("IngestGroup of what is hidden: got %v", err)
		}
		if err := a.hear(t, e); !errors.Is(err, ErrDuplicate) {
			t.Errorf("the same again: got %v, want %v", err, ErrDuplicate)
		}
	}
	a.wants(t, "seen")
	c.wants(t, "seen", "late", "later")
	c.catchUp(t)
	b.catchUp(t)
	want, _ := a.history(t)
	for _, r := range []room{a, b, c} {
		r.wants(t, "seen")
		if got, n := r.history(t); got != want || n != 1 {
			t.Errorf("history: got %d events %x, want 1 and %x", n, got, want)
		}
		r.view(t, func(tx feature.Tx) error {
			if _, err := r.Get(tx, r.log, late[0].ID); !errors.Is(err, feature.ErrNotFound) {
				t.Errorf("Get of a hidden event: got %v, want %v", err, feature.ErrNotFound)
			}
			return nil
		})
	}
	answer := a.say(t, "answer")
	if err := c.hear(t, answer); err != nil {
		t.Fatal(err)
	}
	c.wants(t, "seen", "answer")
}

func TestWhatWasHiddenIsShownAgainWhenTheRemovalIsVoid(t *testing.T) {
	rooms := found(t, newMembers(t, 3))
	a, b, c := rooms[0], rooms[1], rooms[2]
	grant := a.act(t, &membership.Grant{Account: c.alice, Role: membership.Moderator})
	b.catchUp(t)
	c.catchUp(t)
	removal := c.act(t, &membership.Remove{Account: b.alice, Fence: []membership.Mark{}})
	for _, e := range []posted{b.say(t, "one"), b.say(t, "two")} {
		if err := a.hear(t, e); err != nil {
			t.Fatal(err)
		}
	}
	a.wants(t, "one", "two")
	// The first does not know of the removal when it takes from the third what it needs for one.
	a.act(t, &membership.Revoke{Account: c.alice})
	a.learn(t, removal)
	a.wants(t, "one", "two")
	// On a node where the removal comes first, it counts until the revocation comes.
	d := newMembers(t, 3)[2]
	late := room{member: d, log: a.log, ops: a.ops}
	late.begin(t, d.alice)
	for _, op := range (*a.ops)[:slices.Index(*a.ops, grant)+1] {
		if !late.graphs[late.log].Has(op.ID) {
			late.learn(t, op)
		}
	}
	late.learn(t, removal)
	for _, e := range a.all(t) {
		if err := late.hear(t, e); err != nil {
			t.Fatal(err)
		}
	}
	late.wants(t)
	late.catchUp(t)
	late.wants(t, "one", "two")
}

// all are the events of a log that other nodes are handed.
func (r room) all(t testing.TB) (out []posted) {
	t.Helper()
	r.view(t, func(tx feature.Tx) error {
		return r.IDs(tx, r.log, 0, 1<<62, nil, func(_ uint64, id protocol.EventID) bool {
			raw, stamp, err := r.Raw(tx, r.log, id)
			if err != nil {
				t.Fatalf("Raw of what IDs tells of: got %v", err)
			}
			e, err := protocol.DecodeEvent(raw)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, posted{e, stamp})
			return true
		})
	})
	return out
}

func TestFollowersAreToldOfWhatIsHiddenAndShown(t *testing.T) {
	_, _, c, _ := removed(t)
	var mu sync.Mutex
	var told []string
	done := make(chan struct{}, 16)
	tell := func(what string) feature.FollowFunc {
		return func(_ context.Context, e feature.Entry) {
			m, err := event.Decode[event.MessageSent](e.Body)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			told = append(told, what+" "+m.Content)
			done <- struct{}{}
		}
	}
	feature.Install(c.Registry, feature.Services{}, feature.Feature{Name: "watch", Install: func(h *feature.Host) {
		feature.Follow(h, tell("shown"))
		feature.OnHidden(h, tell("hidden"))
	}})
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { c.Run(ctx) })
	c.catchUp(t)
	want := []string{"shown seen", "shown late", "shown later", "hidden late", "hidden later"}
	for range want {
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Error("followers were told too little")
		}
	}
	stop()
	wg.Wait()
	if !slices.Equal(told, want) {
		t.Errorf("told: got %q, want %q", told, want)
	}
}

func TestRebuildKeepsHiddenWhatIsHidden(t *testing.T) {
	a, _, _, late := removed(t)
	for _, e := range late {
		if err := a.hear(t, e); err != nil {
			t.Fatal(err)
		}
	}
	a.update(t, func(tx feature.Tx) error {
		n, err := a.Rebuild(tx, a.log)
		if err == nil && n != 1 {
			t.Errorf("events rebuilt: got %d, want 1", n)
		}
		return err
	})
	a.wants(t, "seen")
}

func TestMarksTellHowFarEachDeviceGot(t *testing.T) {
	rooms := found(t, newMembers(t, 2))
	a, b := rooms[0], rooms[1]
	marks := func() (out []membership.Mark) {
		a.view(t, func(tx feature.Tx) (err error) {
			out, err = a.Marks(tx, a.log, b.alice)
			return err
		})
		return out
	}
	if got := marks(); len(got) != 0 {
		t.Errorf("of an author without events: got %v, want none", got)
	}
	var said []posted
	for i := range 5 { // the chain changes after three
		said = append(said, b.say(t, fmt.Sprint(i)))
	}
	a.say(t, "another's")
	for _, e := range []posted{said[4], said[1]} {
		if err := a.hear(t, e); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := marks(), []membership.Mark{{Device: b.author.Device, CSeq: 2, N: 1}}; !slices.Equal(got, want) {
		t.Errorf("after the fifth and second of chains of three: got %v, want %v", got, want)
	}
	if err := a.hear(t, said[2]); err != nil {
		t.Fatal(err)
	}
	if got, want := marks(), []membership.Mark{{Device: b.author.Device, CSeq: 2, N: 1}}; !slices.Equal(got, want) {
		t.Errorf("after an older one: got %v, want %v", got, want)
	}
	a.act(t, &membership.Remove{Account: b.alice, Fence: []membership.Mark{{Device: b.author.Device, CSeq: 1, N: 1}}})
	if got, want := marks(), []membership.Mark{{Device: b.author.Device, CSeq: 1, N: 1}}; !slices.Equal(got, want) {
		t.Errorf("after a fence hid the later ones: got %v, want %v", got, want)
	}
}

func TestARangeForAReaderLeavesOutWhatItMayNotRead(t *testing.T) {
	members := newMembers(t, 2)
	a := found(t, members[:1])[0]
	late := members[1].alice
	for i := range 3 {
		a.say(t, fmt.Sprint("before ", i))
	}
	a.act(t, &membership.Add{Account: late})
	for i := range 3 {
		a.say(t, fmt.Sprint("after ", i))
	}
	all := []string{"before 0", "before 1", "before 2", "after 0", "after 1", "after 2"}
	for _, c := range []struct {
		name string
		by   feature.Range
		want []string
	}{
		{"nobody", feature.Range{}, all},
		{"the founder", feature.Range{For: a.alice}, all},
		{"who came later", feature.Range{For: late}, all[3:]},
		{"who came later, more than there are", feature.Range{For: late, Limit: 5}, all[3:]},
		{"who came later, the newest", feature.Range{For: late, Limit: 2}, all[4:]},
		{"a stranger", feature.Range{For: randomAccount()}, nil},
	} {
		if got := a.texts(t, c.by); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	k := newReplicas(t, 1)[0].with(t, late)
	k.say(t, "direct")
	k.view(t, func(tx feature.Tx) error {
		page, err := k.Page(tx, k.c.Log, feature.Range{For: randomAccount()})
		if err == nil && len(page) != 1 {
			t.Errorf("a direct log, whoever reads: got %d events, want 1", len(page))
		}
		return err
	})
}

// TestGroupsConvergeWhateverTheWayThere has members talk, remove and add one another while operations and events reach their
// nodes in any order, and compares the histories when all have all.
func TestGroupsConvergeWhateverTheWayThere(t *testing.T) {
	members := newMembers(t, 4)
	rapid.Check(t, func(rt *rapid.T) {
		rooms := found(t, members)
		rooms[0].act(t, &membership.Grant{Account: rooms[1].alice, Role: membership.Admin})
		any := rapid.IntRange(0, len(rooms)-1)
		var events []posted
		for range rapid.IntRange(5, 40).Draw(rt, "steps") {
			r := rooms[any.Draw(rt, "node")]
			state := r.graphs[r.log].Resolve()
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0, 1:
				if state.Role(r.alice) > 0 {
					events = append(events, r.say(t, fmt.Sprint(len(events))))
				}
			case 2, 3:
				who := rooms[any.Draw(rt, "whom")].alice
				if body := membership.Body(&membership.Add{Account: who}); state.Role(who) == 0 && state.Allows(r.alice, body) {
					r.act(t, body)
				} else if body = r.removal(t, who); state.Allows(r.alice, body) {
					r.act(t, body)
				}
			case 4:
				op := rapid.SampledFrom(*r.ops).Draw(rt, "operation")
				if !r.graphs[r.log].Has(op.ID) {
					r.learn(t, op)
				}
			case 5:
				if len(events) > 0 {
					r.hears(rt, t, rapid.SampledFrom(events).Draw(rt, "event"))
				}
			}
		}
		for _, r := range rooms {
			for _, op := range rapid.Permutation(*r.ops).Draw(rt, "operations left") {
				if !r.graphs[r.log].Has(op.ID) {
					r.learn(t, op)
				}
			}
			for _, e := range rapid.Permutation(events).Draw(rt, "events left") {
				r.hears(rt, t, e)
			}
		}
		want, n := rooms[0].history(t)
		var shown []string
		for _, e := range rooms[0].all(t) {
			ok, err := rooms[0].Judge(nil, e.Event, markOf(e.Event, e.stamp))
			if err != nil {
				rt.Fatal(err)
			}
			if ok {
				m, err := event.Decode[event.MessageSent](e.Body)
				if err != nil {
					rt.Fatal(err)
				}
				shown = append(shown, m.Content)
			}
		}
		for i, r := range rooms {
			if got, _ := r.history(t); got != want {
				rt.Errorf("history of node %d: got %x, want %x of %d events", i, got, want, n)
			}
			if got := len(r.all(t)); got != len(events) {
				rt.Errorf("events that node %d hands on: got %d, want %d", i, got, len(events))
			}
			if got := r.texts(t, feature.Range{}); !slices.Equal(got, shown) {
				rt.Errorf("shown on node %d: got %q, want %q", i, got, shown)
			}
			if got := r.notes(t); !slices.Equal(got, slices.Sorted(slices.Values(shown))) {
				rt.Errorf("projected on node %d: got %q, want %q", i, got, shown)
			}
		}
	})
}

// hears takes an event that may be here or come too early.
func (r room) hears(rt *rapid.T, t *testing.T, e posted) {
	if err := r.hear(t, e); err != nil && !errors.Is(err, ErrDuplicate) && !errors.Is(err, ErrBehind) {
		rt.Fatalf("IngestGroup: got %v", err)
	}
}
