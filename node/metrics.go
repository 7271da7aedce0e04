package node

import (
	"slices"
	"sync"
	"time"

	"conclave/node/delivery"
	"conclave/node/feature"
	"conclave/node/mailbox"
)

// Figures are the numbers of this node for those who run it, always the same ones in the same order.
func (n *Node) Figures() []feature.Figure {
	return slices.Concat(n.ownFigures(), n.storeFigures(), n.deliveryFigures(), n.keyFigures(), n.mailboxFigures(), n.networkFigures(), n.gossipFigures(), n.reconcileFigures(), n.liveFigures())
}

func count[T int | uint64](name, help string, v T) feature.Figure {
	return feature.Figure{Name: name, Help: help, Value: float64(v)}
}

func state(name, help string, is bool) feature.Figure {
	f := feature.Figure{Name: name, Help: help}
	if is {
		f.Value = 1
	}
	return f
}

func (n *Node) ownFigures() []feature.Figure {
	return []feature.Figure{
		{Name: "conclave_start_time_seconds", Help: "When the node was started, in seconds since 1970.", Value: float64(n.started.Unix())},
		count("conclave_unlocked_accounts", "Accounts whose keys are in memory.", n.keys.UnlockedAccounts()),
	}
}

func (n *Node) storeFigures() []feature.Figure {
	s := n.store.Stats()
	return []feature.Figure{
		count("conclave_store_queue_transactions", "Transactions on their way to the disk.", s.Waiting),
		count("conclave_store_queue_bytes", "Bytes of these transactions.", s.WaitingBytes),
		state("conclave_store_read_only", "1 after a disk error: nothing new is taken until the node is restarted.", s.ReadOnly),
		count("conclave_store_commits_total", "Synced commits, and those that failed.", s.Commits),
		count("conclave_store_commit_transactions_total", "Transactions in these commits: more than one for each commit shared its sync.", s.Transactions),
		{Name: "conclave_store_commit_seconds_total", Help: "Time that these commits took, the sync included.", Value: s.Committing.Seconds()},
		{Name: "conclave_store_commit_longest_seconds", Help: "The longest commit of this minute and the one before.", Value: s.Longest.Seconds()},
		count("conclave_store_commits_slow_total", "Of the commits, those that took more than 100 ms.", s.Slow),
		count("conclave_store_commits_stuck_total", "Of these, those that took more than a second.", s.Stuck),
		count("conclave_store_table_bytes", "Size of the store's tables, as last measured by the engine.", s.Tables),
		count("conclave_store_log_bytes", "Size of the store's value log, as last measured by the engine.", s.Log),
		count("conclave_disk_free_bytes", "Free on the disk of the store; 0 for a store in memory.", s.Free),
		count("conclave_disk_least_free_bytes", "What has to be free for new data to be taken.", s.LeastFree),
		state("conclave_disk_refuses", "1 while new data is refused because the disk is nearly full.", s.Refuses),
		state("conclave_disk_ballast", "1 while the reserve is there that is given up when space runs out.", s.Ballast),
	}
}

func (n *Node) deliveryFigures() []feature.Figure {
	s, q := n.delivery.Stats(), n.queue.count(n.delivery, time.Now())
	return []feature.Figure{
		count("conclave_delivery_waiting_messages", "Messages that wait for other nodes, counted at most twice a minute.", q.Waiting),
		count("conclave_delivery_nodes", "Other nodes that are known to the delivery, counted at most twice a minute.", q.Nodes),
		count("conclave_delivery_nodes_connected", "Of these, connected.", q.Connected),
		count("conclave_delivery_nodes_failing", "Of these, tried in vain while messages wait for them.", q.Failing),
		count("conclave_delivery_couriers", "Nodes to which something is carried now.", s.Couriers),
		count("conclave_delivery_undecryptable_total", "Sealed messages that did not open; their senders seal them again.", s.Undecryptable),
		count("conclave_delivery_parked", "What came and waits for an operation or a key.", s.Parked),
		count("conclave_delivery_parked_bytes", "Its bytes.", s.ParkedBytes),
		count("conclave_delivery_early", "What came for groups that are not here yet.", s.Early),
		count("conclave_delivery_signals", "Passing facts that came and were not handed on yet.", s.Signals),
		count("conclave_delivery_locked_inboxes", "Accounts in whose inbox something waits until another account is unlocked.", s.Locked),
		count("conclave_mailboxes_resting", "Mailboxes at other nodes that are not tried for a while.", s.Resting),
	}
}

func (n *Node) mailboxFigures() []feature.Figure {
	s := n.keeping.count(n.keeper, time.Now())
	stored, full := n.keeper.Takings()
	return []feature.Figure{
		count("conclave_mailbox_nodes", "Nodes for which this one keeps messages, counted at most twice a minute.", s.Nodes),
		count("conclave_mailbox_queues", "Queues that they registered, counted at most twice a minute.", s.Queues),
		count("conclave_mailbox_messages", "Sealed messages that wait for them, counted at most twice a minute.", s.Blobs),
		count("conclave_mailbox_bytes", "Bytes of these, counted at most twice a minute.", uint64(s.Bytes)),
		count("conclave_mailbox_fullest_bytes", "Bytes of the node that has most here, counted at most twice a minute.", uint64(s.Fullest)),
		count("conclave_mailbox_most_bytes", "What one node may have here at most.", uint64(mailbox.MaxBytes)),
		count("conclave_mailbox_most_nodes", "For how many nodes messages are kept at most.", uint64(mailbox.MaxOwners)),
		count("conclave_mailbox_stored_total", "Sealed messages that were left here.", stored),
		count("conclave_mailbox_full_total", "Sealed messages that were turned away because the room of their owner was full.", full),
	}
}

