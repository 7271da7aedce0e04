// Package road keeps what the member nodes of a group are sent: for each group one queue of rows, and for each member node a
// road, which is how far along the queue that node is.
//
// It promises that a row stands in the queue until no road needs it, that a road only goes forward, that how far an event got
// is told after two reads whatever the number of nodes and members, and that a message costs one row, and a batch of
// answers one row for each node that gave them (SPEC.md, groups, push).
//
// It knows no network and no keys: rows are bytes that were made for all members at once. Everything takes a transaction of
// the store; there is one writer at a time, so nothing here is locked.
package road

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/group"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// PushFor is how long a row is offered to a node; after that the node learns of it by reconciliation (SPEC.md, envelopes and
// acknowledgements).
const PushFor = 24 * time.Hour

// Row is one record of a group, the same for all its member nodes.
type Row struct {
	Seq     uint64             `cbor:"0,keyasint"`
	Kind    protocol.GroupKind `cbor:"1,keyasint"`
	Data    []byte             `cbor:"2,keyasint"` // an operation, or an Inner
	Created uint64             `cbor:"3,keyasint"` // Unix milliseconds

	// Of a message: its event, who wrote it with which device, and the chain that it is sealed with.
	Event  protocol.EventID `cbor:"4,keyasint"`
	Author protocol.Account `cbor:"5,keyasint"`
	Device protocol.Device  `cbor:"6,keyasint"`
	Chain  group.ChainID    `cbor:"7,keyasint"`
}

// Stale tells whether a row is no longer offered.
func (r Row) Stale(now time.Time) bool {
	return r.Created < uint64(max(now.Add(-PushFor).UnixMilli(), 0))
}

// Road is how far a node is in the queue of a group.
type Road struct {
	Log  protocol.Log     `cbor:"0,keyasint"`
	Peer net.PeerID       `cbor:"1,keyasint"`
	By   protocol.Account `cbor:"2,keyasint"` // lives there: through whom the node is reached
	At   uint64           `cbor:"3,keyasint"` // rows up to this one are not offered any more
	Has  uint64           `cbor:"4,keyasint"` // rows up to this one are open there
	Gap  uint64           `cbor:"5,keyasint"` // rows behind Has, up to this one, were not offered in time; 0 for none
}

// Ledger sums up the roads of a group.
type Ledger struct {
	Log   protocol.Log `cbor:"0,keyasint"`
	Low   uint64       `cbor:"1,keyasint"` // every member node has the rows up to this one: they are gone
	High  uint64       `cbor:"2,keyasint"` // some node has this one
	Top   uint64       `cbor:"3,keyasint"` // and the rows up to this one
	Hole  uint64       `cbor:"4,keyasint"` // those behind Top, up to this one, no node has
	Nodes uint64       `cbor:"5,keyasint"` // how many there are
	Known [32]byte     `cbor:"6,keyasint"` // hash of them
}

// State is how far the event of a row got.
func (l Ledger) State(seq uint64) feature.State {
	switch {
	case seq <= l.Low:
		return feature.Delivered
	case seq > l.High, seq > l.Top && seq <= l.Hole:
		return feature.Sending
	}
	return feature.Sent
}

// Book keeps the queues and roads of all groups.
type Book struct {
	Realm *storage.Realm // the node's
	Now   func() time.Time
	Next  func() uint64 // gives rows their place: greater with every call, also over restarts
}

func (b *Book) queue(log protocol.Log) storage.Key {
	return b.Realm.Key(storage.GroupOutbox, storage.H(log[:]))
}

func (b *Book) rowKey(log protocol.Log, seq uint64) storage.Key {
	return b.Realm.Key(storage.GroupOutbox, storage.H(log[:]), storage.U64(seq))
}

func (b *Book) ledgerKey(log protocol.Log) storage.Key {
	return b.Realm.Key(storage.Roads, storage.H(log[:]))
}

func (b *Book) roadKey(log protocol.Log, peer net.PeerID) storage.Key {
	return b.Realm.Key(storage.Roads, storage.H(log[:]), storage.H([]byte(peer)))
}

