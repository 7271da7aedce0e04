package delivery

import (
	"slices"

	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
)

// believe keeps where a peer says that its node and its mailboxes are found, as far as it may say so over the connection that brought it.
func (d *Delivery) believe(tx feature.Tx, got session.Opened, from net.PeerID) error {
	told := func(it protocol.Item) bool { return it.Kind == protocol.ItemRoutes }
	if !got.Started && !slices.ContainsFunc(got.Items, told) {
		return nil
	}
	claims := d.claims(tx, got.Pair, from)
	if addrs := claims(got.Addresses); len(addrs) > 0 {
		if err := d.Directory.SetAddresses(tx, got.Pair.Peer, addrs); err != nil {
			return err
		}
	}
	r, err := d.Sessions.Route(tx, got.Pair)
	if err != nil {
		return err
	}
	mailboxes := net.BelievableMailboxes(r.Mailboxes, claims)
	if err := d.Directory.SetMailboxes(tx, got.Pair.Peer, mailboxes); err != nil {
		return err
	}
	if len(mailboxes) == len(r.Mailboxes) {
		return nil
	}
	r.Mailboxes = mailboxes
	return d.Sessions.SaveRoute(tx, r)
}

// claims tells which addresses a peer may name in what came over a node: its own, or a mailbox.
func (d *Delivery) claims(tx feature.Tx, p session.Pair, from net.PeerID) func([]string) []string {
	if home, ok := d.home(tx, p); ok && home == from {
		return func(all []string) []string { return net.Believable(all, d.Network.OverLoopback(from)) }
	}
	over := d.found(from)
	return func(all []string) []string { return net.BelievableAfar(all, over) }
}

// found is the address of the connection with a node, "" for none.
func (d *Delivery) found(peer net.PeerID) string {
	for _, s := range d.Network.Peers() {
		if s.Peer == peer {
			return s.Address
		}
	}
	return ""
}
