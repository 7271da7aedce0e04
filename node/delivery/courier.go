package delivery

import (
	"context"
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol/net"
	"conclave/storage"
)

// courier offers to one node what waits for the devices that live there, pair by pair and each pair in order.
type courier struct {
	d    *Delivery
	peer net.PeerID
	wake chan struct{}

	pause map[session.Pair]time.Time // not before
}

// Bounds of a courier.
const (
	maxInFlight = 128
	sealBatch   = 64
	laterPause  = 5 * time.Second
	retryPause  = 2 * time.Second
	heldPause   = time.Minute
)

func newCourier(d *Delivery, peer net.PeerID) *courier {
	return &courier{d: d, peer: peer, wake: make(chan struct{}, 1), pause: map[session.Pair]time.Time{}}
}

func (c *courier) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// flight is a parcel on its way.
type flight struct {
	parcel  parcel
	pending *net.Pending
}

// run carries until nothing waits for the node, or the context ends.
func (c *courier) run(ctx context.Context) error {
	for attempt := 0; ctx.Err() == nil; attempt++ {
		if c.retire() {
			return nil
		}
		c.approach(ctx)
		lane, err := c.d.Network.Lane(ctx, c.peer)
		if err != nil {
			c.rest(ctx, retryPause)
			continue
		}
		if err := c.carry(ctx, lane); err != nil {
			c.d.Logger.Debug("lane over", "peer", c.peer, "err", err)
		}
	}
	return nil
}

// rest waits a little, or until something happens.
func (c *courier) rest(ctx context.Context, for_ time.Duration) {
	timer := time.NewTimer(for_)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.wake:
	case <-ctx.Done():
	}
}

// retire ends the courier if nothing waits.
func (c *courier) retire() bool {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	if len(c.d.pending[c.peer]) > 0 {
		return false
	}
	delete(c.d.couriers, c.peer)
	delete(c.d.pending, c.peer)
	return true
}

// approach tells the host where the node was found last.
func (c *courier) approach(ctx context.Context) {
	if c.d.Network.Connected(c.peer) {
		return
	}
	for _, p := range c.pairs() {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		err := c.d.Directory.Reach(ctx, p.Peer, c.peer)
		cancel()
		if err == nil {
			return
		}
	}
}

func (c *courier) pairs() []session.Pair {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	out := make([]session.Pair, 0, len(c.d.pending[c.peer]))
	for p := range c.d.pending[c.peer] {
		out = append(out, p)
	}
	return out
}

