package delivery

import (
	"errors"

	"conclave/crypto/canon"
	"conclave/crypto/ratchet"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
)

// Who is welcomed to a group while its node is away finds a brief behind the welcome, in its mailbox: with that the node can become a
// member node though nobody else is there when it comes back (SPEC.md, groups between nodes, push to a node that is away).

// Brief implements group.Outbox. What it holds is put together when it is sealed, and nothing where the node is there by then.
func (d *Delivery) Brief(tx feature.Tx, log protocol.Log, pair session.Pair) error {
	peer, ok := d.home(tx, pair)
	if !ok || d.Network.Connected(peer) {
		return nil
	}
	r, err := d.Sessions.Route(tx, pair)
	if err != nil {
		return err
	}
	if !r.Backlog { // it is sealed later, in a transaction of its own
		r.Backlog = true
		if err := d.Sessions.SaveRoute(tx, r); err != nil {
			return err
		}
	}
	_, err = d.enqueue(tx, parcel{Pair: pair, Brief: &log}, ratchet.Content, nil)
	return err
}

// brief is what a parcel with one carries.
func (d *Delivery) brief(tx feature.Tx, p parcel) ([]protocol.Item, ratchet.Kind, error) {
	if peer, ok := d.home(tx, p.Pair); !ok || d.Network.Connected(peer) {
		return nil, ratchet.Control, nil // it asks
	}
	b := protocol.Brief{Log: *p.Brief, People: []protocol.Person{}}
	ops, people, err := d.groups.Briefing(tx, b.Log, protocol.MaxBrief)
	if err != nil || len(ops) == 0 {
		return nil, ratchet.Control, err
	}
	b.Ops = ops
	size := len(canon.MustMarshal(b))
	for _, a := range people {
		x, err := d.Directory.Person(tx, a)
		if errors.Is(err, feature.ErrNotFound) || a == p.Pair.Peer {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		if n := len(canon.MustMarshal(x)); size+n <= protocol.MaxBrief {
			b.People = append(b.People, x)
			size += n
		}
	}
	return []protocol.Item{{Kind: protocol.ItemBrief, Data: canon.MustMarshal(b)}}, ratchet.Content, nil
}

// briefed takes a brief from whoever welcomed the account, while that waits for it; false means that it is refused. An identity log
// that is not that of its account is passed over, and what cannot be joined with what is here.
func (d *Delivery) briefed(tx feature.Tx, p session.Pair, from net.PeerID, raw []byte) (ok bool, err error) {
	b, bad := protocol.DecodeBrief(raw)
	if bad != nil {
		return false, nil
	}
	if d.groups == nil {
		return true, nil
	}
	if waits, err := d.groups.Awaits(tx, b.Log, p.Peer); err != nil || !waits {
		return true, err
	}
	claims := d.claims(tx, p, from)
	for _, x := range b.People {
		if d.Directory.Local(tx, x.Account) {
			continue
		}
		if err := d.Directory.Merge(tx, x.Account, x.Chain); err != nil {
			d.Logger.Info("an identity log in a brief was not taken", "account", x.Account, "err", err)
			continue
		}
		if err := d.Directory.Adopt(tx, x, claims); err != nil {
			return false, err
		}
	}
	taken, err := d.groups.TakeOps(tx, b.Log, b.Ops)
	if err != nil {
		return false, err
	}
	if len(taken.Added) > 0 {
		d.stir(tx)
	}
	if taken.Refused > 0 {
		d.accuse(tx, feature.Incident{Kind: feature.ForgedRecord, Log: b.Log, Account: p.Peer, Device: p.PeerDev})
	}
	return taken.Refused == 0, nil
}
