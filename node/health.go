package node

import "conclave/node/feature"

// Err tells why nothing new is taken any more, nil while it is.
func (n *Node) Err() error { return n.store.Err() }

// Peers are the other nodes that are connected, were tried, or that something waits for.
func (n *Node) Peers() []feature.Peer { return n.delivery.Peers() }
