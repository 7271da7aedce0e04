package reconcile

import (
	"errors"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
)

// maxLacks bounds the ids that are remembered as missing, of all groups and nodes together: some 10 MB. Of more only the number
// is known, and who has them is to be compared with again.
const maxLacks = 1 << 17

// behind is how many events a node is known to have that are missing here. The caller holds the lock of the catcher.
func (s *stand) behind() int { return len(s.lacks) + s.beyond }

// lack notes which events a peer has that were missing here at a turn of the group, and how many more it has beside them.
func (c *Catcher) lack(w way, ids []protocol.EventID, beyond int, turn uint64) error {
	c.mu.Lock()
	s := c.of(w)
	was := s.behind()
	c.named -= len(s.lacks)
	n := min(len(ids), maxLacks-c.named)
	s.lacks, s.beyond = make(map[protocol.EventID]struct{}, n), beyond+len(ids)-n
	for _, id := range ids[:n] {
		s.lacks[id] = struct{}{}
	}
	c.named += len(s.lacks)
	c.replete(w.log, s)
	if len(s.lacks) > 0 {
		c.short[w.log] = append(c.short[w.log], s)
	}
	changed := was != s.behind()
	if s.behind() > 0 && s.state != feature.Behind {
		s.state, changed = feature.Behind, true
	}
	came := c.turns[w.log] != turn
	c.mu.Unlock()
	if changed {
		c.Changed(w.log)
	}
	if !came {
		return nil
	}
	return c.Store.View(func(tx feature.Tx) error { // some may have come before they were noted
		for _, id := range ids[:n] {
			switch _, _, err := c.Timeline.Raw(tx, w.log, id); {
			case err == nil:
				c.got(w.log, id)
			case !errors.Is(err, feature.ErrNotFound):
				return err
			}
		}
		return nil
	})
}

// got notes that an event is here, by whatever way it came: no node has it that this one has not.
func (c *Catcher) got(log protocol.Log, id protocol.EventID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range slices.Clone(c.short[log]) {
		c.strike(log, s, id)
	}
	if c.fewer[log] {
		c.ring()
	}
}

// spare notes that a peer keeps events to itself.
func (c *Catcher) spare(w way, ids []protocol.EventID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		c.strike(w.log, c.of(w), id)
	}
}

// strike takes an id off what is missing. With the last one this node has all that the other is known to have, unless that had
// more than was remembered. The caller holds the lock.
func (c *Catcher) strike(log protocol.Log, s *stand, id protocol.EventID) {
	if _, ok := s.lacks[id]; !ok {
		return
	}
	delete(s.lacks, id)
	c.named--
	c.fewer[log] = true
	if len(s.lacks) > 0 {
		return
	}
	c.replete(log, s)
	if s.state = feature.InSync; s.beyond > 0 {
		s.state, s.beyond = feature.SyncUnknown, 0
	}
}

// replete takes a stand off those that lack something by its id. The caller holds the lock.
func (c *Catcher) replete(log protocol.Log, s *stand) {
	c.short[log] = slices.DeleteFunc(c.short[log], func(x *stand) bool { return x == s })
	if len(c.short[log]) == 0 {
		delete(c.short, log)
	}
}

// forget drops what is known of groups that are not here any more.
func (c *Catcher) forget(here map[protocol.Log]bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for w, s := range c.ways {
		if !here[w.log] && !c.busy[w.log] && s.due.IsZero() {
			c.named -= len(s.lacks)
			delete(c.short, w.log)
			delete(c.ways, w)
		}
	}
}

// tell tells of the groups of which less is missing than before.
func (c *Catcher) tell() {
	c.mu.Lock()
	fewer := c.fewer
	c.fewer = map[protocol.Log]bool{}
	c.mu.Unlock()
	for log := range fewer {
		c.Changed(log)
	}
}
