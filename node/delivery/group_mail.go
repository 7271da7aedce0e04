package delivery

import (
	"context"
	"errors"
	"fmt"
	"time"

	keys "conclave/crypto/group"
	"conclave/crypto/ratchet"
	"conclave/node/delivery/road"
	"conclave/node/feature"
	"conclave/node/group"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
)

// What is on the road to a node that cannot be reached rides in messages to a device there that has mailboxes, many rows in each. They lie in the
// outbox like others: what a mailbox drops is offered again when the node is back (SPEC.md, groups between nodes, push).

// How rows are packed.
const (
	rideRows   = protocol.MaxItems - 1      // the session may add routes
	rideBytes  = 56 << 10                   // fills the bucket of 64 KiB, routes included
	rideLimit  = ratchet.MaxContent - 8<<10 // what is larger waits for reconciliation
	rideFrame  = 64                         // what a row takes beside its data, at most
	rideBatch  = 8                          // in a transaction
	rideGather = 10 * time.Second           // after others, before fewer than fill one are packed
)

// boarding is when rows of a road are looked at again, and when some were last packed.
type boarding struct{ until, last time.Time }

// unpause has a road looked at: something was added to it. The caller holds the lock.
func (d *Delivery) unpause(w way) {
	if b, ok := d.boarding[w]; ok {
		b.until = time.Time{}
		d.boarding[w] = b
	}
}

// stranded are the roads to nodes that could not be reached for a while, as far as they are to be looked at.
func (d *Delivery) stranded() (out []way) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.Now()
	for peer, c := range d.couriers {
		if !c.gone(now) {
			continue
		}
		for log := range d.laden[peer] {
			if w := (way{log, peer}); !now.Before(d.boarding[w].until) {
				out = append(out, w)
			}
		}
	}
	for w, b := range d.boarding {
		if now.After(b.until.Add(mailAbsent)) && now.After(b.last.Add(mailAbsent)) {
			delete(d.boarding, w)
		}
	}
	return out
}

// boardAll packs what waits on roads to nodes that are away.
func (d *Delivery) boardAll(ctx context.Context) {
	roads := d.stranded()
	if len(roads) == 0 || d.groups == nil {
		return
	}
	ferries := map[net.PeerID][]session.Pair{}
	for _, w := range roads {
		ferries[w.peer] = nil
	}
	if err := d.Store.View(func(tx feature.Tx) error { return d.ferries(tx, ferries) }); err != nil {
		d.Logger.Error("find mailboxes", "err", err)
		return
	}
	for _, w := range roads {
		if len(ferries[w.peer]) == 0 {
			d.rest(w, boarding{until: d.Now().Add(mailAbsent)})
		} else if err := d.board(ctx, w, ferries[w.peer]); err != nil && ctx.Err() == nil {
			d.rest(w, boarding{until: d.Now().Add(mailAbsent)})
			d.Logger.Warn("pack what waits for a node", "peer", w.peer, "err", err)
		}
	}
}

func (d *Delivery) rest(w way, b boarding) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.boarding[w] = b
}

// ferries finds, for each of some nodes, the pairs with a device there that has mailboxes, always in the same order.
func (d *Delivery) ferries(tx feature.Tx, to map[net.PeerID][]session.Pair) error {
	var pairs []session.Pair
	if err := d.Sessions.Pairs(tx, func(p session.Pair) bool { pairs = append(pairs, p); return true }); err != nil {
		return err
	}
	for _, p := range pairs {
		peer, ok := d.home(tx, p)
		if _, wanted := to[peer]; !ok || !wanted {
			continue
		}
		mailboxes, err := d.mailboxes(tx, p)
		if err != nil && !errors.Is(err, feature.ErrNotFound) {
			return err
		}
		if len(mailboxes) > 0 {
			to[peer] = append(to[peer], p)
		}
	}
	return nil
}

// board packs what waits on one road, or lets it wait for more.
func (d *Delivery) board(ctx context.Context, w way, ferries []session.Pair) error {
	d.mu.Lock()
	was := d.boarding[w]
	d.mu.Unlock()
	full := false
	if err := d.Store.View(func(tx feature.Tx) (err error) { full, err = d.fillsRide(tx, w); return err }); err != nil {
		return err
	}
	if again := was.last.Add(rideGather); !full && d.Now().Before(again) {
		d.rest(w, boarding{again, was.last})
		return nil
	}
	for more := true; more && ctx.Err() == nil; {
		n := 0
		if err := d.Store.Update(ctx, func(tx feature.Tx) (err error) {
			n, more, err = d.boardSome(tx, w, ferries)
			return err
		}); err != nil {
			return err
		}
		if n > 0 {
			was.last = d.Now()
		}
	}
	d.rest(w, boarding{d.Now().Add(mailAbsent), was.last})
	return ctx.Err()
}

// fillsRide tells whether so much waits on a road that nothing is won by waiting.
func (d *Delivery) fillsRide(tx feature.Tx, w way) (bool, error) {
	r, err := d.roads.Find(tx, w.log, w.peer)
	if err != nil {
		return errors.Is(err, feature.ErrNotFound), nil
	}
	rows, size := 0, 0
	err = d.roads.Each(tx, w.log, r.At, func(x road.Row) (bool, error) {
		rows++
		size += len(x.Data) + rideFrame
		return rows < rideRows && size < rideBytes, nil
	})
	return rows >= rideRows || size >= rideBytes, err
}

