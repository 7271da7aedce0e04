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

	// The rest is guarded by Host.mu.
	lane     *Lane
	failures int
	until    time.Time       // not tried again before
	met      context.Context // ends, and is replaced, when a connection begins
	meet     func()          // ends met
	calls    uint64          // connections that the peer began
}

// Lane returns the open lane to a peer, or opens one, over the newest connection: at once the first time and whenever the peer
// connects, also while an attempt fails, else after a back-off of 2 s that doubles with every failure up to an hour, while the peer is
// connected up to 15 s, ±20 %, and begins anew when the peer connects. It waits for all that, until ctx ends; it does not try twice: on an error the caller
// decides, and the next call waits. Addresses come from Connect or from the peer's own connections.
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
	lane := s.lane
	h.mu.Unlock()
	if lane != nil && lane.alive.Err() == nil {
		return lane, nil
	}
	if err := h.await(ctx, s); err != nil {
		return nil, err
	}
	dialing, cancel := context.WithTimeout(ctx, h.times.dial+h.times.hello)
	defer cancel()
	calls := h.calls(s)
	if err = h.dial(dialing, p); err == nil {
		calls = h.calls(s)
		lane, err = h.openLane(dialing, p, s, calls)
	}
	if err != nil && ctx.Err() == nil {
		h.note(p, err)
		h.failed(p, s, false, calls)
	}
	if err != nil {
		return nil, fmt.Errorf("open a lane to %s: %w", to, err)
	}
	h.note(p, nil)
	return lane, nil
}

// Ready waits until Lane would not: until a lane is open, the back-off is over or the peer connects, or until ctx ends.
func (h *Host) Ready(ctx context.Context, to PeerID) error {
	p, err := to.decode()
	if err != nil {
		return err
	}
	s := h.slot(p)
	h.mu.Lock()
	lane := s.lane
	h.mu.Unlock()
	if lane != nil && lane.alive.Err() == nil {
		return nil
	}
	return h.await(ctx, s)
}

func (h *Host) slot(p peer.ID) *slot {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.slots[p]
	if s == nil {
		s = &slot{turn: make(chan struct{}, 1)}
		s.met, s.meet = context.WithCancel(context.Background())
		h.slots[p] = s
	}
	return s
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
		case <-met.Done():
		case <-ctx.Done():
		case <-h.tasks.Closed():
		}
		timer.Stop()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case h.tasks.IsClosed():
			return errClosed
		}
	}
}

// meet ends the back-off with a peer with which a connection begins. One that the peer began shows that it is there: the back-off
// then begins anew.
func (h *Host) meet(p peer.ID, inbound bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.slots[p]
	if s == nil {
		return
	}
	if inbound {
		s.calls++
		s.failures = 0
	}
	s.until = time.Time{}
	s.meet()
	s.met, s.meet = context.WithCancel(context.Background())
}

// calls is how often the peer has called by now.
func (h *Host) calls(s *slot) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return s.calls
}

// failed sets the back-off; worked says that the lane had carried something. A peer that called after the attempt chose its
// connection is tried again at once: the attempt says nothing about the newer one.
func (h *Host) failed(p peer.ID, s *slot, worked bool, calls uint64) {
	most := backoffMax
	if len(h.direct(p)) > 0 {
		most = backoffMet
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if s.calls != calls {
		return
	}
	if worked {
		s.failures = 0
	}
	s.failures++
	wait := min(h.times.backoff<<min(s.failures-1, 20), most)
	s.until = time.Now().Add(time.Duration(float64(wait) * (0.8 + 0.4*rand.Float64())))
}

// openLane opens a stream, exchanges Hellos and starts the lane; the peer had called so often before.
func (h *Host) openLane(dialing context.Context, p peer.ID, s *slot, calls uint64) (*Lane, error) {
	stream, err := h.stream(dialing, p, envelopes)
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
		h.doubt(stream.Conn(), err)
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
	h.report(p).skew = time.UnixMilli(int64(min(hello.WallMS, 1<<53))).Sub(h.now()).Round(time.Millisecond)
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
			h.failed(p, s, l.acked, calls)
			h.judge(p, why)
			h.doubt(stream.Conn(), why)
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
