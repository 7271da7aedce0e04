package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// gate stands between the committer and the engine: it counts commits, and while shut holds them back.
type gate struct {
	commits chan struct{} // one token per commit that may pass
	arrived chan struct{} // one token per commit that came
	fail    error
}

func gated(t *testing.T) (*Store, *gate) {
	t.Helper()
	s := openMemory(t)
	g := &gate{commits: make(chan struct{}, 1000), arrived: make(chan struct{}, 1000)}
	real := s.commit
	s.commit = func(tx *badger.Txn, ts uint64) error {
		g.arrived <- struct{}{}
		<-g.commits
		if g.fail != nil {
			return g.fail
		}
		return real(tx, ts)
	}
	t.Cleanup(func() { close(g.commits) }) // runs before the store closes
	return s, g
}

// queue starts an Update and returns once its closure has run and its transaction is queued.
func queue(t *testing.T, s *Store, fn func(*Tx) error) <-chan error {
	t.Helper()
	s.pending.mu.Lock()
	before := s.pending.lastSeq
	s.pending.mu.Unlock()
	done := make(chan error, 1)
	go func() { done <- s.Update(context.Background(), fn) }()
	waitUntil(t, func() bool {
		s.pending.mu.Lock()
		defer s.pending.mu.Unlock()
		return s.pending.lastSeq > before
	})
	return done
}

func TestTransactionsQueuedDuringASyncShareTheNextInOrder(t *testing.T) {
	s, g := gated(t)
	r := testRealm("a")
	counter := r.Key(Counters, H([]byte("n")))
	var order, want []int
	var outcomes []<-chan error
	for i := range 100 {
		want = append(want, i)
		outcomes = append(outcomes, queue(t, s, func(tx *Tx) error {
			n, err := GetAs[int](tx, r, counter)
			if err != nil && !errors.Is(err, ErrNotFound) {
				return err
			}
			if n != i {
				t.Errorf("transaction %d reads %d: it does not see the queued ones before it", i, n)
			}
			tx.OnCommit(func() { order = append(order, i) })
			return PutAs(tx, r, counter, n+1)
		}))
		if i == 0 {
			<-g.arrived // the first is on its way to the disk alone
		}
	}
	if _, err := read(t, s, r, counter); !errors.Is(err, ErrNotFound) {
		t.Errorf("a View before the sync = %v, want ErrNotFound", err)
	}
	for range 2 {
		g.commits <- struct{}{}
	}
	for i, o := range outcomes {
		if err := <-o; err != nil {
			t.Errorf("update %d: %v", i, err)
		}
	}
	if got := 1 + len(g.arrived); got != 2 {
		t.Errorf("100 transactions took %d commits, want 2", got)
	}
	if !slices.Equal(order, want) {
		t.Errorf("hooks ran in order %v", order)
	}
	if got := s.pending.overlay.Len(); got != 0 {
		t.Errorf("%d rows left in the overlay after all commits, want 0", got)
	}
}

func TestAClosureKeepsItsViewWhileEarlierTransactionsCommit(t *testing.T) {
	s, g := gated(t)
	r := testRealm("a")
	k := r.Key(Settings, U64(1))
	first := queue(t, s, func(tx *Tx) error { return tx.Put(r, k, []byte("queued")) })
	update(t, s, func(tx *Tx) error {
		g.commits <- struct{}{}
		if err := <-first; err != nil { // its row leaves the overlay
			return err
		}
		waitUntil(t, func() bool {
			s.pending.mu.Lock()
			defer s.pending.mu.Unlock()
			return s.pending.overlay.Len() == 0
		})
		if got, err := tx.Get(r, k); err != nil || string(got) != "queued" {
			t.Errorf("row that was committed meanwhile = %q, %v, want queued", got, err)
		}
		rows, err := scanned(tx, r, r.Key(Settings), ScanOptions{})
		if err != nil || len(rows) != 1 {
			t.Errorf("scan = %q, %v, want one row", rows, err)
		}
		return nil
	})
}

