package gossip

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Bounds of what is kept of other nodes.
const (
	maxHosts   = 2 // of a node: it rotates
	maxPeers   = 4096
	maxHostFor = keyFor + 2*overlap // how long one is believed
)

// record is what is kept of another node.
type record struct {
	Home  net.PeerID            `cbor:"0,keyasint"`
	Hosts []protocol.GossipHost `cbor:"1,keyasint"` // that it told, the longest lasting first
	Told  [32]byte              `cbor:"2,keyasint"` // hash of what it was told; zero for nothing
	At    uint64                `cbor:"3,keyasint"` // Unix milliseconds, when
}

func (o *Overlay) recordKey(home net.PeerID) storage.Key {
	return o.Realm.Key(storage.Gossip, storage.H([]byte("node")), storage.H([]byte(home)))
}

func (o *Overlay) record(tx feature.Tx, home net.PeerID) (record, error) {
	r, err := storage.GetAs[record](tx, o.Realm, o.recordKey(home))
	if errors.Is(err, storage.ErrNotFound) {
		return record{Home: home}, nil
	}
	if err != nil {
		return r, fmt.Errorf("read where a node gossips: %w", err)
	}
	return r, nil
}

func (o *Overlay) records(tx feature.Tx, fn func(storage.Key, record)) error {
	prefix := o.Realm.Key(storage.Gossip, storage.H([]byte("node")))
	return tx.Scan(o.Realm, prefix, storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
		r, err := canon.UnmarshalOwn[record](v)
		if err != nil {
			return false, fmt.Errorf("read where nodes gossip: %w", err)
		}
		fn(k, r)
		return true, nil
	})
}

// Take takes where a node gossips, told over a session with a device that lives there; false for what is not sound. It is
// believed for that node alone.
func (o *Overlay) Take(tx feature.Tx, home net.PeerID, data []byte) (bool, error) {
	h, err := protocol.DecodeGossipHost(data)
	if err != nil {
		return false, nil
	}
	peer, err := net.ParsePeerID(h.Peer)
	now := o.Now()
	switch {
	case err != nil || string(peer) != h.Peer || peer == home || peer == o.Network.ID():
		return false, nil
	case home == o.Network.ID() || len(o.Listen) == 0 || !until(h.Until).After(now):
		return true, nil // nothing to keep
	}
	h.Addrs = net.Believable(h.Addrs, o.Network.OverLoopback(home))
	h.Until = min(h.Until, uint64(now.Add(maxHostFor).UnixMilli()))
	r, err := o.record(tx, home)
	if err != nil {
		return false, err
	}
	if len(r.Hosts) == 0 {
		if full, err := o.full(tx); err != nil || full {
			return true, err
		}
	}
	r.Hosts = merge(r.Hosts, h, now)
	if err := storage.PutAs(tx, o.Realm, o.recordKey(home), r); err != nil {
		return false, err
	}
	tx.OnCommit(o.Stir)
	return true, nil
}

// full tells whether as many nodes told where they gossip as are listened to.
func (o *Overlay) full(tx feature.Tx) (bool, error) {
	n := 0
	some := storage.ScanOptions{KeysOnly: true, Limit: maxPeers}
	err := tx.Scan(o.Realm, o.Realm.Key(storage.Gossip, storage.H([]byte("node"))), some, func(storage.Key, []byte) (bool, error) {
		n++
		return true, nil
	})
	return n >= maxPeers, err
}

// merge puts a host in front of those of its node, without its own earlier words and those that are over.
func merge(hosts []protocol.GossipHost, h protocol.GossipHost, now time.Time) []protocol.GossipHost {
	out := slices.DeleteFunc(slices.Clone(hosts), func(x protocol.GossipHost) bool {
		return x.Peer == h.Peer || !until(x.Until).After(now)
	})
	out = append(out, h)
	slices.SortStableFunc(out, func(a, b protocol.GossipHost) int { return until(b.Until).Compare(until(a.Until)) })
	return out[:min(len(out), maxHosts)]
}

// Expire deletes what is over, and what is kept of nodes that share no group.
func (o *Overlay) Expire(tx feature.Tx) error {
	shared := map[net.PeerID]bool{}
	o.mu.Lock()
	for _, c := range o.circles {
		for _, n := range c.nodes {
			shared[n] = true
		}
	}
	o.mu.Unlock()
	now := o.Now()
	return o.records(tx, func(k storage.Key, r record) {
		over := !slices.ContainsFunc(r.Hosts, func(h protocol.GossipHost) bool { return until(h.Until).After(now) })
		if over && !shared[r.Home] {
			tx.Delete(k)
		}
	})
}
