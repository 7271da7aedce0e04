package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"conclave/node/feature"
	"conclave/protocol"
)

var errCrash = errors.New("the node dies here")

// wire is what is in flight, in one direction, and what the receiver has opened.
type wire struct {
	from, to *side
	flying   []flying
	opened   map[string]bool
	sent     int
}

type flying struct {
	Sealed
	words string
}

// send seals a text and puts it in flight, starting a session where there is none. With crash the node dies before the commit,
// and nothing leaves it.
func (w *wire) send(t *testing.T, rt *rapid.T, crash bool) {
	words := fmt.Sprintf("%d from %s", w.sent, w.from.dev)
	var x Sealed
	seal := func(tx feature.Tx) (err error) {
		x, err = w.from.Seal(tx, w.from.to(w.to), 0, text(words))
		if err == nil && crash {
			err = errCrash
		}
		return err
	}
	err := w.from.store.Update(context.Background(), seal)
	if errors.Is(err, ErrNoSession) {
		w.from.begin(t, w.to, nil)
		err = w.from.store.Update(context.Background(), seal)
	}
	switch {
	case errors.Is(err, errCrash):
	case err != nil:
		rt.Fatalf("seal %q: %v", words, err)
	default:
		w.sent++
		w.flying = append(w.flying, flying{x, words})
	}
}

// deliver opens something in flight: for good, or in a node that dies before the commit.
func (w *wire) deliver(rt *rapid.T, i int, crash bool) {
	x := w.flying[i]
	var items []protocol.Item
	err := w.to.store.Update(context.Background(), func(tx feature.Tx) error {
		in, err := w.to.Inlet(tx, x.Queue, x.Token)
		if err != nil {
			return err
		}
		got, err := w.to.Open(tx, in, x.Blob, admitAll)
		if err == nil && crash {
			err = errCrash
		}
		items = got.Items
		return err
	})
	switch {
	case w.opened[x.words]:
		if !errors.Is(err, ErrUndecryptable) {
			rt.Fatalf("%q a second time: got %v, want %v", x.words, err, ErrUndecryptable)
		}
	case errors.Is(err, errCrash):
	case err != nil:
		rt.Fatalf("open %q: %v", x.words, err)
	default:
		i := slices.IndexFunc(items, func(it protocol.Item) bool { return it.Kind == protocol.ItemEvent })
		if i < 0 || string(items[i].Data) != x.words {
			rt.Fatalf("open %q: got %d items", x.words, len(items))
		}
		w.opened[x.words] = true
	}
}

func TestNothingIsLostBetweenTwoSessions(t *testing.T) {
	p := newPair(t)
	rapid.Check(t, func(rt *rapid.T) {
		p.a.dropSessions(t, p.b)
		p.b.dropSessions(t, p.a)
		ways := []*wire{{from: p.a, to: p.b, opened: map[string]bool{}}, {from: p.b, to: p.a, opened: map[string]bool{}}}
		if rapid.Bool().Draw(rt, "both begin at once") {
			p.a.begin(t, p.b, nil)
			p.b.begin(t, p.a, nil)
		}
		begins := 0
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			w := ways[rapid.IntRange(0, 1).Draw(rt, "way")]
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0, 1, 2:
				w.send(t, rt, false)
			case 3:
				w.send(t, rt, true)
			case 4:
				if begins++; begins <= 2 {
					w.from.update(t, func(tx feature.Tx) error { return w.from.Abandon(tx, w.from.to(w.to)) })
				}
			default:
				if len(w.flying) == 0 {
					continue
				}
				i := rapid.IntRange(0, len(w.flying)-1).Draw(rt, "which")
				kind := rapid.IntRange(0, 4).Draw(rt, "how")
				w.deliver(rt, i, kind == 0)
				if kind == 1 {
					w.flying = slices.Delete(w.flying, i, i+1) // whatever became of it, no copy is left
				}
			}
		}
		for _, w := range ways { // every blob that was not lost opens in the end, in any order
			for _, i := range rapid.Permutation(indices(len(w.flying))).Draw(rt, "rest") {
				w.deliver(rt, i, false)
			}
		}
		for range 3 { // and both go on
			for _, w := range ways {
				w.send(t, rt, false)
				w.deliver(rt, len(w.flying)-1, false)
			}
		}
		if a, b := p.a.chosen(t, p.b), p.b.chosen(t, p.a); a != b && begins == 0 {
			rt.Fatalf("the session to send with: got %x and %x, want the same on both sides", a, b)
		}
	})
}

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

func (s *side) chosen(t testing.TB, o *side) [32]byte {
	t.Helper()
	var r Route
	s.view(t, func(tx feature.Tx) (err error) { r, err = s.Route(tx, s.to(o)); return err })
	l := s.choose(s.sessions(t, o), r)
	if l == nil {
		t.Fatal("no session to send with")
	}
	return l.sid()
}

func TestAFailedTransactionLeavesTheSessionsAsTheyWere(t *testing.T) {
	p := newPair(t)
	p.meet(t)
	x := p.b.seal(t, p.a, "in flight")
	before := p.a.rows(t)
	for range 5 {
		err := p.a.store.Update(t.Context(), func(tx feature.Tx) error {
			in, err := p.a.Inlet(tx, x.Queue, x.Token)
			if err != nil {
				return err
			}
			if _, err := p.a.Open(tx, in, x.Blob, admitAll); err != nil {
				return err
			}
			if _, err := p.a.Seal(tx, p.a.to(p.b), 0, text("an answer that never leaves")); err != nil {
				return err
			}
			return errCrash
		})
		if !errors.Is(err, errCrash) {
			t.Fatal(err)
		}
	}
	if !maps.Equal(before, p.a.rows(t)) {
		t.Error("the store changed")
	}
	p.a.want(t, x, "in flight")
}
