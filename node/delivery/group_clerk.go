package delivery

import (
	"context"
	"errors"

	"conclave/node/delivery/road"
	"conclave/node/feature"
	"conclave/protocol"
)

// trouble is why offering a group's records one by one does not suffice.
type trouble uint8

const (
	behind trouble = iota
	passedOver
	forged
)

type incident struct {
	way  way
	what trouble
}

// report has the reconciler told after the commit.
func (d *Delivery) report(tx feature.Tx, w way, what trouble) {
	tx.OnCommit(func() { d.reportNow(w, what) })
}

func (d *Delivery) reportNow(w way, what trouble) {
	if d.reconciler == nil {
		return
	}
	d.mu.Lock()
	d.incidents[incident{w, what}] = true
	d.mu.Unlock()
	d.ring()
}

// openRoad has the couriers of a road woken after the commit.
func (d *Delivery) openRoad(tx feature.Tx, w way) {
	tx.OnCommit(func() {
		d.mu.Lock()
		d.opening[w] = true
		d.mu.Unlock()
		d.ring()
	})
}

// attendGroups does what the hooks of commits noted about groups.
func (d *Delivery) attendGroups(ctx context.Context) {
	d.mu.Lock()
	opening, shifted, incidents := d.opening, d.shifted, d.incidents
	d.opening, d.shifted, d.incidents = map[way]bool{}, map[protocol.Log]bool{}, map[incident]bool{}
	d.mu.Unlock()
	for log := range shifted {
		if err := d.Store.Update(ctx, func(tx feature.Tx) error { return d.survey(tx, log, d.next()) }); err != nil && ctx.Err() == nil {
			d.Logger.Error("find the nodes of a group", "err", err)
		}
	}
	if len(opening) > 0 {
		if err := d.Store.View(func(tx feature.Tx) error { return d.openRoads(tx, opening) }); err != nil {
			d.Logger.Error("wake couriers", "err", err)
		}
	}
	for i := range incidents {
		switch i.what {
		case behind:
			d.reconciler.Behind(i.way.log, i.way.peer)
		case passedOver:
			d.reconciler.Refused(i.way.log, i.way.peer)
		case forged:
			d.reconciler.Forged(i.way.log, i.way.peer)
		}
	}
}

func (d *Delivery) openRoads(tx feature.Tx, opening map[way]bool) error {
	for w := range opening {
		if w.peer != "" {
			d.haul(w)
			continue
		}
		if err := d.roads.Of(tx, w.log, func(r road.Road) (bool, error) {
			d.haul(way{r.Log, r.Peer})
			return true, nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// haul makes sure that a courier looks after a road.
func (d *Delivery) haul(w way) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.laden[w.peer] == nil {
		d.laden[w.peer] = map[protocol.Log]bool{}
	}
	d.laden[w.peer][w.log] = true
	d.unpause(w)
	if c := d.couriers[w.peer]; c != nil {
		c.nudge()
	} else if d.spawn != nil {
		d.spawn(w.peer)
	}
}

// resumeRoads finds the nodes that lack something of a group.
func (d *Delivery) resumeRoads(ctx context.Context, tx feature.Tx) error {
	last, err := d.roads.Last(tx)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.seq = max(d.seq, last)
	d.mu.Unlock()
	return d.roads.All(tx, func(r road.Road) (bool, error) {
		waits := false
		err := d.roads.Each(tx, r.Log, r.At, func(road.Row) (bool, error) {
			waits = true
			return false, nil
		})
		if waits {
			d.haul(way{r.Log, r.Peer})
		}
		return ctx.Err() == nil, errors.Join(err, ctx.Err())
	})
}
