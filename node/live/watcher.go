package live

import (
	"sync"

	"conclave/protocol"
)

// Code says why a watcher ended; the numbers are WebSocket close codes.
type Code uint16

// Ends of a watcher. Open means that it goes on.
const (
	Open    Code = 0
	Revoked Code = 4401 // its session was revoked
	TooSlow Code = 4008 // its queue was full
	Restart Code = 1012 // the node stops
)

// Watcher is the queue of one connection. Its methods may be called concurrently, but only one goroutine should Take.
type Watcher struct {
	hub     *Hub
	account protocol.Account
	session string
	wakes   chan struct{} // holds one element when there is something to take

	mu      sync.Mutex
	queue   []*Frame
	bytes   int
	taken   int // bytes of the frames that are being written
	writing int // their number
	code    Code
	closed  bool
}

// Wakes is readable when there is something to Take.
func (w *Watcher) Wakes() <-chan struct{} { return w.wakes }

// Take moves waiting frames into the given space, as many as it has capacity for, and says whether the watcher ended. The
// frames of the Take before count as written now. A watcher that ended with Revoked or TooSlow gives no frame any more.
func (w *Watcher) Take(into []*Frame) ([]*Frame, Code) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bytes -= w.taken
	n := min(cap(into), len(w.queue))
	into = append(into[:0], w.queue[:n]...)
	w.taken, w.writing = 0, n
	for _, f := range into {
		w.taken += len(f.wire)
	}
	clear(w.queue[:n])
	w.queue = w.queue[n:]
	if len(w.queue) == 0 {
		w.queue = nil // an idle connection holds no memory
		return into, w.code
	}
	w.wake()
	return into, Open
}

// Close takes the watcher out of its hub.
func (w *Watcher) Close() {
	w.mu.Lock()
	closed := w.closed
	w.closed = true
	w.queue = nil
	w.mu.Unlock()
	if !closed {
		w.hub.leave(w)
	}
}

// put queues a frame, or ends the watcher if it does not read fast enough.
func (w *Watcher) put(f *Frame) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.code != Open || w.closed {
		return
	}
	if len(w.queue)+w.writing >= MaxQueue || w.bytes+len(f.wire) > MaxQueueBytes {
		w.end(TooSlow)
		w.hub.slow.Add(1)
		return
	}
	w.queue = append(w.queue, f)
	w.bytes += len(f.wire)
	w.wake()
}

// dismiss ends the watcher because the node stops. What waits is still to be taken, and behind it this last frame, for which there
// is always room.
func (w *Watcher) dismiss(last *Frame) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.code != Open || w.closed {
		return
	}
	w.queue = append(w.queue, last)
	w.bytes += len(last.wire)
	w.end(Restart)
}

// finish ends the watcher from outside; the first reason stays, but a revoked session is never let run out.
func (w *Watcher) finish(c Code) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.code == Open || c == Revoked {
		w.end(c)
	}
}

func (w *Watcher) end(c Code) {
	w.code = c
	if c != Restart {
		w.queue, w.bytes, w.taken, w.writing = nil, 0, 0, 0
	}
	w.wake()
}

func (w *Watcher) wake() {
	select {
	case w.wakes <- struct{}{}:
	default:
	}
}
