package bridge

import (
	"context"
	"errors"
	"sync"

	"conclave/node/feature"
	"conclave/protocol"
)

// flights are the calls with an Idempotency-Key that run now. The operation keeps the key for later; this only makes a
// duplicate wait for the first instead of running beside it.
type flights struct {
	mu   sync.Mutex // guards running
	runs map[flightID]*flight
}

type flightID struct {
	account protocol.Account
	key     string
}

type flight struct {
	digest [32]byte
	done   chan struct{} // closed when res and err are set
	res    any
	err    error
}

var errFlight = errors.New("the call that this one repeats did not end")

// repeat calls the operation, once for all duplicates that arrive meanwhile. Keys belong to an account: without one there are none.
func (c *call) repeat(ctx context.Context, actor feature.Actor, req any, digest [32]byte) (any, error) {
	key := c.r.Header.Get("Idempotency-Key")
	if key == "" || !c.rt.Repeat || actor.Account.IsZero() {
		return c.rt.Call(ctx, req)
	}
	if !visible(key) {
		return nil, feature.ErrBadRequest.With("An idempotency key has 1 to 255 visible characters.")
	}
	ctx = feature.WithKey(ctx, feature.Key{Value: key, Digest: digest})
	id := flightID{actor.Account, key}
	f, first := c.b.flights.join(id, digest)
	if !first {
		return f.wait(ctx, digest)
	}
	defer c.b.flights.leave(id, f) // also when the operation panics
	f.res, f.err = c.rt.Call(ctx, req)
	return f.res, f.err
}

func (s *flights) join(id flightID, digest [32]byte) (*flight, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.runs[id]; f != nil {
		return f, false
	}
	f := &flight{digest: digest, done: make(chan struct{}), err: errFlight}
	if s.runs == nil {
		s.runs = map[flightID]*flight{}
	}
	s.runs[id] = f
	return f, true
}

func (s *flights) leave(id flightID, f *flight) {
	s.mu.Lock()
	delete(s.runs, id)
	s.mu.Unlock()
	close(f.done)
}

func (f *flight) wait(ctx context.Context, digest [32]byte) (any, error) {
	if f.digest != digest {
		return nil, feature.ErrKeyMismatch
	}
	select {
	case <-f.done:
		return f.res, f.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func visible(key string) bool {
	for i := range len(key) {
		if key[i] <= ' ' || key[i] > '~' {
			return false
		}
	}
	return len(key) <= 255
}
