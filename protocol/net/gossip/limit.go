package gossip

import (
	"errors"
	"math"
	"sync"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"golang.org/x/time/rate"
)

// How much is taken of peers (SPEC.md, gossip). Each id of a message stays in memory for ten minutes, about 150 bytes, and each
// message that was passed on for ten seconds, so their numbers and bytes are bounded for each peer and for all. What is above
// is passed over: other paths bring it. Only what no honest router sends counts as an offence.
const (
	messagesPerSecond, messageBurst = 100, 2000 // of one peer, copies included
	allPerSecond, allBurst          = 500, 8000
	bytesPerSecond, byteBurst       = 1 << 20, 16 << 20 // of new messages of one peer
	allBytesPerSecond, allByteBurst = 4 << 20, 32 << 20
	controlPerSecond, controlBurst  = 2000, 10_000 // subscriptions, grafts, ids and the like of one peer
	streamsPerMinute                = 16           // one peer opens
	offencesPerMinute               = 8            // then it is dropped
	garbagePerHour                  = 6            // messages that no honest router passes on, then it is dropped
	maxJudged                       = 32 << 20     // bytes that wait for Validate or are in it
	maxWaiting                      = 32 << 20     // bytes that wait for Deliver
)

// conduct is how a peer behaved lately.
type conduct struct{ messages, bytes, control, streams, offences, garbage *rate.Limiter }

func newConduct() conduct {
	perMinute := func(n int) *rate.Limiter { return rate.NewLimiter(rate.Every(time.Minute/time.Duration(n)), n) }
	return conduct{
		messages: rate.NewLimiter(messagesPerSecond, messageBurst),
		bytes:    rate.NewLimiter(bytesPerSecond, byteBurst),
		control:  rate.NewLimiter(controlPerSecond, controlBurst),
		streams:  perMinute(streamsPerMinute),
		offences: perMinute(offencesPerMinute),
		garbage:  rate.NewLimiter(rate.Every(time.Hour/garbagePerHour), garbagePerHour-1),
	}
}

// load is what all peers together ask for.
type load struct {
	limited         bool
	messages, bytes *rate.Limiter
	judges          chan struct{} // calls of Validate under way
	judged, waiting account
}

// account bounds the bytes that are somewhere.
type account struct {
	mu   sync.Mutex
	room int
	held int
}

func newLoad(limited bool) *load {
	return &load{
		limited:  limited,
		messages: rate.NewLimiter(allPerSecond, allBurst),
		bytes:    rate.NewLimiter(allBytesPerSecond, allByteBurst),
		judges:   make(chan struct{}, validations),
		judged:   account{room: maxJudged},
		waiting:  account{room: maxWaiting},
	}
}

// take adds n bytes if there is room for them; the caller then owes give.
func (a *account) take(n int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.held+n > a.room {
		return false
	}
	a.held += n
	return true
}

func (a *account) give(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.held -= n
}

func (a *account) holds() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.held
}

var (
	errStranger = errors.New("not allowed")
	errFlood    = errors.New("too much at once")
)

// inspect looks at every frame before the router does. It is called by the router, one at a time, and must not wait.
func (h *Host) inspect(from peer.ID, rpc *pubsub.RPC) error {
	if !h.load.limited {
		return nil
	}
	now, n, controls := time.Now(), len(rpc.GetPublish()), controlsOf(rpc)
	flood, tooMany := false, false
	known := h.gate.with(from, func(m *member) {
		flood = controls > 0 && !m.conduct.control.AllowN(now, controls)
		tooMany = n > 0 && !m.conduct.messages.AllowN(now, n)
	})
	switch {
	case !known:
		return errStranger
	case flood:
		h.offend(from, "a flood of gossip control")
		return errFlood
	}
	if tooMany || n > 0 && !h.load.messages.AllowN(now, n) {
		h.stats.passedOver.Add(uint64(n))
		rpc.Publish = nil
	}
	return nil
}

