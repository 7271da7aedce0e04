package protocol

import (
	"sync"
	"time"
)

// Clock is a hybrid logical clock: 48 bits of milliseconds and 16 bits of counter. It never decides order or expiry, it is
// only shown. Safe for concurrent use.
type Clock struct {
	now func() time.Time

	mu   sync.Mutex
	last uint64
}

// NewClock returns a clock over a source of time.
func NewClock(now func() time.Time) *Clock { return &Clock{now: now} }

// Next returns a reading larger than every one before.
func (c *Clock) Next() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = max(c.last+1, uint64(c.now().UnixMilli())<<16)
	return c.last
}

// Observe lets a peer's reading move the clock forward, by ClockSlack beyond our own time at the most.
func (c *Clock) Observe(hlc uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	limit := uint64(c.now().Add(ClockSlack).UnixMilli()) << 16
	if hlc <= limit {
		c.last = max(c.last, hlc)
	}
}

// Time returns the wall time of a reading, at the most ClockSlack after it was received.
func Time(hlc uint64, received time.Time) time.Time {
	t := time.UnixMilli(int64(hlc >> 16)).UTC()
	if limit := received.Add(ClockSlack).UTC(); t.After(limit) {
		return limit
	}
	return t
}
