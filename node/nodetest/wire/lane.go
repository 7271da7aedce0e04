package wire

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"conclave/node/delivery"
	"conclave/protocol/net"
)

const (
	windowFrames = 256
	batchPuts    = 64
)

// Lane carries blobs to one peer in order, as net.Lane.
type Lane struct {
	host *Host
	to   *Host
	conn *conn
	way  uint64
	wake chan struct{}
	room chan struct{} // one for every Put without an answer
	done chan struct{}

	mu    sync.Mutex
	over  error
	sent  uint64
	free  time.Time // when the last packet arrives: the next does not before
	queue []*pending
	last  time.Time
}

// pending is a blob on its way.
type pending struct {
	put  net.Put
	due  time.Time
	done chan struct{}
	code net.Code
	err  error
}

// Done is closed when Result is there.
func (p *pending) Done() <-chan struct{} { return p.done }

// Result returns the peer's answer, or net.ErrLost.
func (p *pending) Result() (net.Code, error) { return p.code, p.err }

// Done is closed when the lane is over.
func (l *Lane) Done() <-chan struct{} { return l.done }

func (l *Lane) isOver() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

func (l *Lane) stop(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over == nil {
		l.over = fmt.Errorf("%w: %w", net.ErrLost, why)
		close(l.done)
	}
}

// Put offers a blob. It waits while 256 are unanswered.
func (l *Lane) Put(ctx context.Context, queue net.Queue, token net.Token, blob []byte) (delivery.Pending, error) {
	if len(blob) == 0 || len(blob) > net.MaxBlob {
		return nil, fmt.Errorf("put a blob of %d bytes, want 1 to %d", len(blob), net.MaxBlob)
	}
	select {
	case l.room <- struct{}{}:
	case <-l.done:
		return nil, l.over
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over != nil {
		return nil, l.over
	}
	l.sent++
	l.last = time.Now()
	if due := l.last.Add(l.host.net.delay(l.way, l.sent)); due.After(l.free) {
		l.free = due
	}
	p := &pending{
		put: net.Put{Seq: l.sent, Queue: queue, Token: token, Blob: slices.Clone(blob)}, due: l.free, done: make(chan struct{}),
	}
	l.queue = append(l.queue, p)
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return p, nil
}

// run brings what was put to the other side, batch by batch, and the answers back.
func (l *Lane) run(s *slot) {
	defer l.host.tasks.Done()
	answers := make(chan []*pending, windowFrames)
	back := make(chan struct{})
	go func() {
		defer close(back)
		l.back(answers)
	}()
	l.carry(answers)
	close(answers)
	<-back
	l.mu.Lock()
	why := l.over
	for _, p := range l.queue {
		p.err = why
		close(p.done)
	}
	l.queue = nil
	l.mu.Unlock()
	if !errors.Is(why, errIdle) {
		l.host.mu.Lock()
		if s.lane == l && len(l.host.conns[l.to.id]) == 0 {
			l.host.failed(s, l.way)
		}
		l.host.mu.Unlock()
	}
}

// carry moves batches from the queue to the answers until the lane is over.
func (l *Lane) carry(answers chan<- []*pending) {
	idle := time.NewTimer(idleWait)
	defer idle.Stop()
	for {
		l.mu.Lock()
		var due time.Time
		if len(l.queue) > 0 {
			due = l.queue[0].due
		}
		quiet := time.Since(l.last)
		l.mu.Unlock()
		wait := l.wake
		var arrives <-chan time.Time
		if !due.IsZero() {
			wait = nil
			arrives = time.After(time.Until(due))
		}
		select {
		case <-wait:
			continue
		case <-arrives:
		case <-idle.C:
			if quiet >= idleWait && due.IsZero() {
				l.stop(errIdle)
				return
			}
			idle.Reset(idleWait - min(quiet, idleWait-time.Second))
			continue
		case <-l.done:
			return
		case <-l.host.life.Done():
			l.stop(ErrClosed)
			return
		}
		if l.conn.over() {
			select {
			case <-l.done:
			case <-l.host.life.Done():
				l.stop(ErrClosed)
			}
			return
		}
		l.mu.Lock()
		n := 0
		for n < len(l.queue) && n < batchPuts && !l.queue[n].due.After(time.Now()) {
			n++
		}
		batch := slices.Clone(l.queue[:n])
		l.queue = l.queue[n:]
		l.mu.Unlock()
		if !l.to.receive(l, batch) {
			l.fail(batch)
			l.stop(errBroken)
			return
		}
		answers <- batch
	}
}

// fail ends Puts whose answer is lost.
func (l *Lane) fail(batch []*pending) {
	for _, p := range batch {
		p.err = fmt.Errorf("%w: %w", net.ErrLost, errBroken)
		close(p.done)
	}
}

// back brings the answers back, in order.
func (l *Lane) back(answers <-chan []*pending) {
	for batch := range answers {
		gone := l.isOver()
		if !gone {
			select {
			case <-time.After(l.host.net.delay(l.way|1<<63, batch[0].put.Seq)):
			case <-l.done:
				gone = true
			}
		}
		if l.conn.over() && !gone {
			<-l.done // the answers are lost, and missed when the lane is over
			gone = true
		}
		if gone {
			l.fail(batch)
			continue
		}
		for _, p := range batch {
			close(p.done)
			<-l.room
		}
	}
}

// receive hands a batch to the handler; of one peer one at a time. False says that there is no answer.
func (h *Host) receive(l *Lane, batch []*pending) bool {
	if !h.enter() {
		return false
	}
	defer h.tasks.Done()
	h.mu.Lock()
	turn := h.taking[l.host.id]
	if turn == nil {
		turn = make(chan struct{}, 1)
		h.taking[l.host.id] = turn
	}
	h.mu.Unlock()
	select {
	case <-h.running:
	case <-h.life.Done():
		return false
	}
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-h.life.Done():
		return false
	}
	puts := make([]net.Put, len(batch))
	for i, p := range batch {
		puts[i] = p.put
		h.net.tap(l.host, h, "", len(p.put.Blob))
	}
	codes := h.on.Receive(h.life, l.host.id, puts)
	if len(codes) != len(puts) {
		return false
	}
	for i, p := range batch {
		p.code = codes[i]
	}
	return true
}
