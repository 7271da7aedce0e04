package delivery

import (
	"errors"
	"fmt"

	keys "conclave/crypto/group"
	"conclave/node/delivery/road"
	"conclave/node/feature"
	"conclave/node/group"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/protocol/net"
	"conclave/storage"
)

// Groups is what the delivery needs of whoever keeps the membership and the chains of groups. What a chain is sealed under may
// be locked: then the error is feature.ErrLocked.
type Groups interface {
	// Logs lists all groups of this node, also while its members are locked.
	Logs(feature.Tx) ([]protocol.Log, error)
	// Nodes are the member nodes except this one, sorted.
	Nodes(feature.Tx, protocol.Log) ([]group.MemberNode, error)
	// Hosts are the current members that live on a node.
	Hosts(feature.Tx, protocol.Log, string) ([]protocol.Account, error)
	// Joining lists the groups whose operations are on their way.
	Joining(feature.Tx) ([]group.Joining, error)

	// Topic is the topic secret in force; feature.ErrNotFound while nobody handed it over.
	Topic(feature.Tx, protocol.Log) ([32]byte, error)
	// At is the state that somebody saw whose heads were these; feature.ErrNotFound while one of them is not here.
	At(feature.Tx, protocol.Log, []protocol.EventID) (*membership.State, error)
	// Open opens what a member's chain sealed.
	Open(tx feature.Tx, log protocol.Log, inner []byte) (*protocol.Event, feature.Stamp, error)
	// Cert is the certificate of a chain; feature.ErrNotFound where it is not here.
	Cert(tx feature.Tx, log protocol.Log, chain keys.ChainID) ([]byte, error)
	// Speaks tells whether a message of a chain is part of the history.
	Speaks(tx feature.Tx, log protocol.Log, c keys.Cert, m keys.Inner) (bool, error)
	TakeOps(tx feature.Tx, log protocol.Log, ops [][]byte) (group.Taken, error)
	// Accept takes the key of a chain from the session of the device whose chain it is.
	Accept(tx feature.Tx, from protocol.Account, dev protocol.Device, dist []byte) error
	Welcomed(tx feature.Tx, to, from protocol.Account, w protocol.Welcome) error
	TakeTopic(tx feature.Tx, from protocol.Account, t protocol.TopicSecret) error

	// Owed are the nodes to which the sending chain of a device was not given yet, and its key.
	Owed(tx feature.Tx, log protocol.Log, own protocol.Device) (dist []byte, chain keys.ChainID, to []group.MemberNode, err error)
	// Giving notes that the key is on its way to a device of a node, Gave that the node keeps it. Holds tells whether it does.
	Giving(tx feature.Tx, log protocol.Log, chain keys.ChainID, peer string, dev protocol.Device) error
	Gave(tx feature.Tx, log protocol.Log, chain keys.ChainID, peer string) error
	Holds(tx feature.Tx, log protocol.Log, chain keys.ChainID, peer string) (bool, error)
	// Given is the device that it was last sent to, Dist the key, for another device of the node.
	Given(tx feature.Tx, chain keys.ChainID, peer string) (protocol.Device, error)
	Dist(tx feature.Tx, log protocol.Log, chain keys.ChainID, peer string) ([]byte, error)

	// Briefing are the operations of a group, none if they have more bytes than limit, and whom they name.
	Briefing(tx feature.Tx, log protocol.Log, limit int) (ops [][]byte, people []protocol.Account, err error)
	// Awaits tells whether a local account that somebody welcomed waits for the operations.
	Awaits(tx feature.Tx, log protocol.Log, from protocol.Account) (bool, error)
}

// Reconciler is told where offering the records of a group one by one does not suffice. Its methods must not block.
type Reconciler interface {
	// Behind is called when this node or the peer lacks what a record of the group depends on.
	Behind(log protocol.Log, peer net.PeerID)
	// Refused is called when the peer is not offered a record any more: it took none of it, or was away for too long.
	Refused(log protocol.Log, peer net.PeerID)
	// Forged is called when a record of the peer was not what it says.
	Forged(log protocol.Log, peer net.PeerID)
}

