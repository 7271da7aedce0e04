package net

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"golang.org/x/sync/semaphore"

	"conclave/protocol/net/frame"
)

// The window: a lane has at most windowFrames frames or windowBytes bytes unanswered (SPEC.md, envelopes and streams). Every
// frame counts as at least an even share of the bytes, so one number keeps both bounds.
const (
	// Window is how many Puts of a lane may be without an answer.
	Window = 256

	windowBytes  = 4 << 20
	windowFrames = Window
	leastWeight  = windowBytes / windowFrames

	writeBuffer = 16 << 10
	ackBuffer   = 4 << 10
)

// Errors of a Lane.
var (
	// ErrLost ends a Put whose answer will not come: the lane failed or was closed. The peer may have taken the blob all the same.
	ErrLost = errors.New("lane lost")

	errIdle   = errors.New("idle")
	errSilent = errors.New("no acknowledgement in time")
	errClosed = errors.New("host closed")
)

// Lane carries blobs to one peer over one stream, in order. It lives until the stream fails, 5 minutes pass without a Put, or
// the host closes. Then all its unanswered Puts end with ErrLost and it takes no more: whoever sends asks the Host for
// the next lane and begins again with the oldest unanswered blob, so a newer one can never overtake it.
type Lane struct {
	host   *Host
	stream network.Stream
	room   *semaphore.Weighted
	alive  context.Context // ends with the lane; its cause says why
	end    context.CancelCauseFunc
	wake   chan struct{} // something is queued

	mu      sync.Mutex
	over    error // why the lane takes no more
	seq     uint64
	queue   [][]byte            // packets that the writer has not taken
	waiting map[uint64]*Pending // Puts without an answer
	moved   time.Time           // last answer, or first Put after all were answered
	lastPut time.Time
	acked   bool // some Put was answered
}

// Pending is a Put on its way.
type Pending struct {
	done   chan struct{}
	weight int64
	code   Code
	err    error
}

// Done is closed when Result is there.
func (p *Pending) Done() <-chan struct{} { return p.done }

// Result returns the peer's answer, or ErrLost. It is to be called only after Done.
func (p *Pending) Result() (Code, error) { return p.code, p.err }

// Wait returns the Result, or the error of ctx if that ends first; the Put goes on.
func (p *Pending) Wait(ctx context.Context) (Code, error) {
	select {
	case <-p.done:
		return p.code, p.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// Done is closed when the lane is over.
func (l *Lane) Done() <-chan struct{} { return l.alive.Done() }

// Put offers a blob of 1 to MaxBlob bytes to a queue; the zero token is none. It waits while 256 frames or 4 MiB are unanswered,
// and keeps no reference to the blob. Blobs arrive in the order in which Put was called; calls at the same time have none.
// The error is ErrLost when the lane is over, or that of ctx.
func (l *Lane) Put(ctx context.Context, queue Queue, token Token, blob []byte) (*Pending, error) {
	if len(blob) == 0 || len(blob) > MaxBlob {
		return nil, fmt.Errorf("put a blob of %d bytes, want 1 to %d", len(blob), MaxBlob)
	}
	p := &Pending{done: make(chan struct{}), weight: int64(max(len(blob), leastWeight))}
	if err := l.acquire(ctx, p.weight); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over != nil {
		l.room.Release(p.weight)
		return nil, l.over
	}
	packet, err := frame.Packet(frame.Put{Seq: l.seq + 1, Queue: queue, Token: token, Blob: blob})
	if err != nil {
		l.room.Release(p.weight)
		return nil, fmt.Errorf("put: %w", err)
	}
	l.seq++
	l.lastPut = time.Now()
	if len(l.waiting) == 0 {
		l.moved = l.lastPut
	}
	l.waiting[l.seq] = p
	l.push(packet)
	l.host.stats.putsOut.Add(1)
	l.host.stats.bytesOut.Add(uint64(len(blob)))
	return p, nil
}

// acquire takes room in the window.
func (l *Lane) acquire(ctx context.Context, weight int64) error {
	if l.room.TryAcquire(weight) {
		return nil
	}
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.alive, cancel)()
	if err := l.room.Acquire(waiting, weight); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return lost(l.alive)
	}
	return nil
}

