package delivery

import (
	"context"
	"time"

	"conclave/node/delivery/road"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// way names the road of a group to a node; an empty peer stands for all of them.
type way struct {
	log  protocol.Log
	peer net.PeerID
}

const (
	reasonAllRefused = "The other nodes refused the message."
	reasonNobody     = "No other node was reached for 45 days."
)

// groupState is how far an event of a group got.
func (d *Delivery) groupState(tx feature.Tx, log protocol.Log, t track) (feature.State, string, error) {
	l, err := d.roads.Ledger(tx, log)
	switch {
	case err != nil:
		return "", "", err
	case t.Final == feature.Failed:
		return t.Final, reasonNobody, nil
	case t.Final != "":
		return t.Final, "", nil
	case t.Refused > 0 && t.Refused >= l.Nodes:
		return feature.Failed, reasonAllRefused, nil
	}
	state := l.State(t.Seq)
	if state == feature.Delivered && t.Refused > 0 {
		state = feature.Sent
	}
	return state, "", nil
}

// moved forgets events that are delivered and tells how far events got.
func (d *Delivery) moved(tx feature.Tx, log protocol.Log, moves []road.Move) error {
	for _, m := range moves {
		if m.State == feature.Delivered {
			t, err := d.track(tx, log, m.Event)
			if err != nil {
				return err
			}
			if t.Refused > 0 {
				continue
			}
			tx.Delete(d.trackKey(log, m.Event))
		}
		d.tell(tx, feature.Progress{Log: log, Event: m.Event, Author: m.Author, State: m.State})
	}
	return nil
}

// closed notes for good how far events got that are not offered any more.
func (d *Delivery) closed(tx feature.Tx, log protocol.Log, moves []road.Move) error {
	for _, m := range moves {
		if err := storage.PutAs(tx, d.Realm, d.trackKey(log, m.Event), track{Seq: 1, Final: m.State}); err != nil {
			return err
		}
		reason := ""
		if m.State == feature.Failed {
			reason = reasonNobody
		}
		d.tell(tx, feature.Progress{Log: log, Event: m.Event, Author: m.Author, State: m.State, Reason: reason})
	}
	return nil
}

// toll is what the node at the end of a road answered.
type toll struct {
	marks   []road.Mark
	refused []road.Row
}

// jot has an answer written soon, together with those of other roads.
func (d *Delivery) jot(w way, r road.Row, fate road.Fate) {
	d.mu.Lock()
	t := d.tolls[w]
	if t == nil {
		t = &toll{}
		d.tolls[w] = t
	}
	t.marks = append(t.marks, road.Mark{Seq: r.Seq, Fate: fate})
	if fate == road.Refused && !r.Event.IsZero() {
		t.refused = append(t.refused, r)
	}
	d.mu.Unlock()
	select {
	case d.collect <- struct{}{}:
	default:
	}
}

// collectTolls writes what nodes answered, until the context ends. What is lost with the process is offered and answered again.
func (d *Delivery) collectTolls(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.collect:
		}
		pause(ctx, deskRest)
		d.mu.Lock()
		tolls := d.tolls
		d.tolls = map[way]*toll{}
		d.mu.Unlock()
		for err := d.write(ctx, tolls); err != nil && ctx.Err() == nil; err = d.write(ctx, tolls) {
			d.Logger.Error("write what nodes answered", "err", err)
			pause(ctx, retryPause)
		}
	}
}

func pause(ctx context.Context, long time.Duration) {
	timer := time.NewTimer(long)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (d *Delivery) write(ctx context.Context, tolls map[way]*toll) error {
	marks := map[protocol.Log]map[net.PeerID][]road.Mark{}
	for w, t := range tolls {
		if marks[w.log] == nil {
			marks[w.log] = map[net.PeerID][]road.Mark{}
		}
		marks[w.log][w.peer] = t.marks
	}
	return d.Store.Update(ctx, func(tx feature.Tx) error {
		for w, t := range tolls {
			for _, r := range t.refused {
				if err := d.turnedDown(tx, w.log, r); err != nil {
					return err
				}
			}
		}
		for log, of := range marks {
			moves, err := d.roads.Settle(tx, log, of)
			if err != nil {
				return err
			}
			if err := d.moved(tx, log, moves); err != nil {
				return err
			}
		}
		return nil
	})
}

// turnedDown counts the nodes that refused an event.
func (d *Delivery) turnedDown(tx feature.Tx, log protocol.Log, r road.Row) error {
	t, err := d.track(tx, log, r.Event)
	if err != nil || t.Seq == 0 {
		return err
	}
	t.Refused++
	if err := storage.PutAs(tx, d.Realm, d.trackKey(log, r.Event), t); err != nil {
		return err
	}
	state, reason, err := d.groupState(tx, log, t)
	if err == nil && state == feature.Failed {
		d.tell(tx, feature.Progress{Log: log, Event: r.Event, Author: r.Author, State: state, Reason: reason})
	}
	return err
}

// expireRoads has reconciliation take over what nodes were offered for long enough.
func (d *Delivery) expireRoads(tx feature.Tx) error {
	aged, err := d.roads.Age(tx)
	if err != nil {
		return err
	}
	for log, moves := range aged.Moved {
		if err := d.moved(tx, log, moves); err != nil {
			return err
		}
	}
	for log, moves := range aged.Given {
		if err := d.closed(tx, log, moves); err != nil {
			return err
		}
	}
	for _, r := range aged.Late {
		d.report(tx, way{r.Log, r.Peer}, passedOver)
	}
	return nil
}
