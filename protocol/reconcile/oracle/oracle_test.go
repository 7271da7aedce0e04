package oracle

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nbd-wtf/go-nostr"
	"github.com/nbd-wtf/go-nostr/nip77/negentropy"
	"github.com/nbd-wtf/go-nostr/nip77/negentropy/storage/vector"

	"conclave/protocol/reconcile"
)

// world is two sets made from a seed, and what they differ in.
type world struct {
	mine, theirs []reconcile.Item
	have, need   []string // sorted
}

// frames are the limits tried; 61,440 is ours.
var frames = []int{4096, 10_000, 61_440}

func newWorld(seed uint64) (w world) {
	r := rand.New(rand.NewPCG(seed, 7))
	size := []int{0, 1, 20, 31, 32, 100, 511, 512, 600, 2000, 5000}[r.IntN(11)]
	perOrd := []int{1, 2, 50, 10_000}[r.IntN(4)]
	only := []int{0, 1, 10, 300, 1000}[r.IntN(5)] // of a thousand items, known to one side only
	side := r.IntN(3)
	gap := []uint64{1, 200, 1 << 30}[r.IntN(3)]
	last := reconcile.ID{}
	for n := range size {
		it := reconcile.Item{Ord: 1 + gap*uint64(n/perOrd)}
		for i := range it.ID {
			it.ID[i] = byte(r.Uint32())
		}
		if r.IntN(5) == 0 {
			// Ids that begin alike need long bounds. The library looks at 16 bytes only, enough for hashes.
			copy(it.ID[:14], last[:])
		}
		last = it.ID
		switch {
		case r.IntN(1000) >= only:
			w.mine, w.theirs = append(w.mine, it), append(w.theirs, it)
		case side == 0 || side == 2 && r.IntN(2) == 0:
			w.mine, w.have = append(w.mine, it), append(w.have, hex.EncodeToString(it.ID[:]))
		default:
			w.theirs, w.need = append(w.theirs, it), append(w.need, hex.EncodeToString(it.ID[:]))
		}
	}
	slices.Sort(w.have)
	slices.Sort(w.need)
	return w
}

// known is a set in the library's form.
func known(items []reconcile.Item) *vector.Vector {
	v := vector.New()
	for _, it := range items {
		v.Insert(nostr.Timestamp(it.Ord), hex.EncodeToString(it.ID[:]))
	}
	v.Seal()
	return v
}

func ours(t *testing.T, items []reconcile.Item) *reconcile.Set {
	t.Helper()
	s, err := reconcile.NewSet(slices.Clone(items))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func texts(ids []reconcile.ID) (out []string) {
	for _, id := range ids {
		out = append(out, hex.EncodeToString(id[:]))
	}
	return out
}

// sets compares without regard to order; the library may tell an id twice, we may not.
func sets(t *testing.T, what string, got, want []string, doubles bool) {
	t.Helper()
	got = slices.Clone(got)
	slices.Sort(got)
	if doubles {
		got = slices.Compact(got)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %d ids, want %d, or others", what, len(got), len(want))
	}
}

func TestFirstMessageIsTheirs(t *testing.T) {
	for seed := range uint64(300) {
		w := newWorld(seed)
		if n := len(w.mine); n >= 32 && n < reconcile.ShortList {
			continue // Here we send all ids, and the library fingerprints.
		}
		got := hex.EncodeToString(reconcile.NewInitiator(ours(t, w.mine), reconcile.Options{}).Start())
		if want := negentropy.New(known(w.mine), 0).Start(); got != want {
			t.Fatalf("seed %d, %d items: got %s, want %s", seed, len(w.mine), got, want)
		}
	}
}

func TestTheirResponderAnswersUs(t *testing.T) {
	for seed := range uint64(300) {
		w := newWorld(seed)
		frame := frames[seed%3]
		asker := reconcile.NewInitiator(ours(t, w.mine), reconcile.Options{Frame: frame, Rounds: 1000})
		answerer := negentropy.New(known(w.theirs), frame)
		var have, need []string
		for message := asker.Start(); message != nil; {
			answer, err := answerer.Reconcile(hex.EncodeToString(message))
			if err != nil {
				t.Fatalf("seed %d: the library refuses our message: %v", seed, err)
			}
			raw, err := hex.DecodeString(answer)
			if err != nil {
				t.Fatal(err)
			}
			turn, err := asker.Take(raw)
			if err != nil {
				t.Fatalf("seed %d: we refuse the library's answer: %v", seed, err)
			}
			have, need = append(have, texts(turn.Have)...), append(need, texts(turn.Need)...)
			message = turn.Next
		}
		sets(t, fmt.Sprintf("seed %d, frames of %d: have", seed, frame), have, w.have, false)
		sets(t, fmt.Sprintf("seed %d, frames of %d: need", seed, frame), need, w.need, false)
	}
}

func TestWeAnswerTheirInitiator(t *testing.T) {
	for seed := range uint64(300) {
		w := newWorld(seed)
		frame := frames[seed%3]
		asker := negentropy.New(known(w.mine), frame)
		answerer := reconcile.NewResponder(ours(t, w.theirs), reconcile.Options{Frame: frame, Rounds: 1000})
		done := make(chan struct{})
		var have, need []string
		go func() {
			defer close(done)
			haves, needs := asker.Haves, asker.HaveNots
			for haves != nil || needs != nil {
				select {
				case id, ok := <-haves:
					if !ok {
						haves = nil
						continue
					}
					have = append(have, id)
				case id, ok := <-needs:
					if !ok {
						needs = nil
						continue
					}
					need = append(need, id)
				}
			}
		}()
		for message := asker.Start(); message != ""; {
			raw, err := hex.DecodeString(message)
			if err != nil {
				t.Fatal(err)
			}
			answer, err := answerer.Reply(raw)
			if err != nil {
				t.Fatalf("seed %d: we refuse the library's message: %v", seed, err)
			}
			if message, err = asker.Reconcile(hex.EncodeToString(answer)); err != nil {
				t.Fatalf("seed %d: the library refuses our answer: %v", seed, err)
			}
		}
		<-done
		sets(t, fmt.Sprintf("seed %d, frames of %d: have", seed, frame), have, w.have, true)
		sets(t, fmt.Sprintf("seed %d, frames of %d: need", seed, frame), need, w.need, true)
	}
}
