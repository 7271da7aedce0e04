package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"conclave/node/nodetest"
)

// loadSize is how much is going on.
type loadSize struct {
	nodes   int
	people  int // of each node
	talking int // how many of them talk, each with one of the next node and one of the node before
	sockets int // of each of them
	rate    int // messages a second, of all together
	lasts   time.Duration
}

// Ten nodes, each a process of its own, with real WebSockets: people of each node talk with those of the next, and all sockets must get all that is said to
// their people. What is counted is held to; how long it takes is printed.
func TestTenNodesUnderLoad(t *testing.T) {
	size := loadSize{nodes: 10, people: 10, talking: 10, sockets: 20, rate: 20, lasts: time.Minute}
	switch {
	case testing.Short():
		t.Skip("load takes its time")
	case os.Getenv("CONCLAVE_NIGHTLY") != "":
		size = loadSize{nodes: 10, people: 200, talking: 10, sockets: 50, rate: 1157, lasts: 10 * time.Minute}
	default:
		t.Parallel() // it waits most of its time
	}
	size.run(t)
}

// Ten thousand people have their pages open on one node, and some of them talk (L1 of the reliability programme).
func TestTenThousandSockets(t *testing.T) {
	if os.Getenv("CONCLAVE_NIGHTLY") == "" {
		t.Skip("ten thousand sockets are for the night; TestTenNodesUnderLoad has two thousand")
	}
	loadSize{nodes: 1, people: 200, talking: 50, sockets: 50, rate: 100, lasts: time.Minute}.run(t)
}

// run loads the nodes, holds them to what must be so, and prints the figures.
func (size loadSize) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute+5*size.lasts)
	defer cancel()
	l := newLoad(ctx, t, size)
	sent, answered := l.talk(ctx, t)
	l.check(ctx, t)
	if t.Failed() {
		return
	}
	frames, p50, p99, memory := 0, 0.0, 0.0, 0.0
	for i, x := range l.listeners {
		frames, p50, p99 = frames+x.now.Frames, max(p50, x.now.P50), max(p99, x.now.P99)
		memory = max(memory, resident(t, l.sides[i].node.Process.Pid))
	}
	fmt.Printf("load: %d nodes with %d sockets each, %d messages in %s (%.0f a second; %d asked for), %d frames; POST p50 %.1f ms, p99 %.0f ms; from before the POST to a socket p50 %.0f ms, p99 %.0f ms on the slowest node; a node has %.0f MB at most; 0 lost, 0 twice\n",
		size.nodes, size.people*size.sockets, sent, size.lasts, float64(sent)/size.lasts.Seconds(), size.rate, frames,
		answered[len(answered)/2], answered[len(answered)*99/100], p50, p99, memory)
}

// resident is the memory of a process in MB, without the files that it maps: those go when somebody else needs the room.
func resident(t *testing.T, process int) float64 {
	t.Helper()
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		t.Skipf("SKIP: memory is read from /proc: %v", err)
	}
	_, after, _ := strings.Cut(string(raw), "RssAnon:")
	var kilobytes float64
	if _, err := fmt.Sscan(after, &kilobytes); err != nil {
		t.Fatalf("read the memory of a process: %v", err)
	}
	return kilobytes * 1024 / 1e6
}

// load is the nodes, and who talks with whom.
type load struct {
	size      loadSize
	sides     []*side
	people    [][]*nodetest.Person
	talks     []*loadTalk
	listeners []*listeners
}

// loadTalk is a conversation of people of two nodes.
type loadTalk struct {
	both [2]*nodetest.Person
	id   string
	sent atomic.Int64
}

