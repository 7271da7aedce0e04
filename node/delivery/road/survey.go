package road

import (
	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Stop is a node that hosts a member of a group, and somebody who lives there.
type Stop struct {
	Peer net.PeerID
	By   protocol.Account
}

// Survey makes the roads of a group lead to its present member nodes, which are sorted. A new node begins behind the place
// end: what is before it comes by reconciliation or not at all. A node that left gets nothing more. fresh are those that had no road.
func (b *Book) Survey(tx feature.Tx, log protocol.Log, end uint64, nodes []Stop) (fresh []Stop, moves []Move, err error) {
	l, err := b.Ledger(tx, log)
	if err != nil {
		return nil, nil, err
	}
	known := digest(nodes)
	if l.Known == known || l.Known == [32]byte{} && len(nodes) == 0 {
		return nil, nil, nil
	}
	wanted := make(map[net.PeerID]protocol.Account, len(nodes))
	for _, n := range nodes {
		wanted[n.Peer] = n.By
	}
	if err := b.Of(tx, log, func(r Road) (bool, error) {
		by, ok := wanted[r.Peer]
		delete(wanted, r.Peer)
		switch {
		case !ok:
			tx.Delete(b.roadKey(log, r.Peer))
		case by != r.By:
			r.By = by
			return true, b.put(tx, r)
		}
		return true, nil
	}); err != nil {
		return nil, nil, err
	}
	for _, n := range nodes {
		if _, ok := wanted[n.Peer]; !ok {
			continue
		}
		fresh = append(fresh, n)
		if err := b.put(tx, Road{Log: log, Peer: n.Peer, By: n.By, At: end, Has: end}); err != nil {
			return nil, nil, err
		}
	}
	l.Known = known
	if err := storage.PutAs(tx, b.Realm, b.ledgerKey(log), l); err != nil {
		return nil, nil, err
	}
	moves, err = b.balance(tx, l, l.High)
	return fresh, moves, err
}

func digest(nodes []Stop) [32]byte { return canon.Hash("stops", canon.MustMarshal(nodes)) }
