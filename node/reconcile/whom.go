package reconcile

import (
	"errors"
	"slices"

	"conclave/node/directory"
	"conclave/node/feature"
	groups "conclave/node/group"
	"conclave/protocol"
	"conclave/protocol/net"
)

// survey finds whom to ask because of what happened since: nodes that connected, groups that are new, accounts that were unlocked.
func (c *Catcher) survey() error {
	c.mu.Lock()
	greeted, all := c.greeted, c.all
	c.greeted, c.all = nil, false
	c.mu.Unlock()
	logs, accounts := c.moot.take()
	if !all && len(greeted)+len(logs)+len(accounts) == 0 {
		return nil
	}
	return c.Store.View(func(tx feature.Tx) error {
		if err := c.theirs(tx, accounts, logs); err != nil {
			return err
		}
		if err := c.joins(tx, func(log protocol.Log, peer net.PeerID) bool {
			return all || logs[log] || slices.Contains(greeted, peer)
		}); err != nil {
			return err
		}
		return c.each(tx, func(log protocol.Log, peer net.PeerID, via protocol.Account) {
			if slices.Contains(greeted, peer) || (all || logs[log]) && c.Network.Connected(peer) {
				c.want(way{log, peer}, via)
			}
		})
	})
}

// joins asks those who welcomed local accounts, of the groups and on the nodes that are told.
func (c *Catcher) joins(tx feature.Tx, which func(protocol.Log, net.PeerID) bool) error {
	waiting, err := c.Groups.Joining(tx)
	if err != nil {
		return err
	}
	for _, j := range waiting {
		log, err := c.Directory.Log(tx, j.From)
		if errors.Is(err, feature.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		for _, peer := range directory.Peers(log) {
			if which(j.Log, peer) {
				c.want(way{j.Log, peer}, j.From)
			}
		}
	}
	return nil
}

// nodes calls fn with the other nodes of all groups that can be read now and that an account here is a member of.
func (c *Catcher) nodes(tx feature.Tx, fn func(protocol.Log, groups.MemberNode)) error {
	logs, err := c.Groups.Logs(tx)
	if err != nil {
		return err
	}
	for _, log := range logs {
		nodes, err := c.Groups.Nodes(tx, log)
		if errors.Is(err, feature.ErrNotFound) || errors.Is(err, feature.ErrLocked) {
			continue
		}
		if err != nil {
			return err
		}
		for _, n := range nodes {
			fn(log, n)
		}
	}
	return nil
}

// each is nodes for who needs the first account of a node only.
func (c *Catcher) each(tx feature.Tx, fn func(protocol.Log, net.PeerID, protocol.Account)) error {
	return c.nodes(tx, func(log protocol.Log, n groups.MemberNode) { fn(log, net.PeerID(n.Peer), n.Devices[0].Account) })
}

// stroll asks one connected node of each group, of those that are not known to have the same as this one; or any one of some
// groups. Now and then it calls one that is not connected: any, where none is, else one of those that this node is not known to
// be level with.
func (c *Catcher) stroll(some map[protocol.Log]bool) error {
	type friend struct {
		way
		via protocol.Account
	}
	open, away, lost, near := map[protocol.Log][]friend{}, map[protocol.Log][]friend{}, map[protocol.Log][]friend{}, map[protocol.Log]bool{}
	var logs []protocol.Log
	err := c.Store.View(func(tx feature.Tx) (err error) {
		if err := c.joins(tx, func(protocol.Log, net.PeerID) bool { return true }); err != nil {
			return err
		}
		if logs, err = c.Groups.Logs(tx); err != nil {
			return err
		}
		return c.each(tx, func(log protocol.Log, peer net.PeerID, via protocol.Account) {
			f := friend{way{log, peer}, via}
			c.mu.Lock()
			s := c.of(f.way)
			fresh := s.same && c.Now().Sub(s.compared) < recheck
			_, met := c.seen[peer]
			missed := met && s.state != feature.InSync
			c.mu.Unlock()
			switch {
			case c.Network.Connected(peer):
				near[log] = true
				if some[log] || some == nil && !fresh {
					open[log] = append(open[log], f)
				}
			case missed:
				lost[log] = append(lost[log], f)
				fallthrough
			default:
				away[log] = append(away[log], f)
			}
		})
	})
	if err == nil {
		c.forget(logs)
	}
	ask := func(list []friend) {
		if len(list) > 0 {
			c.mu.Lock()
			f := list[c.dice.IntN(len(list))]
			c.mu.Unlock()
			c.want(f.way, f.via)
		}
	}
	for _, log := range logs {
		list := away[log]
		if near[log] {
			list = lost[log]
		}
		if len(list) > 0 && c.mayCall(log) {
			ask(list)
		}
		ask(open[log])
	}
	if err != nil || some != nil {
		return err
	}
	return c.last(c.overdue(logs), false)
}

// mayCall tells whether it is time to call a node of a group. Whoever was removed meanwhile gets nothing more, and may have
// nothing to send that would connect it.
func (c *Catcher) mayCall(log protocol.Log) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Now()
	if last, ok := c.called[log]; ok && now.Sub(last).Abs() < recheck {
		return false
	}
	c.called[log] = now
	return true
}
