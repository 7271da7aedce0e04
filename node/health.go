package node

import (
	"time"

	"conclave/node/feature"
	"conclave/node/mailbox"
)

// Err tells why nothing new is taken any more, nil while it is.
func (n *Node) Err() error { return n.store.Err() }

// Peers are the other nodes that are connected, were tried, or that something waits for.
func (n *Node) Peers() []feature.Peer { return n.delivery.Peers() }

// Skews are by how much the clocks of connected nodes were ahead of this one's when they were last compared; 0 where they were not.
func (n *Node) Skews() (out []time.Duration) {
	for _, p := range n.host.Peers() {
		if p.Connected {
			out = append(out, p.Skew)
		}
	}
	return out
}

// MailboxTroubles are the mailboxes of accounts here that do not keep anything for them.
func (n *Node) MailboxTroubles() ([]mailbox.Trouble, error) { return n.owner.Troubles() }

// Accounts is how many people have an account here.
func (n *Node) Accounts() (count int, err error) {
	err = n.store.View(func(tx feature.Tx) error {
		all, err := n.directory.Locals(tx)
		count = len(all)
		return err
	})
	return count, err
}
