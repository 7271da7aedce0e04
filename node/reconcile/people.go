package reconcile

import (
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
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
