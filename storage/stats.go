package storage

import (
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// commits count what the committer did.
type commits struct {
	batches, transactions, nanoseconds, slow, stuck atomic.Uint64

	mu     sync.Mutex
	minute int64            // that now counts
	worst  [2]time.Duration // the longest of it, and of the one before
}

// look turns to the minute of a moment and returns the longest commit of it and the one before, at least the given one.
func (c *commits) look(now time.Time, took time.Duration) time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch minute := now.Unix() / 60; {
	case minute == c.minute:
	case minute == c.minute+1:
		c.minute, c.worst = minute, [2]time.Duration{0, c.worst[0]}
	default:
		c.minute, c.worst = minute, [2]time.Duration{}
	}
	c.worst[0] = max(c.worst[0], took)
	return max(c.worst[0], c.worst[1])
}

func (c *commits) add(transactions int, took time.Duration) {
	c.batches.Add(1)
	c.transactions.Add(uint64(transactions))
	c.nanoseconds.Add(uint64(max(took, 0)))
	c.look(time.Now(), took)
	if took > slowCommit {
		c.slow.Add(1)
	}
	if took > stuckCommit {
		c.stuck.Add(1)
	}
}

// From when on a commit is slow, as a busy disk makes it, and stuck, as people notice.
const (
	slowCommit  = 100 * time.Millisecond
	stuckCommit = time.Second
)

// Stats are counts since the store was opened, unless stated otherwise. Sizes are bytes.
type Stats struct {
	Waiting, WaitingBytes int  // transactions on their way to the disk now
	ReadOnly              bool // after a disk error

	Commits      uint64        // synced
	Transactions uint64        // in them
	Committing   time.Duration // spent with commits, failed ones included
	Slow, Stuck  uint64        // commits that took more than 100 ms, and more than a second
	Longest      time.Duration // of the commits of this minute and the one before

	Tables, Log      uint64 // the engine's files as it last measured them
	Free, LeastFree  uint64 // of the disk now, and below what new data is refused; zero without a folder
	Ballast, Refuses bool   // the ballast is there; new data is refused now
}

// Stats returns a snapshot; its numbers are each right, not all of one moment. Of a store that is closed it is empty.
func (s *Store) Stats() (out Stats) {
	if !s.life.enter() {
		return Stats{}
	}
	defer s.life.leave()
	out.Waiting, out.WaitingBytes = s.pending.waiting()
	out.ReadOnly = s.Err() != nil
	out.Commits, out.Transactions = s.commits.batches.Load(), s.commits.transactions.Load()
	out.Slow, out.Stuck = s.commits.slow.Load(), s.commits.stuck.Load()
	out.Committing = time.Duration(s.commits.nanoseconds.Load())
	out.Longest = s.commits.look(time.Now(), 0)
	tables, log := s.db.Size()
	out.Tables, out.Log = uint64(max(tables, 0)), uint64(max(log, 0))
	if free, least, ballast, err := s.disk.look(); err == nil {
		out.Free, out.LeastFree, out.Ballast = free, least, ballast
		out.Refuses = s.disk != nil && free < least
	}
	return out
}

// look measures the disk without the store's turn, and changes nothing.
func (g *guard) look() (free, least uint64, ballast bool, err error) {
	if g == nil {
		return 0, 0, false, nil
	}
	r, err := g.disk.room(g.dir)
	if err != nil {
		return 0, 0, false, err
	}
	var st unix.Stat_t
	return r.Free, r.Least, unix.Stat(g.path(), &st) == nil, nil
}