func lost(ended context.Context) error { return fmt.Errorf("%w: %w", ErrLost, context.Cause(ended)) }

// push queues a packet, with l.mu held.
func (l *Lane) push(packet []byte) {
	l.queue = append(l.queue, packet)
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run serves the lane until it is over and returns why.
func (l *Lane) run(r *frame.Reader) error {
	read := make(chan struct{})
	go func() {
		defer close(read)
		l.end(l.host.guard("an acknowledgement", func() error { return l.read(r) }))
	}()
	l.end(l.host.guard("a lane", l.write))
	why := context.Cause(l.alive)
	if errors.Is(why, errIdle) {
		l.stream.Close()
	} else {
		l.stream.Reset()
	}
	<-read
	l.drop(lost(l.alive))
	return why
}

// write sends what is queued, keeps the stream alive and watches for silence.
func (l *Lane) write() error {
	t := l.host.times
	tick := time.NewTicker(min(t.keepAlive, t.ack, t.idle) / 4)
	defer tick.Stop()
	w := bufio.NewWriterSize(l.stream, writeBuffer)
	said := time.Now()
	ping, err := frame.Packet(frame.Ack{})
	if err != nil {
		return err
	}
	var batch [][]byte
	for {
		select {
		case <-l.wake:
		case now := <-tick.C:
			if err := l.check(now); err != nil {
				return err
			}
			if now.Sub(said) > t.keepAlive {
				l.mu.Lock()
				l.push(ping)
				l.mu.Unlock()
			}
		case <-l.alive.Done():
			return nil
		case <-l.host.tasks.Closed():
			return errClosed
		}
		l.mu.Lock()
		batch, l.queue = l.queue, batch[:0]
		l.mu.Unlock()
		if len(batch) == 0 {
			continue
		}
		said = time.Now()
		if err := l.stream.SetWriteDeadline(said.Add(t.write)); err != nil {
			return err
		}
		for _, packet := range batch {
			if _, err := w.Write(packet); err != nil {
				return err
			}
		}
		if err := w.Flush(); err != nil {
			return err
		}
		clear(batch)
	}
}

// check tells whether the peer has been silent for too long, or the sender.
func (l *Lane) check(now time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case len(l.waiting) > 0 && now.Sub(l.moved) > l.host.times.ack:
		return errSilent
	case len(l.waiting) == 0 && now.Sub(l.lastPut) > l.host.times.idle:
		l.over = fmt.Errorf("%w: %w", ErrLost, errIdle)
		return errIdle
	}
	return nil
}

// read takes acknowledgements until the stream ends.
func (l *Lane) read(r *frame.Reader) error {
	for {
		if err := l.stream.SetReadDeadline(time.Now().Add(l.host.times.frame)); err != nil {
			return err
		}
		f, err := r.Next()
		if err != nil {
			return err
		}
		acks, ok := f.(frame.Ack)
		if !ok {
			return fmt.Errorf("%w: %T for an Ack", frame.ErrBad, f)
		}
		if err := l.settle(acks); err != nil {
			return err
		}
	}
}

func (l *Lane) settle(acks frame.Ack) error {
	var weight int64
	l.mu.Lock()
	defer func() {
		l.mu.Unlock()
		if weight > 0 {
			l.room.Release(weight)
		}
	}()
	for _, a := range acks {
		p := l.waiting[a.Seq]
		if p == nil {
			return fmt.Errorf("%w: answer to nothing", frame.ErrBad)
		}
		delete(l.waiting, a.Seq)
		weight += p.weight
		p.code = a.Code
		close(p.done)
		l.moved, l.acked = time.Now(), true
		l.host.stats.acked.Add(1)
	}
	return nil
}

// drop ends every Put without an answer.
func (l *Lane) drop(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over = why
	for seq, p := range l.waiting {
		delete(l.waiting, seq)
		p.err = why
		close(p.done)
		l.host.stats.lost.Add(1)
	}
	l.queue = nil
}
