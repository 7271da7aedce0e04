package node

import (
	"conclave/node/feature"
	router "conclave/protocol/net/gossip"
)

// gossipFigures add up those of all hosts that gossip.
func (n *Node) gossipFigures() []feature.Figure {
	s := n.gossip.Stats()
	var r router.Stats
	for _, h := range s.Router {
		r.Connections, r.Peers, r.Topics, r.Waiting = r.Connections+h.Connections, r.Peers+h.Peers, r.Topics+h.Topics, r.Waiting+h.Waiting
		r.Undelivered, r.Duplicates, r.PassedOver = r.Undelivered+h.Undelivered, r.Duplicates+h.Duplicates, r.PassedOver+h.PassedOver
		r.MessagesIn, r.BytesIn, r.MessagesOut, r.BytesOut = r.MessagesIn+h.MessagesIn, r.BytesIn+h.BytesIn, r.MessagesOut+h.MessagesOut, r.BytesOut+h.BytesOut
		r.Late, r.Panics, r.LostFrames, r.Streams = r.Late+h.Late, r.Panics+h.Panics, r.LostFrames+h.LostFrames, r.Streams+h.Streams
		r.Shut, r.Lowest = r.Shut+h.Shut, min(r.Lowest, h.Lowest)
		r.Offences, r.Drops = r.Offences+h.Offences, r.Drops+h.Drops
	}
	return []feature.Figure{
		count("conclave_gossip_connections", "Connections for gossip.", r.Connections),
		count("conclave_gossip_peers", "Nodes that are connected for gossip.", r.Peers),
		count("conclave_gossip_topics", "Topics that this node takes part in.", r.Topics),
		count("conclave_gossip_queue_bytes", "Bytes that came by gossip and wait to be taken in.", r.Waiting),
		count("conclave_gossip_shut_peers", "Nodes that are shut out of gossip now, for what they sent.", r.Shut),
		{Name: "conclave_gossip_lowest_score", Help: "Lowest of the scores that the router gives to connected nodes, looked at every second; 0 where none is below.", Value: r.Lowest},
		count("conclave_gossip_published_total", "Messages of this node that neighbours took.", s.Published),
		count("conclave_gossip_taken_total", "Messages of others that came first by gossip.", s.Taken),
		count("conclave_gossip_accepted_total", "Messages that were passed on.", s.Accepted),
		count("conclave_gossip_ignored_total", "Messages that were not passed on, without blame.", s.Ignored),
		count("conclave_gossip_rejected_total", "Messages that were garbage.", s.Rejected),
		count("conclave_gossip_undelivered_total", "Messages that were lost to this node because too much waited; they come by other ways.", r.Undelivered),
		count("conclave_gossip_duplicates_total", "Copies that came besides the first.", r.Duplicates),
		count("conclave_gossip_passed_over_total", "Messages above the limits.", r.PassedOver),
		count("conclave_gossip_messages_in_total", "Messages that came, copies included.", r.MessagesIn),
		count("conclave_gossip_bytes_in_total", "Their bytes.", r.BytesIn),
		count("conclave_gossip_messages_out_total", "Messages that were sent to neighbours.", r.MessagesOut),
		count("conclave_gossip_bytes_out_total", "Their bytes.", r.BytesOut),
		count("conclave_gossip_late_total", "Judgements of messages that took too long.", r.Late),
		count("conclave_gossip_panics_total", "Panics that were caught: each is a bug.", r.Panics),
		count("conclave_gossip_frames_lost_total", "Frames for neighbours whose queues were full.", r.LostFrames),
		count("conclave_gossip_streams_in_total", "Streams that peers opened.", r.Streams),
		count("conclave_gossip_offences_total", "Offences of peers.", r.Offences),
		count("conclave_gossip_drops_total", "Times that a peer was shut out for a while.", r.Drops),
	}
}
