package delivery

import "conclave/node/feature"

// Stats tell what the delivery has to do. Sizes are bytes.
type Stats struct {
	Couriers            int // that carry something to a node now
	Parked, ParkedBytes int // blobs that wait for an operation or a key
	Early               int // records of groups that are not here yet
	Signals             int // that are not handed on yet
	Locked              int // accounts in whose inbox something waits until another account is unlocked
	Resting             int // mailboxes that are not tried for a while

	Undecryptable uint64 // blobs that did not open, since the start
}

// Stats returns a snapshot of what is kept in memory; what waits in the store is told by QueueOf.
func (d *Delivery) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := Stats{
		Couriers: len(d.couriers), Early: len(d.early), Signals: len(d.signals), Locked: len(d.waiting), Undecryptable: d.undecryptable.Load(),
	}
	now := d.Now()
	for _, until := range d.pauses {
		if until.After(now) {
			s.Resting++
		}
	}
	for _, t := range d.parks {
		s.Parked, s.ParkedBytes = s.Parked+t.rows, s.ParkedBytes+t.bytes
	}
	return s
}

// Queue is what waits for other nodes, and how far they are.
type Queue struct {
	Waiting                   int // messages
	Nodes, Connected, Failing int // nodes that are known, of these connected, and tried in vain while something waits for them
}

// QueueOf counts what Peers lists.
func QueueOf(peers []feature.Peer) (q Queue) {
	for _, p := range peers {
		q.Nodes++
		q.Waiting += p.Waiting
		switch {
		case p.Connected:
			q.Connected++
		case p.Waiting > 0 && p.LastError != "":
			q.Failing++
		}
	}
	return q
}
