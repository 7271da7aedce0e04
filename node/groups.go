package node

import (
	"conclave/node/feature"
	"conclave/node/gossip"
	"conclave/node/group"
	"conclave/protocol"
)

// watchers are those who want to know that the membership of a group changed.
type watchers struct{ *Node }

// GroupMoved implements group.Watchers.
func (w watchers) GroupMoved(m feature.GroupMoved) {
	w.delivery.Moved(m.Log)
	w.gossip.Stir()
	w.catcher.Moved(m)
	w.registry.GroupMoved(m)
}

// own is the node as a feature that offers nothing: it asks the slices.
func (n *Node) own() feature.Feature {
	return feature.Feature{Name: "node", Install: func(h *feature.Host) { n.slices = h }}
}

// accepted tells whether a local account accepted another as a contact: it may add the account to groups.
func (n *Node) accepted(tx feature.Tx, local, other protocol.Account) bool {
	c, err := n.timeline.Conversation(tx, protocol.DirectLog(local, other))
	if err != nil {
		return false
	}
	s, err := n.slices.StandingOf(tx, local, c)
	return err == nil && s.State == feature.ContactAccepted
}

// wants tells whether a local account has another for a contact, or asked it to be one.
func (n *Node) wants(tx feature.Tx, local, other protocol.Account) bool {
	c, err := n.timeline.Conversation(tx, protocol.DirectLog(local, other))
	if err != nil {
		return false
	}
	s, err := n.slices.StandingOf(tx, local, c)
	return err == nil && (s.State == feature.ContactAccepted || s.State == feature.ContactPending)
}

// guests are the groups as the delivery knows them. Whoever was welcomed to one fetches its operations at once.
type guests struct {
	*group.Groups
	n *Node
}

// Welcomed is that of the groups.
func (g guests) Welcomed(tx feature.Tx, to, from protocol.Account, w protocol.Welcome) error {
	err := g.Groups.Welcomed(tx, to, from, w)
	if err == nil {
		tx.OnCommit(func() { g.n.catcher.Welcomed(w.Log) })
	}
	return err
}

// overlay makes what gossips. The delivery and the groups are there already.
func (n *Node) overlay() *gossip.Overlay {
	c := n.config
	return gossip.New(gossip.Config{
		Store: n.store, Realm: n.keys.Node(), Groups: n.groups, Delivery: n.delivery, Keys: n.keys, Directory: n.directory,
		Timeline: n.timeline, Network: n.host, Listen: c.GroupListen, NAT: c.NAT, Unlimited: c.Unlimited,
		Report: n.registry.Report, Now: c.Now, Random: n.random(), Logger: c.Logger,
	})
}
