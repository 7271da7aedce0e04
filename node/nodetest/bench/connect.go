package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// connect is goal 5: how long it takes to open a WebSocket with a session.
func connect(ctx context.Context, b *bench) error {
	ours, err := nodes(ctx, filepath.Join(b.dir, "connect"))
	if err != nil {
		return err
	}
	defer ours.Close()
	under, err := bare(filepath.Join(b.dir, "connect-floor"))
	if err != nil {
		return err
	}
	defer under.Close()
	for _, c := range []struct {
		metric string
		atOnce int
	}{{"WebSocket connect p95, one at a time", 1}, {"WebSocket connect p95, 16 at once", 16}} {
		var found [2][]float64
		for range rounds {
			for i, w := range []*way{ours, under} {
				times, err := w.dials(ctx, c.atOnce, 320/c.atOnce)
				if err != nil {
					return err
				}
				found[i] = append(found[i], at(times, 0.95))
			}
		}
		b.add(row{Goal: "5", Metric: c.metric, Unit: "ms", Ours: median(found[0]), Floor: median(found[1]), Ratio: 1.5})
	}
	return nil
}

// dials opens WebSockets, each goroutine one after the other, and returns the milliseconds that each took, sorted.
func (w *way) dials(ctx context.Context, atOnce, each int) ([]float64, error) {
	var mu sync.Mutex
	var times []float64
	var errs []error
	var all sync.WaitGroup
	token, url := "", ""
	for token, url = range w.watch {
		break
	}
	for range atOnce {
		all.Go(func() {
			for range each {
				began := time.Now()
				c, err := dial(ctx, url, token)
				took := ms(time.Since(began))
				if err == nil {
					err = c.CloseNow()
				}
				mu.Lock()
				times, errs = append(times, took), append(errs, err)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	slices.Sort(times)
	return times, errors.Join(errs...)
}
