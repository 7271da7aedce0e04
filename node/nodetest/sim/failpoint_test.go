package sim

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/conversation"
	"conclave/node/feature/message"
	"conclave/node/nodetest/wire"
	"conclave/protocol"
)

// failpoint is a moment at which a node dies: at one of its commits, counted from when something is said. Every step between the ratchet's advance and the
// receipt is a commit or stands between two of them.
type failpoint struct {
	side   int // the node: 0 is who writes, 1 who reads
	commit int
	unsent bool // behind the commit, before anything of it leaves; else before the commit, of which nothing stays
}

func (f failpoint) String() string {
	return fmt.Sprintf("%s, %s commit %d", []string{"who writes", "who reads"}[f.side], map[bool]string{true: "behind", false: "before"}[f.unsent], f.commit)
}

// arm has a node die at a failpoint. What it returns tells that it happened, and counts commits.
func (f failpoint) arm(h *home) (fallen chan struct{}, commits *atomic.Int64) {
	fallen, commits = make(chan struct{}), new(atomic.Int64)
	h.dice = func() bool {
		n := int(commits.Add(1))
		switch {
		case n > f.commit:
			return true // it is dead
		case n < f.commit:
			return false
		case f.unsent:
			h.w.ground.Break(h.peer)
		default:
			h.rows.Cut()
		}
		close(fallen)
		return !f.unsent
	}
	h.wrong.Store(true)
	return fallen, commits
}

// talk is what is tried at each failpoint: how two people come to the conversation, and whether the message is their first.
type talk struct {
	name  string
	group bool
	first bool
}

func TestANodeThatDiesAtAnyStepLosesNothing(t *testing.T) {
	for _, kind := range []talk{{name: "in a session"}, {name: "in a group", group: true}, {name: "the first of all", first: true}} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			tried, commits := 0, [2]int{}
			for side := range 2 {
				steps := kind.tell(t, failpoint{side: side, commit: math.MaxInt})
				if steps == 0 {
					t.Fatalf("node %d wrote nothing down: nothing is tried", side)
				}
				commits[side] = steps
				for n := range steps {
					for _, unsent := range []bool{false, true} {
						kind.tell(t, failpoint{side, n + 1, unsent})
						tried++
					}
				}
			}
			fmt.Printf("failpoints, %s: %d and %d commits, %d moments tried, 0 may be lost, twice or unreadable\n", kind.name, commits[0], commits[1], tried)
		})
	}
}

// tell lets a message be said while a node dies at a failpoint, and returns how many commits that node made.
func (k talk) tell(t *testing.T, f failpoint) (steps int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, overWire{wire.New(1, weather(1))})
		defer func() {
			if err := w.close(); err != nil {
				t.Error(err)
			}
		}()
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v", f, err)
			}
		}
		for _, name := range []string{"ana", "ben"} {
			h := w.home(0)
			must(h.start())
			must(h.found(name))
		}
		ana, ben := w.people[0], w.people[1]
		s := &story{world: w}
		if !k.first {
			must(k.meet(s, ana, ben))
			_, err := s.write(ana, "before")
			must(err)
			time.Sleep(time.Minute)
		}

		h := w.homes[f.side]
		fallen, commits := f.arm(h)
		var err error
		if k.first {
			err = k.meet(s, ana, ben)
		}
		acknowledged := false
		if err == nil {
			_, err = s.write(ana, "meanwhile")
			acknowledged = err == nil
		}
		select {
		case <-fallen:
			h.crash()
			time.Sleep(time.Second)
			h.wrong.Store(false)
			must(h.start())
		case <-time.After(time.Minute):
			h.wrong.Store(false)
			must(err)
		}
		steps = int(commits.Load())
		time.Sleep(10 * time.Minute)
		if k.first {
			must(k.meet(s, ana, ben)) // a client repeats what got no answer
			time.Sleep(time.Minute)
		}
		_, err = s.write(ben, "an answer")
		must(err)
		time.Sleep(time.Minute)
		_, err = s.write(ana, "afterwards")
		must(err)
		time.Sleep(10 * time.Minute)
		must(k.whole(s, acknowledged))
	})
	return steps
}

// meet has two people be in contact, and in the conversation.
func (k talk) meet(s *story, ana, ben *person) error {
	if err := ana.meet(ben); err != nil {
		return err
	}
	req := conversation.CreateRequest{Kind: "direct", With: ben.acct}
	if k.group {
		time.Sleep(time.Minute)
		req = conversation.CreateRequest{Kind: "group", Name: "two", Members: []protocol.Account{ben.acct}}
	}
	c, err := call[conversation.Conversation](ana.home, ana.actor(), "conversation.create", req)
	if s.group = c.ID; err == nil && k.group {
		time.Sleep(time.Minute)
	}
	return err
}

func (s *story) write(p *person, text string) (message.Sent, error) {
	return call[message.Sent](p.home, p.actor(), "message.send", message.SendRequest{Conversation: s.group, Text: text})
}

// whole tells what is lost, twice, unreadable or not known to have arrived.
func (k talk) whole(s *story, acknowledged bool) error {
	var errs []error
	var first []string
	for _, p := range s.people {
		list, err := s.read(p)
		if err != nil {
			return err
		}
		errs = append(errs, s.readable(p, list)...)
		var texts []string
		for _, m := range list {
			texts = append(texts, m.Text)
			if m.Author == p.acct && m.State != feature.Delivered && m.State != feature.Read {
				errs = append(errs, fmt.Errorf("%s's message %q is %s", p.name, m.Text, m.State))
			}
		}
		want := []string{"an answer", "afterwards"}
		if !k.first {
			want = append(want, "before")
		}
		if acknowledged {
			want = append(want, "meanwhile")
		}
		for _, text := range want {
			if !slices.Contains(texts, text) {
				errs = append(errs, fmt.Errorf("lost: %s does not see %q", p.name, text))
			}
		}
		if first == nil {
			first = texts
		} else if !slices.Equal(first, texts) {
			errs = append(errs, fmt.Errorf("%s sees %s, the other one %s", p.name, strings.Join(texts, ", "), strings.Join(first, ", ")))
		}
	}
	return errors.Join(errs...)
}
