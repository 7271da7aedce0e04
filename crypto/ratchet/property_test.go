package ratchet

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"conclave/crypto/internal/doubleratchet"
)

// world is two parties on a network that loses, doubles and reorders, and whose parties crash between any two steps.
type world struct {
	t     *rapid.T
	now   time.Time
	sides [2]*side
	sent  int
}

type side struct {
	state     *State
	stored    []byte // what a crash leaves
	inbox     []letter
	positions map[Mark]bool
	forgotten map[uint32]bool
}

type letter struct {
	text   string
	msg    []byte
	chain  uint32
	opened bool
}

func newWorld(t *rapid.T, a, b *State) *world {
	w := &world{t: t, now: start}
	for i, s := range []*State{a, b} {
		w.sides[i] = &side{state: s, stored: s.Marshal(), positions: map[Mark]bool{}, forgotten: map[uint32]bool{}}
	}
	return w
}

// send encrypts and commits at from; a crash before the commit loses the message, never the order of keys.
func (w *world) send(from int, crash bool) {
	s := w.sides[from]
	at := s.state.Position()
	text := fmt.Sprintf("%d from %d", w.sent, from)
	msg, err := s.state.Encrypt(rand.Reader, w.now, Content, []byte(text))
	if errors.Is(err, ErrNoChain) && at.Received.Chain == 0 && !s.state.IsInitiator() {
		return
	}
	if err != nil {
		w.t.Fatalf("side %d encrypts: %v", from, err)
	}
	if crash {
		w.restart(from)
		return
	}
	used := Mark{s.state.Position().Sent.Chain, s.state.Position().Sent.N - 1}
	if s.positions[used] {
		w.t.Fatalf("side %d used key %v twice", from, used)
	}
	s.positions[used] = true
	s.stored = s.state.Marshal()
	w.sent++
	to := w.sides[1-from]
	to.inbox = append(to.inbox, letter{text: text, msg: msg, chain: used.Chain})
}

// deliver hands over a message, perhaps not for the first time; a crash before the commit forgets that it opened.
func (w *world) deliver(to, i int, crash bool) {
	s := w.sides[to]
	l := &s.inbox[i]
	before := s.state.Marshal()
	got, err := s.state.Decrypt(w.now, l.msg)
	if l.opened {
		if err == nil || !bytes.Equal(s.state.Marshal(), before) {
			w.t.Fatalf("side %d opened %q twice: %v", to, l.text, err)
		}
		return
	}
	if err != nil && s.forgotten[l.chain] && bytes.Equal(s.state.Marshal(), before) {
		l.opened = true
		return
	}
	if err != nil || string(got) != l.text {
		w.t.Fatalf("side %d opens: got %q, %v, want %q", to, got, err, l.text)
	}
	if crash {
		w.restart(to)
		return
	}
	l.opened = true
	s.stored = s.state.Marshal()
	w.forget(s, before, l.chain)
}

// forget notes the chains no longer waited for: only the oldest may go, and only for a fifth newer one.
func (w *world) forget(s *side, before []byte, opened uint32) {
	old, err := Unmarshal(before)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, k := range old.core.Kept {
		if slices.ContainsFunc(s.state.core.Kept, func(l doubleratchet.Kept) bool { return l.Index == k.Index }) {
			continue
		}
		if used := k.Index == opened && len(k.Keys) == 1; used {
			continue
		}
		if len(s.state.core.Kept) != doubleratchet.MaxKeptChains || s.state.core.Kept[0].Index < k.Index {
			w.t.Fatalf("chain %d was forgotten with %d chains kept", k.Index, len(s.state.core.Kept))
		}
		s.forgotten[k.Index] = true
	}
}

func (w *world) restart(i int) {
	state, err := Unmarshal(w.sides[i].stored)
	if err != nil {
		w.t.Fatalf("side %d restarts: %v", i, err)
	}
	w.sides[i].state = state
}

// run draws steps. Of a reordering world any message may be next, else only the newest ones unopened, in order.
func (w *world) run(steps int) {
	loss := rapid.IntRange(0, 30).Draw(w.t, "loss percent")
	reorder := rapid.IntRange(0, 100).Draw(w.t, "reorder percent")
	for range steps {
		who := rapid.IntRange(0, 1).Draw(w.t, "who")
		chance := rapid.IntRange(0, 99).Draw(w.t, "chance")
		crash := rapid.IntRange(0, 19).Draw(w.t, "crash") == 0
		if w.now.Sub(start) < KeptFor-2*mixInterval && rapid.IntRange(0, 200).Draw(w.t, "a day") == 0 {
			w.now = w.now.Add(25 * time.Hour)
		}
		s := w.sides[who]
		pending := s.pending()
		switch {
		case len(pending) == 0 || rapid.IntRange(0, 2).Draw(w.t, "send") == 0:
			w.send(who, crash)
		case chance < loss:
			s.drop(pending[0])
		case rapid.IntRange(0, 99).Draw(w.t, "reorder") < reorder:
			window := min(len(s.inbox), 60)
			w.deliver(who, len(s.inbox)-1-rapid.IntRange(0, window-1).Draw(w.t, "which"), crash)
		default:
			w.deliver(who, pending[0], crash)
		}
	}
}

