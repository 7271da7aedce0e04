package account

import (
	"net/netip"
	"sync"
	"time"

	"conclave/node/feature"
)

// Wrong passphrases: some are free, then each doubles the wait, for one name from one network only, so that nobody can lock
// somebody else out.
const (
	freeTries  = 5
	maxBackoff = 15 * time.Minute
	forgetTry  = time.Hour
	maxTries   = 10_000 // names and networks remembered; beyond it the oldest are forgotten
)

// try is whose passphrase is tried from where.
type try struct{ name, network string }

type failure struct {
	count int
	until time.Time // no try before
	last  time.Time
}

// tries counts failures. Safe for concurrent use.
type tries struct {
	now func() time.Time

	mu     sync.Mutex // guards failed
	failed map[try]failure
}

func newTries(now func() time.Time) *tries { return &tries{now: now, failed: map[try]failure{}} }

func tryOf(name, remote string) try { return try{name, network(remote)} }

// begin counts a try as failed until passed says otherwise, so that parallel tries do not slip through; it refuses with
// feature.ErrTooMany and the time to wait.
func (t *tries) begin(who try) error {
	now := t.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.failed[who]
	if now.Sub(f.last) > forgetTry {
		f = failure{}
	}
	if wait := f.until.Sub(now); wait > 0 {
		e := feature.ErrTooMany.With("Too many wrong tries; wait %d seconds.", int(wait.Seconds())+1)
		e.Retry = wait
		return e
	}
	f.count++
	f.last = now
	if over := f.count - freeTries; over >= 0 {
		f.until = now.Add(min(time.Second<<min(over, 20), maxBackoff))
	}
	if _, known := t.failed[who]; !known && len(t.failed) >= maxTries {
		t.forget(now)
	}
	t.failed[who] = f
	return nil
}

// passed forgets the failures of who knew the secret.
func (t *tries) passed(who try) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.failed, who)
}

// undo takes back a try that came to no answer.
func (t *tries) undo(who try) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f, ok := t.failed[who]; ok {
		f.count--
		f.until = time.Time{}
		t.failed[who] = f
	}
}

// forget makes room: all that is old, and of the rest the oldest.
func (t *tries) forget(now time.Time) {
	var oldest try
	var at time.Time
	for who, f := range t.failed {
		if now.Sub(f.last) > forgetTry {
			delete(t.failed, who)
		} else if at.IsZero() || f.last.Before(at) {
			oldest, at = who, f.last
		}
	}
	if len(t.failed) >= maxTries {
		delete(t.failed, oldest)
	}
}

// network is the /24 or /48 of an address, which one person holds; other texts stand for themselves.
func network(remote string) string {
	addr, err := netip.ParseAddr(remote)
	if err != nil {
		ap, err := netip.ParseAddrPort(remote)
		if err != nil {
			return remote
		}
		addr = ap.Addr()
	}
	addr = addr.Unmap().WithZone("")
	bits := 48
	if addr.Is4() {
		bits = 24
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return remote
	}
	return p.String()
}
