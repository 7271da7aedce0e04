package ratchet

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"
)

// carries reports whether the next message of s would carry bytes of the KEM, by its length.
func carries(t *testing.T, s *State, now time.Time) ([]byte, bool) {
	t.Helper()
	msg := encrypt(t, s, now, "x")
	return msg, len(msg)-overhead == 2048
}

func TestKEMBytesAreAttachedEverRarer(t *testing.T) {
	a, b := pair(t)
	var first []byte
	for n := range 70 {
		msg, got := carries(t, a, start)
		if n == 0 {
			first = msg
		}
		if want := n == 0 || n&(n-1) == 0; got != want {
			t.Errorf("offer in message %d: got %v, want %v", n, got, want)
		}
	}
	wantOpen(t, b, start, first, "x")
	for n := range 40 {
		if _, got := carries(t, b, start); got != (n&(n-1) == 0) {
			t.Errorf("answer in message %d: got %v, want %v", n, got, !got)
		}
	}
}

// mixed lets a session mix its first epoch.
func mixed(t *testing.T) (a, b *State) {
	t.Helper()
	a, b = pair(t)
	wantOpen(t, b, start, encrypt(t, a, start, "offer"), "offer")
	wantOpen(t, a, start, encrypt(t, b, start, "answer"), "answer")
	if a.Epoch() != 0 || !a.HealedAt().IsZero() {
		t.Errorf("initiator before its turn: got epoch %d, healed %v, want none", a.Epoch(), a.HealedAt())
	}
	wantOpen(t, b, start.Add(time.Second), encrypt(t, a, start, "mix"), "mix")
	for s, want := range map[*State]time.Time{a: start, b: start.Add(time.Second)} {
		if s.Epoch() != 1 || !s.HealedAt().Equal(want) {
			t.Errorf("after the turn: got epoch %d, healed %v, want 1, %v", s.Epoch(), s.HealedAt(), want)
		}
	}
	return a, b
}

func TestEpochsComeAfterFiftyMessagesOrADay(t *testing.T) {
	_, first := mixed(t)
	for n := first.pq.count; n < mixMessages; n++ {
		if _, got := carries(t, first, start); got {
			t.Fatalf("after %d messages: got an offer, want none before %d", n, mixMessages)
		}
	}
	if _, got := carries(t, first, start); !got {
		t.Errorf("after %d messages: got no offer, want one", mixMessages)
	}
	a, b := mixed(t)
	if _, got := carries(t, b, start.Add(mixInterval)); got {
		t.Error("a second before a day: got an offer, want none")
	}
	if _, got := carries(t, b, start.Add(time.Second+mixInterval)); !got {
		t.Error("after a day: got no offer, want one")
	}
	if _, got := carries(t, a, start.Add(2*mixInterval)); got {
		t.Error("from the side whose epoch it is not: got an offer, want none")
	}
}

// The secret goes into the next sending step; the chain under way and older ones stay as they are.
func TestTheMixWaitsForTheTurn(t *testing.T) {
	a, b := pair(t)
	wantOpen(t, b, start, encrypt(t, a, start, "offer"), "offer")
	wantOpen(t, a, start, encrypt(t, b, start, "answer"), "answer")
	early := encrypt(t, a, start, "turned, mixed")
	if a.Epoch() != 1 {
		t.Fatalf("initiator at its turn: got epoch %d, want 1", a.Epoch())
	}
	inChain := encrypt(t, a, start, "same chain")
	crossing := encrypt(t, b, start, "sent before the mix came")
	wantOpen(t, a, start, crossing, "sent before the mix came")
	wantOpen(t, b, start, inChain, "same chain")
	wantOpen(t, b, start, early, "turned, mixed")
	if b.Epoch() != 1 {
		t.Errorf("responder: got epoch %d, want 1", b.Epoch())
	}

	a, b = pair(t)
	wantOpen(t, b, start, encrypt(t, a, start, "offer"), "offer")
	encrypt(t, b, start, "lost, with the answer")
	encrypt(t, b, start, "lost, with the answer")
	late := encrypt(t, b, start, "late, with the answer")
	wantOpen(t, a, start, encrypt(t, b, start, "third, without"), "third, without")
	encrypt(t, a, start, "turns without a mix")
	wantOpen(t, a, start, late, "late, with the answer")
	wantOpen(t, b, start, encrypt(t, a, start, "same chain"), "same chain")
	if a.Epoch() != 0 || b.Epoch() != 0 {
		t.Errorf("before the next turn: got epochs %d and %d, want 0 and 0", a.Epoch(), b.Epoch())
	}
	wantOpen(t, a, start, encrypt(t, b, start, "turns"), "turns")
	wantOpen(t, b, start, encrypt(t, a, start, "turns and mixes"), "turns and mixes")
	if a.Epoch() != 1 || b.Epoch() != 1 {
		t.Errorf("after the next turn: got epochs %d and %d, want 1 and 1", a.Epoch(), b.Epoch())
	}
}