func TestABatchStaysWithinItsLimits(t *testing.T) {
	s, g := gated(t)
	r := testRealm("a")
	var outcomes []<-chan error
	for i := range 10 {
		outcomes = append(outcomes, queue(t, s, func(tx *Tx) error {
			return tx.Put(r, r.Key(Settings, U64(uint64(i))), make([]byte, 300<<10))
		}))
		if i == 0 {
			<-g.arrived
		}
	}
	for range 10 {
		g.commits <- struct{}{}
	}
	for i, o := range outcomes {
		if err := <-o; err != nil {
			t.Errorf("update %d: %v", i, err)
		}
	}
	if got := 1 + len(g.arrived); got != 4 { // 1, then three of 300 KiB in 1 MiB each
		t.Errorf("10 transactions of 300 KiB took %d commits, want 4", got)
	}
}

func TestTheLargestTransactionCommitsAndALargerOneIsRefused(t *testing.T) {
	s, r := openMemory(t), testRealm("a")
	fill := func(over int) error {
		return s.Update(context.Background(), func(tx *Tx) error {
			for i := 0; ; i++ {
				k := r.Key(Settings, U64(uint64(i)))
				room := s.limits.bytes - tx.bytes - rowSize(string(k), nil) - sealSize
				size := min(room, MaxValue)
				if err := tx.Put(r, k, make([]byte, size)); err != nil || room <= MaxValue {
					tx.bytes += over
					return errors.Join(err, tx.set(k, make([]byte, size+sealSize)))
				}
			}
		})
	}
	if err := fill(0); err != nil {
		t.Errorf("transaction of %d bytes: %v", s.limits.bytes, err)
	}
	if err := fill(1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one byte more: %v, want ErrTooLarge", err)
	}
	rows := func(n int) error {
		return s.Update(context.Background(), func(tx *Tx) error {
			for i := range n {
				tx.Delete(r.Key(Settings, U64(uint64(i))))
			}
			return nil
		})
	}
	if err := rows(s.limits.rows); err != nil {
		t.Errorf("transaction of %d rows: %v", s.limits.rows, err)
	}
	if err := rows(s.limits.rows + 1); !errors.Is(err, ErrTooLarge) {
		t.Errorf("one row more: %v, want ErrTooLarge", err)
	}
	err := s.Update(context.Background(), func(tx *Tx) error {
		return tx.Put(r, r.Key(Settings, U64(0)), make([]byte, MaxValue+1))
	})
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("value above MaxValue: %v, want ErrTooLarge", err)
	}
}

func TestAFailedSyncMakesTheStoreReadOnlyAndNothingIsAcknowledged(t *testing.T) {
	s, g := gated(t)
	r := testRealm("a")
	k := func(i int) Key { return r.Key(Settings, U64(uint64(i))) }
	g.commits <- struct{}{}
	update(t, s, func(tx *Tx) error { return tx.Put(r, k(100), []byte("before")) })
	<-g.arrived
	g.fail = errors.New("input/output error")
	hooked := false
	var outcomes []<-chan error
	for i := range 20 {
		outcomes = append(outcomes, queue(t, s, func(tx *Tx) error {
			tx.OnCommit(func() { hooked = true })
			return tx.Put(r, k(i), nil)
		}))
		if i == 0 {
			<-g.arrived
		}
	}
	seen := queue(t, s, func(tx *Tx) error { // decides on a queued row, so it must not report it as stored either
		if has, err := tx.Has(k(0)); err != nil || !has {
			return fmt.Errorf("has = %v, %w", has, err)
		}
		return errors.New("already stored")
	})
	select {
	case err := <-seen:
		t.Errorf("a closure that saw a queued row was answered before the sync: %v", err)
	default:
	}
	g.commits <- struct{}{}
	for i, o := range append(outcomes, seen) {
		if err := <-o; !errors.Is(err, ErrReadOnly) || !errors.Is(err, g.fail) {
			t.Errorf("update %d = %v, want ErrReadOnly with its cause", i, err)
		}
	}
	<-s.ReadOnly()
	if err := s.Err(); !errors.Is(err, g.fail) {
		t.Errorf("Err = %v, want the cause", err)
	}
	if err := s.Update(context.Background(), func(*Tx) error { t.Error("closure ran"); return nil }); !errors.Is(err, ErrReadOnly) {
		t.Errorf("update of a read-only store = %v, want ErrReadOnly", err)
	}
	if got, err := read(t, s, r, k(100)); err != nil || got != "before" {
		t.Errorf("read of a read-only store = %q, %v, want before", got, err)
	}
	if hooked {
		t.Error("a hook of a failed commit ran")
	}
	if len(g.arrived) != 0 {
		t.Error("the committer tried again after a failed sync")
	}
}

