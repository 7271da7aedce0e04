package delivery

import (
	"bytes"
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// What waits for a node that cannot be reached is deposited in the mailboxes of its accounts, pair by pair and in order. It
// stays in the outbox until a receipt says that it arrived: a mailbox is believed nothing. When the node is back, what has no
// receipt is offered to it once more (SPEC.md, mailboxes).

// Post is what the delivery needs of mailboxes.
type Post interface {
	// Lane returns a lane to a mailbox, a multiaddr with /p2p/, that does not tell whose it is, and the mailbox's peer id.
	Lane(ctx context.Context, mailbox string) (Lane, net.PeerID, error)
	// Person asks a mailbox, as a guest, for the identity log of an account and for its prekeys, as an answer to that request.
	Person(ctx context.Context, mailbox string, a protocol.Account) (chain []identity.Signed, prekeys []byte, err error)
	// Pending tells whether the mailboxes of a local account are being told of its newest queue.
	Pending(protocol.Account) bool
	// Keeps tells whether a node was asked to be a mailbox of this one.
	Keeps(net.PeerID) bool
}

// errUntold means that the own mailboxes do not know the newest queue yet. It lasts for as long as it takes to ask them.
var errUntold = errors.New("the own mailboxes are being told of a new queue")

// deposit is a pair and a mailbox.
type deposit struct {
	pair    session.Pair
	mailbox string
}

// How depositing goes about it.
const (
	mailAfter    = 10 * time.Second // after an attempt to reach the node failed
	mailEvery    = time.Second
	mailTries    = 8 // nodes at a time
	mailTimeout  = 30 * time.Second
	mailBatch    = 64
	mailBytes    = 1 << 20          // of blobs in a transaction
	mailAbsent   = 30 * time.Second // until a mailbox that does not answer is tried again
	mailFull     = time.Minute      // until one whose quota is full is
	mailStranger = 10 * time.Minute // until one that does not know the queue is
)

// missed notes that the node could not be reached.
func (c *courier) missed() {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	if c.away.IsZero() {
		c.away = c.d.Now()
	}
}

// takeBack has everything that lies in mailboxes without a receipt offered to the node, which is there.
func (c *courier) takeBack(ctx context.Context) error {
	c.d.mu.Lock()
	was := c.away
	c.away = time.Time{}
	c.d.mu.Unlock()
	if c.lane != nil && was.IsZero() {
		return nil
	}
	for _, p := range c.pairs() {
		found, more := false, true
		var last storage.Key
		back := func(tx feature.Tx) error {
			found, more = false, false
			size, at := 0, last
			err := c.d.each(tx, c.d.pairPrefix(p), last, func(k storage.Key, x parcel) (bool, error) {
				at = k
				if x.State != mailed {
					return true, nil
				}
				found = true
				if !tx.Writable() {
					return false, nil
				}
				x.State, x.Keeper = sealed, ""
				size += len(x.Blob)
				more = size >= mailBytes
				return !more, c.d.put(tx, x) // it still counts as sent
			})
			if tx.Writable() && err == nil {
				tx.OnCommit(func() { last = at })
			}
			return err
		}
		if err := c.d.Store.View(back); err != nil {
			return err
		}
		if !found {
			continue
		}
		for more = true; more; {
			if err := c.d.Store.Update(ctx, back); err != nil {
				return err
			}
		}
		delete(c.offered, p)
		c.look([]session.Pair{p})
	}
	return nil
}

// unmail has everything of a pair that was deposited from a place on sealed again.
func (d *Delivery) unmail(tx feature.Tx, p session.Pair, from uint64) error {
	return d.each(tx, d.pairPrefix(p), "", func(_ storage.Key, x parcel) (bool, error) {
		if x.State != mailed || x.Seq <= from {
			return true, nil
		}
		x.State, x.Blob, x.Keeper = unsealed, nil, ""
		return true, d.put(tx, x)
	})
}

// Retell has the peers of an account told where its blobs are kept now.
func (d *Delivery) Retell(tx feature.Tx, a protocol.Account) error {
	pairs, err := d.Sessions.TellAgain(tx, a)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		if err := d.control(tx, p); err != nil {
			return err
		}
	}
	return nil
}

