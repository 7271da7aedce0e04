package reconcile

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
)

// When nodes are asked.
const (
	every       = time.Minute            // one connected member node of each group that is not known to have the same
	recheck     = 10 * time.Minute       // and one that is
	debounce    = 100 * time.Millisecond // between a hint and the round that follows it
	patience    = 2 * time.Second        // for what is on its way to all nodes
	firstPause  = 2 * time.Second        // after a round that brought nothing or did not come about; doubled each time
	lastPause   = time.Minute
	firstExile  = 10 * time.Second // after wrong answers; doubled each time
	lastExile   = time.Hour
	roundTime   = 5 * time.Minute
	roundsAtAll = 4 // at a time, of different groups
)

// want has a node asked, at once or when its pause is over.
func (c *Catcher) want(w way, via protocol.Account) {
	c.mu.Lock()
	s := c.of(w)
	if !via.IsZero() {
		s.via = via
	}
	if at := later(c.Now().Add(debounce), s.until); s.due.IsZero() || at.Before(s.due) {
		s.due = at
	}
	c.mu.Unlock()
	c.ring()
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

func (c *Catcher) ring() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// hear takes the hint that a node has something that is missing here.
func (c *Catcher) hear(w way) { c.want(w, protocol.Account{}) }

// Behind implements delivery.Reconciler.
func (c *Catcher) Behind(log protocol.Log, peer net.PeerID) { c.hear(way{log, peer}) }

// Refused implements delivery.Reconciler.
func (c *Catcher) Refused(log protocol.Log, peer net.PeerID) { c.hear(way{log, peer}) }

// Forged implements delivery.Reconciler: nothing is asked of such a node for a while.
func (c *Catcher) Forged(log protocol.Log, peer net.PeerID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.exile(c.of(way{log, peer}))
}

// exile has a node left alone, longer each time. The caller holds the lock.
func (c *Catcher) exile(s *stand) {
	s.until = c.Now().Add(pause(firstExile, lastExile, s.failures))
	s.failures++
}

func pause(first, last time.Duration, times int) time.Duration {
	return min(first<<min(times, 20), last)
}

// Logged is told of each event that came into a group here. Where a parent of it is missing, somebody is asked for that, unless
// it comes soon by itself.
func (c *Catcher) Logged(log protocol.Log, id protocol.EventID, gap bool) {
	c.mu.Lock()
	c.turns[log]++
	c.mu.Unlock()
	c.got(log, id)
	if gap {
		c.hint(log, patience)
	}
}

// Moved is told of each change of the membership of a group: who may read what is another thing since.
func (c *Catcher) Moved(m feature.GroupMoved) {
	c.mu.Lock()
	c.turns[m.Log]++
	for w, s := range c.ways {
		if w.log == m.Log {
			s.compared = time.Time{}
			if s.state == feature.Behind && s.behind() == 0 {
				s.state = feature.SyncUnknown // the operations that were missing may be these
			}
		}
	}
	c.mu.Unlock()
	c.greet(m)
}

// hint has any connected node of a group asked in a while.
func (c *Catcher) hint(log protocol.Log, wait time.Duration) {
	c.mu.Lock()
	if _, ok := c.hinted[log]; !ok {
		c.hinted[log] = c.Now().Add(wait)
	}
	c.mu.Unlock()
	c.ring()
}

// ripe takes the groups whose wait is over, and tells how long no other one's is.
func (c *Catcher) ripe() (out map[protocol.Log]bool, next time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	next = every
	for log, at := range c.hinted {
		if wait := at.Sub(c.Now()); wait > 0 {
			next = min(next, wait)
			continue
		}
		if out == nil {
			out = map[protocol.Log]bool{}
		}
		out[log] = true
		delete(c.hinted, log)
	}
	return out, next
}

// Connected is called when a node connected: all groups that it has a member of are compared.
func (c *Catcher) Connected(peer net.PeerID) {
	c.mu.Lock()
	if len(c.greeted) < 4096 {
		c.greeted = append(c.greeted, peer)
	}
	c.seen[peer] = c.Now()
	c.mu.Unlock()
	c.ring()
}

// Disconnected is called when the last connection with a node ended.
func (c *Catcher) Disconnected(peer net.PeerID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[peer] = c.Now()
}

func (c *Catcher) reach(peer string) feature.Reach {
	id := net.PeerID(peer)
	return feature.Reach{Connected: c.Network.Connected(id), LastSeen: c.seen[id]}
}

// Look has all groups looked at again, those first whose operations are on their way.
func (c *Catcher) Look() {
	c.mu.Lock()
	c.all = true
	c.mu.Unlock()
	c.ring()
}

// Run asks until the context ends.
func (c *Catcher) Run(ctx context.Context) error {
	var rounds errgroup.Group
	rounds.SetLimit(roundsAtAll)
	defer rounds.Wait()
	tick := time.NewTicker(every)
	defer tick.Stop()
	timer := time.NewTimer(0)
	defer timer.Stop()
	c.Look()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-c.wake:
		case <-timer.C:
		case <-tick.C:
			c.note(c.stroll(nil))
		}
		c.tell()
		logs, soon := c.ripe()
		c.note(c.filled(logs))
		if len(logs) > 0 {
			c.note(c.stroll(logs))
			c.note(c.last(slices.Collect(maps.Keys(logs)), true))
		}
		strange, later, err := c.strange()
		c.note(err)
		if len(strange) > 0 {
			c.note(c.stroll(strange))
		}
		idle, err := c.acquaint()
		c.note(err)
		c.note(c.survey())
		due, next := c.due()
		for _, w := range due {
			if !rounds.TryGo(func() error { c.visit(ctx, w); return nil }) {
				c.release(w)
			}
		}
		timer.Reset(min(next, soon, later, idle))
	}
}

