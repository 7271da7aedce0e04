package delivery

import (
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"conclave/node/session"
	"conclave/protocol/net"
)

// hearing is what is known of who takes passing facts, and of who sends too many. Guarded by the delivery's mutex, but for the
// caches, which guard themselves.
type hearing struct {
	words []word // of which the answer was not looked at yet
	deafs *lru.Cache[session.Pair, time.Time]
	tolls *lru.Cache[net.PeerID, *rate.Limiter]
}

// word is a signal that a device was offered.
type word struct {
	pair    session.Pair
	pending Pending
}

// Of one node so many signals are taken a second, after a burst; what is more is lost.
const (
	signalsPerSecond = 50
	signalsBurst     = 200
)

// deafFor is how long a device whose account was found locked is told nothing passing: there it would be kept until the account
// is unlocked, and take the room of messages.
const deafFor = 6 * time.Hour

// Bounds of what is kept in memory.
const (
	maxWords = 1024
	maxDeaf  = 1 << 14
	maxTolls = 4096
)

func newHearing() hearing {
	deafs, err := lru.New[session.Pair, time.Time](maxDeaf)
	if err != nil {
		panic(err) // only for a size below one
	}
	tolls, err := lru.New[net.PeerID, *rate.Limiter](maxTolls)
	if err != nil {
		panic(err)
	}
	return hearing{deafs: deafs, tolls: tolls}
}

// mayPass tells whether a node did not send too many signals lately.
func (d *Delivery) mayPass(from net.PeerID) bool {
	l, ok := d.hearing.tolls.Get(from)
	if !ok {
		l = rate.NewLimiter(signalsPerSecond, signalsBurst)
		d.hearing.tolls.Add(from, l)
	}
	return l.AllowN(d.Now(), 1)
}

// deaf tells whether a device was found not to listen.
func (d *Delivery) deaf(p session.Pair) bool {
	since, ok := d.hearing.deafs.Get(p)
	return ok && d.Now().Sub(since) < deafFor
}

// hears notes that something came from a device: its account is unlocked.
func (d *Delivery) hears(p session.Pair) { d.hearing.deafs.Remove(p) }

// awaitWord has the answer to a signal looked at before the next is sent.
func (d *Delivery) awaitWord(p session.Pair, pending Pending) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.hearing.words) < maxWords {
		d.hearing.words = append(d.hearing.words, word{p, pending})
	}
}

// listen looks at the answers to the signals before.
func (d *Delivery) listen() {
	d.mu.Lock()
	defer d.mu.Unlock()
	open := d.hearing.words[:0]
	for _, w := range d.hearing.words {
		select {
		case <-w.pending.Done():
			if code, err := w.pending.Result(); err == nil && code == net.Stored {
				d.hearing.deafs.Add(w.pair, d.Now())
			}
		default:
			open = append(open, w)
		}
	}
	clear(d.hearing.words[len(open):])
	d.hearing.words = open
}