func TestAnErrorLineOfTheEngineMakesTheStoreReadOnly(t *testing.T) {
	s, r := openMemory(t), testRealm("a")
	real := s.commit
	s.commit = func(tx *badger.Txn, ts uint64) error {
		err := real(tx, ts)
		s.db.Opts().Logger.Errorf("Error while curlf sync: %v\n", errors.New("input/output error"))
		return err
	}
	k := r.Key(Settings, U64(1))
	err := s.Update(context.Background(), func(tx *Tx) error { return tx.Put(r, k, nil) })
	if !errors.Is(err, ErrReadOnly) {
		t.Errorf("update = %v, want ErrReadOnly", err)
	}
	if _, err := read(t, s, r, k); !errors.Is(err, ErrNotFound) {
		t.Errorf("a row whose sync failed is shown: %v", err)
	}
}

func TestWaitingHonoursTheContext(t *testing.T) {
	s, r := openMemory(t), testRealm("a")
	inside, leave := make(chan struct{}), make(chan struct{})
	var held sync.WaitGroup
	held.Go(func() {
		update(t, s, func(tx *Tx) error {
			close(inside)
			<-leave
			return nil
		})
	})
	<-inside
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := s.Update(ctx, func(tx *Tx) error { return tx.Put(r, r.Key(Settings, U64(1)), nil) })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for the turn = %v, want context.Canceled", err)
	}
	close(leave)
	held.Wait()
	s.pending.mu.Lock()
	s.pending.txs = maxQueueTxs
	s.pending.mu.Unlock()
	if err := s.Update(ctx, func(*Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting for room = %v, want context.Canceled", err)
	}
}

func TestBackpressure(t *testing.T) {
	s, g := gated(t)
	r := testRealm("a")
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			update(t, s, func(tx *Tx) error { return tx.Put(r, r.Key(Settings, U64(uint64(i))), make([]byte, MaxValue)) })
		})
	}
	<-g.arrived
	waitUntil(t, func() bool { return !s.pending.hasRoom() })
	s.pending.mu.Lock()
	if got, limit := s.pending.bytes, maxQueueBytes+MaxValue+1024; got > limit {
		t.Errorf("%d bytes wait, want at most %d", got, limit)
	}
	s.pending.mu.Unlock()
	for range 40 {
		g.commits <- struct{}{}
	}
	all.Wait()
	if got := s.pending.bytes; got != 0 {
		t.Errorf("%d bytes still counted when all is committed", got)
	}
}

func TestCloseWaitsForQueuedTransactions(t *testing.T) {
	s, g := gated(t)
	r := testRealm("a")
	done := queue(t, s, func(tx *Tx) error { return tx.Put(r, r.Key(Settings, U64(1)), nil) })
	closed := make(chan error, 1)
	go func() { closed <- s.Close() }()
	waitUntil(t, func() bool { return errors.Is(s.View(func(*Tx) error { return nil }), ErrClosed) })
	g.commits <- struct{}{}
	if err := <-done; err != nil {
		t.Errorf("queued update = %v, want nil", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("close = %v", err)
	}
	if err := s.Update(context.Background(), func(*Tx) error { return nil }); !errors.Is(err, ErrClosed) {
		t.Errorf("update after close = %v, want ErrClosed", err)
	}
}
