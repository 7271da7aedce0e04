package road

import (
	"errors"
	"math"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Fate is what became of a row at a node.
type Fate uint8

// Fates.
const (
	Taken   Fate = iota // logged there
	Laid                // kept there until an account unlocks
	Refused             // never taken: it does not hold the others up
	Missed              // not offered in time
)

// Mark is an answer of a node, or that there will be none.
type Mark struct {
	Seq  uint64
	Fate Fate
}

// Move is a change of how far an event got.
type Move struct {
	Event  protocol.EventID
	Author protocol.Account
	State  feature.State // Sent, Delivered, or Failed
}

// Settle moves the roads of a group as their nodes answered, in the order of the answers, and returns what that changed.
func (b *Book) Settle(tx feature.Tx, log protocol.Log, marks map[net.PeerID][]Mark) ([]Move, error) {
	l, err := b.Ledger(tx, log)
	if err != nil {
		return nil, err
	}
	high := l.High
	for peer, list := range marks {
		r, err := b.Find(tx, log, peer)
		if errors.Is(err, feature.ErrNotFound) {
			continue // it left meanwhile
		}
		if err != nil {
			return nil, err
		}
		was := r
		for _, m := range list {
			r.pass(m)
			if m.Fate == Taken || m.Fate == Laid {
				high = max(high, m.Seq)
			}
		}
		if r != was {
			if err := b.put(tx, r); err != nil {
				return nil, err
			}
		}
	}
	return b.balance(tx, l, high)
}

// pass moves a road. What is taken tells that everything before it is open there too: a node opens what it laid up first.
func (r *Road) pass(m Mark) {
	open := r.Gap == 0 && r.Has == r.At
	r.At = max(r.At, m.Seq)
	switch {
	case m.Fate == Missed:
		r.Gap = max(r.Gap, m.Seq)
	case m.Fate == Taken && r.Gap == 0, m.Fate == Refused && open:
		r.Has = max(r.Has, m.Seq)
	}
}

// Reconciled notes that a node has everything of a group that was here when Next gave the place upTo.
func (b *Book) Reconciled(tx feature.Tx, log protocol.Log, peer net.PeerID, upTo uint64) ([]Move, error) {
	r, err := b.Find(tx, log, peer)
	if errors.Is(err, feature.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	was := r
	r.Has = max(r.Has, upTo)
	r.At = max(r.At, r.Has)
	if r.Gap <= r.Has {
		r.Gap = 0
	}
	l, err := b.Ledger(tx, log)
	if err != nil || r == was {
		return nil, err
	}
	if err := b.put(tx, r); err != nil {
		return nil, err
	}
	return b.balance(tx, l, l.High)
}

func (b *Book) put(tx feature.Tx, r Road) error {
	return storage.PutAs(tx, b.Realm, b.roadKey(r.Log, r.Peer), r)
}

// balance sums the roads of a group up again, drops the rows that all nodes have and returns the events that got further.
func (b *Book) balance(tx feature.Tx, was Ledger, high uint64) (moves []Move, err error) {
	now := was
	now.Low, now.High, now.Top, now.Hole, now.Nodes = math.MaxUint64, high, 0, math.MaxUint64, 0
	if err := b.Of(tx, was.Log, func(r Road) (bool, error) {
		now.Nodes++
		now.Low, now.Top, now.Hole = min(now.Low, r.Has), max(now.Top, r.Has), min(now.Hole, r.Gap)
		return true, nil
	}); err != nil || now == was {
		return nil, err
	}
	if now.Low > was.Low {
		if err := b.Each(tx, was.Log, was.Low, func(r Row) (bool, error) {
			if r.Seq > now.Low {
				return false, nil
			}
			tx.Delete(b.rowKey(was.Log, r.Seq))
			moves = r.moved(moves, feature.Delivered)
			return true, nil
		}); err != nil {
			return nil, err
		}
	}
	if from := max(was.High, now.Low); now.High > from {
		if err := b.Each(tx, was.Log, from, func(r Row) (bool, error) {
			if r.Seq > now.High {
				return false, nil
			}
			if now.State(r.Seq) == feature.Sent {
				moves = r.moved(moves, feature.Sent)
			}
			return true, nil
		}); err != nil {
			return nil, err
		}
	}
	return moves, storage.PutAs(tx, b.Realm, b.ledgerKey(was.Log), now)
}

func (r Row) moved(moves []Move, to feature.State) []Move {
	if r.Event.IsZero() {
		return moves
	}
	return append(moves, Move{Event: r.Event, Author: r.Author, State: to})
}

// Drop takes a row out of the queue, unless it was answered by some node or travels to one.
func (b *Book) Drop(tx feature.Tx, log protocol.Log, seq uint64) (dropped bool, err error) {
	dropped = true
	if err := b.Of(tx, log, func(r Road) (bool, error) {
		dropped = r.At < seq
		return dropped, nil
	}); err != nil || !dropped {
		return false, err
	}
	tx.Delete(b.rowKey(log, seq))
	return true, nil
}
