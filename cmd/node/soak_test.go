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
	"syscall"
	"testing"
	"time"
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
	s := &soak{circle: newCircle(ctx, t, "steady", "second", "third")}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))

	writing, stop := context.WithTimeout(ctx, lasts)
	defer stop()
	const rate = 20 // messages a second
	end := s.write(writing, t, rate)
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
	end()
	s.look(t, time.Since(began))
	s.check(ctx, t)
	if !t.Failed() {
		s.report(lasts)
	}
}

// soakWarm is how long a node runs before it is looked at: what it fills once is no growth.
func soakWarm(lasts time.Duration) time.Duration { return min(lasts/5, 10*time.Minute) }

// soak is the nodes, the first of which is left alone, and what was seen of it.
type soak struct {
	*circle
	looks []soakLook
	stops int
	kills int
}

// soakLook is what the steady node has at a moment.
type soakLook struct {
	at                time.Duration
	heap, resident    float64 // MB; the heap after a collection
	goroutines, files float64
	disk              float64 // MB
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
		case "go_memstats_next_gc_bytes":
			l.heap = value / 2e6 // the next collection comes when what lived after the last one has doubled
		case "go_goroutines":
			l.goroutines = value
		}
	}
	if l.heap == 0 || l.goroutines == 0 {
		t.Error("the metrics say nothing of memory and goroutines")
	}
	s.looks = append(s.looks, l)
	t.Logf("after %s: live heap %.1f MB, resident %.0f MB, %.0f goroutines, %.0f files, disk %.1f MB", at.Round(time.Second), l.heap, l.resident, l.goroutines, l.files, l.disk)
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

// report prints the table of the soak.
func (s *soak) report(lasts time.Duration) {
	down, most := time.Duration(0), time.Duration(0)
	for _, w := range s.writers {
		down, most = down+w.down, max(most, w.most)
	}
	first, last := s.looks[0], s.looks[len(s.looks)-1]
	fmt.Printf("soak: %s, %d messages, %d stops and %d kills of two nodes; 0 lost, 0 twice; a client waited %s at most, and %.2f %% of all clients' time\n",
		lasts, s.sent(), s.stops, s.kills, most.Round(time.Millisecond), 100*down.Seconds()/lasts.Seconds()/float64(len(s.writers)))
	fmt.Printf("soak: the node that ran all the time, after %s and at the end: live heap %.1f and %.1f MB (%+.2f MB an hour), resident %.0f and %.0f MB, goroutines %.0f and %.0f, open files %.0f and %.0f, disk %.1f and %.1f MB\n",
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
