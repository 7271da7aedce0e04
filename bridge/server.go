package bridge

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// Server returns an HTTP server with the bounds that every listener of the node has.
func Server(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      longest + 60*time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    16 << 10,
	}
}

// Drain prepares the node's stop: /readyz says no, live connections are told that the node restarts, calls that run are waited
// for, new ones are refused. It returns when all is done or the context ends.
func (b *Bridge) Drain(ctx context.Context) error {
	done := b.running.stop()
	b.Live.Drain()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// running counts what has to end before the node may stop: calls and live connections.
type running struct {
	mu       sync.Mutex // guards all below
	n        int
	stopping bool
	done     chan struct{} // made by stop, closed when n is 0
}

// begin counts one; false once the node stops.
func (s *running) begin() (end func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping {
		return nil, false
	}
	s.n++
	return s.end, true
}

func (s *running) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.n--
	if s.stopping && s.n == 0 {
		close(s.done)
	}
}

func (s *running) stop() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopping {
		s.stopping = true
		s.done = make(chan struct{})
		if s.n == 0 {
			close(s.done)
		}
	}
	return s.done
}

func (s *running) stops() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopping
}