func newLoad(ctx context.Context, t *testing.T, size loadSize) *load {
	t.Helper()
	l := &load{size: size, people: make([][]*nodetest.Person, size.nodes)}
	for i := range size.nodes {
		l.sides = append(l.sides, newSide(t, number("owner", i), anyPeer(t)...))
	}
	err := together(ctx, l.sides, func(ctx context.Context, i int, s *side) error {
		for j := range size.people {
			p, err := s.now().Invite(ctx, fmt.Sprintf("person-%d-%d", i, j), "")
			if err != nil {
				return err
			}
			l.people[i] = append(l.people[i], p)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range size.nodes {
		for j := range size.talking {
			other := l.people[(i+1)%size.nodes][j]
			if size.nodes == 1 {
				other = l.people[0][size.people-1-j]
			}
			l.talks = append(l.talks, &loadTalk{both: [2]*nodetest.Person{l.people[i][j], other}})
		}
	}
	err = together(ctx, l.talks, func(ctx context.Context, _ int, talk *loadTalk) (err error) {
		talk.id, err = nodetest.Introduce(ctx, talk.both[0], talk.both[1])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range l.sides {
		what := listening{Base: "http://" + s.node.HTTP, Sockets: size.sockets}
		for _, p := range l.people[i] {
			what.Tokens = append(what.Tokens, p.Token)
		}
		l.listeners = append(l.listeners, newListeners(t, what))
	}
	return l
}

// talk has everybody write, at the pace that was asked for or as fast as each gets answers, and returns how many messages were acknowledged, and
// after how many milliseconds, sorted.
func (l *load) talk(ctx context.Context, t *testing.T) (sent int, answered []float64) {
	t.Helper()
	every := time.Duration(len(l.talks)) * time.Second / time.Duration(l.size.rate)
	begins := time.Now()
	ends := begins.Add(l.size.lasts)
	var number atomic.Int64
	var mu sync.Mutex // guards answered
	g, ctx := errgroup.WithContext(ctx)
	for i, talk := range l.talks {
		g.Go(func() error {
			next := begins.Add(every * time.Duration(i) / time.Duration(len(l.talks)))
			for ; next.Before(ends) && time.Now().Before(ends); next = next.Add(every) {
				select {
				case <-time.After(time.Until(next)):
				case <-ctx.Done():
					return ctx.Err()
				}
				n, at := int(number.Add(1)), time.Now()
				if _, err := talk.both[n%2].Send(ctx, talk.id, loadText(n, at), fmt.Sprint("load-", n)); err != nil {
					return err
				}
				talk.sent.Add(1)
				mu.Lock()
				answered = append(answered, time.Since(at).Seconds()*1000)
				mu.Unlock()
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(answered)
	return len(answered), answered
}

// check waits until all sockets have everything, and reads the histories.
func (l *load) check(ctx context.Context, t *testing.T) {
	t.Helper()
	want := map[string]int{}
	for _, talk := range l.talks {
		for _, p := range talk.both {
			want[p.Token] += int(talk.sent.Load())
		}
	}
	err := together(ctx, l.listeners, func(ctx context.Context, i int, x *listeners) error {
		of := map[string]int{}
		for _, p := range l.people[i] {
			of[p.Token] = want[p.Token]
		}
		if err := x.heard(ctx, of); err != nil {
			return fmt.Errorf("node %d: %w", i, err)
		}
		if x.now.Resyncs > 0 {
			return fmt.Errorf("node %d: %d sockets were told to fetch again: they did not keep up", i, x.now.Resyncs)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	err = together(ctx, l.talks, func(ctx context.Context, _ int, talk *loadTalk) error {
		for _, p := range talk.both {
			all, unreadable, err := p.Messages(ctx, talk.id)
			if err != nil {
				return err
			}
			texts := map[string]bool{}
			for _, m := range all {
				texts[m.Text] = true
			}
			if n := int(talk.sent.Load()); len(all) != n || len(texts) != n || unreadable != 0 {
				return fmt.Errorf("%s: got %d messages, %d different, %d that cannot be read, want the %d that were acknowledged", p.Name, len(all), len(texts), unreadable, n)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
