package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// How often Maintain collects the value log, and looks for damage.
const (
	verifyEvery  = 24 * time.Hour
	collectEvery = time.Hour
	collectRatio = 0.5
)

// Maintain keeps the store small until ctx ends, and then returns nil; the node runs it beside everything else. A round
// that fails is logged and tried again in the next.
func (s *Store) Maintain(ctx context.Context) error {
	collect := time.NewTicker(collectEvery)
	defer collect.Stop()
	verify := time.NewTicker(verifyEvery)
	defer verify.Stop()
	first := make(chan struct{}, 1)
	if s.isLarge() {
		first <- struct{}{} // it was not read whole when it was opened
	}
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-collect.C:
			err = s.during(s.collect)
		case <-verify.C:
			err = s.during(s.verifyOpen)
		case <-first:
			err = s.during(s.verifyOpen)
		}
		if errors.Is(err, ErrClosed) {
			return err
		}
		if err != nil {
			s.log.Warn("storage maintenance", "error", err)
		}
	}
}

// during runs fn with the store kept open.
func (s *Store) during(fn func() error) error {
	if !s.life.enter() {
		return ErrClosed
	}
	defer s.life.leave()
	if err := s.readOnlyError(); err != nil {
		return err
	}
	return fn()
}

func (s *Store) collect() error {
	for {
		err := s.db.RunValueLogGC(collectRatio)
		if errors.Is(err, badger.ErrNoRewrite) || errors.Is(err, badger.ErrGCInMemoryMode) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("collect value log: %w", err)
		}
	}
}

// Flatten merges all levels, so that overwritten and deleted rows leave the disk. It reads and writes the whole store: once a week
// is enough.
func (s *Store) Flatten() error {
	return s.during(func() error {
		if err := s.db.Flatten(1); err != nil {
			return fmt.Errorf("merge levels: %w", err)
		}
		return nil
	})
}
