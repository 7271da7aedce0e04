// Package live tells open pages and apps what happened: it numbers frames, keeps the recent ones for those who come back, and
// hands every frame, encoded once, to the bounded queue of each watcher.
//
// It promises that a watcher sees the frames of its account in the order of their numbers and without a gap, or is told to
// fetch again; that a slow reader costs a bounded amount of memory and delays nobody; and that a revoked session gets no
// further frame. Numbers of an earlier run are smaller than all of this one. It knows nothing of HTTP, and starts no goroutine.
package live

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
)

// Bounds. Sizes are bytes.
const (
	MaxQueue      = 256             // frames that wait for one watcher
	MaxQueueBytes = 1 << 20         // bytes that wait for one watcher
	MaxWatchers   = 100             // watchers of one account
	keepFrames    = 128             // recent frames of one account
	keepBytes     = 256 << 10       // and their size
	keepFor       = 5 * time.Minute // how long an account that nobody watches is kept for those who come back
	keepIdle      = 1024            // accounts kept that nobody watches
)

// Hub implements feature.Watchers. Safe for concurrent use.
type Hub struct {
	log *slog.Logger
	now func() time.Time

	mu       sync.Mutex // guards all below, and the order in which frames get their numbers and into queues
	seq      uint64
	audience map[protocol.Account]*audience
	idle     []*audience // nobody watches them, those that were left longest ago first
	count    int         // of watchers
	draining bool
	told     uint64        // frames, in this run
	slow     atomic.Uint64 // watchers that were ended because they did not read
	attend   func(protocol.Account, bool)
}

var _ feature.Watchers = (*Hub)(nil)

// New returns a hub. A nil clock is the system's, a nil logger keeps silent.
func New(log *slog.Logger, now func() time.Time) *Hub {
	if now == nil {
		now = time.Now
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Hub{log: log, now: now, seq: uint64(now().UnixMicro()), audience: map[protocol.Account]*audience{}}
}

// OnAttend gives the hub whom it tells that the first watcher of an account came, or the last one went. It is called once, before
// anybody watches; the function is called while nothing is held, maybe late and out of order, and asks Attended what is so.
func (h *Hub) OnAttend(fn func(protocol.Account, bool)) { h.attend = fn }

// Attended tells whether an account has a watcher now.
func (h *Hub) Attended(a protocol.Account) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	au := h.audience[a]
	return au != nil && len(au.watchers) > 0
}

// Tell queues a frame for the watchers of accounts. Data that cannot be encoded is a mistake in a slice: it is logged and dropped.
func (h *Hub) Tell(accounts []protocol.Account, kind string, data any) {
	if !h.wanted(accounts) {
		return
	}
	raw, err := encode(kind, data)
	if err != nil {
		h.log.Error("live frame dropped", "type", kind, "err", err)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget()
	h.seq++
	h.told++
	f := newFrame(h.seq, kind, raw)
	for i, a := range accounts {
		if au := h.audience[a]; au != nil && !contains(accounts[:i], a) {
			au.tell(f)
		}
	}
}

// Watched tells whether an account has a watcher, or may have one that comes back.
func (h *Hub) Watched(a protocol.Account) bool { return h.wanted([]protocol.Account{a}) }

// wanted tells whether anybody watches one of the accounts, or may come back to it.
func (h *Hub) wanted(accounts []protocol.Account) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, a := range accounts {
		if h.audience[a] != nil {
			return true
		}
	}
	return false
}

// Watch starts to collect what is told to an account, for one connection of a session. Its first frame is "hello". With the
// number of the last frame that the client saw, the frames after it follow, or "resync" where they are not known any more:
// the client then fetches again. Zero means from now. The caller must Close the watcher. ErrTooMany is given beyond MaxWatchers
// of one account, ErrUnavailable while the node stops.
func (h *Hub) Watch(account protocol.Account, session string, since uint64) (*Watcher, error) {
	w, first, err := h.watch(account, session, since)
	if first && h.attend != nil {
		h.attend(account, true)
	}
	return w, err
}

func (h *Hub) watch(account protocol.Account, session string, since uint64) (w *Watcher, first bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining {
		return nil, false, feature.ErrUnavailable
	}
	h.forget()
	au := h.audience[account]
	if au == nil {
		au = &audience{account: account, floor: h.seq}
		h.audience[account] = au
	}
	if len(au.watchers) >= MaxWatchers {
		return nil, false, feature.ErrTooMany.With("There are %d open connections of this account; close one first.", MaxWatchers)
	}
	h.wake(au)
	w = &Watcher{hub: h, account: account, session: session, wakes: make(chan struct{}, 1)}
	au.greet(w, since, h.seq)
	au.watchers = append(au.watchers, w)
	h.count++
	return w, len(au.watchers) == 1, nil
}

// CloseSession ends the live connections of a session of an account; an empty session means all of the account.
func (h *Hub) CloseSession(account protocol.Account, session string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	au := h.audience[account]
	if au == nil {
		return
	}
	left := 0
	for _, w := range au.watchers {
		if session == "" || w.session == session {
			w.finish(Revoked)
		} else {
			left++
		}
	}
	if left == 0 {
		au.drop()
		au.floor = h.seq
	}
}

// Watching returns how many watchers there are.
func (h *Hub) Watching() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.count
}

func contains(list []protocol.Account, a protocol.Account) bool {
	for _, b := range list {
		if a == b {
			return true
		}
	}
	return false
}
