package live

import (
	"slices"
	"time"

	"conclave/protocol"
)

// audience is who watches an account, and what was told to it lately. Guarded by the hub's mutex.
type audience struct {
	account  protocol.Account
	watchers []*Watcher
	recent   []*Frame
	bytes    int
	floor    uint64    // nothing after this number is missing in recent
	left     time.Time // when the last watcher went, zero while there is one
}

// tell gives a frame to everybody, and keeps it for who comes back.
func (a *audience) tell(f *Frame) {
	for _, w := range a.watchers {
		w.put(f)
	}
	a.recent = append(a.recent, f)
	a.bytes += len(f.wire)
	for len(a.recent) > keepFrames || a.bytes > keepBytes {
		a.floor = a.recent[0].Seq
		a.bytes -= len(a.recent[0].wire)
		a.recent[0] = nil
		a.recent = a.recent[1:]
	}
}

// greet puts the first frames into a watcher's queue: where it stands, and what it missed.
func (a *audience) greet(w *Watcher, since, seq uint64) {
	known := since != 0 && since >= a.floor && since <= seq
	at := seq
	if known {
		at = since // so that a client that breaks off before the missed frames asks for them again
	}
	w.put(newFrame(at, "hello", []byte("{}")))
	switch {
	case known:
		for _, f := range a.recent {
			if f.Seq > since {
				w.put(f)
			}
		}
	case since != 0:
		w.put(newFrame(seq, "resync", []byte("{}")))
	}
}

func (a *audience) drop() { a.recent, a.bytes = nil, 0 }

// leave takes a watcher out.
func (h *Hub) leave(w *Watcher) {
	if h.remove(w) && h.attend != nil {
		h.attend(w.account, false)
	}
}

// remove takes a watcher out, and tells whether it was the last of its account.
func (h *Hub) remove(w *Watcher) (last bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	au := h.audience[w.account]
	i := slices.Index(au.watchers, w)
	au.watchers = slices.Delete(au.watchers, i, i+1)
	h.count--
	if last = len(au.watchers) == 0; last {
		au.left = h.now()
		h.idle = append(h.idle, au)
	}
	h.forget()
	return last
}

// wake takes an audience out of those that nobody watches.
func (h *Hub) wake(au *audience) {
	if au.left.IsZero() {
		return
	}
	au.left = time.Time{}
	i := slices.Index(h.idle, au)
	h.idle = slices.Delete(h.idle, i, i+1)
}

// forget drops what is kept for accounts that nobody watched for long.
func (h *Hub) forget() {
	oldest := h.now().Add(-keepFor)
	for len(h.idle) > 0 && (len(h.idle) > keepIdle || h.idle[0].left.Before(oldest)) {
		delete(h.audience, h.idle[0].account)
		h.idle[0] = nil
		h.idle = h.idle[1:]
	}
}