func (n *Node) reconcileFigures() []feature.Figure {
	s := n.catcher.Stats()
	return []feature.Figure{
		count("conclave_reconcile_rounds_total", "Visits to other nodes to compare a group.", s.Rounds),
		count("conclave_reconcile_failed_total", "Of these, ended by an error.", s.Failed),
		count("conclave_reconcile_news_total", "Events and operations of groups that they brought.", s.News),
		count("conclave_reconcile_bytes_in_total", "Bytes of requests and answers about groups that came.", s.BytesIn),
		count("conclave_reconcile_bytes_out_total", "Bytes of requests and answers about groups that went out.", s.BytesOut),
	}
}

func (n *Node) networkFigures() []feature.Figure {
	s := n.Traffic()
	return []feature.Figure{
		count("conclave_net_connections", "Connections with other nodes.", s.Connections),
		count("conclave_net_peers", "Other nodes that are connected.", s.Peers),
		count("conclave_net_lanes", "Streams over which envelopes are offered to other nodes.", s.Lanes),
		count("conclave_net_panics_total", "Panics that were caught while what peers sent was handled: each is a bug.", s.Panics),
		count("conclave_net_bad_frames_total", "Frames of peers that were refused.", s.BadFrames),
		count("conclave_net_blocks_total", "Times that a peer was blocked for what it sent.", s.Blocks),
		count("conclave_net_timeouts_total", "Streams of peers that ended for their silence.", s.Timeouts),
		count("conclave_net_streams_in_total", "Streams that peers opened.", s.StreamsIn),
		count("conclave_net_streams_replaced_total", "Envelope streams that gave way to a newer one of the same peer.", s.Replaced),
		count("conclave_net_lanes_made_total", "Lanes that were opened to peers.", s.LanesMade),
		count("conclave_net_envelopes_lost_total", "Envelopes that were offered and got no answer; they are offered again.", s.Lost),
		count("conclave_net_envelopes_out_total", "Envelopes that were offered.", s.PutsOut),
		count("conclave_net_bytes_out_total", "Bytes of these.", s.BytesOut),
		count("conclave_net_envelopes_acked_total", "Answers to these.", s.Acked),
		count("conclave_net_envelopes_in_total", "Envelopes that came.", s.PutsIn),
		count("conclave_net_bytes_in_total", "Bytes of these.", s.BytesIn),
		count("conclave_net_batches_in_total", "Batches in which they were taken in.", s.Batches),
		count("conclave_net_duplicates_total", "Envelopes that were here already.", s.Duplicates),
		count("conclave_net_later_total", "Envelopes that peers were asked to offer again later.", s.Later),
		count("conclave_net_requests_out_total", "Requests to peers.", s.RequestsOut),
		count("conclave_net_requests_in_total", "Requests of peers.", s.RequestsIn),
		count("conclave_net_requests_too_many_total", "Requests of peers above their rate.", s.RequestsTooMany),
	}
}

func (n *Node) liveFigures() []feature.Figure {
	s := n.live.Stats()
	return []feature.Figure{
		count("conclave_live_accounts", "Accounts with an open live connection.", s.Accounts),
		count("conclave_live_queue_frames", "Frames that wait for live connections.", s.Frames),
		count("conclave_live_queue_bytes", "Their bytes; a frame for many counts for each.", s.Bytes),
		count("conclave_live_queue_longest_frames", "Frames that wait for the slowest live connection; at 256 it is closed.", s.Longest),
		count("conclave_live_frames_total", "Frames that were told, each once for all who get it.", s.Told),
		count("conclave_live_too_slow_total", "Live connections that were closed because they did not read.", s.TooSlow),
	}
}

// queue remembers what waits for other nodes: to count it goes through the outbox.
type queue struct {
	mu  sync.Mutex
	at  time.Time
	was delivery.Queue
}

// recount is how long a count holds.
const recount = 30 * time.Second

func (q *queue) count(d *delivery.Delivery, now time.Time) delivery.Queue {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.at.IsZero() || now.Sub(q.at) >= recount {
		q.was, q.at = delivery.QueueOf(d.Peers()), now
	}
	return q.was
}

// keeping remembers what is kept for other nodes: to count it goes through all of it.
type keeping struct {
	mu  sync.Mutex
	at  time.Time
	was mailbox.Kept
}

func (k *keeping) count(keeper *mailbox.Keeper, now time.Time) mailbox.Kept {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.at.IsZero() || now.Sub(k.at) >= recount {
		k.was, k.at = keeper.Look(), now
	}
	return k.was
}
