package road

import (
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Ride is a stretch of a queue that travels to a node inside a message of a session, because its lane cannot be had: its road
// goes on behind it, and counts it when somebody keeps it, and when it is known to be there.
type Ride struct {
	Log   protocol.Log `cbor:"0,keyasint"`
	Peer  net.PeerID   `cbor:"1,keyasint"`
	First uint64       `cbor:"2,keyasint"` // place of its first row
	Last  uint64       `cbor:"3,keyasint"`
}

// leg is how far a ride is. One that is over stays until those before it are.
type leg struct {
	Last uint64 `cbor:"0,keyasint"`
	Kept bool   `cbor:"1,keyasint,omitempty"`
	Over bool   `cbor:"2,keyasint,omitempty"`
}

func (b *Book) ridesKey(r Ride) storage.Key {
	return b.Realm.Key(storage.Rides, storage.H(r.Log[:], []byte(r.Peer)))
}

func (b *Book) rideKey(r Ride) storage.Key {
	return b.Realm.Key(storage.Rides, storage.H(r.Log[:], []byte(r.Peer)), storage.U64(r.First))
}

// Board takes a stretch off the road of a node: its rows are not offered there any more.
func (b *Book) Board(tx feature.Tx, r Ride) error {
	to, err := b.Find(tx, r.Log, r.Peer)
	if err != nil {
		return err
	}
	to.At = max(to.At, r.Last)
	return errors.Join(b.put(tx, to), storage.PutAs(tx, b.Realm, b.rideKey(r), leg{Last: r.Last}))
}

// Rows are what rides.
func (b *Book) Rows(tx feature.Tx, r Ride) (rows []Row, err error) {
	err = b.Each(tx, r.Log, r.First-1, func(x Row) (bool, error) {
		if x.Seq > r.Last {
			return false, nil
		}
		rows = append(rows, x)
		return true, nil
	})
	if err == nil && (len(rows) == 0 || rows[0].Seq != r.First) {
		return nil, feature.ErrNotFound // the node has them already
	}
	return rows, err
}

// Kept notes that somebody keeps a ride for its node.
func (b *Book) Kept(tx feature.Tx, r Ride) ([]Move, error) { return b.pull(tx, r, leg{Kept: true}) }

// Arrived notes that a node took what rode.
func (b *Book) Arrived(tx feature.Tx, r Ride) ([]Move, error) {
	return b.pull(tx, r, leg{Kept: true, Over: true})
}

// Lost notes that a ride goes no further: the node learns of its rows by reconciliation.
func (b *Book) Lost(tx feature.Tx, r Ride) ([]Move, error) {
	tx.Delete(b.rideKey(r))
	return b.Settle(tx, r.Log, map[net.PeerID][]Mark{r.Peer: {{r.Last, Missed}}})
}

// pull moves a road as far as its rides went without a hole.
func (b *Book) pull(tx feature.Tx, r Ride, to leg) ([]Move, error) {
	was, err := storage.GetAs[leg](tx, b.Realm, b.rideKey(r))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	to.Last, to.Over = was.Last, to.Over || was.Over
	if err := storage.PutAs(tx, b.Realm, b.rideKey(r), to); err != nil {
		return nil, err
	}
	var kept, over uint64
	whole := true
	if err := tx.Scan(b.Realm, b.ridesKey(r), storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
		x, err := canon.UnmarshalOwn[leg](v)
		if err != nil {
			return false, fmt.Errorf("read how far rides are: %w", err)
		}
		if whole = whole && x.Over; whole {
			over = x.Last
			tx.Delete(k)
		}
		if x.Kept {
			kept = x.Last
		}
		return x.Kept, nil
	}); err != nil {
		return nil, err
	}
	var marks []Mark
	if over > 0 {
		marks = append(marks, Mark{over, Taken})
	}
	if kept > over {
		marks = append(marks, Mark{kept, Laid})
	}
	return b.Settle(tx, r.Log, map[net.PeerID][]Mark{r.Peer: marks})
}
