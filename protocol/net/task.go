package net

import (
	"context"
	"fmt"
	"runtime"
	"strings"

	"github.com/libp2p/go-libp2p/core/network"
)

// guard runs fn and turns a panic into an error. The log gets where it happened and the type of the value, never the value:
// it may hold what a peer or a person wrote.
func (h *Host) guard(what string, fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			h.stats.panics.Add(1)
			h.log.Error("recovered from a panic", "in", what, "value", fmt.Sprintf("%T", v), "at", origin())
			err = fmt.Errorf("panic in %s", what)
		}
	}()
	return fn()
}

// origin names the functions nearest to a panic.
func origin() string {
	pcs := make([]uintptr, 16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs)])
	var b strings.Builder
	for {
		f, more := frames.Next()
		if f.Function != "" && !strings.HasPrefix(f.Function, "runtime.") {
			fmt.Fprintf(&b, "%s:%d ", f.Function, f.Line)
		}
		if !more || b.Len() > 512 {
			return strings.TrimSpace(b.String())
		}
	}
}

// serve runs one handler on one stream of a peer: counted, recovered, and the stream gone afterwards.
// A stream that comes before Run waits for it: the peer, turned away, would believe that nobody is there.
func (h *Host) serve(s network.Stream, handle func(context.Context, network.Stream, Handlers) error) {
	if !h.tasks.Enter() {
		s.Reset()
		return
	}
	defer h.tasks.Leave()
	h.stats.streamsIn.Add(1)
	select {
	case <-h.running:
	case <-h.tasks.Closed():
		s.Reset()
		return
	}
	err := h.guard("a stream handler", func() error { return handle(h.life, s, h.on) })
	if err == nil {
		s.Close()
		return
	}
	s.Reset()
	h.judge(s.Conn().RemotePeer(), err)
}
