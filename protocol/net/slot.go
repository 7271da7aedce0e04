package net

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"golang.org/x/sync/semaphore"

	"conclave/protocol/net/frame"
)

// laneTag keeps connections with lanes when there are too many.
const laneTag = "lane"

// slot is the place of the one lane to a peer. It stays when the lane is over: it remembers when to try again.
type slot struct {
	turn chan struct{} // held by who opens the lane
	wake chan struct{} // the peer connected: no need to wait any longer

	// The rest is guarded by Host.mu.
	lane     *Lane
	failures int
	until    time.Time // not tried again before
}

// Lane returns the open lane to a peer, or opens one: at once the first time and whenever the peer connects, else after a
// back-off of 2 s that doubles with every failure up to an hour, ±20 %. It waits for all that, until ctx ends; it does not
// try twice: on an error the caller decides, and the next call waits. Addresses come from Connect or from the peer's own connections.
func (h *Host) Lane(ctx context.Context, to PeerID) (*Lane, error) {
	p, err := to.decode()
	if err != nil {
		return nil, err
	}
	if p == h.inner.ID() {
		return nil, errors.New("lane to itself")
	}
	s := h.slot(p)
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-h.tasks.Closed():
		return nil, errClosed
	}
	h.mu.Lock()
	lane, until := s.lane, s.until
	h.mu.Unlock()
	if lane != nil && lane.alive.Err() == nil {
		return lane, nil
	}
	if err := h.await(ctx, s, until); err != nil {
		return nil, err
	}
	lane, err = h.openLane(ctx, p, s)
	if err != nil && ctx.Err() == nil {
		h.note(p, err)
		h.failed(s, false)
	}
	if err != nil {
		return nil, fmt.Errorf("open a lane to %s: %w", to, err)
	}
	h.note(p, nil)
	return lane, nil
}

func (h *Host) slot(p peer.ID) *slot {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.slots[p]
	if s == nil {
		s = &slot{turn: make(chan struct{}, 1), wake: make(chan struct{}, 1)}
		h.slots[p] = s
	}
	return s
}

// await sits out the back-off.
func (h *Host) await(ctx context.Context, s *slot, until time.Time) error {
	wait := time.Until(until)
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.wake:
	case <-ctx.Done():
		return ctx.Err()
	case <-h.tasks.Closed():
		return errClosed
	}
	return nil
}

// wakeLane ends the back-off with a peer.
func (h *Host) wakeLane(p peer.ID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s := h.slots[p]; s != nil {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// failed sets the back-off; worked says that the lane had carried something.
func (h *Host) failed(s *slot, worked bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if worked {
		s.failures = 0
	}
	s.failures++
	wait := min(h.times.backoff<<min(s.failures-1, 20), backoffMax)
	s.until = time.Now().Add(time.Duration(float64(wait) * (0.8 + 0.4*rand.Float64())))
	select { // a wake from before the failure says nothing about now
	case <-s.wake:
	default:
	}
}

// openLane dials if need be, opens a stream, exchanges Hellos and starts the lane.
func (h *Host) openLane(ctx context.Context, p peer.ID, s *slot) (*Lane, error) {
	dialing, cancel := context.WithTimeout(ctx, h.times.dial+h.times.hello)
	defer cancel()
	h.forgetDials(p)
	stream, err := h.inner.NewStream(dialing, p, envelopes)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(dialing, func() { stream.Reset() })
	defer stop()
	r := frame.NewReader(stream, ackBuffer)
	hello, err := h.shake(stream, r)
	if err != nil {
		stream.Reset()
		h.judge(p, err)
		return nil, err
	}
	if !stop() || !h.tasks.Enter() {
		stream.Reset()
		return nil, errors.Join(dialing.Err(), errClosed)
	}
	alive, end := context.WithCancelCause(context.Background())
	l := &Lane{
		host: h, stream: stream, alive: alive, end: end,
		room: semaphore.NewWeighted(windowBytes), wake: make(chan struct{}, 1),
		waiting: make(map[uint64]*Pending), lastPut: time.Now(),
	}
	h.stats.lanes.Add(1)
	h.inner.ConnManager().Protect(p, laneTag)
	h.mu.Lock()
	s.lane = l
	h.report(p).skew = time.Until(time.UnixMilli(int64(min(hello.WallMS, 1<<53)))).Round(time.Millisecond)
	h.mu.Unlock()
	go func() {
		defer h.tasks.Leave()
		why := l.run(r)
		h.inner.ConnManager().Unprotect(p, laneTag)
		h.mu.Lock()
		if s.lane == l {
			s.lane = nil
		}
		h.mu.Unlock()
		if !errors.Is(why, errIdle) {
			h.failed(s, l.acked)
			h.judge(p, why)
		}
	}()
	return l, nil
}

func (h *Host) shake(stream network.Stream, r *frame.Reader) (frame.Hello, error) {
	if _, err := h.greet(stream); err != nil {
		return frame.Hello{}, err
	}
	return expect[frame.Hello](stream, r, time.Now().Add(h.times.hello))
}
