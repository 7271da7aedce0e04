package timeline

import (
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// unchanged runs fn, and fails if it changed a row of the store.
func (k talk) unchanged(t *testing.T, fn func()) {
	t.Helper()
	before := k.rows(t)
	fn()
	if after := k.rows(t); !maps.Equal(before, after) {
		t.Errorf("rows of the store: got %d, want the %d that were there, unchanged", len(after), len(before))
	}
}

func missingID() (id protocol.EventID) {
	rand.Read(id[:])
	return id
}

func TestWhatIsRefusedWritesNothing(t *testing.T) {
	k := newReplicas(t, 1)[0].with(t, randomAccount())
	first := k.say(t, "first")
	stranger := newReplicas(t, 1)[0].with(t, randomAccount())
	parents := []protocol.EventID{first.ID}
	missing := []protocol.EventID{missingID()}
	second := k.say(t, "second")
	below := k.forge(t, protocol.Header{Ord: second.Ord, Parents: []protocol.EventID{second.ID, missingID()}}, "x")
	for name, e := range map[string]*protocol.Event{
		"order above that of its parents":     k.forge(t, protocol.Header{Ord: 3, Parents: parents}, "x"),
		"order of 2^63":                       k.forge(t, protocol.Header{Ord: 1 << 63, Parents: missing}, "x"),
		"the highest order":                   k.forge(t, protocol.Header{Ord: math.MaxUint64, Parents: missing}, "x"),
		"order a little too far above":        k.forge(t, protocol.Header{Ord: second.Ord + protocol.MaxOrdJump + 1, Parents: missing}, "x"),
		"order not above a parent here":       below,
		"what a guard forbids":                k.forge(t, protocol.Header{Ord: 2, Parents: parents}, "forbidden"),
		"an author who does not take part":    stranger.forge(t, protocol.Header{Ord: 1}, "x"),
		"a body that its kind does not allow": broken(t, k),
	} {
		t.Run(name, func(t *testing.T) {
			k.unchanged(t, func() {
				if err := k.hear(t, e); !errors.Is(err, ErrRefused) {
					t.Errorf("Ingest: got %v, want %v", err, ErrRefused)
				}
			})
		})
	}
	k.unchanged(t, func() {
		if err := k.hear(t, first); !errors.Is(err, ErrDuplicate) {
			t.Errorf("Ingest of an event that is logged: got %v, want %v", err, ErrDuplicate)
		}
	})
	next := k.forge(t, protocol.Header{Ord: 2, Parents: parents}, "honest")
	if err := k.hear(t, next); err != nil {
		t.Errorf("Ingest of the next honest event: got %v", err)
	}
}

func broken(t *testing.T, k talk) *protocol.Event {
	t.Helper()
	e, err := protocol.NewEvent(rand.Reader, protocol.Header{Log: k.c.Log, Author: k.c.Other(k.alice), Kind: "message.sent", Ord: 1}, []byte{0xff})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestAnEventWhoseOrderProvesWrongIsVoid(t *testing.T) {
	k := newReplicas(t, 1)[0].with(t, randomAccount())
	late := k.forge(t, protocol.Header{Ord: 1}, "late")
	liar := k.forge(t, protocol.Header{Ord: 7, Parents: []protocol.EventID{late.ID}}, "liar")
	if err := k.hear(t, liar); err != nil {
		t.Fatal(err)
	}
	if page := k.page(t); len(page) != 1 || !page[0].Gap {
		t.Fatalf("before its parent came: got %d events, want one with a gap mark", len(page))
	}
	if heads := k.heads(t); len(heads) != 0 {
		t.Errorf("heads before its parent came: got %v, want none", heads)
	}
	if err := k.hear(t, late); err != nil {
		t.Fatal(err)
	}
	page := k.page(t)
	if len(page) != 1 || page[0].ID != late.ID {
		t.Errorf("shown after its parent came: got %d events, want the parent alone", len(page))
	}
	if heads := k.heads(t); !slices.Equal(heads, []protocol.EventID{late.ID}) {
		t.Errorf("heads: got %v, want the parent", heads)
	}
	if err := k.store.View(func(tx feature.Tx) error {
		_, err := k.Get(tx, k.c.Log, liar.ID)
		return err
	}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("Get of a void event: got %v, want %v", err, feature.ErrNotFound)
	}
	if _, n := k.history(t); n != 1 {
		t.Errorf("events in the history: got %d, want 1, as on a node that was told in order", n)
	}
	if err := k.hear(t, liar); !errors.Is(err, ErrDuplicate) {
		t.Errorf("the void event again: got %v, want %v", err, ErrDuplicate)
	}
}

func TestTwoEventsOfADeviceAtOneOrderAreKeptAndMarked(t *testing.T) {
	k := newReplicas(t, 1)[0].with(t, randomAccount())
	device := protocol.Device{9}
	one := k.forge(t, protocol.Header{Ord: 1, Device: device}, "to you")
	two := k.forge(t, protocol.Header{Ord: 1, Device: device}, "to others")
	alone := k.forge(t, protocol.Header{Ord: 1, Device: protocol.Device{8}}, "another device")
	for _, e := range []*protocol.Event{one, two, alone} {
		if err := k.hear(t, e); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(k.page(t)); got != 3 {
		t.Errorf("events shown: got %d, want 3", got)
	}
	for e, want := range map[*protocol.Event]bool{one: false, two: true, alone: false} {
		if err := k.store.View(func(tx feature.Tx) error {
			b, err := k.book(tx, k.c.Log)
			if err != nil {
				return err
			}
			_, flags, err := b.load(e.Place())
			if got := flags&flagTwin != 0; got != want {
				t.Errorf("mark of %q: got %v, want %v", e.Body, got, want)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestHeadsAndParentsAreBounded(t *testing.T) {
	k := newReplicas(t, 1)[0].with(t, randomAccount())
	for i := range maxHeads + 20 {
		if err := k.hear(t, k.forge(t, protocol.Header{Ord: 1, Device: protocol.Device{byte(i)}}, "root")); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(k.heads(t)); got != maxHeads {
		t.Errorf("heads: got %d, want %d", got, maxHeads)
	}
	e := k.say(t, "mine")
	if len(e.Parents) != protocol.MaxParents || e.Ord != 2 {
		t.Errorf("an own event: got order %d and %d parents, want 2 and %d", e.Ord, len(e.Parents), protocol.MaxParents)
	}
}

func TestTooManyEventsThatWaitAreRefused(t *testing.T) {
	k := newReplicas(t, 1)[0].with(t, randomAccount())
	crowded, other := protocol.EventID{0xff}, protocol.EventID{0x01}
	k.update(t, func(tx feature.Tx) error {
		b, err := k.book(tx, k.c.Log)
		if err != nil {
			return err
		}
		return storage.PutAs(tx, b.realm, b.gapKey(crowded), make([]protocol.Place, maxWaiting))
	})
	e := k.forge(t, protocol.Header{Ord: 2, Parents: []protocol.EventID{other, crowded}}, "x")
	k.unchanged(t, func() {
		if err := k.hear(t, e); !errors.Is(err, ErrRefused) {
			t.Errorf("Ingest: got %v, want %v", err, ErrRefused)
		}
	})
}

func TestUnknownKindsAreKeptByteForByte(t *testing.T) {
	k := newReplicas(t, 1)[0].with(t, randomAccount())
	body := []byte{0xa1, 0x18, 0x63, 0x00, 0xff}
	e, err := protocol.NewEvent(rand.Reader, protocol.Header{Log: k.c.Log, Author: k.c.Other(k.alice), Kind: "dance.performed", Ord: 1}, body)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.hear(t, e); err != nil {
		t.Fatal(err)
	}
	page := k.page(t)
	if len(page) != 1 || string(page[0].Body) != string(body) || page[0].Kind != "dance.performed" {
		t.Fatalf("an event of an unknown kind: got %d events", len(page))
	}
	if got, want := string(page[0].Encode()), string(e.Encode()); got != want {
		t.Errorf("its bytes: got %x, want %x", got, want)
	}
}

func TestAPeersClockOrdersNothing(t *testing.T) {
	k := newReplicas(t, 1)[0].with(t, randomAccount())
	for i, hlc := range []uint64{math.MaxUint64, 0, 1 << 63} {
		e := k.forge(t, protocol.Header{Ord: 1, Device: protocol.Device{byte(i)}, HLC: hlc}, fmt.Sprint(hlc))
		if err := k.hear(t, e); err != nil {
			t.Fatalf("hlc %d: got %v", hlc, err)
		}
		limit := k.now.Add(protocol.ClockSlack)
		if got := protocol.Time(e.HLC, k.now); got.After(limit) {
			t.Errorf("hlc %d is shown as %v, want at most %v", hlc, got, limit)
		}
	}
	mine := k.say(t, "mine")
	if got, want := mine.HLC>>16, uint64(k.now.UnixMilli()); got != want {
		t.Errorf("the own clock: got %d, want %d", got, want)
	}
	page := k.page(t)
	if last := page[len(page)-1]; last.ID != mine.ID {
		t.Errorf("the newest event: got %q, want the one that follows all others", last.Body)
	}
	near := k.forge(t, protocol.Header{Ord: 1, Device: protocol.Device{77}, HLC: uint64(k.now.Add(protocol.ClockSlack).UnixMilli()) << 16}, "near")
	if err := k.hear(t, near); err != nil {
		t.Fatal(err)
	}
	if got := k.say(t, "after").HLC; got != near.HLC+1 {
		t.Errorf("the own clock after a peer's within the slack: got %d, want %d", got, near.HLC+1)
	}
}

func TestPagesMeetWithoutGapOrOverlap(t *testing.T) {
	k := newReplicas(t, 1)[0].with(t, randomAccount())
	for i := range 25 {
		k.say(t, fmt.Sprint(i))
	}
	all := k.page(t)
	pages := func(next func(feature.Range, []feature.Entry) feature.Range) (out [][]feature.Entry) {
		r := feature.Range{Limit: 10}
		for {
			var page []feature.Entry
			if err := k.store.View(func(tx feature.Tx) (err error) {
				page, err = k.Page(tx, k.c.Log, r)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if len(page) == 0 {
				return out
			}
			out = append(out, page)
			r = next(r, page)
		}
	}
	back := pages(func(r feature.Range, p []feature.Entry) feature.Range { r.Before = p[0].Place(); return r })
	slices.Reverse(back)
	if got := slices.Concat(back...); !sameEvents(got, all) {
		t.Errorf("pages from the newest back: got %d events, want %d in order", len(got), len(all))
	}
	var between []feature.Entry
	if err := k.store.View(func(tx feature.Tx) (err error) {
		between, err = k.Page(tx, k.c.Log, feature.Range{After: all[4].Place(), Before: all[9].Place()})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if !sameEvents(between, all[5:9]) {
		t.Errorf("a range with both ends: got %d events, want 4", len(between))
	}
}

func sameEvents(a, b []feature.Entry) bool {
	return slices.EqualFunc(a, b, func(x, y feature.Entry) bool { return x.ID == y.ID })
}
