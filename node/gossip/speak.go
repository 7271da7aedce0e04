package gossip

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
	"sync"
	"time"

	chain "conclave/crypto/group"
	"conclave/protocol"
	"conclave/protocol/net"
	router "conclave/protocol/net/gossip"
	"conclave/protocol/outer"
)

const (
	pushAtOnce = 32              // nodes of a group, about, that a message is pushed to at once where there are more
	patience   = 5 * time.Second // is what the others have to get it over the topic first

	maxOffers  = 4096             // wait to be published; the oldest make way
	publishers = 16               // at a time
	lonelyFor  = 10 * time.Second // after nobody was found on a topic, others are not waited for
)

// offer is a message of a local account.
type offer struct {
	log   protocol.Log
	inner []byte
}

// Offer takes a message of a local account after the commit that logged it. It does not wait, and drops what it cannot take.
func (o *Overlay) Offer(log protocol.Log, inner []byte) {
	if len(o.Listen) == 0 {
		return
	}
	o.mu.Lock()
	if len(o.offers) >= maxOffers {
		o.offers = slices.Delete(o.offers, 0, 1)
	}
	o.offers = append(o.offers, offer{log, inner})
	o.mu.Unlock()
	select {
	case o.offered <- struct{}{}:
	default:
	}
}

// Patience is how long a message waits before it is pushed to one of so many nodes of a group. Who is served at once is drawn by
// both their peer ids, so that members do not all serve the same.
func (o *Overlay) Patience(log protocol.Log, to net.PeerID, nodes uint64) time.Duration {
	if nodes <= pushAtOnce {
		return 0
	}
	o.mu.Lock()
	c, working := o.circles[log], len(o.hosts) > 0
	o.mu.Unlock()
	if c == nil || !c.sends || !working || len(c.of[to]) == 0 {
		return 0
	}
	lot := sha256.Sum256([]byte(o.Network.ID() + to))
	if binary.BigEndian.Uint64(lot[:])%nodes < pushAtOnce {
		return 0
	}
	return patience
}

// speak publishes what is offered until the context ends.
func (o *Overlay) speak(ctx context.Context) {
	var under sync.WaitGroup
	defer under.Wait()
	room := make(chan struct{}, publishers)
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.offered:
		}
		o.mu.Lock()
		offers := o.offers
		o.offers = nil
		o.mu.Unlock()
		for _, x := range offers {
			select {
			case room <- struct{}{}:
			case <-ctx.Done():
				return
			}
			under.Go(func() {
				defer func() { <-room }()
				o.publish(ctx, x)
			})
		}
	}
}

// publish puts a message on the topic of its group where pushing alone does not reach everybody at once. Whoever is on no topic yet
// gets it on other ways.
func (o *Overlay) publish(ctx context.Context, x offer) {
	now := o.Now()
	o.mu.Lock()
	c, hosts := o.circles[x.log], o.hosts
	o.mu.Unlock()
	if c == nil || len(hosts) == 0 || !o.worthwhile(c) {
		return
	}
	name := c.today(now)
	t := o.topic(name)
	if t == nil {
		return
	}
	m, err := chain.DecodeInner(x.inner)
	if err != nil {
		return
	}
	data, err := outer.Seal(o.Random, t.keys, name, x.inner)
	if err != nil {
		o.Logger.Warn("a message is too large for gossip", "err", err)
		return
	}
	o.remember(&message{hash: sha256.Sum256(x.inner), outer: sha256.Sum256(data)}, place{log: x.log, chain: m.Chain, n: m.N})
	for _, h := range hosts {
		o.publishOn(ctx, h, name, data)
	}
}

func (o *Overlay) publishOn(ctx context.Context, h *host, name string, data []byte) {
	if o.isLonely(name) {
		short, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		ctx = short
	}
	switch err := h.Publish(ctx, name, data); {
	case err == nil:
		o.counts.published.Add(1)
	case errors.Is(err, router.ErrNobody):
		o.mu.Lock()
		o.lonely[name] = time.Now()
		o.mu.Unlock()
	case ctx.Err() == nil && !errors.Is(err, router.ErrNotJoined) && !errors.Is(err, router.ErrClosed):
		o.Logger.Warn("a message was not gossiped", "err", err)
	}
}

func (o *Overlay) isLonely(name string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for n, at := range o.lonely {
		if time.Since(at) > lonelyFor {
			delete(o.lonely, n)
		}
	}
	_, ok := o.lonely[name]
	return ok
}

// worthwhile tells whether somebody would not get a message at once without gossip.
func (o *Overlay) worthwhile(c *circle) bool {
	return len(c.nodes) > pushAtOnce || slices.ContainsFunc(c.nodes, func(n net.PeerID) bool { return !o.Network.Connected(n) })
}
