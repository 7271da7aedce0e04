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

// trip is how far a courier is on the road of one group, over its present lane.
type trip struct {
	offered uint64        // the newest row that was put on the lane
	flying  int           // rows without an answer
	barred  bool          // a row has to wait: those that fly behind it are offered again
	pause   time.Duration // before it is offered again
	until   time.Time
}

// The pause of a road grows from the first to the last, while nothing is taken.
const (
	firstPause = 200 * time.Millisecond
	lastPause  = 5 * time.Second
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
		if t := c.trips[log]; !look && !c.blocked[log] && (t == nil || t.flying == 0) {
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
		if t.barred || c.d.Now().Before(t.until) {
			c.blocked[log] = true
			continue
		}
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
			t.offered, r.Data = r.Seq, nil
			t.flying++
			*flying = append(*flying, flight{load: &load{log, r}, pending: pending})
		}
	}
	return nil
}

// next are the rows that come next on a road, as far as the node can open them. more tells that others can be offered when
// these were answered.
func (c *courier) next(log protocol.Log, t *trip, room int) (rows []road.Row, more bool, err error) {
	var stale []road.Row
	err = c.d.Store.View(func(tx feature.Tx) error {
		r, err := c.d.roads.Find(tx, log, c.peer)
		if errors.Is(err, feature.ErrNotFound) {
			return nil // it leads nowhere any more
		}
		if err != nil {
			return err
		}
		wait, err := c.patience(tx, log)
		if err != nil {
			return err
		}
		held := map[keys.ChainID]bool{}
		return c.d.roads.Each(tx, log, max(t.offered, r.At), func(x road.Row) (bool, error) {
			switch {
			case x.Stale(c.d.Now()) && t.flying+len(rows) > 0, len(rows) >= room:
				more = true
				return false, nil
			case x.Stale(c.d.Now()):
				stale = append(stale, x)
				return true, nil
			}
			if left := wait.left(x, c.d.Now()); left > 0 {
				t.until, more = c.d.Now().Add(left), true
				return false, nil
			}
			if x.Kind == protocol.GroupMessage && !held[x.Chain] {
				ok, err := c.d.groups.Holds(tx, log, x.Chain, string(c.peer))
				if err != nil || !ok {
					return false, err // until the key of the chain was handed over
				}
				held[x.Chain] = true
			}
			rows = append(rows, x)
			return true, nil
		})
	})
	if len(stale) > 0 {
		last := stale[len(stale)-1]
		t.offered = max(t.offered, last.Seq)
		c.d.jot(way{log, c.peer}, last, road.Missed)
		c.d.reportNow(way{log, c.peer}, passedOver)
	}
	return rows, more, err
}

// landed takes the answer to a row.
func (c *courier) landed(l load, code net.Code) {
	t, w := c.trip(l.log), way{l.log, c.peer}
	t.flying--
	if t.barred {
		t.barred = t.flying > 0
		return
	}
	switch code {
	case net.Delivered, net.Duplicate:
		c.d.jot(w, l.row, road.Taken)
	case net.Stored:
		c.d.jot(w, l.row, road.Laid)
	case net.Later:
		t.barred = t.flying > 0
		t.offered = l.row.Seq - 1
		t.pause = min(max(2*t.pause, firstPause), lastPause)
		t.until = c.d.Now().Add(t.pause)
		c.blocked[l.log] = true
		c.d.reportNow(w, behind)
		return
	default:
		c.d.jot(w, l.row, road.Refused)
		c.d.reportNow(w, passedOver)
	}
	t.pause = 0
}

// tick is how long the courier waits at the most before it looks again.
func (c *courier) tick() time.Duration {
	wait := retryPause
	for log := range c.blocked {
		if t := c.trips[log]; t != nil && !t.barred && c.d.Now().Before(t.until) {
			wait = min(wait, t.until.Sub(c.d.Now()))
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
