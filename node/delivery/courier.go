package delivery

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// courier offers to one node what waits for the devices that live there, pair by pair and each pair in order.
type courier struct {
	d    *Delivery
	peer net.PeerID
	wake chan struct{}

	pause   map[session.Pair]time.Time   // not before
	held    map[session.Pair]bool        // something of them waits that could not be offered yet
	lane    Lane                         // the one that offered speaks of
	offered map[session.Pair]storage.Key // the newest parcel of a pair that was offered on the lane

	trips   map[protocol.Log]*trip // over the lane that offered speaks of
	blocked map[protocol.Log]bool  // something of the group waits that can be offered when time passed, or room is

	away time.Time // since when the node cannot be reached; zero: it can, or was not tried. Guarded by Delivery.mu
}

// Bounds of a courier.
const (
	maxInFlight = 128
	sealBatch   = 64
	laterPause  = 5 * time.Second
	retryPause  = 2 * time.Second
	heldPause   = time.Minute
	linger      = time.Minute // without anything to carry until a courier ends
)

func newCourier(d *Delivery, peer net.PeerID) *courier {
	return &courier{
		d: d, peer: peer, wake: make(chan struct{}, 1), pause: map[session.Pair]time.Time{}, held: map[session.Pair]bool{},
		trips: map[protocol.Log]*trip{}, blocked: map[protocol.Log]bool{},
	}
}

func (c *courier) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// flight is a parcel, or a row of a group, on its way.
type flight struct {
	parcel  parcel
	load    *load
	pending Pending
}

// run carries until nothing waited for the node for a while, or the context ends.
func (c *courier) run(ctx context.Context) error {
	for ctx.Err() == nil {
		if c.idle() {
			c.rest(ctx, linger)
			if c.retire() {
				return nil
			}
			continue
		}
		if err := c.d.Network.Ready(ctx, c.peer); err != nil {
			c.rest(ctx, retryPause)
			continue
		}
		c.approach(ctx)
		lane, err := c.d.Network.Lane(ctx, c.peer)
		if err != nil {
			c.d.Logger.Debug("no lane", "peer", c.peer, "err", err)
			c.missed()
			continue // Ready waits until it makes sense again
		}
		if err := c.takeBack(ctx); err != nil {
			c.d.Logger.Error("take back what lies in mailboxes", "err", err)
			c.rest(ctx, retryPause)
			continue
		}
		if lane != c.lane {
			c.lane, c.offered = lane, map[session.Pair]storage.Key{}
			clear(c.trips)
			clear(c.blocked)
		}
		if err := c.carry(ctx, lane); err != nil {
			c.d.Logger.Debug("lane over", "peer", c.peer, "err", err)
			c.lane = nil
			c.look(c.pairs())
			c.lookAhead(c.allLogs())
		}
	}
	return nil
}

// rest waits a little, or until something happens.
func (c *courier) rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-c.wake:
		clear(c.pause)
	case <-ctx.Done():
	}
}

// idle tells whether nothing waits.
func (c *courier) idle() bool {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	return len(c.d.pending[c.peer]) == 0 && len(c.d.laden[c.peer]) == 0
}

// retire ends the courier if nothing waits.
func (c *courier) retire() bool {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	if len(c.d.pending[c.peer]) > 0 || len(c.d.laden[c.peer]) > 0 {
		return false
	}
	delete(c.d.couriers, c.peer)
	delete(c.d.pending, c.peer)
	delete(c.d.laden, c.peer)
	return true
}

