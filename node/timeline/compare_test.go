package timeline

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

func (r room) ids(t testing.TB, from, to uint64, may func(*protocol.Event) (bool, error)) (out []protocol.EventID) {
	t.Helper()
	r.view(t, func(tx feature.Tx) error {
		return r.IDs(tx, r.log, from, to, may, func(_ uint64, id protocol.EventID) bool {
			out = append(out, id)
			return true
		})
	})
	return out
}

func (r room) missing(t testing.TB) (out []protocol.EventID) {
	t.Helper()
	r.view(t, func(tx feature.Tx) (err error) {
		out, err = r.Timeline.Missing(tx, r.log)
		return err
	})
	return out
}

func TestIDsOfARangeOfOrders(t *testing.T) {
	a, _, _, late := removed(t)
	for _, e := range late {
		if err := a.hear(t, e); err != nil {
			t.Fatal(err)
		}
	}
	last := a.say(t, "last")
	all := a.all(t)
	if len(all) != 4 {
		t.Fatalf("events of the log: got %d, want 4 with 2 that are hidden", len(all))
	}
	of := func(from, to int) (out []protocol.EventID) {
		for _, e := range all[from:to] {
			out = append(out, e.ID)
		}
		return out
	}
	mine := func(e *protocol.Event) (bool, error) { return e.Author == a.alice, nil }
	for _, c := range []struct {
		name     string
		from, to uint64
		may      func(*protocol.Event) (bool, error)
		want     []protocol.EventID
	}{
		{"all", 0, math.MaxUint64, nil, of(0, 4)},
		{"the first two", 1, 3, nil, of(0, 2)},
		{"from the second", 2, math.MaxUint64, nil, of(1, 4)},
		{"none", 3, 3, nil, nil},
		{"behind the end", 5, math.MaxUint64, nil, nil},
		{"those that may be read", 0, math.MaxUint64, mine, of(3, 4)},
	} {
		if got := a.ids(t, c.from, c.to, c.may); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %d, want %d in order", c.name, len(got), len(c.want))
		}
	}
	n := 0
	a.view(t, func(tx feature.Tx) error {
		ends, err := a.Ends(tx, a.log)
		if err == nil && ends != last.Ord {
			t.Errorf("the last order: got %d, want %d", ends, last.Ord)
		}
		return errors.Join(err, a.IDs(tx, a.log, 0, math.MaxUint64, nil, func(uint64, protocol.EventID) bool { n++; return n < 2 }))
	})
	if n != 2 {
		t.Errorf("events told of until told to stop: got %d, want 2", n)
	}
	failed := errors.New("may failed")
	a.view(t, func(tx feature.Tx) error {
		may := func(*protocol.Event) (bool, error) { return false, failed }
		if err := a.IDs(tx, a.log, 0, math.MaxUint64, may, nil); !errors.Is(err, failed) {
			t.Errorf("IDs where may fails: got %v, want %v", err, failed)
		}
		return nil
	})

}

func TestRawIsWhatTheAuthorSigned(t *testing.T) {
	a, _, _, late := removed(t)
	if err := a.hear(t, late[0]); err != nil {
		t.Fatal(err)
	}
	a.view(t, func(tx feature.Tx) error {
		raw, stamp, err := a.Raw(tx, a.log, late[0].ID)
		if err == nil && (!bytes.Equal(raw, late[0].Encode()) || stamp != late[0].stamp) {
			t.Errorf("a hidden event: got %d bytes and %+v, want those that came", len(raw), stamp)
		}
		if _, _, err := a.Raw(tx, a.log, missingID()); !errors.Is(err, feature.ErrNotFound) {
			t.Errorf("an event that is not here: got %v, want %v", err, feature.ErrNotFound)
		}
		return err
	})
	k := newReplicas(t, 1)[0].with(t, randomAccount())
	direct := k.say(t, "direct")
	k.view(t, func(tx feature.Tx) error {
		if _, _, err := k.Raw(tx, k.c.Log, direct.ID); !errors.Is(err, feature.ErrNotFound) {
			t.Errorf("an event of a direct log: got %v, want %v", err, feature.ErrNotFound)
		}
		return nil
	})
}

