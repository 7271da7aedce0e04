package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// How much is measured: rounds take turns between ours and the floor.
const (
	rounds    = 3
	oneByOne  = 300
	warmup    = 100
	sendFor   = 2 * time.Second
	textBytes = 256
	patience  = 30 * time.Second
)

// text is a message of textBytes that says which one it is.
func text(n uint64) string {
	return fmt.Sprintf("#%012d ", n) + strings.Repeat("x", textBytes-14)
}

// traffic is a way with clients on it.
type traffic struct {
	*way
	arrived chan uint64
	next    atomic.Uint64
	cancel  context.CancelFunc
	readers sync.WaitGroup

	mu   sync.Mutex
	seen map[uint64]bool // a message may be told again when something of it changed
}

func (t *traffic) fresh(n uint64) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	had := t.seen[n]
	t.seen[n] = true
	return !had
}

func newTraffic(ctx context.Context, w *way) (*traffic, error) {
	ctx, cancel := context.WithCancel(ctx)
	t := &traffic{way: w, arrived: make(chan uint64, 1<<16), cancel: cancel, seen: map[uint64]bool{}}
	for token, url := range w.watch {
		c, err := dial(ctx, url, token)
		if err != nil {
			return t, errors.Join(err, t.Close())
		}
		t.readers.Go(func() {
			defer c.CloseNow()
			for {
				_, raw, err := c.Read(ctx)
				if err != nil {
					return
				}
				if n, ok := number(raw); ok && t.fresh(n) {
					t.arrived <- n
				}
			}
		})
	}
	return t, nil
}

// number finds which message a frame shows.
func number(frame []byte) (uint64, bool) {
	_, after, ok := bytes.Cut(frame, []byte(`"text":"#`))
	if !ok || len(after) < 12 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(after[:12]), 10, 64)
	return n, err == nil
}

func (t *traffic) Close() error {
	t.cancel()
	t.readers.Wait()
	return t.way.Close()
}

// send posts the next message as one of the senders.
func (t *traffic) send(ctx context.Context, sender int) (uint64, error) {
	n := t.next.Add(1)
	_, err := call(ctx, "POST", t.urls[sender%len(t.urls)], t.tokens[sender%len(t.tokens)], []byte(`{"text":"`+text(n)+`"}`))
	return n, err
}

// wait waits for one message.
func (t *traffic) wait() (uint64, error) {
	select {
	case n := <-t.arrived:
		return n, nil
	case <-time.After(patience):
		return 0, fmt.Errorf("a message did not arrive within %s", patience)
	}
}

// latency is how long messages took, in milliseconds, sorted, and the microseconds of CPU for each.
type latency struct {
	posted, delivered []float64
	cpu               float64
}

// alone sends one message after another, each after the one before arrived.
func (t *traffic) alone(ctx context.Context, count int) (l latency, err error) {
	used := cpu()
	for range count {
		began := time.Now()
		n, err := t.send(ctx, 0)
		if err != nil {
			return l, err
		}
		posted := time.Since(began)
		got, err := t.wait()
		if err != nil {
			return l, err
		}
		if got != n {
			return l, fmt.Errorf("message %d arrived for %d", got, n)
		}
		l.posted = append(l.posted, ms(posted))
		l.delivered = append(l.delivered, ms(time.Since(began)))
	}
	l.cpu = us(cpu()-used) / float64(count)
	slices.Sort(l.posted)
	slices.Sort(l.delivered)
	return l, nil
}

