package storage

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestStatsTellWhatWaitsAndWhatFailed(t *testing.T) {
	s, g := gated(t)
	r := testRealm("a")
	before := s.Stats()
	put := func(i uint64) <-chan error {
		return queue(t, s, func(tx *Tx) error { return tx.Put(r, r.Key(Settings, U64(i)), []byte("value")) })
	}
	outcomes := []<-chan error{put(0)}
	<-g.arrived // it is on its way to the disk alone
	outcomes = append(outcomes, put(1), put(2))
	if got := s.Stats(); got.Waiting != 3 || got.WaitingBytes == 0 || got.Commits != before.Commits || got.ReadOnly {
		t.Errorf("got %+v while a sync is held back, want 3 that wait and no commit", got)
	}
	g.commits <- struct{}{}
	g.commits <- struct{}{}
	for i, done := range outcomes {
		if err := <-done; err != nil {
			t.Fatalf("transaction %d: %v", i, err)
		}
	}
	got := s.Stats()
	if got.Waiting != 0 || got.WaitingBytes != 0 || got.Commits != before.Commits+2 || got.Transactions != before.Transactions+3 || got.Committing <= before.Committing {
		t.Errorf("got %+v after %+v, want 2 commits of 3 transactions and nothing that waits", got, before)
	}
	<-g.arrived
	g.fail = errors.New("input/output error")
	failed := put(3)
	g.commits <- struct{}{}
	if err := <-failed; !errors.Is(err, ErrReadOnly) {
		t.Fatalf("got %v of a sync that failed, want ErrReadOnly", err)
	}
	if got := s.Stats(); !got.ReadOnly {
		t.Errorf("got %+v after a sync that failed, want read-only", got)
	}
}

func TestStatsTellOfTheDisk(t *testing.T) {
	s, err := Open(Options{Dir: t.TempDir(), Disk: Disk{MinFree: 1 << 62, MinShare: -1, Floor: 1, Ballast: -1}})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Stats(); got.Free == 0 || got.LeastFree != 1<<62 || !got.Refuses || got.Ballast {
		t.Errorf("got %+v, want a disk that refuses and no ballast", got)
	}
	if err := s.Update(context.Background(), func(*Tx) error { return nil }); !errors.Is(err, ErrDiskFull) {
		t.Errorf("got %v, want ErrDiskFull as the stats say", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := s.Stats(); got != (Stats{}) {
		t.Errorf("got %+v of a closed store, want nothing", got)
	}
}

func TestCommitsAreSlowAndStuck(t *testing.T) {
	var c commits
	for _, took := range []time.Duration{-time.Second, time.Millisecond, slowCommit, slowCommit + 1, stuckCommit, stuckCommit + 1} {
		c.add(1, took)
	}
	if c.batches.Load() != 6 || c.slow.Load() != 3 || c.stuck.Load() != 1 {
		t.Errorf("got %d commits, %d slow, %d stuck, want 6, 3 and 1", c.batches.Load(), c.slow.Load(), c.stuck.Load())
	}
}

func TestTheLongestCommitIsForgottenAfterAMinuteOrTwo(t *testing.T) {
	var c commits
	at := func(second int64) time.Time { return time.Unix(second, 0) }
	for i, x := range []struct {
		second     int64
		took, want time.Duration
	}{
		{600, 3, 3}, {601, 1, 3}, {659, 0, 3}, {660, 2, 3}, {719, 0, 3}, {720, 0, 2}, {780, 0, 0}, {781, 5, 5}, {6000, 0, 0}, {5000, 1, 1},
	} {
		if got := c.look(at(x.second), x.took); got != x.want {
			t.Errorf("look %d: got %d, want %d", i, got, x.want)
		}
	}
}
