package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// item makes the nth item of a world in which each ord has perOrd items.
func item(n, perOrd int) Item {
	return Item{Ord: uint64(1 + n/perOrd), ID: sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)))}
}

func set(t testing.TB, items []Item) *Set {
	t.Helper()
	s, err := NewSet(slices.Clone(items))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// outcome is what an initiator learned, and what it cost.
type outcome struct {
	have, need    []ID
	rounds, bytes int
	longest       int
}

// talk runs a session to its end.
func talk(t testing.TB, mine, theirs *Set, a, b Options) (o outcome) {
	t.Helper()
	asker, answerer := NewInitiator(mine, a), NewResponder(theirs, b)
	for message := asker.Start(); message != nil; {
		answer, err := answerer.Reply(message)
		if err != nil {
			t.Fatalf("reply in round %d: %v", o.rounds, err)
		}
		turn, err := asker.Take(answer)
		if err != nil {
			t.Fatalf("take in round %d: %v", o.rounds, err)
		}
		o.rounds++
		o.bytes += len(message) + len(answer)
		o.longest = max(o.longest, len(message), len(answer))
		o.have, o.need = append(o.have, turn.Have...), append(o.need, turn.Need...)
		message = turn.Next
	}
	return o
}

// minus returns the ids of the items in one and not in the other, in no order.
func minus(these, others []Item) (ids []ID) {
	known := map[ID]bool{}
	for _, it := range others {
		known[it.ID] = true
	}
	for _, it := range these {
		if !known[it.ID] {
			ids = append(ids, it.ID)
		}
	}
	return ids
}

// sameIDs compares as multisets, so that an id told twice is found.
func sameIDs(t testing.TB, what string, got, want []ID) {
	t.Helper()
	less := func(a, b ID) int { return slices.Compare(a[:], b[:]) }
	got, want = slices.Clone(got), slices.Clone(want)
	slices.SortFunc(got, less)
	slices.SortFunc(want, less)
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %d ids, want %d, or others", what, len(got), len(want))
	}
}

func TestSessionFindsExactlyTheDifference(t *testing.T) {
	t.Parallel()
	differences := map[string]func(r *rand.Rand, n int) (mine, theirs bool){
		"none":      func(*rand.Rand, int) (bool, bool) { return true, true },
		"one mine":  func(_ *rand.Rand, n int) (bool, bool) { return true, n != 0 },
		"one yours": func(_ *rand.Rand, n int) (bool, bool) { return n != 0, true },
		"few":       func(r *rand.Rand, _ int) (bool, bool) { return r.IntN(200) != 0, r.IntN(200) != 0 },
		"half":      func(r *rand.Rand, _ int) (bool, bool) { return r.IntN(2) == 0, r.IntN(2) == 0 },
		"all mine":  func(*rand.Rand, int) (bool, bool) { return true, false },
		"all yours": func(*rand.Rand, int) (bool, bool) { return false, true },
		"apart":     func(_ *rand.Rand, n int) (bool, bool) { return n%2 == 0, n%2 == 1 },
		"behind":    func(_ *rand.Rand, n int) (bool, bool) { return n < 300, true },
	}
	for name, in := range differences {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(1, uint64(len(name))))
			for _, size := range []int{0, 1, 2, 31, 32, 33, 511, 512, 513, 1000, 5000} {
				for _, perOrd := range []int{1, 3, 6000} {
					var mine, theirs []Item
					for n := range size {
						a, b := in(r, n)
						if a {
							mine = append(mine, item(n, perOrd))
						}
						if b {
							theirs = append(theirs, item(n, perOrd))
						}
					}
					for _, frame := range []int{0, 4096, 6000} {
						what := fmt.Sprintf("%d items, %d an ord, frames of %d", size, perOrd, frame)
						o := talk(t, set(t, mine), set(t, theirs), Options{Frame: frame, Rounds: 1000}, Options{Frame: frame, Rounds: 1000})
						sameIDs(t, what+": have", o.have, minus(mine, theirs))
						sameIDs(t, what+": need", o.need, minus(theirs, mine))
						if limit := max(frame, 4096); frame > 0 && o.longest > limit {
							t.Errorf("%s: got a message of %d bytes, want at most %d", what, o.longest, limit)
						} else if o.longest > MaxMessage {
							t.Errorf("%s: got a message of %d bytes, want at most %d", what, o.longest, MaxMessage)
						}
					}
				}
			}
		})
	}
}

// Wherever a frame ends, in a list or between two ranges, the session goes on from there.
func TestFramesEndAnywhere(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(12, 12))
	var mine, theirs []Item
	for n := range 2000 {
		if r.IntN(2) == 0 {
			mine = append(mine, item(n, 2))
		}
		if r.IntN(2) == 0 {
			theirs = append(theirs, item(n, 2))
		}
	}
	for frame := minFrame; frame < minFrame+1200; frame += 11 {
		for _, short := range []Options{{Frame: frame}, {Frame: MaxMessage}} {
			o := talk(t, set(t, mine), set(t, theirs), short, Options{Frame: frame})
			sameIDs(t, fmt.Sprintf("frames of %d and %d: have", short.Frame, frame), o.have, minus(mine, theirs))
			sameIDs(t, fmt.Sprintf("frames of %d and %d: need", short.Frame, frame), o.need, minus(theirs, mine))
			if short.Frame == frame && o.longest > frame {
				t.Errorf("got a message of %d bytes, want at most %d", o.longest, frame)
			}
		}
	}
}

// A list may be asked for when fingerprints left no place for any of its ids.
func TestListBehindFingerprints(t *testing.T) {
	t.Parallel()
	s := set(t, world(2000))
	message := []byte{version}
	for range 15 {
		message = append(append(message, 21, 0, byte(modeFingerprint)), make([]byte, fingerprintSize)...) // 40 items each
	}
	message = append(message, 0, 0, byte(modeList), 0)
	for frame := minFrame; frame < minFrame+700; frame++ {
		answer, err := NewResponder(s, Options{Frame: frame}).Reply(message)
		if err != nil || len(answer) > frame {
			t.Fatalf("frames of %d: got %d bytes and %v", frame, len(answer), err)
		}
		wellFormed(t, answer)
	}
}
