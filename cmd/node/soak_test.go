package main

import (
	"bufio"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"conclave/node/nodetest"
)

// The soak: three nodes talk at a steady pace for as long as CONCLAVE_SOAK says (`make soak`), two of which are stopped and killed again and again. The
// third one runs all the time, and what it has in memory, goroutines, open files and on its disk is looked at every minute. Nothing may be lost or doubled.
func TestSoak(t *testing.T) {
	lasts, err := time.ParseDuration(os.Getenv("CONCLAVE_SOAK"))
	if err != nil {
		t.Skip("a soak has its own target: make soak FOR=24h")
	}
	ctx, cancel := context.WithTimeout(t.Context(), lasts+30*time.Minute)
	defer cancel()
	s := newSoak(ctx, t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	writing, stop := context.WithTimeout(ctx, lasts)
	defer stop()
	var all sync.WaitGroup
	for _, w := range s.writers {
		all.Go(func() { w.write(writing, t, s.pace) })
	}
	began := time.Now()
	nextLook, nextFall := began.Add(soakWarm(lasts)), began
	for writing.Err() == nil && !t.Failed() {
		if now := time.Now(); now.After(nextLook) {
			s.look(t, time.Since(began))
			nextLook = now.Add(min(time.Minute, lasts/40))
		}
		if now := time.Now(); now.After(nextFall) {
			s.fall(t, random)
			nextFall = now.Add(time.Duration(10+random.IntN(40)) * time.Second)
		}
		time.Sleep(100 * time.Millisecond)
	}
	stop()
	all.Wait()
	s.look(t, time.Since(began))
	s.check(ctx, t)
	if !t.Failed() {
		s.report(lasts)
	}
}

// soakWarm is how long a node runs before it is looked at: what it fills once is no growth.
func soakWarm(lasts time.Duration) time.Duration { return min(lasts/5, 10*time.Minute) }

// soak is the nodes, and who writes.
type soak struct {
	sides   []*side // the first one is left alone
	talks   map[string][]int
	writers []*soakWriter
	pace    time.Duration // between two messages of one writer
	looks   []soakLook
	stops   int
	kills   int
}

// soakWriter is somebody who writes in one conversation.
type soakWriter struct {
	name string
	home *side
	talk string
	sent []string
	down time.Duration // without an answer, all in all
	most time.Duration // and at once
}

// soakLook is what the steady node has at a moment.
type soakLook struct {
	at                time.Duration
	heap, resident    float64 // MB
	goroutines, files float64
	disk              float64 // MB
}

func newSoak(ctx context.Context, t *testing.T) *soak {
	t.Helper()
	s := &soak{talks: map[string][]int{}}
	for _, name := range []string{"steady", "second", "third"} {
		s.sides = append(s.sides, newSide(t, name, anyPeer(t)...))
	}
	for i := range s.sides {
		next := (i + 1) % len(s.sides)
		talk, err := nodetest.Introduce(ctx, s.sides[i].now(), s.sides[next].now())
		if err != nil {
			t.Fatal(err)
		}
		s.talks[talk] = []int{i, next}
	}
	group, err := s.sides[0].now().NewGroup(ctx, "everybody", "all", s.sides[1].now(), s.sides[2].now())
	if err != nil {
		t.Fatal(err)
	}
	s.talks[group] = []int{0, 1, 2}
	for _, side := range s.sides {
		if err := side.now().Joined(ctx, group); err != nil {
			t.Fatal(err)
		}
	}
	for talk, who := range s.talks {
		for _, i := range who {
			s.writers = append(s.writers, &soakWriter{name: fmt.Sprintf("%d in %s", i, talk[2:8]), home: s.sides[i], talk: talk})
		}
	}
	const together = 20 // messages a second
	s.pace = time.Duration(len(s.writers)) * time.Second / together
	return s
}

// write says one thing after the other; what got no answer is said again under the same key.
func (w *soakWriter) write(ctx context.Context, t *testing.T, pace time.Duration) {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		text, at, first := fmt.Sprintf("%s says %d", w.name, i), time.Now(), true
		err := nodetest.Await(t.Context(), text+" is accepted", func() (bool, error) {
			_, err := w.home.now().Send(t.Context(), w.talk, text, strings.ReplaceAll(text, " ", "-"))
			first = first && err == nil
			return err == nil, refusal(err)
		})
		if err != nil {
			t.Error(err)
			return
		}
		if !first {
			w.down += time.Since(at)
			w.most = max(w.most, time.Since(at))
		}
		w.sent = append(w.sent, text)
	}
}

