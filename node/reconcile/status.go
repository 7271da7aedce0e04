package reconcile

import (
	"cmp"
	"slices"
	"time"

	"conclave/node/feature"
	groups "conclave/node/group"
	"conclave/protocol"
	"conclave/protocol/net"
)

// stand is how this node stands to another in a group.
type stand struct {
	state    feature.SyncState
	lacks    map[protocol.EventID]struct{} // what the other has and this node does not
	beyond   int                           // how many more there are
	same     bool                          // neither had anything that the other had not, when they were compared
	compared time.Time                     // last, zero for never
	due      time.Time                     // when to ask, zero for not wanted
	until    time.Time                     // left alone before
	failures int                           // wrong answers in a row
	idle     int                           // rounds in a row that brought nothing
	via      protocol.Account
	shunned  map[protocol.EventID]bool // asked for and never came, or came wrong
}

// maxShunned bounds what is remembered of a peer's wrong events in a group; beyond it is left alone.
const maxShunned = 4096

// of returns the stand of a way. The caller holds the lock.
func (c *Catcher) of(w way) *stand {
	s := c.ways[w]
	if s == nil {
		s = &stand{state: feature.SyncUnknown}
		c.ways[w] = s
	}
	return s
}

func (c *Catcher) shun(w way, id protocol.EventID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.of(w)
	if s.shunned == nil {
		s.shunned = map[protocol.EventID]bool{}
	}
	if len(s.shunned) < maxShunned {
		s.shunned[id] = true
	}
}

// worth leaves out what a peer was asked for in vain.
func (c *Catcher) worth(w way, ids []protocol.EventID) []protocol.EventID {
	c.mu.Lock()
	defer c.mu.Unlock()
	shunned := c.of(w).shunned
	return slices.DeleteFunc(slices.Clone(ids), func(id protocol.EventID) bool { return shunned[id] })
}

// Sync tells how this node stands to the other member nodes of a group.
func (c *Catcher) Sync(tx feature.Tx, log protocol.Log) (feature.Sync, error) {
	nodes, err := c.Groups.Nodes(tx, log)
	if err != nil {
		return feature.Sync{State: feature.SyncUnknown}, nil
	}
	out := feature.Sync{State: feature.InSync}
	c.mu.Lock()
	defer c.mu.Unlock()
	unknown := len(nodes)
	for _, n := range nodes {
		s, ok := c.ways[way{log, net.PeerID(n.Peer)}]
		if !ok {
			s = &stand{state: feature.SyncUnknown}
		}
		node := feature.NodeSync{Peer: n.Peer, State: s.state, Behind: s.behind(), Reach: c.reach(n.Peer)}
		node.Accounts, node.Members = residents(n)
		out.Nodes = append(out.Nodes, node)
		out.Behind = max(out.Behind, node.Behind)
		if node.State == feature.Behind {
			out.State = feature.Behind
		}
		if node.State != feature.SyncUnknown {
			unknown--
		}
	}
	if len(nodes) > 0 && unknown == len(nodes) {
		out.State = feature.SyncUnknown
	}
	slices.SortFunc(out.Nodes, func(a, b feature.NodeSync) int { return cmp.Compare(a.Peer, b.Peer) })
	return out, nil
}

// residents are the members on a node, the first few by their ids, and how many they are.
func residents(n groups.MemberNode) (some []protocol.Account, all int) {
	var last protocol.Account
	for _, d := range n.Devices { // sorted by account
		if d.Account == last {
			continue
		}
		last = d.Account
		if all++; all <= feature.MaxNodeAccounts {
			some = append(some, d.Account)
		}
	}
	return some, all
}
