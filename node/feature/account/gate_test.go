package account

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"conclave/node/feature"
)

func TestGateRunsOneAndLets64Wait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		release := make(chan struct{})
		var running, most, done atomic.Int32
		var wg sync.WaitGroup
		work := func() error {
			most.Store(max(most.Load(), running.Add(1)))
			<-release
			running.Add(-1)
			done.Add(1)
			return nil
		}
		for range 1 + gateQueue {
			wg.Go(func() {
				if err := g.do(context.Background(), work); err != nil {
					t.Errorf("within the queue: got %v, want no error", err)
				}
			})
		}
		synctest.Wait()
		err := g.do(context.Background(), work)
		var e *feature.Error
		if !errors.As(err, &e) || e.Code != "busy" || e.Status != 503 || e.Retry <= 0 {
			t.Errorf("one too many: got %v, want busy with a time to retry", err)
		}
		close(release)
		wg.Wait()
		if done.Load() != 1+gateQueue || most.Load() != 1 {
			t.Errorf("ran %d, %d at once; want %d, 1 at once", done.Load(), most.Load(), 1+gateQueue)
		}
		if err := g.do(context.Background(), func() error { return nil }); err != nil {
			t.Errorf("afterwards: got %v, want no error", err)
		}
	})
}

func TestGateLetsImpatientCallersGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate()
		release := make(chan struct{})
		done := make(chan error, 1)
		go func() { done <- g.do(context.Background(), func() error { <-release; return nil }) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := g.do(ctx, func() error { t.Error("ran out of turn"); return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("impatient caller: got %v, want %v", err, context.DeadlineExceeded)
		}
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
