package timeline

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// ranks returns the numbers of a log as a reader gets them.
func (r *replica) ranksOf(t *testing.T, c feature.Conversation) (out feature.Ranks) {
	t.Helper()
	if err := r.store.View(func(tx feature.Tx) (err error) {
		out, err = r.Ranks(tx, c.Log)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRowsAreNumberedWhileTheyAreCounted(t *testing.T) {
	r := newReplicas(t, 1)[0]
	c := r.with(t, protocol.Account{9}).c
	const writers, each = 4, 25
	say := func(n int) error {
		return r.store.Update(t.Context(), func(tx feature.Tx) error {
			if _, err := r.Append(tx, feature.Draft{Log: c.Log, Author: r.alice, Body: event.MessageSent{Content: fmt.Sprint(n)}}); err != nil {
				return err
			}
			_, err := r.Append(tx, feature.Draft{Log: c.Log, Author: r.alice, Body: event.MessageEdited{Message: protocol.EventID{1}, Content: "else"}})
			return err
		})
	}
	var work sync.WaitGroup
	for w := range writers {
		work.Go(func() {
			for n := range each {
				if err := say(w*each + n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Go(func() {
		for range each {
			held := r.ranksOf(t, c)
			kept := slices.Clone(held)
			now := r.ranksOf(t, c)
			if len(now) < len(held) || !slices.Equal(held, kept) || !slices.IsSortedFunc(now, compareRanks) {
				t.Errorf("ranks: got %d rows after %d, unchanged %v", len(now), len(held), slices.Equal(held, kept))
			}
		}
	})
	work.Wait()
	counted := r.ranksOf(t, c)
	r.ranks = rankings{logs: map[storage.Key]*ranked{}}
	if again := r.ranksOf(t, c); len(again) != writers*each || !slices.Equal(counted, again) {
		t.Errorf("ranks: got %d and, counted again, %d rows; want %d", len(counted), len(again), writers*each)
	}
	for i, rank := range counted {
		if got := counted.Before(rank.Place()); got != i {
			t.Fatalf("number of row %d: got %d", i, got)
		}
	}
}
