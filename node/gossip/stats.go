package gossip

import (
	"sync/atomic"

	"conclave/protocol"
	router "conclave/protocol/net/gossip"
)

type counts struct{ published, taken, accepted, ignored, rejected atomic.Uint64 }

func (c *counts) verdict(v router.Verdict) {
	switch v {
	case router.Accept:
		c.accepted.Add(1)
	case router.Reject:
		c.rejected.Add(1)
	default:
		c.ignored.Add(1)
	}
}

// Stats are counts since the node started, unless stated otherwise.
type Stats struct {
	Hosts  []protocol.GossipHost // as others are told now, the one that listens first
	Router []router.Stats        // of each

	Published uint64 // messages of this node that neighbours took
	Taken     uint64 // messages of others that came here first over a topic
	Accepted  uint64 // messages that were passed on
	Ignored   uint64 // by this node's judgement
	Rejected  uint64
}

// Stats returns a snapshot.
func (o *Overlay) Stats() Stats {
	o.mu.Lock()
	hosts := o.hosts
	o.mu.Unlock()
	s := Stats{
		Published: o.counts.published.Load(), Taken: o.counts.taken.Load(),
		Accepted: o.counts.accepted.Load(), Ignored: o.counts.ignored.Load(), Rejected: o.counts.rejected.Load(),
	}
	for _, h := range hosts {
		s.Hosts, s.Router = append(s.Hosts, h.told()), append(s.Router, h.Stats())
	}
	return s
}