// approach tells the host where the node was found last.
func (c *courier) approach(ctx context.Context) {
	if c.d.Network.Connected(c.peer) {
		return
	}
	for _, a := range c.hosts() {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
		err := c.d.Directory.Reach(ctx, a, c.peer)
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

// news takes the pairs that are to be looked at.
func (c *courier) news() []session.Pair {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	var out []session.Pair
	for p, look := range c.d.pending[c.peer] {
		if look {
			out = append(out, p)
			c.d.pending[c.peer][p] = false
		}
		if c.d.afresh[p] {
			delete(c.d.afresh, p)
			delete(c.offered, p)
		}
	}
	return out
}

// look has pairs looked at again.
func (c *courier) look(pairs []session.Pair) {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	for _, p := range pairs {
		c.d.pending[c.peer][p] = true
	}
}

// finish takes pairs off the list of which nothing waits: whoever queues something for them puts them there again after its
// commit.
func (c *courier) finish(flying []flight, desk *desk) {
	under := map[session.Pair]bool{}
	desk.pairs(under)
	for _, f := range flying {
		if f.load == nil {
			under[f.parcel.Pair] = true
		}
	}
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	for p, look := range c.d.pending[c.peer] {
		if !look && !under[p] && !c.held[p] {
			delete(c.d.pending[c.peer], p)
		}
	}
	c.unload()
}

// carry offers parcels over one lane until it is over or nothing waits. What was answered is written while more is offered.
func (c *courier) carry(ctx context.Context, lane Lane) error {
	var flying []flight
	desk := newDesk(c)
	defer desk.wait()
	for {
		if err := c.fill(ctx, lane, &flying); err != nil {
			return err
		}
		if err := c.fillRoads(ctx, lane, &flying); err != nil {
			return err
		}
		c.finish(flying, desk)
		if len(flying) == 0 && desk.empty() && c.idle() {
			return nil
		}
		var first <-chan struct{}
		over := lane.Done()
		switch {
		case desk.full():
			over = nil // what was answered counts, also of a lane that is over
		case len(flying) > 0:
			first = flying[0].pending.Done()
		}
		select {
		case <-first:
			answers, n, err := c.answered(flying)
			if err != nil {
				return err
			}
			flying = flying[n:]
			desk.take(ctx, answers)
		case <-desk.due:
			desk.write(ctx)
		case s := <-desk.done:
			desk.ended(ctx)
			if s.err != nil {
				return s.err
			}
			c.reconsider(s)
		case <-c.wake:
			clear(c.pause)
		case <-time.After(c.tick()):
		case <-over:
			if len(flying) == 0 {
				return net.ErrLost
			}
			<-flying[0].pending.Done()
		case <-ctx.Done():
			return ctx.Err()
		}
		c.look(slices.Collect(maps.Keys(c.held)))
		c.lookAhead(slices.Collect(maps.Keys(c.blocked)))
	}
}

// fill offers what can be offered now of the pairs that are to be looked at.
func (c *courier) fill(ctx context.Context, lane Lane, flying *[]flight) error {
	for _, p := range c.news() {
		if c.pauses(p) {
			c.held[p] = true
			continue
		}
		delete(c.held, p)
		if err := c.compare(ctx, p); err != nil && !errors.Is(err, errHeld) {
			if err := c.putOff(ctx, p, err); err != nil {
				return err
			}
			continue // what was sealed since the start may reuse keys until the peer is known not to be ahead
		}
		if err := c.offer(ctx, lane, p, flying); err != nil {
			return err
		}
		if !c.held[p] {
			continue // all that waited was sealed, and is on its way
		}
		if err := c.prepare(ctx, p); err != nil {
			if err := c.putOff(ctx, p, err); err != nil {
				return err
			}
			continue
		}
		delete(c.held, p)
		if err := c.offer(ctx, lane, p, flying); err != nil {
			return err
		}
	}
	return nil
}

// pauses tells whether a pair is to be left alone now. A pause that is longer than any was begun before the clock was set back.
func (c *courier) pauses(p session.Pair) bool {
	left := c.pause[p].Sub(c.d.Now())
	return left > 0 && left <= heldPause
}

// putOff has a pair tried again after a pause. Its error is that of a context that ended.
func (c *courier) putOff(ctx context.Context, p session.Pair, why error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	c.d.Logger.Debug("prepare to send", "peer", c.peer, "err", why)
	c.held[p] = true
	c.pause[p] = c.d.Now().Add(retryPause)
	if errors.Is(why, errHeld) {
		c.pause[p] = c.d.Now().Add(heldPause)
	}
	return nil
}

// offer puts the sealed parcels of a pair on the lane, in order, behind those that were offered on it.
func (c *courier) offer(ctx context.Context, lane Lane, p session.Pair, flying *[]flight) error {
	var batch []parcel
	room := maxInFlight - len(*flying)
	err := c.d.Store.View(func(tx feature.Tx) error {
		return c.d.each(tx, c.d.pairPrefix(p), c.offered[p], func(_ storage.Key, x parcel) (bool, error) {
			switch {
			case !x.State.waits():
				return true, nil
			case x.State == unsealed || len(batch) >= room:
				c.held[p] = true
				return false, nil
			}
			batch = append(batch, x)
			return true, nil
		})
	})
	if err != nil {
		return err
	}
	for _, x := range batch {
		pending, err := lane.Put(ctx, net.Queue(x.Queue), net.Token(x.Token), x.Blob)
		if err != nil {
			return err
		}
		c.offered[p] = c.d.parcelKey(p, x.Seq)
		*flying = append(*flying, flight{parcel: x, pending: pending})
	}
	return nil
}