// carry offers parcels over one lane until it is over or nothing waits.
func (c *courier) carry(ctx context.Context, lane *net.Lane) error {
	offered := map[session.Pair]storage.Key{} // the newest parcel of a pair that was offered on this lane
	var flying []flight
	for {
		more, err := c.fill(ctx, lane, offered, &flying)
		if err != nil {
			return err
		}
		if len(flying) == 0 && !more {
			return nil
		}
		var first <-chan struct{}
		if len(flying) > 0 {
			first = flying[0].pending.Done()
		}
		select {
		case <-first:
			n, err := c.settle(ctx, flying, offered)
			if err != nil {
				return err
			}
			flying = flying[n:]
		case <-c.wake:
			clear(c.pause)
		case <-time.After(retryPause):
		case <-lane.Done():
			if len(flying) == 0 {
				return net.ErrLost
			}
			<-flying[0].pending.Done()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// fill offers what can be offered now. more tells that something waits which cannot be offered yet.
func (c *courier) fill(ctx context.Context, lane *net.Lane, offered map[session.Pair]storage.Key, flying *[]flight) (more bool, err error) {
	for _, p := range c.pairs() {
		if c.d.Now().Before(c.pause[p]) {
			more = true
			continue
		}
		if err := c.compare(ctx, p); err != nil && !errors.Is(err, errHeld) {
			if err := c.putOff(ctx, p, err); err != nil {
				return false, err
			}
			more = true
			continue // what was sealed since the start may reuse keys until the peer is known not to be ahead
		}
		if err := c.prepare(ctx, p); err != nil {
			if err := c.putOff(ctx, p, err); err != nil {
				return false, err
			}
		}
		waiting, err := c.offer(ctx, lane, p, offered, flying)
		if err != nil {
			return false, err
		}
		if !waiting {
			c.finish(p)
		}
		more = more || waiting
	}
	return more, nil
}

// putOff has a pair tried again after a pause. Its error is that of a context that ended.
func (c *courier) putOff(ctx context.Context, p session.Pair, why error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.d.Logger.Debug("prepare to send", "peer", c.peer, "err", why)
	c.pause[p] = c.d.Now().Add(retryPause)
	if errors.Is(why, errHeld) {
		c.pause[p] = c.d.Now().Add(heldPause)
	}
	return nil
}

// offer puts the sealed parcels of a pair on the lane, in order, behind those that were offered on it.
func (c *courier) offer(ctx context.Context, lane *net.Lane, p session.Pair, offered map[session.Pair]storage.Key, flying *[]flight) (waiting bool, err error) {
	var batch []parcel
	room := maxInFlight - len(*flying)
	err = c.d.Store.View(func(tx feature.Tx) error {
		return c.d.each(tx, c.d.pairPrefix(p), offered[p], func(_ storage.Key, x parcel) (bool, error) {
			switch {
			case !x.State.waits():
				return true, nil
			case x.State == unsealed || len(batch) >= room:
				waiting = true
				return false, nil
			}
			batch = append(batch, x)
			return true, nil
		})
	})
	if err != nil {
		return false, err
	}
	for _, x := range batch {
		pending, err := lane.Put(ctx, net.Queue(x.Queue), net.Token(x.Token), x.Blob)
		if err != nil {
			return false, err
		}
		offered[p] = c.d.parcelKey(p, x.Seq)
		*flying = append(*flying, flight{x, pending})
	}
	for _, f := range *flying {
		waiting = waiting || f.parcel.Pair == p
	}
	return waiting, nil
}

// finish takes a pair off the list if nothing of it waits in the store.
func (c *courier) finish(p session.Pair) {
	c.d.mu.Lock()
	delete(c.d.pending[c.peer], p)
	c.d.mu.Unlock()
	// Whoever queued something since then woke the pair again after its commit, or is seen here.
	if c.waits(p) {
		c.d.wakeLater(p)
	}
}

// settle takes the answers that are there, in order, in one transaction.
func (c *courier) settle(ctx context.Context, flying []flight, offered map[session.Pair]storage.Key) (n int, err error) {
	type answer struct {
		parcel parcel
		code   net.Code
	}
	var answers []answer
	for _, f := range flying {
		select {
		case <-f.pending.Done():
		default:
			goto collected
		}
		code, err := f.pending.Result()
		if err != nil {
			return 0, err
		}
		answers = append(answers, answer{f.parcel, code})
	}
collected:
	again := map[session.Pair]bool{}
	later := map[session.Pair]bool{}
	err = c.d.Store.Update(ctx, func(tx feature.Tx) error {
		clear(again)
		clear(later)
		for _, a := range answers {
			if later[a.parcel.Pair] {
				continue // it is offered again behind the one that waits
			}
			switch a.code {
			case net.Delivered, net.Duplicate:
				if err := c.d.done(tx, a.parcel); err != nil {
					return err
				}
			case net.Stored:
				if err := c.d.laidUp(tx, a.parcel); err != nil {
					return err
				}
			case net.Later:
				later[a.parcel.Pair] = true
			default:
				if err := c.d.refused(tx, a.parcel); err != nil {
					return err
				}
				again[a.parcel.Pair] = true
			}
		}
		return nil
	})
	for p := range again {
		delete(offered, p)
	}
	for p := range later {
		delete(offered, p)
		c.pause[p] = c.d.Now().Add(laterPause)
	}
	return len(answers), err
}
