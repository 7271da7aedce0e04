package delivery

import (
	"context"
	"errors"

	"conclave/crypto/canon"
	"conclave/crypto/ratchet"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
)

// Signal implements feature.Delivery. A signal is sealed like everything else, which costs one durable write, and offered
// once to the devices whose nodes are connected and with which there is a session; nobody waits for an answer. In a group only
// the members of this node get it.
func (d *Delivery) Signal(ctx context.Context, log protocol.Log, from protocol.Account, kind string, body []byte) error {
	if len(kind) > protocol.MaxKind || len(body) > protocol.MaxSignal {
		return feature.ErrTooLarge
	}
	item := protocol.Item{Kind: protocol.ItemSignal, Data: canon.MustMarshal(protocol.Signal{Log: log, Kind: kind, Body: body, At: uint64(d.Now().UnixMilli())})}
	var local []protocol.Account
	var conversation feature.Conversation
	type outgoingSignal struct {
		peer net.PeerID
		out  session.Sealed
	}
	var sealed []outgoingSignal
	err := d.Store.Update(ctx, func(tx feature.Tx) error {
		local, sealed = nil, nil
		c, err := d.timeline.Conversation(tx, log)
		if err != nil {
			return err
		}
		conversation = c
		pairs, here, err := d.others(tx, c, from)
		if err != nil {
			return err
		}
		local = here
		for _, p := range pairs {
			peer, ok := d.home(tx, p)
			if !ok || !d.Network.Connected(peer) || d.Registry.Admit(tx, from, p.Peer) != nil {
				continue
			}
			if !d.compares(p) {
				tx.OnCommit(func() { d.wakeLater(p) }) // its courier asks
				continue
			}
			r, err := d.Sessions.Route(tx, p)
			if err != nil || r.Backlog {
				continue // what waits to be sealed comes first
			}
			out, err := d.Sessions.Seal(tx, p, ratchet.Content, item)
			if errors.Is(err, session.ErrNoSession) || errors.Is(err, session.ErrWait) {
				continue
			}
			if err != nil {
				return err
			}
			sealed = append(sealed, outgoingSignal{peer, out})
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(local) > 0 { // a slice is told once, whoever of the conversation lives here
		if err := d.Registry.Signalled(ctx, kind, from, conversation, body); err != nil {
			return err
		}
	}
	for _, s := range sealed {
		lane, err := d.Network.Lane(ctx, s.peer)
		if err != nil {
			continue
		}
		if _, err := lane.Put(ctx, net.Queue(s.out.Queue), net.Token(s.out.Token), s.out.Blob); err != nil {
			d.Logger.Debug("a signal was lost", "peer", s.peer, "err", err)
		}
	}
	return nil
}

// others are the pairs with the devices of the members of a direct conversation that live elsewhere, and the other members of
// any that live here.
func (d *Delivery) others(tx feature.Tx, c feature.Conversation, from protocol.Account) (pairs []session.Pair, here []protocol.Account, err error) {
	dev, err := d.Keys.Device(from)
	if err != nil {
		return nil, nil, err
	}
	for _, member := range c.Members {
		switch {
		case member == from:
			continue
		case d.Directory.Local(tx, member):
			here = append(here, member)
			continue
		case c.Group():
			continue
		}
		log, err := d.Directory.Log(tx, member)
		if err != nil {
			return nil, nil, err
		}
		for _, peer := range log.Head().Devices {
			pairs = append(pairs, session.Pair{Own: from, OwnDev: dev.ID, Peer: member, PeerDev: protocol.Device(peer.ID)})
		}
	}
	return pairs, here, nil
}

// compares tells whether the peer of a pair was asked in this run how far it is: before that nothing may be sent.
func (d *Delivery) compares(p session.Pair) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.compared[p]
}

// signal takes in a passing fact; false means that it is refused.
func (d *Delivery) signal(tx feature.Tx, p session.Pair, raw []byte) (bool, error) {
	s, err := protocol.DecodeSignal(raw)
	if err != nil || s.Log != protocol.DirectLog(p.Own, p.Peer) {
		return false, nil
	}
	c, err := d.timeline.Conversation(tx, s.Log)
	if err != nil {
		return true, nil // of a conversation that is not here: a signal is never a reason to make one
	}
	tx.OnCommit(func() {
		d.mu.Lock()
		d.signals = append(d.signals, received{p.Peer, c, s})
		d.mu.Unlock()
		d.ring()
	})
	return true, nil
}

// received is a signal that the clerk hands to its slice.
type received struct {
	from         protocol.Account
	conversation feature.Conversation
	signal       protocol.Signal
}
