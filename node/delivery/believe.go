package delivery

import (
	"slices"
	"strings"

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
	claims := func(all []string) []string { return net.Believable(all, d.Network.OverLoopback(from)) }
	if home, ok := d.home(tx, got.Pair); !ok || home != from {
		over := d.found(from)
		claims = func(all []string) []string { return net.BelievableAfar(all, over) }
	}
	if addrs := claims(got.Addresses); len(addrs) > 0 {
		if err := d.Directory.SetAddresses(tx, got.Pair.Peer, addrs); err != nil {
			return err
		}
	}
	r, err := d.Sessions.Route(tx, got.Pair)
	if err != nil {
		return err
	}
	mailboxes := slices.DeleteFunc(slices.Clone(r.Mailboxes), func(m string) bool {
		at, _, _ := strings.Cut(m, "/p2p/")
		return len(claims([]string{at})) == 0
	})
	if len(mailboxes) == len(r.Mailboxes) {
		return nil
	}
	r.Mailboxes = mailboxes
	return d.Sessions.SaveRoute(tx, r)
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