func TestVoidEventsAreHandedToNobodyAndTakenBack(t *testing.T) {
	rooms := found(t, newMembers(t, 2))
	a, b := rooms[0], rooms[1]
	parent := a.say(t, "parent")
	body, err := event.Encode(event.MessageSent{Content: "liar"})
	if err != nil {
		t.Fatal(err)
	}
	liar, err := protocol.NewEvent(rand.Reader, protocol.Header{Log: a.log, Author: a.alice, Kind: event.MessageSent{}.Kind(), Ord: 9,
		Parents: []protocol.EventID{parent.ID}, Heads: parent.Heads}, body)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.hear(t, posted{liar, feature.Stamp{CSeq: 1, Proof: parent.stamp.Proof}}); err != nil {
		t.Fatal(err)
	}
	b.wants(t, "liar")
	if got, want := b.missing(t), []protocol.EventID{parent.ID}; !slices.Equal(got, want) {
		t.Errorf("missing: got %v, want the parent %v", got, want)
	}
	if err := b.hear(t, parent); err != nil {
		t.Fatal(err)
	}
	b.wants(t, "parent")
	if got := b.ids(t, 0, math.MaxUint64, nil); !slices.Equal(got, []protocol.EventID{parent.ID}) {
		t.Errorf("ids: got %d, want the parent alone", len(got))
	}
	if got := b.missing(t); len(got) != 0 {
		t.Errorf("missing after the parent came: got %v, want none", got)
	}
	b.view(t, func(tx feature.Tx) error {
		if _, _, err := b.Raw(tx, b.log, liar.ID); !errors.Is(err, feature.ErrNotFound) {
			t.Errorf("Raw of a void event: got %v, want %v", err, feature.ErrNotFound)
		}
		return nil
	})
}

func TestGapsOfOlderVersionsAreReadAndFilled(t *testing.T) {
	for _, waiting := range []int{1, 2, 5} {
		t.Run(fmt.Sprint(waiting), func(t *testing.T) {
			rooms := found(t, newMembers(t, 2))
			a, b := rooms[0], rooms[1]
			parent := a.say(t, "parent")
			var places []protocol.Place
			for i := range waiting {
				body, err := event.Encode(event.MessageSent{Content: fmt.Sprint(i)})
				if err != nil {
					t.Fatal(err)
				}
				e, err := protocol.NewEvent(rand.Reader, protocol.Header{Log: a.log, Author: a.alice, Device: protocol.Device{byte(i)},
					Kind: event.MessageSent{}.Kind(), Ord: 2, Parents: []protocol.EventID{parent.ID}, Heads: parent.Heads}, body)
				if err != nil {
					t.Fatal(err)
				}
				if err := b.hear(t, posted{e, parent.stamp}); err != nil {
					t.Fatal(err)
				}
				places = append(places, e.Place())
			}
			b.update(t, func(tx feature.Tx) error { // the places alone, as they were kept before
				book, err := b.book(tx, b.log)
				if err != nil {
					return err
				}
				return storage.PutAs(tx, book.realm, book.gapKey(parent.ID), places)
			})
			if got, want := b.missing(t), []protocol.EventID{parent.ID}; !slices.Equal(got, want) {
				t.Errorf("missing: got %v, want %v", got, want)
			}
			if err := b.hear(t, parent); err != nil {
				t.Fatal(err)
			}
			b.view(t, func(tx feature.Tx) error {
				page, err := b.Page(tx, b.log, feature.Range{})
				gap := slices.ContainsFunc(page, func(e feature.Entry) bool { return e.Gap })
				if err == nil && (gap || len(page) != waiting+1) {
					t.Errorf("after the parent came: got %d events, gap mark %v, want %d without", len(page), gap, waiting+1)
				}
				return err
			})
		})
	}
}

func BenchmarkIDsOf1000(b *testing.B) {
	r := found(b, newMembers(b, 1))[0]
	for i := range 1000 {
		r.say(b, fmt.Sprint(i))
	}
	b.ResetTimer()
	for range b.N {
		if got := len(r.ids(b, 0, math.MaxUint64, nil)); got != 1000 {
			b.Fatalf("ids: got %d, want 1000", got)
		}
	}
}