// pending are the positions of messages not opened, among the newest sixty.
func (s *side) pending() []int {
	var out []int
	for i := max(0, len(s.inbox)-60); i < len(s.inbox); i++ {
		if !s.inbox[i].opened {
			out = append(out, i)
		}
	}
	return out
}

func (s *side) drop(i int) { s.inbox = append(s.inbox[:i:i], s.inbox[i+1:]...) }

// settle sends back and forth until both sides have mixed a further epoch. Where all carriers of a KEM key were lost, the
// next one comes after as many messages as were sent before.
func (w *world) settle() {
	target := max(w.sides[0].state.Epoch(), w.sides[1].state.Epoch()) + 1
	rounds := 400 + 2*w.sent
	for range rounds {
		if w.sides[0].state.Epoch() >= target && w.sides[1].state.Epoch() >= target {
			return
		}
		for from := range 2 {
			w.send(from, false)
			if to := w.sides[1-from]; len(to.inbox) > 0 && !to.inbox[len(to.inbox)-1].opened {
				w.deliver(1-from, len(to.inbox)-1, false)
			}
		}
	}
	w.t.Fatalf("epochs %d and %d after %d rounds, want %d", w.sides[0].state.Epoch(), w.sides[1].state.Epoch(), rounds, target)
}

func TestDeliveredMessagesOpenOnceUnderLossReorderingAndCrashes(t *testing.T) {
	steps := 300
	if n, err := strconv.Atoi(os.Getenv("RATCHET_STEPS")); err == nil {
		steps = n
	}
	rapid.Check(t, func(rt *rapid.T) {
		a, b := pair(t)
		w := newWorld(rt, a, b)
		w.run(steps)
		w.settle()
		if got, want := w.sides[0].state.Epoch(), w.sides[1].state.Epoch(); got != want {
			rt.Fatalf("epochs: got %d and %d, want the same", got, want)
		}
	})
}

// A thief of both a whole state and all later traffic reads on only until the session has healed.
func TestAStolenStateReadsNothingAfterHealing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		a, b := pair(t)
		w := newWorld(rt, a, b)
		w.run(60)
		victim := rapid.IntRange(0, 1).Draw(rt, "victim")
		thief, err := Unmarshal(w.sides[victim].state.Marshal())
		if err != nil {
			rt.Fatal(err)
		}
		w.settle()
		w.settle()
		from := len(w.sides[victim].inbox)
		for range 5 {
			w.send(1-victim, false)
			w.deliver(victim, len(w.sides[victim].inbox)-1, false)
			w.send(victim, false)
			w.deliver(1-victim, len(w.sides[1-victim].inbox)-1, false)
		}
		for _, l := range w.sides[victim].inbox[from:] {
			if got, err := thief.Decrypt(w.now, l.msg); err == nil {
				rt.Fatalf("the thief reads %q, want nothing", got)
			}
		}
	})
}

// Both sides turn at once: the crossing messages and all after them open.
func TestSimultaneousTurns(t *testing.T) {
	a, b := pair(t)
	wantOpen(t, b, start, encrypt(t, a, start, "hello"), "hello")
	wantOpen(t, a, start, encrypt(t, b, start, "hello back"), "hello back")
	for i := range 120 {
		now := start.Add(time.Duration(i) * time.Hour)
		fromA, fromB := encrypt(t, a, now, "from a"), encrypt(t, b, now, "from b")
		wantOpen(t, a, now, fromB, "from b")
		wantOpen(t, b, now, fromA, "from a")
		for _, s := range []*State{a, b} {
			wantRefused(t, "replay", s, now, map[*State][]byte{a: fromB, b: fromA}[s], ErrReplay)
		}
	}
	if a.Epoch() < 3 || a.Epoch()-b.Epoch()+1 > 2 {
		t.Errorf("epochs: got %d and %d, want at least 3 and at most one apart", a.Epoch(), b.Epoch())
	}
}