// deposits looks again and again which nodes are away, until the context ends.
func (d *Delivery) deposits(ctx context.Context) error {
	if d.Post == nil {
		return nil
	}
	ticker := time.NewTicker(mailEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		d.boardAll(ctx)
		var group errgroup.Group
		group.SetLimit(mailTries)
		for peer, pairs := range d.absent() {
			group.Go(func() error {
				for _, p := range pairs {
					if err := d.mail(ctx, peer, p); err != nil && ctx.Err() == nil {
						d.Logger.Debug("nothing was deposited", "peer", peer, "err", err)
					}
				}
				return nil
			})
		}
		_ = group.Wait() // none of them fails
	}
}

// absent are the nodes that could not be reached for a while, and the pairs of which something waits for them.
func (d *Delivery) absent() map[net.PeerID][]session.Pair {
	out := map[net.PeerID][]session.Pair{}
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.Now()
	for peer, c := range d.couriers {
		if !c.gone(now) {
			continue
		}
		for p := range d.pending[peer] {
			out[peer] = append(out[peer], p)
		}
	}
	for at, until := range d.pauses {
		if now.After(until) {
			delete(d.pauses, at)
		}
	}
	return out
}

// gone tells whether the node could not be reached for a while. The caller holds the lock.
func (c *courier) gone(now time.Time) bool {
	return !c.away.IsZero() && now.Sub(c.away) >= mailAfter && !c.d.Network.Connected(c.peer)
}

func (d *Delivery) paused(at deposit) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.Now().Before(d.pauses[at])
}

func (d *Delivery) pause(at deposit, wait time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pauses[at] = d.Now().Add(wait)
}

// mailboxes of a peer: as it told in the session, or while it told nothing yet what is known of it otherwise.
func (d *Delivery) mailboxes(tx feature.Tx, p session.Pair) ([]string, error) {
	r, err := d.Sessions.Route(tx, p)
	if err != nil || len(r.Mailboxes) > 0 || r.Peer != nil {
		return r.Mailboxes, err
	}
	return d.Directory.MailboxesOf(tx, p.Peer)
}

// mail deposits what waits of a pair in the first of the peer's mailboxes that takes it.
func (d *Delivery) mail(ctx context.Context, peer net.PeerID, p session.Pair) error {
	ctx, cancel := context.WithTimeout(ctx, mailTimeout)
	defer cancel()
	var mailboxes []string
	waits, nothing := false, deposit{pair: p}
	if d.paused(nothing) {
		return nil
	}
	if err := d.Store.View(func(tx feature.Tx) error {
		var err error
		if mailboxes, err = d.mailboxes(tx, p); err != nil {
			return err
		}
		return d.each(tx, d.pairPrefix(p), "", func(_ storage.Key, x parcel) (bool, error) {
			waits = x.State.waits()
			return !waits, nil
		})
	}); err != nil || !waits || len(mailboxes) == 0 {
		d.pause(nothing, mailAbsent) // or until something is queued
		return err
	}
	var last error
	for _, mailbox := range mailboxes {
		at := deposit{p, mailbox}
		if d.paused(at) {
			continue
		}
		wait, err := d.mailAt(ctx, peer, at)
		if err == nil {
			return nil
		}
		last = err
		if errors.Is(err, errHeld) || errors.Is(err, errUntold) {
			return err
		}
		d.pause(at, wait)
	}
	return last
}