func (c *Catcher) note(err error) {
	if err != nil && !errors.Is(err, context.Canceled) {
		c.Logger.Error("look after the groups", "err", err)
	}
}

// due takes the nodes to be asked now, of each group the one that waits longest, and tells how long nobody else is.
func (c *Catcher) due() (out []way, next time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Now()
	next = every
	var ripe []way
	for w, s := range c.ways {
		switch {
		case s.due.IsZero() || c.busy[w.log]:
		case now.Before(s.due):
			next = min(next, s.due.Sub(now))
		default:
			ripe = append(ripe, w)
		}
	}
	slices.SortFunc(ripe, func(a, b way) int {
		return cmp.Or(c.ways[a].due.Compare(c.ways[b].due), bytes.Compare(a.log[:], b.log[:]), cmp.Compare(a.peer, b.peer))
	})
	for _, w := range ripe {
		if !c.busy[w.log] {
			c.busy[w.log] = true
			c.ways[w].due = time.Time{}
			out = append(out, w)
		}
	}
	return out, next
}

// release puts back what there was no hand for.
func (c *Catcher) release(w way) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.busy, w.log)
	c.of(w).due = c.Now().Add(debounce)
}

// visit asks one node about one group.
func (c *Catcher) visit(ctx context.Context, w way) {
	ctx, cancel := context.WithTimeout(ctx, roundTime)
	defer cancel()
	c.mu.Lock()
	r := &round{c: c, w: w, via: c.of(w).via}
	c.mu.Unlock()
	state, err := c.guard(func() (feature.SyncState, error) { return r.run(ctx) })
	if err != nil && ctx.Err() == nil {
		c.Logger.Debug("a group was not compared", "group", w.log, "peer", w.peer, "err", err)
	}
	c.counts.rounds.Add(1)
	c.counts.news.Add(uint64(r.news))
	if err != nil {
		c.counts.failed.Add(1)
	}
	c.settle(w, r, state, err)
	c.ring()
}

// guard keeps a panic on a peer's answer from ending the node.
func (c *Catcher) guard(fn func() (feature.SyncState, error)) (state feature.SyncState, err error) {
	defer func() {
		if v := recover(); v != nil {
			c.Logger.Error("panic in a comparison", "value", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
			state, err = feature.SyncUnknown, errBad
		}
	}()
	return fn()
}

// settle notes how a round ended.
func (c *Catcher) settle(w way, r *round, state feature.SyncState, err error) {
	c.mu.Lock()
	delete(c.busy, w.log)
	s := c.of(w)
	was := s.state
	switch {
	case err == nil:
		s.state, s.same, s.compared = state, r.same, c.Now()
		if s.behind() > 0 {
			s.state = feature.Behind
		}
	case s.state == feature.InSync && !errors.Is(err, errNothing):
		s.state = feature.SyncUnknown
	}
	switch {
	case errors.Is(err, errBad) || r.bad > 0:
		c.exile(s)
	case err == nil && r.same || r.news > 0:
		s.idle, s.failures = 0, 0
		s.until = c.Now()
	default:
		s.until = c.Now().Add(pause(firstPause, lastPause, s.idle))
		s.idle++
	}
	again := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, feature.ErrUnreachable) && c.Network.Connected(w.peer)
	if again && s.due.IsZero() {
		s.due = later(c.Now().Add(debounce), s.until)
	}
	if s.due.Before(s.until) && !s.due.IsZero() {
		s.due = s.until
	}
	changed := s.state != was
	c.mu.Unlock()
	if errors.Is(err, errBad) || r.bad > 0 {
		c.Accuse(feature.Incident{Kind: feature.WrongAnswers, Peer: string(w.peer), Log: w.log})
	}
	if changed {
		c.Changed(w.log)
	}
}
