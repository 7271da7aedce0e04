package ratchet

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"conclave/crypto/internal/doubleratchet"
)

// FuzzInteraction lets the input drive two parties: every byte is a step, its low bits what happens, its high bits to which
// message in flight. Whatever comes, a message opens once and only to its text, and nothing refused leaves a trace.
func FuzzInteraction(f *testing.F) {
	f.Add([]byte{0, 1, 8, 9, 16, 17})
	f.Add(bytes.Repeat([]byte{0, 1, 4, 5, 2, 3, 6, 7, 0x10, 0x21}, 20))
	f.Add(bytes.Repeat([]byte{0, 2, 1, 3}, 60))
	f.Fuzz(func(t *testing.T, steps []byte) {
		if len(steps) > 400 {
			return
		}
		a, b := pair(t)
		sides := [2]*State{a, b}
		var flying [2][][]byte
		now := start
		for i, step := range steps {
			who, which := int(step&1), int(step>>3)
			s := sides[who]
			switch step >> 1 & 3 {
			case 0: // send
				msg, err := s.Encrypt(rand.Reader, now, Content, []byte{byte(i), byte(i >> 8)})
				if err != nil && !(errors.Is(err, ErrNoChain) && who == 1) {
					t.Fatalf("step %d: encrypt: %v", i, err)
				}
				if err == nil {
					flying[1-who] = append(flying[1-who], msg)
				}
			case 1: // receive, and receive again
				if len(flying[who]) == 0 {
					continue
				}
				at := which % len(flying[who])
				msg := flying[who][at]
				flying[who] = append(flying[who][:at:at], flying[who][at+1:]...)
				before := len(s.core.Kept)
				if _, err := s.Decrypt(now, msg); err != nil && before < doubleratchet.MaxKeptChains {
					t.Fatalf("step %d: decrypt: %v", i, err)
				}
				wantNothing(t, s, now, msg)
			case 2: // a changed message comes
				if len(flying[who]) == 0 {
					continue
				}
				msg := bytes.Clone(flying[who][which%len(flying[who])])
				msg[(i*31+which)%len(msg)] ^= 1
				wantNothing(t, s, now, msg)
			case 3: // time passes, the party restarts
				now = now.Add(time.Duration(which) * time.Minute) // less than KeptFor in all
				again, err := Unmarshal(s.Marshal())
				if err != nil {
					t.Fatalf("step %d: restart: %v", i, err)
				}
				sides[who] = again
			}
		}
	})
}

func wantNothing(t *testing.T, s *State, now time.Time, msg []byte) {
	t.Helper()
	before := s.Marshal()
	if got, err := s.Decrypt(now, msg); err == nil {
		t.Fatalf("opened %q, want a refusal", got)
	}
	if !bytes.Equal(s.Marshal(), before) {
		t.Fatal("a refused message changed the state")
	}
}
