package net

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"conclave/protocol/net/frame"
)

// reader reads frames of a peer's stream. What it holds counts against the memory of that peer and of all peers, until
// the returned function is called.
func reader(s network.Stream, size int) (r *frame.Reader, release func()) {
	scope, held := s.Scope(), 0
	r = frame.NewReader(s, size)
	r.Reserve = func(n int) error {
		if err := scope.ReserveMemory(n, network.ReservationPriorityMedium); err != nil {
			return fmt.Errorf("hold a frame of %d bytes: %w", n, err)
		}
		held += n
		return nil
	}
	return r, func() {
		scope.ReleaseMemory(held)
		held = 0
	}
}

// greet sends our Hello on a stream and returns its nonce.
func (h *Host) greet(s network.Stream) (Nonce, error) {
	hello := frame.Hello{WallMS: uint64(h.now().UnixMilli())}
	if _, err := rand.Read(hello.Nonce[:]); err != nil {
		return Nonce{}, err
	}
	return hello.Nonce, h.send(s, hello)
}

// send writes one frame at once.
func (h *Host) send(s network.Stream, f frame.Frame) error {
	packet, err := frame.Packet(f)
	if err != nil {
		return err
	}
	if err := s.SetWriteDeadline(time.Now().Add(h.times.write)); err != nil {
		return err
	}
	_, err = s.Write(packet)
	return err
}

// expect reads one frame of type F until the deadline.
func expect[F frame.Frame](s network.Stream, r *frame.Reader, until time.Time) (F, error) {
	var none F
	if err := s.SetReadDeadline(until); err != nil {
		return none, err
	}
	f, err := r.Next()
	if err != nil {
		return none, err
	}
	got, ok := f.(F)
	if !ok {
		return none, fmt.Errorf("%w: %T for %T", frame.ErrBad, f, none)
	}
	return got, nil
}
