package delivery

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/protocol/outer"
)

// What is told to a group and not kept goes to the connected member nodes, one frame each, under the topic secret in force: that
// uses up no number of a sending chain and writes nothing, and who was removed does not get the secret (SPEC.md, passing facts).

// signalGroup offers a signal once to the nodes that are to have it.
func (d *Delivery) signalGroup(ctx context.Context, from protocol.Account, s protocol.Signal) error {
	if d.groups == nil {
		return nil
	}
	var box []byte
	var to []net.PeerID
	err := d.Store.View(func(tx feature.Tx) (err error) {
		if to, err = d.listeners(tx, s.Log, from); err != nil || len(to) == 0 {
			return err
		}
		box, err = d.sealPassing(tx, s.Log, protocol.GroupSignal, protocol.MemberSignal{Author: from, Signal: s}.Encode())
		return err
	})
	if errors.Is(err, feature.ErrNotFound) { // nobody handed the secret over yet
		return nil
	}
	if err != nil {
		return err
	}
	blob := protocol.GroupPut{Log: s.Log, Kind: protocol.GroupSignal, Data: box}.Encode()
	for _, peer := range to {
		d.putPassing(ctx, peer, net.Queue(protocol.GroupQueue(s.Log)), net.Token{}, blob)
	}
	return nil
}

func (d *Delivery) sealPassing(tx feature.Tx, log protocol.Log, kind protocol.GroupKind, plain []byte) ([]byte, error) {
	secret, err := d.groups.Topic(tx, log)
	if err != nil {
		return nil, err
	}
	return outer.SealPassing(d.Random, secret, log, kind, plain)
}

// listeners are the connected member nodes, of many those that are drawn for the author: always the same, so that what is shown
// there does not flicker.
func (d *Delivery) listeners(tx feature.Tx, log protocol.Log, from protocol.Account) ([]net.PeerID, error) {
	nodes, err := d.groups.Nodes(tx, log)
	if err != nil {
		return nil, err
	}
	type lot struct {
		peer  net.PeerID
		drawn [sha256.Size]byte
	}
	var lots []lot
	for _, n := range nodes {
		peer, err := net.ParsePeerID(n.Peer)
		if err == nil && d.Network.Connected(peer) {
			lots = append(lots, lot{peer: peer})
		}
	}
	if len(lots) > protocol.SignalNodes {
		for i := range lots {
			lots[i].drawn = sha256.Sum256(append(from[:], lots[i].peer...))
		}
		slices.SortFunc(lots, func(a, b lot) int {
			return cmp.Or(bytes.Compare(a.drawn[:], b.drawn[:]), cmp.Compare(a.peer, b.peer))
		})
		lots = lots[:protocol.SignalNodes]
	}
	out := make([]net.PeerID, len(lots))
	for i, l := range lots {
		out[i] = l.peer
	}
	return out, nil
}

// passing takes in what is told to a group and not kept. What comes while all members here are locked is dropped: it is nobody's
// business later.
func (d *Delivery) passing(tx feature.Tx, from net.PeerID, p protocol.GroupPut) (net.Code, error) {
	members, err := d.groups.Hosts(tx, p.Log, string(from))
	switch {
	case errors.Is(err, feature.ErrLocked), errors.Is(err, feature.ErrNotFound):
		return unheard(p.Kind), nil
	case err != nil:
		return 0, err
	case len(members) == 0:
		return net.Refused, nil
	case !d.mayPass(from):
		return unheard(p.Kind), nil
	}
	secret, err := d.groups.Topic(tx, p.Log)
	if errors.Is(err, feature.ErrNotFound) || errors.Is(err, feature.ErrLocked) {
		return unheard(p.Kind), nil
	}
	if err != nil {
		return 0, err
	}
	plain, err := outer.OpenPassing(secret, p.Log, p.Kind, p.Data)
	if err != nil {
		return net.Refused, nil // one of the two does not know yet that somebody is out, or it is no member's
	}
	if p.Kind == protocol.GroupCursors {
		return d.cursors(tx, p.Log, members, plain)
	}
	s, err := protocol.DecodeMemberSignal(plain)
	if err != nil || s.Signal.Log != p.Log || !slices.Contains(members, s.Author) {
		return net.Refused, nil
	}
	c, err := d.timeline.Conversation(tx, p.Log)
	if err != nil {
		return net.Delivered, nil
	}
	if s.Signal.Fresh(d.Now()) {
		d.passOn(tx, received{s.Author, c, s.Signal})
	}
	return net.Delivered, nil
}

// unheard is the answer to what nobody here can hear now: of a signal nothing is left, cursors are told again.
func unheard(kind protocol.GroupKind) net.Code {
	if kind == protocol.GroupCursors {
		return net.Later
	}
	return net.Delivered
}
