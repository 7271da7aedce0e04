package gossip

import (
	"context"
	"crypto/sha256"
	"math/rand/v2"
	"time"

	"conclave/node/feature"
	"conclave/node/group"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

const (
	tellAgain  = 24 * time.Hour  // a node is told again, by another device of its: one that is locked for long keeps it to itself
	tellPause  = 5 * time.Second // between two tellings of one node
	tellAtOnce = 64              // nodes in one transaction
)

// tellAll tells each member node where this one gossips, where it does not know. again is when some node is to be told next.
func (o *Overlay) tellAll(ctx context.Context, p plan) (again time.Time, err error) {
	items, print := o.words()
	if len(items) == 0 {
		return again, nil
	}
	now := o.Now()
	later := func(at time.Time) {
		if again.IsZero() || at.Before(again) {
			again = at
		}
	}
	var todo []net.PeerID
	for home, r := range p.records {
		switch last := until(r.At); {
		case r.Told == print && now.Before(last.Add(tellAgain)) && !last.After(now.Add(tellPause)):
		case r.Told != [32]byte{} && now.Before(last.Add(tellPause)) && !last.After(now.Add(tellPause)):
			later(last.Add(tellPause))
		case len(todo) == tellAtOnce:
			later(now)
		default:
			todo = append(todo, home)
		}
	}
	if len(todo) == 0 {
		return again, nil
	}
	return again, o.Store.Update(ctx, func(tx feature.Tx) error {
		for _, home := range todo {
			pair, ok := p.ear(home)
			if !ok {
				continue // nobody can write now
			}
			if err := o.Delivery.Control(tx, pair, items...); err != nil {
				return err
			}
			r, err := o.record(tx, home)
			if err != nil {
				return err
			}
			r.Told, r.At = print, uint64(now.UnixMilli())
			if err := storage.PutAs(tx, o.Realm, o.recordKey(home), r); err != nil {
				return err
			}
		}
		return nil
	})
}

// words are what nodes are told, and a hash of it.
func (o *Overlay) words() (items []protocol.Item, print [32]byte) {
	o.mu.Lock()
	hosts := o.hosts
	o.mu.Unlock()
	var all []byte
	for _, h := range hosts {
		b := h.told().Encode()
		items = append(items, protocol.Item{Kind: protocol.ItemGossip, Data: b})
		all = append(all, b...)
	}
	return items, sha256.Sum256(all)
}

// ear chooses over which session a node is told: from any device here to any there, by chance.
func (p plan) ear(home net.PeerID) (session.Pair, bool) {
	for _, c := range p.circles {
		there := c.of[home]
		if len(c.own) == 0 || len(there) == 0 {
			continue
		}
		from, to := pick(c.own), pick(there)
		return session.Pair{Own: from.Account, OwnDev: from.Device, Peer: to.Account, PeerDev: to.Device}, true
	}
	return session.Pair{}, false
}

func pick(of []group.Member) group.Member { return of[rand.N(len(of))] }
