package reconcile

import (
	"encoding/binary"

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
	policy membership.Policy
	ours   []protocol.Account
	theirs []protocol.Account
	known  map[string][2]bool // by heads and whether the policy shows the moment
}

func (c *Catcher) sides(tx feature.Tx, log protocol.Log, peer net.PeerID) (*sides, error) {
	talk, err := c.Groups.Conversation(tx, log)
	if err != nil {
		return nil, err
	}
	s := &sides{c: c, tx: tx, policy: talk.State.Policy(), known: map[string][2]bool{}}
	for _, a := range talk.Members {
		if c.Directory.Local(tx, a) {
			s.ours = append(s.ours, a)
		}
	}
	s.theirs, err = c.Groups.Hosts(tx, log, string(peer))
	return s, err
}

// read tells who may read an event: a member here, and a member there.
func (s *sides) read(e *protocol.Event) (ours, theirs bool, err error) {
	key := make([]byte, 0, 32*len(e.Heads)+1)
	for _, h := range e.Heads {
		key = append(key, h[:]...)
	}
	if s.policy.History == membership.HistorySince && e.HLC>>16 >= s.policy.Since {
		key = append(key, 1)
	}
	if k, ok := s.known[string(key)]; ok {
		return k[0], k[1], nil
	}
	if ours, err = s.any(s.ours, e); err != nil {
		return false, false, err
	}
	if theirs, err = s.any(s.theirs, e); err != nil {
		return false, false, err
	}
	s.known[string(key)] = [2]bool{ours, theirs}
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
}

func (c *Catcher) position(tx feature.Tx, log protocol.Log, peer net.PeerID) (p position, err error) {
	if p.tips, err = c.Groups.Heads(tx, log); err != nil {
		return p, err
	}
	s, err := c.sides(tx, log, peer)
	if err != nil {
		return p, err
	}
	all, err := s.common(log, everything)
	if err != nil {
		return p, err
	}
	p.buckets = set.Buckets(all)
	p.digest = set.Digest(p.buckets)
	p.newest, err = c.Timeline.Ends(tx, log)
	return p, err
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