// Add puts a row at the end of the queue of a group and returns its place.
func (b *Book) Add(tx feature.Tx, log protocol.Log, r Row) (seq uint64, err error) {
	r.Seq, r.Created = b.Next(), uint64(b.Now().UnixMilli())
	return r.Seq, storage.PutAs(tx, b.Realm, b.rowKey(log, r.Seq), r)
}

// Row returns a row of a group, feature.ErrNotFound for one that no road needs any more.
func (b *Book) Row(tx feature.Tx, log protocol.Log, seq uint64) (Row, error) {
	r, err := storage.GetAs[Row](tx, b.Realm, b.rowKey(log, seq))
	if errors.Is(err, storage.ErrNotFound) {
		return Row{}, feature.ErrNotFound
	}
	return r, err
}

// Each calls fn with the rows of a group behind a place, in order, until it returns false.
func (b *Book) Each(tx feature.Tx, log protocol.Log, behind uint64, fn func(Row) (bool, error)) error {
	return tx.Scan(b.Realm, b.queue(log), storage.ScanOptions{From: b.rowKey(log, behind)}, func(_ storage.Key, v []byte) (bool, error) {
		r, err := canon.UnmarshalOwn[Row](v)
		if err != nil {
			return false, fmt.Errorf("read the queue of a group: %w", err)
		}
		return fn(r)
	})
}

// Waiting is how many rows a node is behind the end of the queue.
func (b *Book) Waiting(tx feature.Tx, r Road) (n int, err error) {
	o := storage.ScanOptions{From: b.rowKey(r.Log, r.At), KeysOnly: true}
	err = tx.Scan(b.Realm, b.queue(r.Log), o, func(storage.Key, []byte) (bool, error) {
		n++
		return true, nil
	})
	return n, err
}

// Find returns the road of a node, feature.ErrNotFound where it has none.
func (b *Book) Find(tx feature.Tx, log protocol.Log, peer net.PeerID) (Road, error) {
	r, err := storage.GetAs[Road](tx, b.Realm, b.roadKey(log, peer))
	if errors.Is(err, storage.ErrNotFound) {
		return Road{}, feature.ErrNotFound
	}
	return r, err
}

// Of calls fn with the roads of a group until it returns false.
func (b *Book) Of(tx feature.Tx, log protocol.Log, fn func(Road) (bool, error)) error {
	return b.scan(tx, b.ledgerKey(log), fn)
}

// All calls fn with the roads of all groups until it returns false.
func (b *Book) All(tx feature.Tx, fn func(Road) (bool, error)) error {
	return b.scan(tx, b.Realm.Key(storage.Roads), fn)
}

func (b *Book) scan(tx feature.Tx, prefix storage.Key, fn func(Road) (bool, error)) error {
	short := len(b.Realm.Key(storage.Roads, storage.H(nil)))
	return tx.Scan(b.Realm, prefix, storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
		if len(k) == short {
			return true, nil // a ledger
		}
		r, err := canon.UnmarshalOwn[Road](v)
		if err != nil {
			return false, fmt.Errorf("read a road: %w", err)
		}
		return fn(r)
	})
}

// Ledger returns the sum of the roads of a group; a group without any has given its rows to everybody.
func (b *Book) Ledger(tx feature.Tx, log protocol.Log) (Ledger, error) {
	l, err := storage.GetAs[Ledger](tx, b.Realm, b.ledgerKey(log))
	if errors.Is(err, storage.ErrNotFound) {
		return Ledger{Log: log, Low: math.MaxUint64}, nil
	}
	return l, err
}

// Last is the greatest place of any row, 0 for none.
func (b *Book) Last(tx feature.Tx) (last uint64, err error) {
	o := storage.ScanOptions{KeysOnly: true}
	err = tx.Scan(b.Realm, b.Realm.Key(storage.GroupOutbox), o, func(k storage.Key, _ []byte) (bool, error) {
		last = max(last, binary.BigEndian.Uint64([]byte(k[len(k)-8:])))
		return true, nil
	})
	return last, err
}
