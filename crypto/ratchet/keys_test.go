package ratchet

import (
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"testing"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
)

// The checked set: of every message that left, the key it is sealed with. Each message is opened for it by a copy of the receiver as it was then.
type keySet struct {
	keys   map[[chacha20poly1305.KeySize]byte]int // the message
	places map[usedPlace]int
	twice  []string
}

type usedPlace struct {
	side int
	Mark
}

func newKeySet() *keySet {
	return &keySet{keys: map[[chacha20poly1305.KeySize]byte]int{}, places: map[usedPlace]int{}}
}

// left notes that message number n left a side, which is past it now.
func (k *keySet) left(t *testing.T, n, side int, sender, receiver *State, now time.Time, msg []byte) {
	t.Helper()
	copied := *receiver
	at, ok := copied.locate(msg)
	if !ok {
		t.Fatalf("message %d: its header does not open", n)
	}
	seed, err := copied.receive(at, now)
	if err != nil {
		t.Fatalf("message %d: %v", n, err)
	}
	if _, _, err := openMessage(&copied.sid, &seed, msg); err != nil {
		t.Fatalf("message %d is sealed with another key than that of its place: %v", n, err)
	}
	sent := sender.Position().Sent
	place := usedPlace{side, Mark{sent.Chain, sent.N - 1}}
	if m, ok := k.keys[messageKey(&seed)]; ok {
		k.twice = append(k.twice, fmt.Sprintf("message %d has the key of message %d", n, m))
	}
	if m, ok := k.places[place]; ok {
		k.twice = append(k.twice, fmt.Sprintf("message %d has the place of message %d", n, m))
	}
	k.keys[messageKey(&seed)], k.places[place] = n, n
}

// chat has two sides send messages that get lost, come late, and are lost to crashes before a commit. With rollback a side once forgets a message
// that left it, as a restored disk would.
func chat(t *testing.T, messages int, rollback bool) *keySet {
	t.Helper()
	seed := mathrand.Uint64()
	t.Logf("seed %d", seed)
	draw := mathrand.New(mathrand.NewPCG(seed, 0))
	a, b := pair(t)
	sides, now, used := [2]*State{a, b}, start, newKeySet()
	var flying [2][][]byte // to each side
	restart := func(i int, stored []byte) {
		state, err := Unmarshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		sides[i] = state
	}
	for n := 0; n < messages; {
		who := draw.IntN(2)
		stored := []byte(nil)
		crash := draw.IntN(50) == 0
		if crash || rollback && n == messages/2 {
			stored = sides[who].Marshal()
		}
		now = now.Add(time.Duration(draw.IntN(60)) * time.Second)
		if waiting := len(flying[who]); waiting > 0 && draw.IntN(2) == 0 {
			i := draw.IntN(min(waiting, 8))
			msg := flying[who][i]
			flying[who] = append(flying[who][:i], flying[who][i+1:]...)
			if draw.IntN(10) == 0 { // lost
				continue
			}
			// Very late ones may be forgotten by then, with their chain.
			_, _ = sides[who].Decrypt(now, msg)
			if crash {
				restart(who, stored)
			}
			continue
		}
		if sides[who].Position().Received.Chain == 0 && !sides[who].IsInitiator() {
			continue
		}
		msg, err := sides[who].Encrypt(rand.Reader, now, Content, []byte("a message"))
		if err != nil {
			t.Fatalf("message %d: %v", n, err)
		}
		if crash { // before the commit: it never left, and its key may be used
			restart(who, stored)
			continue
		}
		used.left(t, n, who, sides[who], sides[1-who], now, msg)
		flying[1-who] = append(flying[1-who], msg)
		if rollback && stored != nil {
			restart(who, stored)
			rollback = false
		}
		n++
	}
	return used
}

func TestNoMessageKeyIsUsedTwice(t *testing.T) {
	messages := 20_000
	if os.Getenv("CONCLAVE_NIGHTLY") != "" {
		messages = 1_000_000
	}
	used := chat(t, messages, false)
	for _, what := range used.twice {
		t.Error(what)
	}
	t.Logf("%d messages, %d keys", messages, len(used.keys))
	if len(used.keys) != messages {
		t.Errorf("keys: got %d, want %d", len(used.keys), messages)
	}
}

func TestAStateThatWasPutBackIsFound(t *testing.T) {
	if used := chat(t, 2_000, true); len(used.twice) == 0 {
		t.Error("a side was put back behind a message that left it, and no key was used twice")
	}
}
