package node

import (
	"context"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"conclave/node/feature"
	"conclave/protocol/net"
)

// What is borne of puts that are refused or put off: as many at once and a minute. A stranger is a node that hosts neither a
// contact of somebody here nor a member of a common group (SPEC.md, envelopes and streams). Its window is free: that sessions are
// gone here it learns from the first answer, when so many are under way.
const (
	idlePuts      = 1024 // of anybody, before answers are held back
	idleWait      = 200 * time.Millisecond
	strangePuts   = net.Window
	strangeRow    = time.Hour   // of the audit log
	strangeMemory = time.Minute // of who a peer is
	strangersMax  = 4096        // peers of which something is remembered
)

// strangers is what is remembered of peers whose puts came to nothing, or that offended. It is safe for concurrent use.
type strangers struct {
	of *lru.Cache[net.PeerID, *stranger]
}

type stranger struct {
	idle, puts *rate.Limiter // for anybody, for strangers

	mu    sync.Mutex // guards what follows
	known bool       // it was no stranger when that was looked up
	asked time.Time
	noted time.Time // when the audit log was told of it
}

func newStrangers() *strangers {
	of, err := lru.New[net.PeerID, *stranger](strangersMax)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &strangers{of}
}

func (s *strangers) get(p net.PeerID) *stranger {
	if x, ok := s.of.Get(p); ok {
		return x
	}
	x := &stranger{idle: perMinute(idlePuts), puts: perMinute(strangePuts)}
	if had, ok, _ := s.of.PeekOrAdd(p, x); ok {
		return had
	}
	return x
}

func perMinute(n int) *rate.Limiter {
	return rate.NewLimiter(rate.Every(time.Minute/time.Duration(n)), n)
}

// admit takes what a node puts. Where its puts come to nothing again and again the answers are held back, sooner for a stranger.
// For a stranger it is an offence besides when they are refused: such a node is disconnected in the end. To others it happens
// that they know less.
func (n *Node) admit(ctx context.Context, from net.PeerID, puts []net.Put) []net.Code {
	codes := n.receive(ctx, from, puts)
	if n.config.Unlimited {
		return codes
	}
	idle, refused := 0, false
	for _, c := range codes {
		if c == net.Refused || c == net.Later {
			idle++
		}
		refused = refused || c == net.Refused
	}
	if idle == 0 {
		return codes
	}
	x, now := n.strangers.get(from), n.config.Now()
	borne, few := x.idle.AllowN(now, idle), x.puts.AllowN(now, idle)
	if borne && (few || n.knows(from)) {
		return codes
	}
	if refused && !few && !n.knows(from) {
		n.host.Offend(from)
	}
	wait := time.NewTimer(idleWait)
	defer wait.Stop()
	select {
	case <-ctx.Done():
	case <-wait.C:
	}
	return codes
}

// knows tells whether a node is no stranger, or may be none while accounts are locked.
func (n *Node) knows(p net.PeerID) bool {
	x := n.strangers.get(p)
	x.mu.Lock()
	known, fresh := x.known, n.config.Now().Sub(x.asked).Abs() < strangeMemory
	x.mu.Unlock()
	if fresh {
		return known
	}
	err := n.store.View(func(tx feature.Tx) (err error) {
		known, err = n.acquainted(tx, string(p))
		return err
	})
	known = known || err != nil // nobody is called a stranger for what cannot be read now
	x.mu.Lock()
	defer x.mu.Unlock()
	x.known, x.asked = known, n.config.Now()
	return known
}

// worthNoting tells whether an offence of a peer goes into the audit log.
func (n *Node) worthNoting(p net.PeerID) bool {
	if n.knows(p) {
		return true
	}
	x := n.strangers.get(p)
	x.mu.Lock()
	defer x.mu.Unlock()
	now := n.config.Now()
	if !x.noted.IsZero() && now.Sub(x.noted).Abs() < strangeRow {
		return false
	}
	x.noted = now
	return true
}
