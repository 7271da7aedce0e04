package reconcile

import (
	"errors"
	"slices"
	"time"

	"conclave/node/feature"
	groups "conclave/node/group"
	"conclave/protocol"
	"conclave/protocol/net"
)

// Nobody can send to a member whose identity log is not here: somebody is asked for it soon after an operation made the member one.

// newcomers are new members of a group, and when to see who they are: until then that may come by itself.
type newcomers struct {
	people []protocol.Account
	due    time.Time
}

// maxNewcomers is how many are remembered of a group. Others are found when nodes are compared.
const maxNewcomers = 256

// greet remembers who became a member.
func (c *Catcher) greet(m feature.GroupMoved) {
	if m.Before == nil || m.Now == nil {
		return // the node that joins asks in any case
	}
	c.mu.Lock()
	n, known := c.newcomers[m.Log]
	for _, p := range m.Now.Members() {
		if m.Before.Role(p.Account) == 0 && len(n.people) < maxNewcomers {
			n.people = append(n.people, p.Account)
		}
	}
	if !known && len(n.people) > 0 {
		n.due = c.Now().Add(patience)
	}
	if len(n.people) > 0 {
		c.newcomers[m.Log] = n
	}
	c.mu.Unlock()
	c.ring()
}

// strange takes the groups that have a new member whose identity log is not here, and tells how long it is until others are to be looked at.
func (c *Catcher) strange() (out map[protocol.Log]bool, next time.Duration, err error) {
	var due map[protocol.Log]newcomers
	next = every
	c.mu.Lock()
	for log, n := range c.newcomers {
		if wait := n.due.Sub(c.Now()); wait > 0 {
			next = min(next, wait)
			continue
		}
		if due == nil {
			due = map[protocol.Log]newcomers{}
		}
		due[log] = n
		delete(c.newcomers, log)
	}
	c.mu.Unlock()
	if due == nil {
		return nil, next, nil
	}
	out = map[protocol.Log]bool{}
	err = c.Store.View(func(tx feature.Tx) error {
		for log, n := range due {
			for _, a := range n.people {
				_, err := c.Directory.Log(tx, a)
				if errors.Is(err, feature.ErrNotFound) {
					out[log] = true
				} else if err != nil {
					return err
				}
			}
		}
		return nil
	})
	return out, next, err
}

// A node says nothing to members whose identity log is not here, and asks their nodes nothing. When one comes, from whomever, the roads to
// those nodes are made, and what was said before goes there by comparing.

// Bounds of what is done about accounts that were met.
const (
	maxMet    = 1 << 16     // others are found when nodes are compared
	meetEvery = time.Second // all groups are looked through
)

// Met is called with each account whose identity log was not here before.
func (c *Catcher) Met(a protocol.Account) {
	c.mu.Lock()
	if len(c.met) < maxMet {
		c.met[a] = true
	}
	c.mu.Unlock()
	c.ring()
}

// acquaint tells of the groups whose member nodes are known since accounts were met, and has those nodes asked that are connected; one that is
// called for its road is asked when it answers. It tells how long it is until that may be done again, if somebody waits for it.
func (c *Catcher) acquaint() (next time.Duration, err error) {
	c.mu.Lock()
	met, wait := c.met, c.acquainted.Add(meetEvery).Sub(c.Now())
	if len(met) == 0 || wait > 0 && wait <= meetEvery {
		c.mu.Unlock()
		if len(met) == 0 {
			wait = every
		}
		return wait, nil
	}
	c.met, c.acquainted = map[protocol.Account]bool{}, c.Now()
	c.mu.Unlock()
	var found []protocol.Log
	err = c.Store.View(func(tx feature.Tx) error {
		return c.nodes(tx, func(log protocol.Log, n groups.MemberNode) {
			if !slices.ContainsFunc(n.Devices, func(m groups.Member) bool { return met[m.Account] }) {
				return
			}
			if len(found) == 0 || found[len(found)-1] != log {
				found = append(found, log)
			}
			if peer := net.PeerID(n.Peer); c.Network.Connected(peer) {
				c.want(way{log, peer}, n.Devices[0].Account)
			}
		})
	})
	for _, log := range found {
		c.Appeared(log)
	}
	return every, err
}
