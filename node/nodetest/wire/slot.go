package wire

import (
	"context"
	"fmt"
	"slices"
	"time"

	"conclave/node/delivery"
	"conclave/protocol/net"
)

// slot is the place of the one lane to a peer; it remembers when to try again. Its fields are guarded by the lock of the host.
type slot struct {
	turn     chan struct{} // held by who opens the lane
	lane     *Lane
	failures int
	until    time.Time     // not tried again before
	met      chan struct{} // closed, and replaced, when a connection begins
	opened   uint64
}

func (h *Host) slot(p net.PeerID) *slot {
	s := h.slots[p]
	if s == nil {
		s = &slot{turn: make(chan struct{}, 1), met: make(chan struct{})}
		h.slots[p] = s
	}
	return s
}

// meet ends the back-off when a connection begins; one that the peer began shows that it is there.
func (s *slot) meet(inbound bool) {
	if inbound {
		s.failures = 0
	}
	s.until = time.Time{}
	close(s.met)
	s.met = make(chan struct{})
}

func (h *Host) failed(s *slot, way uint64) {
	s.failures++
	wait := min(backoff<<min(s.failures-1, 20), backoffMax)
	s.until = time.Now().Add(wait*4/5 + h.net.chance(wait*2/5, way, uint64(s.failures)))
}

// Ready waits until Lane would not.
func (h *Host) Ready(ctx context.Context, to net.PeerID) error {
	h.mu.Lock()
	s := h.slot(to)
	open := s.lane != nil && !s.lane.isOver()
	h.mu.Unlock()
	if open {
		return nil
	}
	return h.await(ctx, s)
}

// await sits out the back-off.
func (h *Host) await(ctx context.Context, s *slot) error {
	for {
		h.mu.Lock()
		wait, met := time.Until(s.until), s.met
		h.mu.Unlock()
		if wait <= 0 {
			return nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-met:
		case <-ctx.Done():
		case <-h.life.Done():
		}
		timer.Stop()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case h.life.Err() != nil:
			return ErrClosed
		}
	}
}

// Lane returns the open lane to a peer, or opens one: at once the first time and whenever a connection begins, else after a
// back-off. It does not try twice.
func (h *Host) Lane(ctx context.Context, to net.PeerID) (delivery.Lane, error) {
	if !h.enter() {
		return nil, ErrClosed
	}
	defer h.tasks.Done()
	h.mu.Lock()
	s := h.slot(to)
	h.mu.Unlock()
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-h.life.Done():
		return nil, ErrClosed
	}
	h.mu.Lock()
	lane := s.lane
	h.mu.Unlock()
	if lane != nil && !lane.isOver() {
		return lane, nil
	}
	if err := h.await(ctx, s); err != nil {
		return nil, err
	}
	lane, err := h.open(ctx, to, s)
	if err != nil && ctx.Err() == nil {
		h.mu.Lock()
		h.failed(s, uint64(h.place))
		h.mu.Unlock()
	}
	if err != nil {
		return nil, fmt.Errorf("open a lane to %s: %w", to, err)
	}
	return lane, nil
}

// open calls the peer if need be, and starts a lane after a round trip.
func (h *Host) open(ctx context.Context, to net.PeerID, s *slot) (*Lane, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	defer context.AfterFunc(h.life, cancel)()
	c, err := h.dial(ctx, to)
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	s.opened++
	l := &Lane{
		host: h, to: c.other(h), conn: c, way: uint64(h.place)<<40 | uint64(c.other(h).place)<<32 | s.opened,
		wake: make(chan struct{}, 1), room: make(chan struct{}, windowFrames), done: make(chan struct{}), last: time.Now(),
	}
	h.mu.Unlock()
	if err := h.cross(ctx, c, 2*h.net.delay(l.way, 0)); err != nil {
		return nil, err
	}
	if !h.enter() {
		return nil, ErrClosed
	}
	h.mu.Lock()
	s.lane, s.failures = l, 0
	gone := !slices.Contains(h.conns[to], c)
	h.mu.Unlock()
	if gone {
		l.stop(errBroken)
	}
	go l.run(s)
	return l, nil
}