// Carry gives the delivery the groups. It is called once, while the node is wired; without it, nothing of a group is taken.
func (d *Delivery) Carry(g Groups) *Delivery {
	d.groups = g
	return d
}

// Report gives the delivery whom it tells where offering does not suffice. It is called once, while the node is wired.
func (d *Delivery) Report(r Reconciler) { d.reconciler = r }

// EnqueueGroup takes an event that a local account appended to a group, in the transaction that logs it: one row for all
// member nodes, and the key of the author's chain for those that lack it.
func (d *Delivery) EnqueueGroup(tx feature.Tx, c feature.Conversation, e *protocol.Event, inner []byte) error {
	m, err := keys.DecodeInner(inner)
	if err != nil {
		return fmt.Errorf("send to a group: %w", err)
	}
	if err := d.survey(tx, c.Log, d.next()); err != nil {
		return err
	}
	l, err := d.roads.Ledger(tx, c.Log)
	if err != nil || l.Nodes == 0 {
		return err
	}
	seq, err := d.roads.Add(tx, c.Log, road.Row{
		Kind: protocol.GroupMessage, Data: inner, Event: e.ID, Author: e.Author, Device: e.Device, Chain: m.Chain,
	})
	if err != nil {
		return fmt.Errorf("send to a group: %w", err)
	}
	d.openRoad(tx, way{log: c.Log})
	d.gossiped(tx, c.Log, inner)
	return errors.Join(storage.PutAs(tx, d.Realm, d.trackKey(c.Log, e.ID), track{Seq: seq}), d.give(tx, c.Log, e.Author, e.Device))
}

// Op sends an operation of a local account to the nodes that host members before and after it.
func (d *Delivery) Op(tx feature.Tx, log protocol.Log, op []byte) error {
	l, err := d.roads.Ledger(tx, log)
	if err != nil {
		return err
	}
	end := d.next()
	if l.Nodes > 0 {
		if end, err = d.roads.Add(tx, log, road.Row{Kind: protocol.GroupOp, Data: op}); err != nil {
			return fmt.Errorf("send an operation: %w", err)
		}
		d.openRoad(tx, way{log: log})
	}
	return d.survey(tx, log, end)
}

// Control sends items to a device, over its session.
func (d *Delivery) Control(tx feature.Tx, pair session.Pair, items ...protocol.Item) error {
	return d.control(tx, pair, items...)
}

// Moved is called after the membership of a group changed: its roads lead to the nodes that it has now.
func (d *Delivery) Moved(log protocol.Log) {
	d.mu.Lock()
	d.shifted[log] = true
	d.mu.Unlock()
	d.ring()
	d.stirNow()
}

// survey makes roads for member nodes that have none; what is in the queue up to end is not theirs.
func (d *Delivery) survey(tx feature.Tx, log protocol.Log, end uint64) error {
	nodes, err := d.groups.Nodes(tx, log)
	if errors.Is(err, feature.ErrLocked) || errors.Is(err, feature.ErrNotFound) {
		return nil // by the first event after somebody unlocked
	}
	if err != nil {
		return fmt.Errorf("find the nodes of a group: %w", err)
	}
	stops := make([]road.Stop, 0, len(nodes))
	for _, n := range nodes {
		if peer, err := net.ParsePeerID(n.Peer); err == nil && len(n.Devices) > 0 {
			stops = append(stops, road.Stop{Peer: peer, By: n.Devices[0].Account})
		}
	}
	fresh, moves, err := d.roads.Survey(tx, log, end, stops)
	if err != nil {
		return err
	}
	for _, s := range fresh {
		tx.OnCommit(func() { d.call(s) })
	}
	return d.moved(tx, log, moves)
}

// Present is a moment in the order of what this node sends, for Reconciled.
func (d *Delivery) Present() uint64 { return d.next() }

// Reconciled notes that a node was found to have everything of a group that was here at a moment that Present gave.
func (d *Delivery) Reconciled(tx feature.Tx, log protocol.Log, peer net.PeerID, at uint64) error {
	moves, err := d.roads.Reconciled(tx, log, peer, at)
	if err != nil {
		return err
	}
	return d.moved(tx, log, moves)
}