// together has many senders post as fast as they can, and returns messages a second until the last arrived, and CPU for each.
func (t *traffic) together(ctx context.Context, senders int) (perSecond, cpuEach float64, err error) {
	began, used := time.Now(), cpu()
	var sent atomic.Int64
	failed := make(chan error, senders)
	var posting sync.WaitGroup
	for s := range senders {
		posting.Go(func() {
			for time.Since(began) < sendFor {
				if _, err := t.send(ctx, s); err != nil {
					failed <- err
					return
				}
				sent.Add(1)
			}
		})
	}
	done := make(chan struct{})
	go func() { posting.Wait(); close(done) }()
	var got int64
	for posting := true; posting || got < sent.Load(); {
		select {
		case <-t.arrived:
			got++
		case <-done:
			posting, done = false, nil
		case err := <-failed:
			return 0, 0, err
		case <-time.After(patience):
			return 0, 0, fmt.Errorf("%d of %d messages arrived", got, sent.Load())
		}
	}
	return float64(got) / time.Since(began).Seconds(), us(cpu()-used) / float64(got), nil
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
func us(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// path is goals 1, 2 and 4: from a POST on one node to the frame on the other, durable on both.
func path(ctx context.Context, b *bench) error {
	both, end, err := meet(ctx, b.dir)
	if err != nil {
		return err
	}
	defer end()
	found, err := latencies(ctx, both)
	if err != nil {
		return err
	}
	o, f := found[0], found[1]
	b.add(row{Goal: "1", Metric: "API write p95, one client", Unit: "ms", Ours: median(o.post95), Floor: median(f.post95), Ratio: 1.5})
	b.add(row{Goal: "2", Metric: "POST to frame, durable on both: p50", Unit: "ms", Ours: median(o.p50), Floor: median(f.p50), CPU: median(o.cpu), FloorC: median(f.cpu), Ratio: 1.5})
	b.add(row{Goal: "2", Metric: "POST to frame, durable on both: p95", Unit: "ms", Ours: median(o.p95), Floor: median(f.p95)})
	b.add(row{Goal: "2", Metric: "POST to frame, durable on both: p99", Unit: "ms", Ours: median(o.p99), Floor: median(f.p99)})
	return throughputs(ctx, b, both)
}

// memory is where files cost no disk: a sync does nothing there.
const memory = "/dev/shm"

// unsynced is goal 3: the same path with both stores in memory-backed files, so that no disk is waited for.
func unsynced(ctx context.Context, b *bench) (err error) {
	dir, err := os.MkdirTemp(memory, "conclave-bench-")
	if err != nil {
		fmt.Fprintln(os.Stderr, "  not measured: no files in memory here:", err)
		return nil
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	both, end, err := meet(ctx, dir)
	if err != nil {
		return err
	}
	defer end()
	found, err := latencies(ctx, both)
	if err != nil {
		return err
	}
	o, f := found[0], found[1]
	b.add(row{Goal: "3", Metric: "POST to frame, stored without a disk: p50", Unit: "ms", Ours: median(o.p50), Floor: median(f.p50), CPU: median(o.cpu), FloorC: median(f.cpu), Ratio: 1.4})
	b.add(row{Goal: "3", Metric: "POST to frame, stored without a disk: p99", Unit: "ms", Ours: median(o.p99), Floor: median(f.p99)})
	return nil
}

// meet starts ours and the floor below a folder, with clients on both.
func meet(ctx context.Context, dir string) (both [2]*traffic, end func(), err error) {
	end = func() {
		for _, t := range both {
			if t != nil {
				t.Close()
			}
		}
	}
	defer func() {
		if err != nil {
			end()
		}
	}()
	ours, err := nodes(ctx, filepath.Join(dir, "path"))
	if err != nil {
		return both, end, err
	}
	under, err := bare(filepath.Join(dir, "floor"))
	if err != nil {
		return both, end, errors.Join(err, ours.Close())
	}
	for i, w := range []*way{ours, under} {
		if both[i], err = newTraffic(ctx, w); err != nil {
			return both, end, err
		}
		for s := range people {
			if _, err := both[i].send(ctx, s); err != nil {
				return both, end, err
			}
			if _, err := both[i].wait(); err != nil {
				return both, end, err
			}
		}
		if _, err := both[i].alone(ctx, warmup); err != nil {
			return both, end, err
		}
	}
	return both, end, nil
}

// figures are what rounds found, one of each a round.
type figures struct{ post95, p50, p95, p99, cpu []float64 }

func latencies(ctx context.Context, both [2]*traffic) (found [2]figures, err error) {
	for range rounds {
		for i, t := range both {
			l, err := t.alone(ctx, oneByOne)
			if err != nil {
				return found, err
			}
			f := &found[i]
			f.post95, f.cpu = append(f.post95, at(l.posted, 0.95)), append(f.cpu, l.cpu)
			f.p50, f.p95, f.p99 = append(f.p50, at(l.delivered, 0.5)), append(f.p95, at(l.delivered, 0.95)), append(f.p99, at(l.delivered, 0.99))
		}
	}
	return found, nil
}

func throughputs(ctx context.Context, b *bench, both [2]*traffic) error {
	for _, senders := range []int{1, 16, 256} {
		var rate, cost [2][]float64
		for range rounds {
			for i, t := range both {
				r, c, err := t.together(ctx, senders)
				if err != nil {
					return fmt.Errorf("%d senders: %w", senders, err)
				}
				rate[i], cost[i] = append(rate[i], r), append(cost[i], c)
			}
		}
		x := row{
			Goal: "4", Metric: fmt.Sprintf("messages, %d senders", senders), Unit: "/s", More: true,
			Ours: median(rate[0]), Floor: median(rate[1]), CPU: median(cost[0]), FloorC: median(cost[1]),
		}
		if senders == 256 {
			x.Ratio, x.Cost = 0.7, 500
		}
		b.add(x)
	}
	return nil
}
