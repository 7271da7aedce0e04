package reconcile

import (
	"encoding/binary"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/protocol/net"
	set "conclave/protocol/reconcile"
)

// sides are the members on this node and on another. Both nodes find the same while they hold the same operations and
// identity logs.
type sides struct {
	c      *Catcher
	tx     feature.Tx
	ours   []protocol.Account
	theirs []protocol.Account
	known  map[string]*seen // by the heads of events
}

func (c *Catcher) sides(tx feature.Tx, log protocol.Log, peer net.PeerID) (*sides, error) {
	talk, err := c.Groups.Conversation(tx, log)
	if err != nil {
		return nil, err
	}
	s := &sides{c: c, tx: tx, known: map[string]*seen{}}
	for _, a := range talk.Members {
		if c.Directory.Local(tx, a) {
			s.ours = append(s.ours, a)
		}
	}
	s.theirs, err = c.Groups.Hosts(tx, log, string(peer))
	return s, err
}

// seen is who may read events of one moment in the membership.
type seen struct {
	since   bool // it depends on when the event was made
	at      uint64
	verdict [2]*[2]bool // before and after that, ours and theirs
}

// read tells who may read an event: a member here, and a member there. feature.ErrNotFound while heads of it are not here.
func (s *sides) read(e *protocol.Event) (ours, theirs bool, err error) {
	key := make([]byte, 0, 32*len(e.Heads))
	for _, h := range e.Heads {
		key = append(key, h[:]...)
	}
	k := s.known[string(key)]
	if k == nil {
		then, err := s.c.Groups.At(s.tx, e.Log, e.Heads)
		if err != nil {
			return false, false, err
		}
		p := then.Policy()
		k = &seen{since: p.History == membership.HistorySince, at: p.Since}
		s.known[string(key)] = k
	}
	after := 0
	if k.since && e.HLC>>16 >= k.at {
		after = 1
	}
	if v := k.verdict[after]; v != nil {
		return v[0], v[1], nil
	}
	if ours, err = s.any(s.ours, e); err != nil {
		return false, false, err
	}
	if theirs, err = s.any(s.theirs, e); err != nil {
		return false, false, err
	}
	k.verdict[after] = &[2]bool{ours, theirs}
	return ours, theirs, nil
}

func (s *sides) any(who []protocol.Account, e *protocol.Event) (bool, error) {
	for _, a := range who {
		if may, err := s.c.Groups.MayRead(s.tx, a, e); err != nil || may {
			return may, err
		}
	}
	return false, nil
}

func (s *sides) both(e *protocol.Event) (bool, error) {
	ours, theirs, err := s.read(e)
	return ours && theirs, err
}

// common returns the events in some ranges that members on both sides may read.
func (s *sides) common(log protocol.Log, ranges []set.Range) (*set.Set, error) {
	var items []set.Item
	for _, r := range ranges {
		if err := s.c.Timeline.IDs(s.tx, log, r.First, r.Last+1, s.both, func(ord uint64, id protocol.EventID) bool {
			items = append(items, set.Item{Ord: ord, ID: set.ID(id)})
			return true
		}); err != nil {
			return nil, err
		}
	}
	return set.NewSet(items)
}

var everything = []set.Range{{First: 0, Last: set.LastOrd}}

// position is how a group stands here, as one other node is concerned.
type position struct {
	tips    []protocol.EventID
	buckets []set.Fingerprint
	digest  [32]byte
	newest  uint64
	alone   bool // no member lives on the other
}

// placed is a position and what it was made of.
type placed struct {
	turn         uint64
	ours, theirs []protocol.Account
	position
}

// cachedPositions is how many positions are kept in memory.
const cachedPositions = 512

func (c *Catcher) turn(log protocol.Log) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.turns[log]
}

// position tells how a group stands here. turn is what it was before the transaction began.
func (c *Catcher) position(tx feature.Tx, s *sides, turn uint64, w way) (p position, err error) {
	had, ok := c.places.Get(w)
	if ok && had.turn == turn && slices.Equal(had.ours, s.ours) && slices.Equal(had.theirs, s.theirs) {
		return had.position, nil
	}
	if p.tips, err = c.Groups.Heads(tx, w.log); err != nil {
		return p, err
	}
	all, err := s.common(w.log, everything)
	if err != nil {
		return p, err
	}
	p.buckets = set.Buckets(all)
	p.digest = set.Digest(p.buckets)
	if p.newest, err = c.Timeline.Ends(tx, w.log); err != nil {
		return p, err
	}
	p.alone = len(s.theirs) == 0
	c.places.Add(w, placed{turn, s.ours, s.theirs, p})
	return p, nil
}

func idsOf(heads []protocol.EventID) []membership.ID {
	out := make([]membership.ID, len(heads))
	for i, h := range heads {
		out[i] = membership.ID(h)
	}
	return out
}

// tag is what a pass of a session is known by on the wire.
func tag(n uint64, random uint64) (t [16]byte) {
	binary.BigEndian.PutUint64(t[:8], n)
	binary.BigEndian.PutUint64(t[8:], random)
	return t
}