func TestPositionsShowARollback(t *testing.T) {
	a, b := pair(t)
	wantOpen(t, b, start, encrypt(t, a, start, "1"), "1")
	old := a.Marshal()
	for i := range 3 {
		wantOpen(t, b, start, encrypt(t, a, start, fmt.Sprint(i)), fmt.Sprint(i))
	}
	echo := b.Position().Received
	if got := echo.Compare(a.Position().Sent); got != 0 {
		t.Errorf("echo against the true state: got %d, want 0", got)
	}
	encrypt(t, a, start, "under way")
	if got := echo.Compare(a.Position().Sent); got != -1 {
		t.Errorf("echo against a newer state: got %d, want -1", got)
	}
	restored, err := Unmarshal(old)
	if err != nil {
		t.Fatal(err)
	}
	if got := echo.Compare(restored.Position().Sent); got != 1 {
		t.Errorf("echo against a restored state: got %d, want 1", got)
	}
	wantOpen(t, a, start, encrypt(t, b, start, "turn"), "turn")
	wantOpen(t, b, start, encrypt(t, a, start, "turned"), "turned")
	if got, want := b.Position().Received, (Mark{Chain: 2, N: 1}); got != want {
		t.Errorf("position after a turn: got %v, want %v", got, want)
	}
}

func TestSessionsTellOfThemselves(t *testing.T) {
	a, b := pair(t)
	if !a.IsInitiator() || b.IsInitiator() || a.SID() != b.SID() || !a.Created().Equal(start) || !b.LastReceived().IsZero() {
		t.Errorf("fresh session: initiators %v %v, created %v, received %v", a.IsInitiator(), b.IsInitiator(), a.Created(), b.LastReceived())
	}
	wantOpen(t, b, start.Add(time.Hour), encrypt(t, a, start, "x"), "x")
	if got, want := b.LastReceived(), start.Add(time.Hour); !got.Equal(want) {
		t.Errorf("last received: got %v, want %v", got, want)
	}
	for _, v := range []any{a, *a, Seed{}} {
		if got := fmt.Sprintf("%v %+v %#v", v, v, v); got != "[secret] [secret] [secret]" {
			t.Errorf("%T prints %q, want [secret]", v, got)
		}
	}
}

func TestFailingRandomnessChangesNothing(t *testing.T) {
	a, b := pair(t)
	wantOpen(t, b, start, encrypt(t, a, start, "x"), "x")
	for _, s := range []*State{a, b} { // b is due to turn
		for n := range 48 + 32 + 64 {
			before := string(s.Marshal())
			copied, err := Unmarshal([]byte(before))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := copied.Encrypt(&limited{n}, start, Content, nil); err != nil && string(copied.Marshal()) != before {
				t.Fatalf("randomness ended after %d bytes: the state changed", n)
			}
		}
	}
}

// limited is randomness that ends.
type limited struct{ left int }

func (l *limited) Read(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	if n == 0 {
		return 0, fmt.Errorf("out of randomness")
	}
	return rand.Read(p[:n])
}
