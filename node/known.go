package node

import (
	"context"
	"maps"
	"slices"
	"time"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol/net"
)

// knowEvery is how often the host is told who is no stranger.
const knowEvery = 5 * time.Minute

// introduce tells the host again and again which nodes are no strangers, until the context ends.
func (n *Node) introduce(ctx context.Context) error {
	ticker := time.NewTicker(knowEvery)
	defer ticker.Stop()
	for {
		if known, err := n.acquaintances(); err != nil {
			n.config.Logger.Warn("find who is no stranger", "err", err)
		} else {
			n.host.Know(known)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// acquaintances are the nodes of contacts, of members of common groups, and mailboxes. While an account is locked whose contact
// somebody may be, that one counts too.
func (n *Node) acquaintances() ([]net.PeerID, error) {
	var known map[net.PeerID]bool
	if err := n.store.View(func(tx feature.Tx) (err error) {
		if known, err = n.delivery.Stops(tx); err != nil {
			return err
		}
		var pairs []session.Pair
		if err := n.sessions.Pairs(tx, func(p session.Pair) bool { pairs = append(pairs, p); return true }); err != nil {
			return err
		}
		for _, p := range pairs {
			if len(known) >= net.MaxKnown {
				return nil
			}
			log, err := n.directory.Log(tx, p.Peer)
			if err != nil {
				continue // nobody known
			}
			dev, ok := log.Device(identity.DeviceID(p.PeerDev))
			if !ok || known[net.PeerID(dev.PeerID)] {
				continue
			}
			if !n.keys.Unlocked(p.Own) || n.wants(tx, p.Own, p.Peer) {
				known[net.PeerID(dev.PeerID)] = true
			}
		}
		return nil
	}); err != nil {
		return nil, err
	}
	return append(n.owner.Keepers(), slices.Collect(maps.Keys(known))...), nil
}
