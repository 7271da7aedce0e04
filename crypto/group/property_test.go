package group

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// Messages are lost, doubled and reordered, and both sides fall back to what they last saved: every message delivered
// opens once, and no number is used for two messages that left.
func TestDeliveredMessagesOpenOnceUnderLossReorderingAndCrashes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := newChain(t)
		r := c.receiver(t)
		type letter struct {
			m      Inner
			text   string
			opened bool
		}
		var flying []letter
		used := map[uint32]bool{}
		for i := range rapid.IntRange(1, 60).Draw(rt, "steps") {
			crash := rapid.IntRange(0, 7).Draw(rt, "crash") == 0
			if len(flying) == 0 || rapid.Bool().Draw(rt, "send") {
				text := fmt.Sprint("message ", i)
				stored := c.s.Marshal()
				m, err := c.s.Seal(rand.Reader, nil, sha256.Sum256([]byte(text)), []byte(text))
				if err != nil {
					rt.Fatal(err)
				}
				if crash {
					if c.s, err = UnmarshalSender(stored); err != nil {
						rt.Fatal(err)
					}
					continue
				}
				if used[m.N] {
					rt.Fatalf("number %d used twice", m.N)
				}
				used[m.N] = true
				if rapid.IntRange(0, 4).Draw(rt, "lost") > 0 {
					flying = append(flying, letter{m: m, text: text})
				}
				continue
			}
			l := &flying[rapid.IntRange(0, len(flying)-1).Draw(rt, "which")]
			stored := r.Marshal()
			got, _, err := r.Open(start, l.m, idOf)
			if l.opened {
				if !errors.Is(err, ErrReplay) || !bytes.Equal(r.Marshal(), stored) {
					rt.Fatalf("%s again: got %q, %v, want %v", l.text, got, err, ErrReplay)
				}
				continue
			}
			if err != nil || string(got) != l.text {
				rt.Fatalf("open: got %q, %v, want %q", got, err, l.text)
			}
			if crash {
				if r, err = UnmarshalReceiver(stored); err != nil {
					rt.Fatal(err)
				}
				continue
			}
			l.opened = true
		}
	})
}
