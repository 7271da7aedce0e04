package live

import (
	"math/rand/v2"
	"time"
)

// When clients come back after a restart: not sooner than soonest, about a thousand in a second, all within latest.
const (
	soonest  = 400 * time.Millisecond
	latest   = 5 * time.Second
	eachTime = time.Millisecond
)

// Return is the data of a "restart" frame.
type Return struct {
	AfterMS int64 `json:"after_ms" doc:"how long this client waits before it connects again, in milliseconds; drawn for it alone"`
}

// Drain ends all watchers, and lets none begin: the node stops. The last frame of each is "restart", with a delay of its own, so
// that not all clients come back in the same moment. A watcher whose session was revoked gets none.
func (h *Hub) Drain() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.draining {
		return
	}
	h.draining = true
	for _, au := range h.audience {
		for _, w := range au.watchers {
			raw, err := encode("restart", Return{AfterMS: delay(h.count).Milliseconds()})
			if err != nil {
				panic(err) // a number can be encoded
			}
			w.dismiss(newFrame(h.seq, "restart", raw))
		}
	}
}

// delay draws when one of so many clients comes back.
func delay(clients int) time.Duration {
	spread := min(latest-soonest, time.Duration(clients)*eachTime)
	return soonest + rand.N(spread+1)
}
