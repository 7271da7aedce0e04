package reconcile

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// log is what a node holds, as a caller of this package would.
type log struct{ items []Item }

func (l *log) within(ranges []Range) (kept []Item) {
	for _, it := range l.items {
		if slices.ContainsFunc(ranges, func(r Range) bool { return r.First <= it.Ord && it.Ord <= r.Last }) {
			kept = append(kept, it)
		}
	}
	return kept
}

func (l *log) newest() (ord uint64) {
	for _, it := range l.items {
		ord = max(ord, it.Ord)
	}
	return ord
}

// catchUp is one pass: digest, buckets, session, fetch. It returns the number of items that came.
func (l *log) catchUp(t *testing.T, other *log) int {
	t.Helper()
	mine := Buckets(set(t, l.items))
	theirs, err := DecodeBuckets(EncodeBuckets(Buckets(set(t, other.items)), 0))
	if err != nil {
		t.Fatal(err)
	}
	if Digest(mine) == Digest(theirs) {
		return 0
	}
	last := EndOfNext(l.newest())
	theirs = Between(theirs, 0, BucketOf(last))
	ranges := Differ(Between(mine, 0, BucketOf(last)), theirs)
	if len(ranges) == 0 {
		return 0
	}
	asked, err := DecodeRanges(EncodeRanges(ranges))
	if err != nil {
		t.Fatal(err)
	}
	o := talk(t, set(t, l.within(ranges)), set(t, other.within(asked)), Options{MaxOrd: last}, Options{})
	wanted := map[ID]bool{}
	for _, id := range o.need {
		wanted[id] = true
	}
	for _, it := range other.items {
		if wanted[it.ID] {
			l.items = append(l.items, it)
		}
	}
	return len(o.need)
}

func TestNodesCatchUpBucketByBucket(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 9))
	var away, home log
	for n := range 20_000 {
		it := item(n, 1)
		switch {
		case n == 50 || n == 600:
			away.items = append(away.items, it)
		case n < 3000 && r.IntN(500) != 0:
			away.items = append(away.items, it)
			home.items = append(home.items, it)
		default:
			home.items = append(home.items, it)
		}
	}
	passes := 0
	for away.catchUp(t, &home) > 0 {
		passes++
	}
	for home.catchUp(t, &away) > 0 {
		passes++
	}
	if passes != 5 {
		t.Errorf("got %d passes, want 4 of who was away, one for each bucket that was new, and 1 of who was not", passes)
	}
	if got, want := Digest(Buckets(set(t, away.items))), Digest(Buckets(set(t, home.items))); got != want {
		t.Errorf("got the digests %x and %x, want one", got, want)
	}

	// A peer that fills the far end of the log is not followed there.
	home.items = append(home.items, Item{Ord: 1 << 40, ID: ID{1}})
	if got := away.catchUp(t, &home); got != 0 {
		t.Errorf("an item in a far bucket: got %d items, want none", got)
	}
}

func TestRoundsGrowWithTheLogarithm(t *testing.T) {
	t.Parallel()
	items := world(200_000)
	all := set(t, items)
	for _, c := range []struct{ size, most int }{{500, 1}, {8000, 2}, {100_000, 2}, {200_000, 3}} {
		for _, missing := range []int{0, c.size / 2, c.size - 1} {
			theirs := set(t, slices.Delete(slices.Clone(items[:c.size]), missing, missing+1))
			mine := all
			if c.size < len(items) {
				mine = set(t, items[:c.size])
			}
			o := talk(t, mine, theirs, Options{}, Options{})
			sameIDs(t, "have", o.have, []ID{items[missing].ID})
			if o.rounds > c.most {
				t.Errorf("%d items, one more here: got %d rounds, want at most %d", c.size, o.rounds, c.most)
			}
		}
	}
}

func TestShortListsTakeOneRound(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(10, 10))
	for range 50 {
		var mine, theirs []Item
		for n := range 511 {
			if r.IntN(3) > 0 {
				mine = append(mine, item(n, 3))
			}
			if r.IntN(3) > 0 {
				theirs = append(theirs, item(n, 3))
			}
		}
		if o := talk(t, set(t, mine), set(t, theirs), Options{}, Options{}); o.rounds != 1 {
			t.Fatalf("%d items here, %d there: got %d rounds, want 1", len(mine), len(theirs), o.rounds)
		}
	}
	same := set(t, world(511))
	o := talk(t, same, same, Options{}, Options{})
	if want := 1 + 2 + 1 + 2 + 511*32 + 1; o.bytes != want {
		t.Errorf("the same 511 items: got %d bytes, want %d, because nobody answers what is known", o.bytes, want)
	}
}
