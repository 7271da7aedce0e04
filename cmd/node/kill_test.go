package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"conclave/node/nodetest"
)

// Three nodes are killed again and again at random moments, while people write to one another in pairs and in a group. Their clients repeat what got no answer
// under the same key. Nothing may be lost, doubled, out of order or unreadable.
func TestKill(t *testing.T) {
	kills := 20
	switch {
	case testing.Short():
		t.Skip("killing takes its time")
	case os.Getenv("CONCLAVE_NIGHTLY") != "":
		kills = 200
	}
	const sends, rate = 1000, 50
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute+time.Duration(kills)*10*time.Second)
	defer cancel()
	c := newCircle(ctx, t, "ana", "ben", "cem")
	writing, stop := context.WithCancel(ctx)
	defer stop()
	began := time.Now()
	end := c.write(writing, t, rate)
	var restarts []time.Duration
	for range kills {
		time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond) // the random moment
		side := c.sides[random.IntN(len(c.sides))]
		side.kill(t)
		at := time.Now()
		side.restart(t)
		restarts = append(restarts, time.Since(at))
	}
	select {
	case <-time.After(time.Until(began.Add(sends * time.Second / rate))):
	case <-ctx.Done():
	}
	stop()
	end()
	healing := time.Now()
	c.check(ctx, t)
	slices.Sort(restarts)
	longest := restarts[len(restarts)-1]
	fmt.Printf("kill: %d messages over %d kills of three nodes, 0 may be lost, doubled or undecryptable; ready again after %s in the middle, %s at most; all equal %s after the last\n",
		c.sent(), kills, restarts[len(restarts)/2].Round(time.Millisecond), longest.Round(time.Millisecond), time.Since(healing).Round(time.Millisecond))
	if c.sent() < sends*9/10 {
		t.Errorf("got only %d messages over %d kills: that proves little", c.sent(), kills)
	}
	if longest > 25*time.Second {
		t.Errorf("a node was ready again after %s, want 5s on a machine that has nothing else to do, and never 25s", longest)
	}
}

// side is a person with a node that is killed.
type side struct {
	dir  string
	args []string
	node *child

	mu     sync.Mutex // guards person
	person *nodetest.Person
}

func newSide(t *testing.T, name string, args ...string) *side {
	t.Helper()
	s := &side{dir: filepath.Join(t.TempDir(), name), args: args}
	s.node = spawn(t, s.dir, s.args...)
	p, err := s.node.site().Founder(t.Context(), s.node.SetupToken, name, "")
	if err != nil {
		t.Fatal(err)
	}
	s.person = p
	return s
}

// now is the person with the address that the node has at present.
func (s *side) now() *nodetest.Person {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.person
}

func (s *side) killAndRestart(t *testing.T) {
	t.Helper()
	s.kill(t)
	s.restart(t)
}

func (s *side) kill(t *testing.T) {
	t.Helper()
	if err := s.node.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	s.node.end(t, time.Minute)
}

func (s *side) restart(t *testing.T) {
	t.Helper()
	s.node = spawn(t, s.dir, s.args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.person = s.person.Moved(s.node.site())
}

// The first message of a conversation is the delicate one: its keys are used up by it. A node is killed while people meet.
func TestKillAtFirstContact(t *testing.T) {
	rounds := 20
	switch {
	case testing.Short():
		t.Skip("killing takes its time")
	case os.Getenv("CONCLAVE_NIGHTLY") != "":
		rounds = 500
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	sides := []*side{newSide(t, "ana", anyPeer(t)...), newSide(t, "ben", anyPeer(t)...)}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute+time.Duration(rounds)*20*time.Second)
	defer cancel()
	for round := range rounds {
		guest, err := sides[0].now().Invite(ctx, fmt.Sprintf("guest-%d", round), "")
		if err != nil {
			t.Fatal(err)
		}
		link, err := sides[1].now().Link(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var meeting sync.WaitGroup
		var talk string
		meeting.Go(func() { talk = meet(ctx, t, sides[0], guest, link) })
		time.Sleep(time.Duration(random.IntN(80)) * time.Millisecond) // the random moment
		sides[random.IntN(2)].killAndRestart(t)
		meeting.Wait()
		if t.Failed() {
			return
		}
		guest = guest.Moved(sides[0].node.site())
		if err := nodetest.Await(ctx, "ben knows who wrote", func() (bool, error) { return sides[1].now().Knows(ctx, talk) }); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if _, err := sides[1].now().Send(ctx, talk, "welcome", ""); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		for _, p := range []*nodetest.Person{guest, sides[1].now()} {
			if err := p.Has(ctx, talk, 4); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
			all, unreadable, err := p.Messages(ctx, talk)
			if err != nil || unreadable != 0 || len(all) != 4 {
				t.Fatalf("round %d, %s: got %d messages, %d that cannot be read, and %v, want 4 and 0", round, p.Name, len(all), unreadable, err)
			}
		}
	}
}

// meet takes up a link and says three things, again and again until the node accepted them.
func meet(ctx context.Context, t *testing.T, home *side, guest *nodetest.Person, link string) (talk string) {
	err := nodetest.Await(ctx, guest.Name+" meets ben", func() (bool, error) {
		var err error
		talk, err = guest.Moved(home.now().Home()).Meet(ctx, link)
		return err == nil, refusal(err)
	})
	for i := 0; i < 3 && err == nil; i++ {
		err = nodetest.Await(ctx, guest.Name+" is heard", func() (bool, error) {
			_, err := guest.Moved(home.now().Home()).Send(ctx, talk, fmt.Sprintf("hello %d", i), fmt.Sprintf("key-%d", i))
			return err == nil, refusal(err)
		})
	}
	if err != nil {
		t.Error(err)
	}
	return talk
}

// refusal passes on what a node refused for good; that it does not answer, or not yet, is what the test is about.
func refusal(err error) error {
	var r *nodetest.Refusal
	if errors.As(err, &r) && r.Status < 500 {
		return err
	}
	return nil
}
