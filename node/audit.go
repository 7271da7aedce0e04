package node

import (
	"conclave/node/feature"
	"conclave/protocol/net"
)

// accuse reports what a peer answers for by itself, and counts it as an offence: a peer that goes on is disconnected and
// blocked, a member's node too.
func (n *Node) accuse(i feature.Incident) {
	n.registry.Report(i)
	if i.Peer != "" {
		n.host.Offend(net.PeerID(i.Peer))
	}
}

// offended reports what the network had against a peer; of a stranger once an hour, for strangers cost nothing.
func (n *Node) offended(from net.PeerID, blocked bool) {
	if !n.worthNoting(from) {
		return
	}
	kind := feature.PeerFloods
	if blocked {
		kind = feature.PeerBlocked
	}
	n.registry.Report(feature.Incident{Kind: kind, Peer: string(from)})
}
