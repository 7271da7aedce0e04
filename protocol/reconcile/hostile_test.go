package reconcile

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// world makes n items, two of an ord.
func world(n int) (items []Item) {
	for i := range n {
		items = append(items, item(i, 2))
	}
	return items
}

func malformed() map[string][]byte {
	fingerprint := make([]byte, fingerprintSize)
	full := append([]byte{version, 0, 0, 1}, fingerprint...)
	return map[string][]byte{
		"nothing":                       {},
		"another version":               {0x62, 0, 0, 0},
		"too long":                      append([]byte{version}, bytes.Repeat([]byte{1, 0, 0}, MaxMessage/3)...),
		"half a bound":                  {version, 5},
		"no mode":                       {version, 5, 0},
		"an unknown mode":               {version, 0, 0, 3},
		"a long prefix":                 append([]byte{version, 5, 33}, make([]byte, 40)...),
		"a prefix past the end":         {version, 5, 9, 1, 2, 3},
		"an infinite bound's prefix":    {version, 0, 1, 7, 0},
		"half a fingerprint":            full[:len(full)-1],
		"a list past the end":           {version, 0, 0, 2, 2, 1, 2, 3},
		"a huge list":                   append([]byte{version, 0, 0, 2}, appendVarint(nil, 1<<59)...),
		"a list whose bytes wrap":       append(append([]byte{version, 0, 0, 2}, appendVarint(nil, 1<<59+1)...), make([]byte, 32)...),
		"an ord past 64 bits":           append(append([]byte{version}, bytes.Repeat([]byte{0xff}, 10)...), 1, 0, 0),
		"an ord that wraps to 4":        append([]byte{version, 0x82}, append(bytes.Repeat([]byte{0x80}, 8), 5, 0, 0)...),
		"an ord past the last":          append(appendVarint([]byte{version}, LastOrd+2), 0, 0),
		"ords that add up past":         append(append(append(appendVarint([]byte{version}, LastOrd), 0, 0), appendVarint(nil, LastOrd)...), 0, 0),
		"an ord not the shortest":       {version, 0x80, 5, 0, 0},
		"a bound below the one before":  {version, 5, 1, 9, 0, 1, 1, 8, 0},
		"a bound after the infinite":    {version, 0, 0, 0, 1, 0, 0},
		"a good range and then garbage": append(slices.Clone(full), 0x80),
	}
}

func TestMalformedMessages(t *testing.T) {
	t.Parallel()
	s := set(t, world(1000))
	for name, message := range malformed() {
		if _, err := NewResponder(s, Options{}).Reply(message); !errors.Is(err, ErrMessage) {
			t.Errorf("%s: got %v from the responder, want ErrMessage", name, err)
		}
		asker := NewInitiator(s, Options{})
		asker.Start()
		turn, err := asker.Take(message)
		if !errors.Is(err, ErrMessage) || turn.Have != nil || turn.Need != nil || turn.Next != nil {
			t.Errorf("%s: got %v from the initiator, want ErrMessage and no turn", name, err)
		}
		if _, err := asker.Take([]byte{version}); !errors.Is(err, ErrOver) {
			t.Errorf("%s: got %v for the next message, want ErrOver", name, err)
		}
	}
	if _, err := NewInitiator(s, Options{}).Take([]byte{version}); !errors.Is(err, ErrOver) {
		t.Errorf("a message before the start: got %v, want ErrOver", err)
	}
}

// wholeAs is a message of one range, which covers everything.
func wholeAs(m mode, body ...byte) []byte { return append([]byte{version, 0, 0, byte(m)}, body...) }

func TestEndlessRoundsEnd(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 8))
	mine := world(3000)
	asker := NewInitiator(set(t, mine), Options{Rounds: 10})
	asker.Start()
	for round := 1; ; round++ {
		wrong := make([]byte, fingerprintSize)
		wrong[0] = byte(r.Uint32())
		turn, err := asker.Take(wholeAs(modeFingerprint, wrong...))
		if round < 10 && (err != nil || turn.Next == nil) {
			t.Fatalf("round %d: got %v and %d bytes, want a next message", round, err, len(turn.Next))
		}
		if round == 10 {
			if !errors.Is(err, ErrRounds) || turn.Next != nil {
				t.Errorf("round %d: got %v, want ErrRounds", round, err)
			}
			break
		}
	}

	answerer := NewResponder(set(t, mine), Options{Rounds: 2})
	for round, want := range []error{nil, nil, ErrRounds, ErrRounds} {
		if _, err := answerer.Reply(wholeAs(modeFingerprint, make([]byte, fingerprintSize)...)); !errors.Is(err, want) {
			t.Errorf("message %d: got %v, want %v", round, err, want)
		}
	}
}

