package gossip

import (
	"math"
	"sync/atomic"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
)

type counters struct {
	published, accepted, delivered, undelivered atomic.Uint64
	duplicates, rejected, ignored, passedOver   atomic.Uint64
	late, panics, lostFrames                    atomic.Uint64
	streams, offences, drops                    atomic.Uint64
	lowest                                      atomic.Uint64 // bits of a number
	messagesIn, bytesIn, messagesOut, bytesOut  atomic.Uint64
}

// Stats are counts since the host was made, unless stated otherwise.
type Stats struct {
	Connections, Peers, Topics int     // now
	Waiting                    int     // bytes that wait for Deliver now
	Shut                       int     // peers that are shut out now
	Lowest                     float64 // of the scores that the router gives to peers, 0 where none is below

	Published   uint64 // messages of this node
	Accepted    uint64 // messages that were passed on, this node's included
	Delivered   uint64 // calls of Deliver
	Undelivered uint64 // accepted, and lost to Deliver because too much waited for it
	Duplicates  uint64 // copies that came besides the first
	Rejected    uint64 // garbage
	Ignored     uint64 // by verdict, or because Validate was too slow
	PassedOver  uint64 // above the limits

	MessagesIn, BytesIn   uint64 // messages that came, copies included, and the bytes of their data
	MessagesOut, BytesOut uint64 // messages sent to neighbours, and the bytes of their data

	Late       uint64 // calls of Validate that took too long
	Panics     uint64 // recovered, each a bug
	LostFrames uint64 // frames for neighbours whose queues were full
	Streams    uint64 // opened by peers
	Offences   uint64 // of peers
	Drops      uint64 // times a peer was shut out for a while
}

// Stats returns a snapshot; its numbers are each right, not all of one moment.
func (h *Host) Stats() Stats {
	c, n := &h.stats, h.inner.Network()
	return Stats{
		Connections: len(n.Conns()), Peers: len(n.Peers()), Topics: len(h.names()), Waiting: h.load.waiting.holds(),
		Shut: h.gate.shut(), Lowest: math.Float64frombits(c.lowest.Load()),
		Published: c.published.Load(), Accepted: c.accepted.Load(), Delivered: c.delivered.Load(), Undelivered: c.undelivered.Load(),
		Duplicates: c.duplicates.Load(), Rejected: c.rejected.Load(), Ignored: c.ignored.Load(), PassedOver: c.passedOver.Load(),
		MessagesIn: c.messagesIn.Load(), BytesIn: c.bytesIn.Load(), MessagesOut: c.messagesOut.Load(), BytesOut: c.bytesOut.Load(),
		Late: c.late.Load(), Panics: c.panics.Load(), LostFrames: c.lostFrames.Load(),
		Streams: c.streams.Load(), Offences: c.offences.Load(), Drops: c.drops.Load(),
	}
}

// tracer counts what the router does. Its methods are called by the router and must not wait.
type tracer struct{ h *Host }

func (t tracer) DeliverMessage(*pubsub.Message)   { t.h.stats.accepted.Add(1) }
func (t tracer) DuplicateMessage(*pubsub.Message) { t.h.stats.duplicates.Add(1) }
func (t tracer) DropRPC(*pubsub.RPC, peer.ID)     { t.h.stats.lostFrames.Add(1) }

func (t tracer) RejectMessage(m *pubsub.Message, reason string) {
	switch reason {
	case pubsub.RejectValidationIgnored, pubsub.RejectValidationThrottled, pubsub.RejectValidationQueueFull:
		t.h.stats.ignored.Add(1)
	default:
		t.h.refuse(m.ReceivedFrom)
	}
}

// UndeliverableMessage is called when admit let a message in that then found its topic's queue full.
func (t tracer) UndeliverableMessage(m *pubsub.Message) {
	t.h.load.waiting.give(len(m.Data))
	t.h.stats.undelivered.Add(1)
}

func (t tracer) OnClosedOutboundStream(p peer.ID) { t.h.restart(p) }

func (t tracer) RecvRPC(rpc *pubsub.RPC) {
	for _, m := range rpc.GetPublish() {
		t.h.stats.messagesIn.Add(1)
		t.h.stats.bytesIn.Add(uint64(len(m.GetData())))
	}
}

func (t tracer) SendRPC(rpc *pubsub.RPC, _ peer.ID) {
	for _, m := range rpc.GetPublish() {
		t.h.stats.messagesOut.Add(1)
		t.h.stats.bytesOut.Add(uint64(len(m.GetData())))
	}
}

func (tracer) OnNewOutboundStream(peer.ID, protocol.ID) {}
func (tracer) Join(string)                              {}
func (tracer) Leave(string)                             {}
func (tracer) Graft(peer.ID, string)                    {}
func (tracer) Prune(peer.ID, string)                    {}
func (tracer) ValidateMessage(*pubsub.Message)          {}
func (tracer) ThrottlePeer(peer.ID)                     {}
