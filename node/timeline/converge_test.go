package timeline

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

func TestReplicasConvergeWhateverTheWayThere(t *testing.T) {
	replicas := newReplicas(t, 3)
	rapid.Check(t, func(rt *rapid.T) {
		other := randomAccount()
		var talks []talk
		var events []*protocol.Event
		heard := make([]map[protocol.EventID]bool, len(replicas))
		for i, r := range replicas {
			talks = append(talks, r.with(t, other))
			heard[i] = map[protocol.EventID]bool{}
		}
		any := rapid.IntRange(0, len(talks)-1)
		hear := func(i int, e *protocol.Event) {
			err := talks[i].hear(t, e)
			if want := heard[i][e.ID]; errors.Is(err, ErrDuplicate) != want || err != nil && !want {
				rt.Fatalf("replica %d hears an event (again: %v): got %v", i, want, err)
			}
			heard[i][e.ID] = true
		}
		for range rapid.IntRange(1, 25).Draw(rt, "steps") {
			i := any.Draw(rt, "replica")
			if len(events) == 0 || rapid.IntRange(0, 2).Draw(rt, "append") == 0 {
				e := talks[i].say(t, fmt.Sprint("message ", len(events)))
				heard[i][e.ID] = true
				events = append(events, e)
				continue
			}
			hear(i, events[rapid.IntRange(0, len(events)-1).Draw(rt, "event")])
			check(rt, t, talks[i], heard[i])
		}
		for i, k := range talks {
			for _, e := range rapid.Permutation(events).Draw(rt, "rest") {
				hear(i, e)
			}
			check(rt, t, k, heard[i])
		}
		want, n := talks[0].history(t)
		if n != len(events) {
			rt.Fatalf("events in the history: got %d, want %d", n, len(events))
		}
		for i, k := range talks[1:] {
			if got, _ := k.history(t); got != want {
				rt.Fatalf("history of replica %d: got %x, want %x", i+1, got, want)
			}
		}
	})
}

// check compares a replica with what follows from the events that it heard: order, gap marks, heads.
func check(rt *rapid.T, t *testing.T, k talk, heard map[protocol.EventID]bool) {
	page := k.page(t)
	if len(page) != len(heard) {
		rt.Fatalf("events shown: got %d, want %d", len(page), len(heard))
	}
	if !slices.IsSortedFunc(page, func(a, b feature.Entry) int { return a.Place().Compare(b.Place()) }) {
		rt.Fatal("the page is not in the order of the log")
	}
	var whole []feature.Entry
	for _, e := range page {
		gap := slices.ContainsFunc(e.Parents, func(id protocol.EventID) bool { return !heard[id] })
		if e.Gap != gap {
			rt.Fatalf("gap mark of an event with parents missing (%v): got %v", gap, e.Gap)
		}
		if !gap {
			whole = append(whole, e)
		}
	}
	want := leaves(whole)
	if got := k.heads(t); !slices.Equal(got, want) {
		rt.Fatalf("heads: got %d %v, want %d %v", len(got), got, len(want), want)
	}
}

func TestRebuildMakesTheSameProjection(t *testing.T) {
	replicas := newReplicas(t, 2)
	other := randomAccount()
	a, b := replicas[0].with(t, other), replicas[1].with(t, other)
	var events []*protocol.Event
	for i := range 40 {
		e := a.say(t, fmt.Sprint(i))
		if i%3 == 0 {
			events = append([]*protocol.Event{e}, events...)
		} else {
			events = append(events, e)
		}
	}
	for _, e := range events {
		if err := b.hear(t, e); err != nil {
			t.Fatal(err)
		}
	}
	kept := func() map[storage.Key]string {
		out := map[storage.Key]string{}
		if err := b.store.View(func(tx feature.Tx) error {
			realm, err := b.ring.Conversation(tx, b.c.Log)
			if err != nil {
				return err
			}
			return tx.Scan(realm, realm.Key(storage.Counters), storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
				out[k] = string(v)
				return true, nil
			})
		}); err != nil {
			t.Fatal(err)
		}
		return out
	}
	want := kept()
	b.update(t, func(tx feature.Tx) error {
		for k := range want {
			tx.Delete(k)
		}
		return nil
	})
	b.update(t, func(tx feature.Tx) error {
		n, err := b.Rebuild(tx, b.c.Log)
		if err == nil && n != len(events) {
			t.Errorf("events rebuilt: got %d, want %d", n, len(events))
		}
		return err
	})
	got := kept()
	if len(got) != len(want) || len(want) != len(events) {
		t.Fatalf("rows of the projection: got %d, want %d of %d events", len(got), len(want), len(events))
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("a row after Rebuild: got %q, want %q", got[k], v)
		}
	}
}

func TestRebuildBeginsAtTheBeginning(t *testing.T) {
	a := newReplicas(t, 1)[0].with(t, randomAccount())
	const batches, each = 6, 200 // more than one page
	for range batches {
		a.update(t, func(tx feature.Tx) error {
			for i := range each {
				if _, err := a.Append(tx, feature.Draft{Log: a.c.Log, Author: a.alice, Body: event.MessageSent{Content: fmt.Sprint(i)}}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	a.update(t, func(tx feature.Tx) error {
		n, err := a.Rebuild(tx, a.c.Log)
		if n != batches*each {
			t.Errorf("events rebuilt: got %d, want %d", n, batches*each)
		}
		return err
	})
}
