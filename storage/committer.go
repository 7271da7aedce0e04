package storage

import (
	"context"
	"encoding/binary"
	"fmt"
	"reflect"
	"runtime"
	"time"
)

// What the committer packs into one synced commit.
const (
	batchBytes = 1 << 20
	batchTxs   = 512
)

// takeTurn waits until no other closure runs.
func (s *Store) takeTurn(ctx context.Context) error {
	if err := s.readOnlyError(); err != nil {
		return err
	}
	if s.hooking.Load() && calledBy(callHooks) {
		return ErrNested
	}
	if ctx.Err() != nil {
		return fmt.Errorf("wait to write: %w", context.Cause(ctx))
	}
	select {
	case s.turn <- struct{}{}:
		return nil
	default:
	}
	if calledBy(callClosure) {
		return ErrNested
	}
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-s.failed:
		return s.readOnlyError()
	case <-ctx.Done():
		return fmt.Errorf("wait to write: %w", context.Cause(ctx))
	}
}

// runTurn runs a closure, queues what it wrote and gives the turn back, also when fn panics. It returns the entry to wait
// for, nil if there is none. After an error of fn, or with nothing written, that is an entry without rows behind everything
// fn saw: a caller must not answer "already stored" before it is on the disk.
func (s *Store) runTurn(ctx context.Context, fn func(*Tx) error) (*entry, error) {
	defer func() { <-s.turn }()
	if err := s.waitForRoom(ctx); err != nil {
		return nil, err
	}
	if err := s.disk.admit(ctx); err != nil {
		return nil, err
	}
	tx := s.begin(true)
	defer tx.end()
	err := callClosure(fn, tx)
	if err == nil {
		err = tx.err
	}
	if err == nil && tx.written.Len() > 0 {
		err = s.memory.fault()
	}
	e := &entry{rows: &tx.written, bytes: tx.bytes, hooks: tx.hooks, done: make(chan struct{})}
	if err != nil {
		e.rows, e.bytes, e.hooks = new(rows), 0, nil
	}
	if e.rows.Len() == 0 && len(e.hooks) == 0 && tx.queued.Len() == 0 {
		return nil, err
	}
	s.pending.add(e)
	return e, err
}

func (s *Store) waitForRoom(ctx context.Context) error {
	for !s.pending.hasRoom() {
		select {
		case <-s.pending.room:
		case <-s.failed:
			return s.readOnlyError()
		case <-ctx.Done():
			return fmt.Errorf("wait for the disk: %w", context.Cause(ctx))
		}
	}
	return nil
}

// runCommitter is the only writer of the engine, which syncs once per transaction: whatever queues up during one sync
// shares the next.
func (s *Store) runCommitter() {
	defer s.stopped.Done()
	for {
		select {
		case <-s.stop:
			return
		case <-s.pending.wake:
		}
		for {
			batch := s.pending.take(min(batchBytes, s.limits.bytes), s.limits.rows-1, batchTxs)
			if len(batch) == 0 {
				break
			}
			s.commitBatch(batch)
		}
	}
}

// commitBatch brings a batch to the disk, then runs the hooks in order, then wakes the callers. A failure is final: the
// kernel may have dropped the pages, so trying again could report as stored what is not.
func (s *Store) commitBatch(batch []*entry) {
	committed := s.pending.version()
	err := s.readOnlyError()
	if err == nil {
		var next uint64
		began := time.Now()
		next, err = s.writeBatch(batch, committed)
		s.commits.add(len(batch), time.Since(began))
		if err == nil {
			committed = next
		} else {
			s.fail(err)
			err = s.readOnlyError()
		}
	}
	s.db.SetDiscardTs(s.pending.finish(batch, committed))
	if err == nil {
		s.hooking.Store(true)
		for _, e := range batch {
			callHooks(e.hooks)
		}
		s.hooking.Store(false)
	}
	for _, e := range batch {
		e.err = err
		close(e.done)
	}
}

// writeBatch commits and syncs the rows of a batch, later writes over earlier ones, and returns the version that shows them.
func (s *Store) writeBatch(batch []*entry, committed uint64) (uint64, error) {
	t := s.db.NewTransactionAt(committed, true)
	defer t.Discard()
	n := 0
	for _, e := range batch {
		var err error
		e.rows.Scan(func(key string, w write) bool {
			n++
			if w.sealed == nil {
				err = t.Delete([]byte(key))
			} else {
				err = t.Set([]byte(key), w.sealed)
			}
			return err == nil
		})
		if err != nil {
			return 0, fmt.Errorf("commit: %w", err)
		}
	}
	if n == 0 {
		return committed, nil
	}
	number := uint64(0)
	if s.mark != nil {
		number = s.mark.last + 1
		if err := t.Set(commitKey, binary.BigEndian.AppendUint64(nil, number)); err != nil {
			return 0, fmt.Errorf("commit: %w", err)
		}
	}
	if err := s.commit(t, committed+1); err != nil {
		return 0, fmt.Errorf("commit: %w", err)
	}
	if err := s.Err(); err != nil { // an error line during the commit: the engine swallowed a failed sync
		return 0, err
	}
	if err := s.mark.set(number); err != nil { // it says less than there is: no harm
		s.log.Warn("note the last commit", "err", err)
	}
	return committed + 1, nil
}

// callClosure and callHooks are frames of their own, by which calledBy recognises a nested Update.
//
//go:noinline
func callClosure(fn func(*Tx) error, tx *Tx) error { return fn(tx) }

//go:noinline
func callHooks(hooks []func()) {
	for _, h := range hooks {
		h()
	}
}

// calledBy says whether fn is on the caller's stack, as far as its innermost 256 frames. It is asked only when the turn is
// taken, so an uncontended Update does not pay for it; a goroutine that a closure starts and waits for is not found.
func calledBy(fn any) bool {
	want := reflect.ValueOf(fn).Pointer()
	var pcs [256]uintptr
	for _, pc := range pcs[:runtime.Callers(2, pcs[:])] {
		if f := runtime.FuncForPC(pc - 1); f != nil && f.Entry() == want {
			return true
		}
	}
	return false
}
