package main

import (
	"net"
	"net/http"
	"sync"
)

// fresh are the connections that no request came over yet. Browsers open some in advance; a server that shuts down would wait
// seconds for each.
type fresh struct {
	mu    sync.Mutex
	conns map[net.Conn]bool
}

// watch lets a server tell of its connections.
func (f *fresh) watch(s *http.Server) {
	f.conns = map[net.Conn]bool{}
	s.ConnState = func(c net.Conn, state http.ConnState) {
		f.mu.Lock()
		defer f.mu.Unlock()
		if state == http.StateNew {
			f.conns[c] = true
		} else {
			delete(f.conns, c)
		}
	}
}

// close ends them. A request that is on its way over one gets no answer, as if it had come a moment later.
func (f *fresh) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for c := range f.conns {
		_ = c.Close() // nobody waits for its outcome
	}
}
