package delivery

import (
	"time"

	"conclave/node/delivery/road"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
)

// Gossip carries messages of groups besides the roads. What comes that way is given to Receive, as if it had been pushed. Its
// methods must not block.
type Gossip interface {
	// Offer is given a message of a local account after the commit that logged it.
	Offer(log protocol.Log, inner []byte)
	// Patience is how long a message waits before it is pushed to one of so many nodes: it may come there by gossip first.
	Patience(log protocol.Log, to net.PeerID, nodes uint64) time.Duration
	// Take takes where a node gossips; false for what is not sound.
	Take(tx feature.Tx, home net.PeerID, data []byte) (bool, error)
}

// GossipBy gives the delivery what carries messages besides it. It is called once, while the node is wired.
func (d *Delivery) GossipBy(g Gossip) { d.gossip = g }

// gossiped offers a message to topics after the commit.
func (d *Delivery) gossiped(tx feature.Tx, log protocol.Log, inner []byte) {
	if d.gossip != nil {
		tx.OnCommit(func() { d.gossip.Offer(log, inner) })
	}
}

// patience is how long the rows of a road wait for gossip.
type patience time.Duration

// left is how much longer a row waits.
func (r patience) left(x road.Row, now time.Time) time.Duration {
	if x.Kind != protocol.GroupMessage || r == 0 {
		return 0
	}
	age := now.Sub(time.UnixMilli(int64(x.Created)))
	if age < 0 { // the clock was set back
		return 0
	}
	return max(0, time.Duration(r)-age)
}

func (c *courier) patience(tx feature.Tx, log protocol.Log) (patience, error) {
	if c.d.gossip == nil {
		return 0, nil
	}
	l, err := c.d.roads.Ledger(tx, log)
	if err != nil {
		return 0, err
	}
	return patience(c.d.gossip.Patience(log, c.peer, l.Nodes)), nil
}

// gossipHost takes where the node of a device gossips.
func (d *Delivery) gossipHost(tx feature.Tx, p session.Pair, data []byte) (bool, error) {
	home, ok := d.home(tx, p)
	if !ok || d.gossip == nil {
		return ok, nil
	}
	return d.gossip.Take(tx, home, data)
}