// What was found before the rounds ran out is told, and sessions that go on from there come to the end.
func TestRoundsRunOutWithWhatWasFound(t *testing.T) {
	t.Parallel()
	theirs := world(5000)
	answerer := NewResponder(set(t, theirs), Options{Rounds: 1000, Frame: minFrame})
	var mine []Item
	for session := 1; len(mine) < len(theirs); session++ {
		if session > 30 {
			t.Fatalf("got %d items after 30 sessions, want %d", len(mine), len(theirs))
		}
		asker := NewInitiator(set(t, mine), Options{Rounds: 3})
		var found []ID
		for message := asker.Start(); message != nil; {
			answer, err := answerer.Reply(message)
			if err != nil {
				t.Fatal(err)
			}
			turn, err := asker.Take(answer)
			if err != nil && !errors.Is(err, ErrRounds) {
				t.Fatal(err)
			}
			found, message = append(found, turn.Need...), turn.Next
		}
		if len(found) == 0 {
			t.Fatalf("session %d: got nothing new", session)
		}
		for _, it := range theirs {
			if slices.Contains(found, it.ID) {
				mine = append(mine, it)
			}
		}
	}
}

func TestRangesToldAgainAreReportedOnce(t *testing.T) {
	t.Parallel()
	mine, foreign := world(1000), ID{1, 2, 3}
	asker := NewInitiator(set(t, mine), Options{})
	asker.Start()
	message := append(appendVarint([]byte{version}, 101), 0, byte(modeList), 2) // all below ord 100
	message = append(append(message, foreign[:]...), foreign[:]...)
	message = append(append(message, 0, 0, byte(modeFingerprint)), make([]byte, fingerprintSize)...) // keeps the session going
	var have, need []ID
	for range 5 {
		turn, err := asker.Take(message)
		if err != nil {
			t.Fatal(err)
		}
		have, need = append(have, turn.Have...), append(need, turn.Need...)
	}
	sameIDs(t, "have", have, minus(mine[:198], nil))
	sameIDs(t, "need", need, []ID{foreign})
}

func TestNothingBeyondMaxOrd(t *testing.T) {
	t.Parallel()
	mine, theirs := world(3000), world(4000)
	far := Item{Ord: 1 << 50, ID: ID{7}}
	theirs = append(theirs, far)
	const last = 1700
	upTo := func(items []Item) (kept []Item) {
		for _, it := range items {
			if it.Ord <= last {
				kept = append(kept, it)
			}
		}
		return kept
	}
	for name, in := range map[string][2][]Item{
		"behind": {mine, theirs}, "ahead": {theirs, mine}, "short": {mine[:100], theirs}, "empty": {nil, theirs},
	} {
		o := talk(t, set(t, in[0]), set(t, in[1]), Options{MaxOrd: last}, Options{MaxOrd: 3})
		sameIDs(t, name+": have", o.have, minus(upTo(in[0]), in[1]))
		sameIDs(t, name+": need", o.need, minus(upTo(in[1]), in[0]))
	}

	asker := NewInitiator(set(t, mine), Options{MaxOrd: last})
	asker.Start()
	beyond := append(appendVarint([]byte{version}, last+2), 0, byte(modeSkip)) // up to last+1
	beyond = append(beyond, 0, 0, byte(modeList), 1)
	turn, err := asker.Take(append(beyond, far.ID[:]...))
	if err != nil || len(turn.Need) > 0 || len(turn.Have) > 0 {
		t.Errorf("an id in a range past MaxOrd: got %d to fetch and %v, want none", len(turn.Need), err)
	}
}

// A peer may speak of everything; we go on speaking of what we asked.
func TestAskingStaysBelowMaxOrd(t *testing.T) {
	t.Parallel()
	const last = 700
	for name, items := range map[string][]Item{"many": world(3000), "few": world(20), "none": nil} {
		asker := NewInitiator(set(t, items), Options{MaxOrd: last})
		first := asker.Start()
		turn, err := asker.Take(wholeAs(modeFingerprint, make([]byte, fingerprintSize)...))
		if err != nil {
			t.Fatal(err)
		}
		for i, message := range [][]byte{first, turn.Next} {
			r, err := newReader(message)
			for err == nil && r.more() {
				_, err = r.next()
			}
			if want := (bound{ord: last + 1}); err != nil || r.last != want {
				t.Errorf("%s, message %d: got the last bound %+v and %v, want ord %d", name, i, r.last, err, want.ord)
			}
		}
	}
}

// A message may cost what its answer may have, whatever it claims.
func TestMemoryOfAMessageIsBounded(t *testing.T) {
	s := set(t, world(100_000))
	messages := malformed()
	messages["skips"] = append([]byte{version}, bytes.Repeat([]byte{1, 0, 0}, (MaxMessage-1)/3)...)
	messages["wrong fingerprints"] = append([]byte{version}, bytes.Repeat(append([]byte{20, 0, 1}, make([]byte, 16)...), (MaxMessage-1)/19)...)
	messages["empty lists"] = append([]byte{version}, bytes.Repeat([]byte{20, 0, 2, 0}, (MaxMessage-1)/4)...)
	messages["ids"] = append(append([]byte{version, 0, 0, 2}, appendVarint(nil, 1900)...), make([]byte, 1900*32)...)
	for name, message := range messages {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		answer, err := NewResponder(s, Options{}).Reply(message)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 1<<20 {
			t.Errorf("%s: got %d bytes allocated (%v), want at most 1 MiB", name, got, err)
		}
		if len(answer) > MaxMessage {
			t.Errorf("%s: got an answer of %d bytes, want at most %d", name, len(answer), MaxMessage)
		}
	}
}
