package delivery

import (
	"context"
	"errors"
	"slices"
	"time"

	keys "conclave/crypto/group"
	"conclave/node/delivery/road"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
)

// load is a row on its way to a node.
type load struct {
	log protocol.Log
	row road.Row // without its data
}

// logs takes the groups whose roads are to be looked at.
func (c *courier) logs() []protocol.Log {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	var out []protocol.Log
	for log, look := range c.d.laden[c.peer] {
		if look {
			out = append(out, log)
			c.d.laden[c.peer][log] = false
		}
	}
	return out
}

// allLogs are the groups of which something waits.
func (c *courier) allLogs() []protocol.Log {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	out := make([]protocol.Log, 0, len(c.d.laden[c.peer]))
	for log := range c.d.laden[c.peer] {
		out = append(out, log)
	}
	return out
}

// lookAhead has roads looked at again.
func (c *courier) lookAhead(logs []protocol.Log) {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	for _, log := range logs {
		if _, ok := c.d.laden[c.peer][log]; ok {
			c.d.laden[c.peer][log] = true
		}
	}
}

// unload takes roads off the list of which nothing waits. The caller holds the lock.
func (c *courier) unload() {
	for log, look := range c.d.laden[c.peer] {
		if t := c.trips[log]; !look && !c.blocked[log] && (t == nil || !t.flies()) {
			delete(c.d.laden[c.peer], log)
		}
	}
}

func (c *courier) trip(log protocol.Log) *trip {
	t := c.trips[log]
	if t == nil {
		t = &trip{}
		c.trips[log] = t
	}
	return t
}

// fillRoads offers what can be offered now of the groups that are to be looked at.
func (c *courier) fillRoads(ctx context.Context, lane Lane, flying *[]flight) error {
	for _, log := range c.logs() {
		delete(c.blocked, log)
		t := c.trip(log)
		rows, more, err := c.next(log, t, maxInFlight-len(*flying))
		if err != nil {
			return err
		}
		if more {
			c.blocked[log] = true
		}
		for _, r := range rows {
			blob := protocol.GroupPut{Log: log, Kind: r.Kind, Data: r.Data}.Encode()
			pending, err := lane.Put(ctx, net.Queue(protocol.GroupQueue(log)), net.Token{}, blob)
			if err != nil {
				return err
			}
			r.Data = nil
			t.find(r.Seq).state = aloft
			*flying = append(*flying, flight{load: &load{log, r}, pending: pending})
		}
	}
	return nil
}

// next are the rows that are to be offered now. more tells that others can be when time passed, or there is room.
func (c *courier) next(log protocol.Log, t *trip, room int) (rows []road.Row, more bool, err error) {
	late := false
	err = c.d.Store.View(func(tx feature.Tx) error {
		r, err := c.d.roads.Find(tx, log, c.peer)
		if errors.Is(err, feature.ErrNotFound) {
			t.legs = nil
			return nil // it leads nowhere any more
		}
		if err != nil {
			return err
		}
		t.skip(r.At)
		if more, err = t.lookOn(tx, c.d.roads, r, room); err != nil {
			return err
		}
		wait, err := c.patience(tx, log)
		if err != nil {
			return err
		}
		ahead := false
		rows, ahead, late, err = c.choose(tx, log, t, room, wait)
		more = more || ahead
		return err
	})
	if late {
		c.d.reportNow(way{log, c.peer}, passedOver)
	}
	c.pass(log, t)
	return rows, more, err
}

// choose takes rows off a trip that can be offered now, as many as there is room for. late tells that some are not offered any
// more.
func (c *courier) choose(tx feature.Tx, log protocol.Log, t *trip, room int, wait patience) (rows []road.Row, more, late bool, err error) {
	now := c.d.Now()
	held, open := map[keys.ChainID]bool{}, map[keys.ChainID]bool{}
	for i := range t.legs {
		l := &t.legs[i]
		chain := l.row.Chain
		data := l.row.Data
		l.row.Data = nil
		switch {
		case l.state == over:
			continue
		case l.state == aloft:
			if l.pause > 0 { // those behind it are looked at again when it was answered
				held[chain], more = true, true
			}
			continue
		case l.row.Stale(now):
			l.end(road.Missed)
			late = true
			continue
		case held[chain]:
			continue
		case len(rows) >= room:
			more = true
			continue
		}
		if left := wait.left(l.row, now); left > 0 && l.pause == 0 {
			l.until = now.Add(left)
		}
		if now.Before(l.until) {
			held[chain], more = true, true
			continue
		}
		if l.row.Kind == protocol.GroupMessage && !open[chain] {
			if open[chain], err = c.d.groups.Holds(tx, log, chain, string(c.peer)); err != nil {
				return nil, false, false, err
			}
			if !open[chain] {
				held[chain] = true // until the key of the chain was handed over
				continue
			}
		}
		r := l.row
		if r.Data = data; data == nil {
			if r, err = c.d.roads.Row(tx, log, r.Seq); errors.Is(err, feature.ErrNotFound) {
				l.state = over // every node has it
				continue
			}
			if err != nil {
				return nil, false, false, err
			}
		}
		rows = append(rows, r)
	}
	return rows, more, late, nil
}

// landed takes the answer to a row.
func (c *courier) landed(l load, code net.Code) {
	t, w := c.trip(l.log), way{l.log, c.peer}
	at := t.find(l.row.Seq)
	if at == nil {
		return
	}
	switch code {
	case net.Delivered, net.Duplicate:
		at.end(road.Taken)
	case net.Stored:
		at.end(road.Laid)
	case net.Later:
		at.putOff(c.d.Now())
		c.blocked[l.log] = true
		c.d.reportNow(w, behind)
		return
	default:
		at.end(road.Refused)
		c.d.reportNow(w, passedOver)
	}
	t.answers++
	at.order = t.answers
	c.pass(l.log, t)
}

// pass has written what was answered, as far as nothing before it waits.
func (c *courier) pass(log protocol.Log, t *trip) {
	for _, l := range t.told() {
		c.d.jot(way{log, c.peer}, l.row, l.fate)
	}
}

// tick is how long the courier waits at the most before it looks again.
func (c *courier) tick() time.Duration {
	wait, now := retryPause, c.d.Now()
	for log := range c.blocked {
		if t := c.trips[log]; t != nil {
			wait = min(wait, t.wait(now, wait))
		}
	}
	return wait
}

// hosts are accounts through whom the node can be found.
func (c *courier) hosts() []protocol.Account {
	var out []protocol.Account
	for _, p := range c.pairs() {
		out = append(out, p.Peer)
	}
	_ = c.d.Store.View(func(tx feature.Tx) error {
		for _, log := range c.allLogs() {
			if r, err := c.d.roads.Find(tx, log, c.peer); err == nil && !slices.Contains(out, r.By) {
				out = append(out, r.By)
			}
		}
		return nil
	})
	return out
}