// boardSome packs the next rides of a road. more tells that others wait that can be packed.
func (d *Delivery) boardSome(tx feature.Tx, w way, ferries []session.Pair) (n int, more bool, err error) {
	for range rideBatch {
		r, err := d.roads.Find(tx, w.log, w.peer)
		if errors.Is(err, feature.ErrNotFound) {
			return n, false, nil // it leads nowhere any more
		}
		if err != nil {
			return n, false, err
		}
		p, ride, items, err := d.pack(tx, w, r.At, ferries)
		switch {
		case err != nil:
			return n, false, err
		case ride.Last == 0:
			return n, false, nil
		case len(items) == 0: // it rides nowhere
			moves, err := d.roads.Settle(tx, w.log, map[net.PeerID][]road.Mark{w.peer: {{Seq: ride.Last, Fate: road.Missed}}})
			if err := errors.Join(err, d.moved(tx, w.log, moves)); err != nil {
				return n, false, err
			}
			d.report(tx, w, passedOver)
			continue
		}
		if err := d.roads.Board(tx, ride); err != nil {
			return n, false, err
		}
		if _, err := d.enqueue(tx, parcel{Pair: p, Ride: &ride}, ratchet.Content, items); err != nil {
			return n, false, fmt.Errorf("pack rows of a group: %w", err)
		}
		n++
	}
	return n, true, nil
}

// pack takes rows behind a place, as many as go together to one device. The ride's last row is 0 where there is nothing that could go,
// and no items are there where the next row is too large.
func (d *Delivery) pack(tx feature.Tx, w way, behind uint64, ferries []session.Pair) (p session.Pair, ride road.Ride, items []protocol.Item, err error) {
	ride = road.Ride{Log: w.log, Peer: w.peer}
	bound, size := false, 0
	held := map[keys.ChainID]session.Pair{}
	p = ferries[0]
	err = d.roads.Each(tx, w.log, behind, func(x road.Row) (bool, error) {
		frame := len(x.Data) + rideFrame
		switch {
		case frame > rideLimit && len(items) == 0:
			ride.Last = x.Seq
			return false, nil
		case len(items) == rideRows, len(items) > 0 && size+frame > rideBytes, frame > rideLimit:
			return false, nil
		}
		if x.Kind == protocol.GroupMessage {
			by, ok := held[x.Chain]
			if !ok {
				if by, ok, err = d.ferry(tx, w, x, ferries); err != nil || !ok {
					return false, err // until the key of the chain can go that way
				}
				held[x.Chain] = by
			}
			if bound && by != p {
				return false, nil
			}
			p, bound = by, true
		}
		if len(items) == 0 {
			ride.First = x.Seq
		}
		ride.Last, size = x.Seq, size+frame
		items = append(items, wrapped(w.log, x))
		return true, nil
	})
	return p, ride, items, err
}

func wrapped(log protocol.Log, x road.Row) protocol.Item {
	return protocol.Item{Kind: protocol.ItemGroup, Data: protocol.GroupPut{Log: log, Kind: x.Kind, Data: x.Data}.Encode()[1:]}
}

// cargo is what a ride carries.
func (d *Delivery) cargo(tx feature.Tx, r road.Ride) (items []protocol.Item, kind ratchet.Kind, err error) {
	rows, err := d.roads.Rows(tx, r)
	for _, x := range rows {
		items = append(items, wrapped(r.Log, x))
	}
	return items, ratchet.Content, err
}

// ferry is the pair that a message can go by: that in which the key of its chain went before it, or any where the node has the key. A key
// that is on its way to a device without mailboxes goes to one that has some, too.
func (d *Delivery) ferry(tx feature.Tx, w way, x road.Row, ferries []session.Pair) (p session.Pair, ok bool, err error) {
	var own []session.Pair
	for _, f := range ferries {
		if f.Own == x.Author && f.OwnDev == x.Device {
			own = append(own, f)
		}
	}
	has, err := d.groups.Holds(tx, w.log, x.Chain, string(w.peer))
	switch {
	case err != nil:
		return p, false, err
	case has && len(own) > 0:
		return own[0], true, nil
	case has:
		return ferries[0], true, nil
	case len(own) == 0:
		return p, false, nil
	}
	to, err := d.groups.Given(tx, x.Chain, string(w.peer))
	if err != nil {
		return p, false, err
	}
	for _, f := range own {
		if f.PeerDev == to {
			return f, true, nil
		}
	}
	dist, err := d.groups.Dist(tx, w.log, x.Chain, string(w.peer))
	if errors.Is(err, feature.ErrLocked) || errors.Is(err, feature.ErrNotFound) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	p = own[0]
	h := handover{Log: w.log, Chain: x.Chain, Peer: w.peer}
	return p, true, d.hand(tx, session.Pair{Own: p.Own, OwnDev: p.OwnDev}, h, group.Member{Account: p.Peer, Device: p.PeerDev}, dist)
}

// rode notes what became of a ride.
func (d *Delivery) rode(tx feature.Tx, r road.Ride, what func(feature.Tx, road.Ride) ([]road.Move, error)) error {
	moves, err := what(tx, r)
	if err != nil {
		return err
	}
	return d.moved(tx, r.Log, moves)
}
