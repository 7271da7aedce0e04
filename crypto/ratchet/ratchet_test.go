package ratchet

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"conclave/crypto/seal"
)

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// pair returns both sides of a fresh session.
func pair(t testing.TB) (a, b *State) {
	t.Helper()
	seed := Seed{SK: [32]byte{1}, HKa: [32]byte{2}, NHKb: [32]byte{3}, SID: [32]byte{4}}
	spk, err := seal.NewDHKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a, err = NewInitiator(rand.Reader, start, seed, spk.Public())
	if err != nil {
		t.Fatal(err)
	}
	return a, NewResponder(start, seed, spk)
}

func encrypt(t testing.TB, s *State, now time.Time, text string) []byte {
	t.Helper()
	msg, err := s.Encrypt(rand.Reader, now, Content, []byte(text))
	if err != nil {
		t.Fatalf("encrypt %q: %v", text, err)
	}
	return msg
}

func wantOpen(t testing.TB, s *State, now time.Time, msg []byte, want string) {
	t.Helper()
	got, err := s.Decrypt(now, msg)
	if err != nil || string(got) != want {
		t.Fatalf("decrypt: got %q, %v, want %q", got, err, want)
	}
}

func TestConversation(t *testing.T) {
	a, b := pair(t)
	for i := range 40 {
		text := fmt.Sprint("message ", i)
		wantOpen(t, b, start, encrypt(t, a, start, text), text)
		if i%3 == 0 {
			wantOpen(t, a, start, encrypt(t, b, start, text), text)
		}
	}
	if a.Epoch() == 0 || a.Epoch() != b.Epoch() {
		t.Errorf("epochs mixed: got %d and %d, want the same, above 0", a.Epoch(), b.Epoch())
	}
	for _, s := range []*State{a, b} {
		stored := s.Marshal()
		again, err := Unmarshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		if got := again.Marshal(); !bytes.Equal(got, stored) {
			t.Errorf("stored state: got %x, want %x", got, stored)
		}
	}
}
