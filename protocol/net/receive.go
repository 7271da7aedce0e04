package net

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"

	"conclave/protocol/net/frame"
)

// One call of Handlers.Receive gets at most batchPuts blobs, and no further one after batchBytes.
const (
	batchPuts  = 64
	batchBytes = 1 << 20

	putBuffer = 32 << 10
)

// turn lets one envelope stream of a peer at a time work: the newest.
type turn struct {
	working chan struct{} // held by the stream at work
	replace func()        // ends the newest stream; guarded by Host.mu
	users   int           // guarded by Host.mu
}

// take waits until the older streams of a peer are done, after telling them to be; false says that a yet newer one came.
// The caller owes the returned function.
func (h *Host) take(p peer.ID, s network.Stream) (release func(), ok bool) {
	replaced := make(chan struct{})
	h.mu.Lock()
	t := h.turns[p]
	older := t != nil
	if !older {
		t = &turn{working: make(chan struct{}, 1), replace: func() {}}
		h.turns[p] = t
	}
	end := t.replace
	t.users++
	t.replace = func() { close(replaced); s.Reset() }
	h.mu.Unlock()
	if end(); older {
		h.stats.replaced.Add(1)
		h.offend(p)
	}

	select {
	case t.working <- struct{}{}:
		ok = true
	case <-replaced:
	}
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if ok {
			<-t.working
		}
		if t.users--; t.users == 0 {
			delete(h.turns, p)
		}
	}, ok
}

// receive takes in the Puts of one envelope stream.
func (h *Host) receive(ctx context.Context, s network.Stream, on Handlers) error {
	p := s.Conn().RemotePeer()
	release, ok := h.take(p, s)
	defer release()
	if !ok {
		return errReplaced
	}
	if _, err := h.greet(s); err != nil {
		return err
	}
	r, done := reader(s, putBuffer)
	defer done()
	if _, err := expect[frame.Hello](s, r, time.Now().Add(h.times.hello)); err != nil {
		return err
	}
	in := inbound{host: h, from: PeerID(p.String()), stream: s, reader: r, on: on.Receive}
	for {
		done()
		if err := in.turn(ctx); err != nil {
			if errors.Is(err, io.EOF) {
				return nil // the lane was idle
			}
			return err
		}
	}
}

var errReplaced = errors.New("replaced by a newer stream")

// inbound is one envelope stream at work, used by one goroutine.
type inbound struct {
	host   *Host
	from   PeerID
	stream network.Stream
	reader *frame.Reader
	on     func(context.Context, PeerID, []Put) []Code
	seq    uint64
	puts   []Put
	ping   bool // the sender wants a sign of life
}

// turn waits for a frame, takes with it what else has arrived, and answers.
func (in *inbound) turn(ctx context.Context) error {
	h := in.host
	if err := in.stream.SetReadDeadline(time.Now().Add(h.times.frame)); err != nil {
		return err
	}
	if err := in.gather(); err != nil {
		return err
	}
	if in.ping {
		in.ping = false
		if err := h.send(in.stream, frame.Ack{}); err != nil {
			return err
		}
	}
	if len(in.puts) == 0 {
		return nil
	}
	if in.on == nil {
		return errors.New("nobody receives")
	}
	h.stats.batches.Add(1)
	codes := in.on(ctx, in.from, in.puts)
	if len(codes) != len(in.puts) {
		return fmt.Errorf("got %d codes for %d puts", len(codes), len(in.puts))
	}
	acks := make(frame.Ack, len(codes))
	for i, c := range codes {
		acks[i] = frame.Answer{Seq: in.puts[i].Seq, Code: c}
		switch c {
		case frame.Duplicate:
			h.stats.duplicates.Add(1)
		case frame.Later:
			h.stats.later.Add(1)
		}
	}
	return h.send(in.stream, acks)
}

// gather reads one frame and those that are ready behind it.
func (in *inbound) gather() error {
	clear(in.puts)
	in.puts = in.puts[:0]
	for size := 0; ; {
		f, err := in.reader.Next()
		if err != nil {
			return err
		}
		switch f := f.(type) {
		case frame.Put:
			if in.seq++; f.Seq != in.seq {
				return fmt.Errorf("%w: put %d, want %d", frame.ErrBad, f.Seq, in.seq)
			}
			in.puts = append(in.puts, f)
			size += len(f.Blob)
			in.host.stats.putsIn.Add(1)
			in.host.stats.bytesIn.Add(uint64(len(f.Blob)))
		case frame.Ack:
			if len(f) > 0 {
				return fmt.Errorf("%w: answer on the way of the puts", frame.ErrBad)
			}
			in.ping = true
		default:
			return fmt.Errorf("%w: %T on an envelope stream", frame.ErrBad, f)
		}
		if len(in.puts) == batchPuts || size >= batchBytes || !in.reader.Ready() {
			return nil
		}
	}
}
