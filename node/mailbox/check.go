package mailbox

import (
	"fmt"
	"slices"

	"conclave/protocol"
	"conclave/protocol/net"
)

// Check tells whether addresses can be mailboxes of a node: at most three, of different nodes, none the node itself.
func Check(addresses []string, self net.PeerID) error {
	if len(addresses) > protocol.MaxMailboxes {
		return fmt.Errorf("there are %d mailboxes; at most %d count", len(addresses), protocol.MaxMailboxes)
	}
	var seen []net.PeerID
	for _, address := range addresses {
		addr, peer, err := ParseAddress(address)
		if err != nil {
			return err
		}
		switch {
		case peer == self:
			return fmt.Errorf("%s is this node itself", address)
		case slices.Contains(seen, peer):
			return fmt.Errorf("%s is named twice", peer)
		case len(net.Believable([]string{addr}, true)) == 0:
			return fmt.Errorf("%s is no address that a node can be reached at", address)
		}
		seen = append(seen, peer)
	}
	return nil
}
