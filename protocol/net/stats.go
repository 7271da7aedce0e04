package net

import "sync/atomic"

type counters struct {
	panics, badFrames, blocks, timeouts        atomic.Uint64
	streamsIn, replaced, lanes, lost           atomic.Uint64
	putsOut, bytesOut, acked                   atomic.Uint64
	putsIn, bytesIn, batches                   atomic.Uint64
	duplicates, later                          atomic.Uint64
	requestsOut, requestsIn, requestsTurnedOff atomic.Uint64
}

// Stats are counts since the host was made, unless stated otherwise.
type Stats struct {
	Connections int // now
	Peers       int // connected now
	Lanes       int // open now

	Panics    uint64 // recovered, each a bug
	BadFrames uint64 // refused bytes of peers
	Blocks    uint64 // times a peer was blocked for bad frames or needless streams
	Timeouts  uint64 // streams of peers that ended for their silence

	StreamsIn uint64 // streams peers opened
	Replaced  uint64 // envelope streams that gave way to a newer one of the same peer
	LanesMade uint64 // lanes opened to peers
	Lost      uint64 // Puts that ended without an answer

	PutsOut, BytesOut, Acked uint64 // blobs offered, their bytes, and answers that came back
	PutsIn, BytesIn, Batches uint64 // blobs taken in, their bytes, and calls of Receive
	Duplicates, Later        uint64 // of those, answered as here already, and as to be offered again
	RequestsOut, RequestsIn  uint64
	RequestsTooMany          uint64 // requests of peers above their rate
}

// Stats returns a snapshot; its numbers are each right, not all of one moment.
func (h *Host) Stats() Stats {
	c := &h.stats
	n := h.inner.Network()
	s := Stats{
		Connections: len(n.Conns()), Peers: len(n.Peers()),
		Panics: c.panics.Load(), BadFrames: c.badFrames.Load(), Blocks: c.blocks.Load(), Timeouts: c.timeouts.Load(),
		StreamsIn: c.streamsIn.Load(), Replaced: c.replaced.Load(), LanesMade: c.lanes.Load(), Lost: c.lost.Load(),
		PutsOut: c.putsOut.Load(), BytesOut: c.bytesOut.Load(), Acked: c.acked.Load(),
		PutsIn: c.putsIn.Load(), BytesIn: c.bytesIn.Load(), Batches: c.batches.Load(),
		Duplicates: c.duplicates.Load(), Later: c.later.Load(),
		RequestsOut: c.requestsOut.Load(), RequestsIn: c.requestsIn.Load(), RequestsTooMany: c.requestsTurnedOff.Load(),
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, slot := range h.slots {
		if slot.lane != nil {
			s.Lanes++
		}
	}
	return s
}