// controlsOf counts what costs the router work beside messages.
func controlsOf(rpc *pubsub.RPC) int {
	n := len(rpc.GetSubscriptions())
	c := rpc.GetControl()
	if c == nil {
		return n
	}
	n += len(c.GetGraft()) + len(c.GetPrune())
	for _, x := range c.GetIhave() {
		n += 1 + len(x.GetMessageIDs())
	}
	for _, x := range c.GetIwant() {
		n += 1 + len(x.GetMessageIDs())
	}
	for _, x := range c.GetIdontwant() {
		n += 1 + len(x.GetMessageIDs())
	}
	return n
}

// affords tells whether a new message of n bytes is still within what is taken of the peer and of all.
func (h *Host) affords(from peer.ID, n int) bool {
	if !h.load.limited {
		return true
	}
	now, ok := time.Now(), false
	h.gate.with(from, func(m *member) { ok = m.conduct.bytes.AllowN(now, n) })
	return ok && h.load.bytes.AllowN(now, n)
}

// watched is the host as the router sees it: streams of peers are counted, and waited for when the host closes.
type watched struct {
	host.Host
	of *Host
}

func (w watched) SetStreamHandler(id protocol.ID, handle network.StreamHandler) {
	w.Host.SetStreamHandler(id, func(s network.Stream) {
		if !w.of.tasks.Enter() {
			s.Reset()
			return
		}
		defer w.of.tasks.Leave()
		if !w.of.mayOpen(s.Conn().RemotePeer()) {
			s.Reset()
			return
		}
		w.of.stats.streams.Add(1)
		handle(s)
	})
}

// mayOpen counts the streams that a peer opens: the router ends one for a frame it cannot read.
func (h *Host) mayOpen(p peer.ID) bool {
	often := false
	known := h.gate.with(p, func(m *member) {
		clear(m.topics) // the router forgot them with the last stream
		often = !m.conduct.streams.Allow()
	})
	if often && h.load.limited {
		h.offend(p, "streams with unreadable gossip")
		return false
	}
	return known
}

// offend counts an offence of a peer and drops it when there are too many.
func (h *Host) offend(p peer.ID, why string) {
	h.stats.offences.Add(1)
	tooMany := false
	h.gate.with(p, func(m *member) { tooMany = !m.conduct.offences.Allow() })
	if tooMany {
		h.drop(p, why)
	}
}

// refuse counts a message that no honest router passes on. The router's own score does as much, but only for peers that take
// streams from this node.
func (h *Host) refuse(p peer.ID) {
	h.stats.rejected.Add(1)
	tooMany := false
	h.gate.with(p, func(m *member) { tooMany = !m.conduct.garbage.Allow() })
	if tooMany {
		h.drop(p, "garbage in gossip")
	}
}

// judge drops the peers that the router does not listen to any more. It is called every second with all scores.
func (h *Host) judge(scores map[peer.ID]float64) {
	if !h.tasks.Enter() {
		return
	}
	defer h.tasks.Leave()
	lowest := 0.0
	for _, score := range scores {
		lowest = min(lowest, score)
	}
	h.stats.lowest.Store(math.Float64bits(lowest))
	for p, score := range scores {
		if score < graylist && h.gate.allows(p) {
			h.drop(p, "misuse of gossip")
		}
	}
}

// drop ends the connections with a peer and shuts it out for a while. It may be called by the router, so it does not wait.
func (h *Host) drop(p peer.ID, why string) {
	name := h.gate.name(p)
	if !h.gate.block(p, h.times.block) {
		return
	}
	h.stats.drops.Add(1)
	h.log.Warn("dropped a peer", "peer", name, "for", h.times.block, "why", why)
	if !h.tasks.Enter() {
		return
	}
	go func() {
		defer h.tasks.Leave()
		h.inner.Network().ClosePeer(p)
		if h.dropped != nil {
			h.guard("Dropped", func() { h.dropped(name, why) })
		}
	}()
}
