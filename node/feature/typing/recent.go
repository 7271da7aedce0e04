package typing

import (
	"sync"
	"time"

	"conclave/protocol"
)

// maxRecent bounds how many accounts of one conversation are remembered.
const maxRecent = 64

// recent is of whom a conversation was told, and when.
type recent struct {
	mu sync.Mutex
	at map[protocol.Account]time.Time
}

// jitter is by how much a signal may come early: pages count the seconds by themselves.
const jitter = 200 * time.Millisecond

// take tells whether a conversation may be told of an account now, and notes it. most bounds the others of whom it was told
// within the time; 0 stands for maxRecent.
func (t *times) take(log protocol.Log, who protocol.Account, now time.Time, most int) bool {
	r, ok := t.kept.Get(log)
	if !ok {
		r = &recent{at: map[protocol.Account]time.Time{}}
		if was, had, _ := t.kept.PeekOrAdd(log, r); had {
			r = was
		}
	}
	if most == 0 {
		most = maxRecent
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for a, at := range r.at {
		if age := now.Sub(at); age >= t.every-jitter || age < 0 {
			delete(r.at, a)
		}
	}
	if _, had := r.at[who]; had || len(r.at) >= most {
		return false
	}
	r.at[who] = now
	return true
}