// fall stops a node in order, or kills it, and starts it again.
func (s *soak) fall(t *testing.T, random *rand.Rand) {
	t.Helper()
	side := s.sides[1+random.IntN(2)]
	if random.IntN(2) == 0 {
		s.kills++
		side.killAndRestart(t)
		return
	}
	s.stops++
	if err := side.node.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := side.node.end(t, time.Minute); code != codeOK {
		t.Errorf("a node that was told to stop: got code %d, want %d", code, codeOK)
	}
	side.restart(t)
}

// look notes what the steady node has.
func (s *soak) look(t *testing.T, at time.Duration) {
	t.Helper()
	steady := s.sides[0]
	process := steady.node.Process.Pid
	l := soakLook{at: at, resident: resident(t, process), disk: occupied(steady.dir)}
	if open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", process)); err == nil {
		l.files = float64(len(open))
	}
	answer, err := http.Get("http://" + steady.node.Admin + "/metrics")
	if err != nil {
		t.Error(err)
		return
	}
	defer answer.Body.Close()
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		var name string
		var value float64
		if _, err := fmt.Sscan(lines.Text(), &name, &value); err != nil {
			continue
		}
		switch name {
		case "go_memstats_heap_inuse_bytes":
			l.heap = value / 1e6
		case "go_goroutines":
			l.goroutines = value
		}
	}
	if l.heap == 0 || l.goroutines == 0 {
		t.Error("the metrics say nothing of memory and goroutines")
	}
	s.looks = append(s.looks, l)
}

// occupied is what lies in a folder, in MB.
func occupied(dir string) float64 {
	total := int64(0)
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil { // a file that is gone meanwhile
			return nil
		}
		if info, err := e.Info(); err == nil && e.Type().IsRegular() {
			total += info.Sys().(*syscall.Stat_t).Blocks * 512
		}
		return nil
	})
	return float64(total) / 1e6
}

// check compares what everybody sees with what was acknowledged.
func (s *soak) check(ctx context.Context, t *testing.T) {
	t.Helper()
	for talk, who := range s.talks {
		total, authors := 0, map[string][]string{}
		for _, w := range s.writers {
			if w.talk == talk {
				total += len(w.sent)
				authors[w.home.now().Acct] = w.sent
			}
		}
		for _, i := range who {
			p := s.sides[i].now()
			if err := p.Has(ctx, talk, total); err != nil {
				t.Error(err)
				continue
			}
			all, unreadable, err := p.Messages(ctx, talk)
			if err != nil || unreadable != 0 || len(all) != total {
				t.Errorf("%s: got %d messages, %d that cannot be read, and %v, want the %d that were acknowledged", p.Name, len(all), unreadable, err, total)
				continue
			}
			at := map[string]int{}
			for _, m := range all {
				want := authors[m.Author]
				if n := at[m.Author]; n >= len(want) || want[n] != m.Text {
					t.Errorf("%s: got %q as message %d of its author", p.Name, m.Text, n)
					break
				}
				at[m.Author]++
			}
		}
	}
}

// report prints the table of the soak.
func (s *soak) report(lasts time.Duration) {
	sent, down, most := 0, time.Duration(0), time.Duration(0)
	for _, w := range s.writers {
		sent, down, most = sent+len(w.sent), down+w.down, max(most, w.most)
	}
	first, last := s.looks[0], s.looks[len(s.looks)-1]
	fmt.Printf("soak: %s, %d messages, %d stops and %d kills of two nodes; 0 lost, 0 twice; a client waited %s at most, and %.2f %% of all clients' time\n",
		lasts, sent, s.stops, s.kills, most.Round(time.Millisecond), 100*down.Seconds()/lasts.Seconds()/float64(len(s.writers)))
	fmt.Printf("soak: the node that ran all the time, after %s and at the end: heap %.1f and %.1f MB (%+.2f MB an hour), resident %.0f and %.0f MB, goroutines %.0f and %.0f, open files %.0f and %.0f, disk %.1f and %.1f MB\n",
		first.at.Round(time.Second), first.heap, last.heap, slope(s.looks, func(l soakLook) float64 { return l.heap }), first.resident, last.resident,
		first.goroutines, last.goroutines, first.files, last.files, first.disk, last.disk)
}

// slope is by how much a figure grows in an hour: the line with the least squares.
func slope(looks []soakLook, of func(soakLook) float64) float64 {
	var n, sx, sy, sxx, sxy float64
	for _, l := range looks {
		x, y := l.at.Hours(), of(l)
		n, sx, sy, sxx, sxy = n+1, sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}