// mailAt deposits what waits of a pair in one mailbox. Where that fails it returns how long to leave it alone.
func (d *Delivery) mailAt(ctx context.Context, peer net.PeerID, at deposit) (time.Duration, error) {
	if err := d.prepareMail(ctx, peer, at); err != nil {
		return mailAbsent, err
	}
	if d.Post.Pending(at.pair.Own) { // the answer will go to a queue that this tells the peer of: first its keeper has to know that
		return 0, errUntold
	}
	lane, keeper, err := d.Post.Lane(ctx, at.mailbox)
	if err != nil {
		return mailAbsent, err
	}
	if keeper == peer {
		return mailStranger, errors.New("the mailbox is the node itself")
	}
	for {
		batch, err := d.toMail(at.pair, keeper)
		if err != nil || len(batch) == 0 {
			return mailAbsent, err
		}
		var flying []flight
		for _, x := range batch {
			pending, err := lane.Put(ctx, net.Queue(x.Queue), net.Token(x.Token), x.Blob)
			if err != nil {
				break // what was answered counts all the same
			}
			flying = append(flying, flight{parcel: x, pending: pending})
		}
		wait, put := mailAbsent, error(nil)
		var done []parcel
		for _, f := range flying {
			code, err := Wait(ctx, f.pending)
			switch {
			case err != nil:
				put = err
			case code == net.Later:
				wait, put = mailFull, errors.New("the mailbox is full")
			case code == net.Refused:
				wait, put = mailStranger, errors.New("the mailbox does not know the queue")
			default:
				done = append(done, f.parcel)
				continue
			}
			break
		}
		if err := d.laidInMail(ctx, peer, keeper, done); err != nil {
			return mailAbsent, err
		}
		if d.Network.Connected(peer) {
			return 0, nil // it is offered directly
		}
		if put == nil && len(done) < len(batch) {
			put = net.ErrLost
		}
		if put != nil {
			return wait, put
		}
	}
}

// toMail are the oldest parcels of a pair that a mailbox has not: those that another one has go there again, so that no newer
// one is offered there before them.
func (d *Delivery) toMail(p session.Pair, keeper net.PeerID) (batch []parcel, err error) {
	err = d.Store.View(func(tx feature.Tx) error {
		waits := false
		if err := d.each(tx, d.pairPrefix(p), "", func(_ storage.Key, x parcel) (bool, error) {
			waits = x.State == sealed
			return !waits, nil
		}); err != nil || !waits {
			return err
		}
		size := 0
		return d.each(tx, d.pairPrefix(p), "", func(_ storage.Key, x parcel) (bool, error) {
			switch {
			case x.State == unsealed || len(batch) == mailBatch || size >= mailBytes:
				return false, nil
			case x.State == sealed, x.State == mailed && x.Keeper != keeper:
				batch = append(batch, x)
				size += len(x.Blob)
			}
			return true, nil
		})
	})
	return batch, err
}

// laidInMail notes what a mailbox has, unless more became known of it since, or the node is back.
func (d *Delivery) laidInMail(ctx context.Context, peer, keeper net.PeerID, done []parcel) error {
	if len(done) == 0 || d.Network.Connected(peer) {
		return nil
	}
	return d.Store.Update(ctx, func(tx feature.Tx) error {
		for _, p := range done {
			now, err := storage.GetAs[parcel](tx, d.Realm, d.parcelKey(p.Pair, p.Seq))
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if now.State != sealed && now.State != mailed || !bytes.Equal(now.Blob, p.Blob) {
				continue
			}
			now.State, now.Keeper = mailed, keeper
			if err := errors.Join(d.put(tx, now), d.mark(tx, now, false)); err != nil {
				return err
			}
			if now.Ride != nil {
				if err := d.rode(tx, *now.Ride, d.roads.Kept); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// prepareMail makes sure that what waits for a pair is sealed. A first session begins with what the mailbox tells of the peer.
func (d *Delivery) prepareMail(ctx context.Context, peer net.PeerID, at deposit) error {
	p := at.pair
	c := &courier{d: d, peer: peer}
	for {
		var route session.Route
		ready := false
		if err := d.Store.View(func(tx feature.Tx) (err error) {
			if route, err = d.Sessions.Route(tx, p); err != nil || !route.Backlog {
				return err
			}
			ready, _, err = d.Sessions.Ready(tx, p)
			return err
		}); err != nil || !route.Backlog {
			return held(err)
		}
		if !ready {
			if err := d.beginByMail(ctx, p, at.mailbox); err != nil {
				return held(err)
			}
			if !c.waits(p) {
				return nil // its parcels went to other devices
			}
		}
		if more, err := c.sealSome(ctx, p); err != nil || !more {
			return err
		}
	}
}
