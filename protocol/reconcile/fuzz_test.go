package reconcile

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

func FuzzMessage(f *testing.F) {
	items := world(3000)
	all, some := set(f, items), set(f, items[700:])
	asker, answerer := NewInitiator(all, Options{Frame: minFrame}), NewResponder(some, Options{Frame: minFrame})
	for message := asker.Start(); message != nil; {
		f.Add(message)
		answer, err := answerer.Reply(message)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(answer)
		turn, err := asker.Take(answer)
		if err != nil {
			f.Fatal(err)
		}
		message = turn.Next
	}
	for _, message := range malformed() {
		f.Add(message)
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		answer, err := NewResponder(all, Options{Frame: minFrame}).Reply(message)
		if err != nil && !errors.Is(err, ErrMessage) {
			t.Fatalf("got %v, want ErrMessage", err)
		}
		if err == nil {
			if len(answer) > minFrame {
				t.Fatalf("got an answer of %d bytes, want at most %d", len(answer), minFrame)
			}
			wellFormed(t, answer)
		}
		asker := NewInitiator(some, Options{Frame: minFrame, MaxOrd: 1200})
		asker.Start()
		turn, err := asker.Take(message)
		if err != nil && !errors.Is(err, ErrMessage) {
			t.Fatalf("got %v, want ErrMessage", err)
		}
		if len(turn.Next) > minFrame || len(turn.Have) > some.Len() || len(turn.Need) > len(message)/32 {
			t.Fatalf("got %d bytes, %d to give and %d to fetch", len(turn.Next), len(turn.Have), len(turn.Need))
		}
		if turn.Next != nil {
			wellFormed(t, turn.Next)
		}
	})
}

func wellFormed(t *testing.T, message []byte) {
	t.Helper()
	r, err := newReader(message)
	for err == nil && r.more() {
		_, err = r.next()
	}
	if err != nil {
		t.Fatalf("got a message that is not well formed: %v", err)
	}
}

// FuzzSession talks to a peer that answers honestly, or with bytes of its own, as the script says.
func FuzzSession(f *testing.F) {
	f.Add(uint64(1), []byte{0, 0, 0, 0})
	f.Add(uint64(2), []byte{0, 1, 0, 2, 0, 3})
	f.Add(uint64(3), append([]byte{0, 4}, malformed()["a huge list"]...))
	f.Fuzz(func(t *testing.T, seed uint64, script []byte) {
		r := rand.New(rand.NewPCG(seed, 11))
		var mine, theirs []Item
		perOrd, size, odds := 1+r.IntN(20), r.IntN(2500), 1+r.IntN(100)
		for n := range size {
			if r.IntN(odds) != 1 {
				mine = append(mine, item(n, perOrd))
			}
			if r.IntN(odds) != 2 {
				theirs = append(theirs, item(n, perOrd))
			}
		}
		const rounds = 50
		s := set(t, mine)
		asker := NewInitiator(s, Options{Frame: minFrame, Rounds: rounds})
		answerer := NewResponder(set(t, theirs), Options{Frame: minFrame, Rounds: rounds})
		var have, need []ID
		honest, turns := true, 0
		for message := asker.Start(); message != nil; turns++ {
			if len(message) > minFrame || turns > rounds {
				t.Fatalf("turn %d: got a message of %d bytes", turns, len(message))
			}
			answer, err := answerer.Reply(message)
			if err != nil {
				t.Fatalf("turn %d: %v", turns, err)
			}
			if len(script) > 0 {
				var act byte
				act, script = script[0], script[1:]
				answer, honest = tamper(act, answer, script), honest && act%6 == 0
			}
			turn, err := asker.Take(answer)
			if err != nil && honest {
				t.Fatalf("turn %d with an honest peer: %v", turns, err)
			}
			have, need = append(have, turn.Have...), append(need, turn.Need...)
			message = turn.Next
		}
		if honest {
			sameIDs(t, "have", have, minus(mine, theirs))
			sameIDs(t, "need", need, minus(theirs, mine))
		}
		if got := distinct(have); got != len(have) || got > s.Len() {
			t.Fatalf("got %d ids to give, %d of them different, of a set of %d", len(have), got, s.Len())
		}
		if got := distinct(need); got != len(need) {
			t.Fatalf("got %d ids to fetch, %d of them different", len(need), got)
		}
	})
}

// tamper changes an answer in one of the ways a peer may think of; 0 changes nothing.
func tamper(act byte, answer, script []byte) []byte {
	switch act % 6 {
	case 1:
		return append([]byte{version}, script...)
	case 2:
		return append(wholeAs(modeFingerprint), make([]byte, fingerprintSize)...)
	case 3:
		return append(wholeAs(modeList, 1), bytes.Repeat([]byte{act}, 32)...)
	case 4:
		return answer[:len(answer)-len(answer)/4]
	case 5:
		answer[len(answer)/2] ^= act
	}
	return answer
}

func distinct(ids []ID) int {
	seen := map[ID]bool{}
	for _, id := range ids {
		seen[id] = true
	}
	return len(seen)
}

func FuzzLists(f *testing.F) {
	f.Add(EncodeBuckets(Buckets(set(f, world(30_000))), 0))
	f.Add(EncodeRanges([]Range{{0, 4095}, {8192, LastOrd}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		if all, err := DecodeBuckets(b); err == nil {
			if got := EncodeBuckets(all, 0); !bytes.Equal(got, b) {
				t.Fatalf("fingerprints: got %x, want %x", got, b)
			}
		}
		if ranges, err := DecodeRanges(b); err == nil {
			if got := EncodeRanges(ranges); !bytes.Equal(got, b) {
				t.Fatalf("ranges: got %x, want %x", got, b)
			}
		}
	})
}
