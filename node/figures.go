package node

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
)

// Traffic is what the node exchanged with peers since it was opened, over sockets: nothing in a simulation.
func (n *Node) Traffic() net.Stats {
	if host, ok := n.host.(Sockets); ok {
		return host.Stats()
	}
	return net.Stats{}
}

// History folds all events of a log that the node shows, in their order, into one hash, and counts them: two nodes with the same
// hash show the same history. feature.ErrLocked while all local members are locked, feature.ErrNotFound for a log that is not here.
func (n *Node) History(log protocol.Log) (hash [32]byte, events int, err error) {
	err = n.store.View(func(tx feature.Tx) (err error) {
		hash, events, err = n.timeline.History(tx, log)
		return err
	})
	return hash, events, err
}
