package reconcile

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// twoSets makes sets of n items of which d are on one side only, scattered or, away, the newest on the other.
func twoSets(n, d int, away bool) (mine, theirs []Item) {
	r := rand.New(rand.NewPCG(1, 2))
	single := map[int]bool{}
	for len(single) < d {
		if away {
			single[n-1-len(single)] = true
		} else {
			single[r.IntN(n)] = true
		}
	}
	for i := range n {
		it := item(i, 2)
		if !single[i] || !away && i%2 == 0 {
			mine = append(mine, it)
		}
		if !single[i] || away || i%2 == 1 {
			theirs = append(theirs, it)
		}
	}
	return mine, theirs
}

func BenchmarkSession(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		for _, d := range []int{0, 1, 100, 1000} {
			for _, away := range []bool{false, true} {
				name := fmt.Sprintf("items=%d/scattered=%d", n, d)
				if away {
					name = fmt.Sprintf("items=%d/newest=%d", n, d)
				}
				b.Run(name, func(b *testing.B) {
					x, y := twoSets(n, d, away)
					mine, theirs := set(b, x), set(b, y)
					b.ReportAllocs()
					var o outcome
					for b.Loop() {
						o = talk(b, mine, theirs, Options{}, Options{})
					}
					b.ReportMetric(float64(o.rounds), "rounds")
					b.ReportMetric(float64(o.bytes), "wire-bytes")
				})
			}
		}
	}
}

// BenchmarkShortList compares a session that starts with all ids with one that starts with fingerprints.
func BenchmarkShortList(b *testing.B) {
	for _, n := range []int{64, 128, 256, 511, 1024, 1800} {
		for _, d := range []int{1, 10, 50} {
			for _, short := range []int{shortSplit, 1900} {
				name := fmt.Sprintf("items=%d/scattered=%d/fingerprints", n, d)
				if short > shortSplit {
					name = fmt.Sprintf("items=%d/scattered=%d/ids", n, d)
				}
				b.Run(name, func(b *testing.B) {
					x, y := twoSets(n, d, false)
					mine, theirs := set(b, x), set(b, y)
					rounds, size := 0, 0
					for b.Loop() {
						asker, answerer := NewInitiator(mine, Options{}), NewResponder(theirs, Options{})
						w := newWriter(MaxMessage)
						w.split(mine, 0, mine.Len(), infinite, short)
						asker.started, rounds, size = true, 0, 0
						for message := w.buf; message != nil; rounds++ {
							answer, err := answerer.Reply(message)
							if err != nil {
								b.Fatal(err)
							}
							turn, err := asker.Take(answer)
							if err != nil {
								b.Fatal(err)
							}
							size += len(message) + len(answer)
							message = turn.Next
						}
					}
					b.ReportMetric(float64(rounds), "rounds")
					b.ReportMetric(float64(size), "wire-bytes")
				})
			}
		}
	}
}

func BenchmarkNewSet(b *testing.B) {
	items := world(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NewSet(items); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBuckets(b *testing.B) {
	s := set(b, world(100_000))
	for b.Loop() {
		Digest(Buckets(s))
	}
}

// BenchmarkHostileMessage is what the longest messages cost the one who answers.
func BenchmarkHostileMessage(b *testing.B) {
	s := set(b, world(100_000))
	right := []byte{version}
	for at, ord := 0, uint64(0); len(right) < MaxMessage-30; {
		ord += 15
		to := s.find(at, s.Len(), bound{ord: ord})
		f := s.fingerprint(at, to)
		right, at = append(append(right, 16, 0, byte(modeFingerprint)), f[:]...), to
	}
	for name, message := range map[string][]byte{
		"skips":              append([]byte{version}, bytes.Repeat([]byte{2, 0, 0}, (MaxMessage-1)/3)...),
		"right fingerprints": right,
		"wrong fingerprints": append([]byte{version}, bytes.Repeat(append([]byte{17, 0, 1}, make([]byte, 16)...), (MaxMessage-1)/19)...),
		"empty lists":        append([]byte{version}, bytes.Repeat([]byte{17, 0, 2, 0}, (MaxMessage-1)/4)...),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := NewResponder(s, Options{}).Reply(message); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
