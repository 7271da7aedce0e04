package node

import (
	"context"
	"errors"

	"conclave/crypto/identity"
	"conclave/node/delivery"
	"conclave/node/feature"
	"conclave/node/mailbox"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
)

// mailboxes makes what keeps blobs for others, and what has others keep them.
func (n *Node) mailboxes() {
	c := n.config
	n.guests = &mailbox.Guests{Self: n.host.ID(), New: n.host.Guest, Now: c.Now}
	n.keeper = mailbox.NewKeeper(mailbox.KeeperConfig{
		Store: n.store, Realm: n.keys.Node(), Network: n.host, Mode: c.Mailbox, Accepts: n.keepsFor, Local: n.ownQueue,
		Now: c.Now, Logger: c.Logger,
	})
	n.owner = mailbox.NewOwner(mailbox.OwnerConfig{
		Store: n.store, Realm: n.keys.Node(), Network: n.host, Sessions: n.sessions, Directory: n.directory, Retell: n.delivery.Retell,
		Default: c.MailboxAt, Now: c.Now, Logger: c.Logger,
	})
	if c.Mailbox != mailbox.Off {
		n.directory.Serve(mailbox.KindOpen, n.keeper.Open)
		n.directory.Serve(mailbox.KindPresent, n.keeper.Present)
		n.directory.Serve(mailbox.KindPerson, n.keeper.Person)
	}
	n.directory.Serve(mailbox.KindClose, n.keeper.Close)
}

// post is the node's mailboxes as the delivery wants them.
type post struct{ *Node }

// Lane implements delivery.Post.
func (p post) Lane(ctx context.Context, at string) (delivery.Lane, net.PeerID, error) {
	return p.guests.Lane(ctx, at)
}

// Person implements delivery.Post.
func (p post) Person(ctx context.Context, at string, a protocol.Account) ([]identity.Signed, []byte, error) {
	return p.guests.Person(ctx, at, a)
}

// Pending implements delivery.Post.
func (p post) Pending(a protocol.Account) bool { return p.owner.Pending(a) }

// Keeps implements delivery.Post.
func (p post) Keeps(peer net.PeerID) bool { return p.owner.Keeps(peer) }

// receive takes what a node puts: into a queue that is kept for another node, or for an account of this one.
func (n *Node) receive(ctx context.Context, from net.PeerID, puts []net.Put) []net.Code {
	return n.keeper.Receive(ctx, from, puts, n.delivery.Receive)
}

// ownQueue tells whether a queue is of an account of this node.
func (n *Node) ownQueue(tx feature.Tx, q protocol.Queue) (bool, error) {
	_, err := n.sessions.Named(tx, q)
	if errors.Is(err, feature.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// keepsFor tells whether this node keeps blobs for another one: for any, or for those that host a contact of somebody here, whom
// somebody here asked to be one, or a member of the same group. feature.ErrLocked means that a locked account may know.
func (n *Node) keepsFor(tx feature.Tx, peer string) (bool, error) {
	if n.config.Mailbox == mailbox.Anyone {
		return true, nil
	}
	return n.acquainted(tx, peer)
}

// acquainted tells whether another node hosts a contact of somebody here or a member of the same group. feature.ErrLocked means
// that a locked account may know.
func (n *Node) acquainted(tx feature.Tx, peer string) (bool, error) {
	var pairs []session.Pair
	if err := n.sessions.Pairs(tx, func(p session.Pair) bool { pairs = append(pairs, p); return true }); err != nil {
		return false, err
	}
	locked := false
	for _, p := range pairs {
		log, err := n.directory.Log(tx, p.Peer)
		if err != nil {
			continue // nobody known
		}
		if dev, ok := log.Device(identity.DeviceID(p.PeerDev)); !ok || string(dev.PeerID) != peer {
			continue
		}
		if n.wants(tx, p.Own, p.Peer) {
			return true, nil
		}
		locked = locked || !n.keys.Unlocked(p.Own)
	}
	logs, err := n.groups.Logs(tx)
	if err != nil {
		return false, err
	}
	for _, log := range logs {
		members, err := n.groups.Hosts(tx, log, peer)
		switch {
		case errors.Is(err, feature.ErrLocked):
			locked = true
		case err == nil && len(members) > 0:
			return true, nil
		}
	}
	if locked {
		return false, feature.ErrLocked
	}
	return false, nil
}
