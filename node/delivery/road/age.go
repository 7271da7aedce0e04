package road

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
)

// Aged is what Age changed.
type Aged struct {
	Late  []Road                  // passed something over
	Moved map[protocol.Log][]Move // got further
	Given map[protocol.Log][]Move // are given up: Sent where some node has them, else Failed
}

// Age passes over what was offered for PushFor, and drops what some node lacks after protocol.OutboxKeep.
func (b *Book) Age(tx feature.Tx) (Aged, error) {
	groups := map[protocol.Log][]Road{}
	if err := b.All(tx, func(r Road) (bool, error) {
		groups[r.Log] = append(groups[r.Log], r)
		return true, nil
	}); err != nil {
		return Aged{}, err
	}
	out := Aged{Moved: map[protocol.Log][]Move{}, Given: map[protocol.Log][]Move{}}
	for log, roads := range groups {
		if err := b.age(tx, log, roads, &out); err != nil {
			return Aged{}, err
		}
	}
	return out, nil
}

func (b *Book) age(tx feature.Tx, log protocol.Log, roads []Road, out *Aged) error {
	l, err := b.Ledger(tx, log)
	if err != nil {
		return err
	}
	var stale, dead uint64 // the newest row of either kind
	oldest := uint64(max(b.Now().Add(-protocol.OutboxKeep).UnixMilli(), 0))
	if err := b.Each(tx, log, 0, func(r Row) (bool, error) {
		if !r.Stale(b.Now()) {
			return false, nil
		}
		stale = r.Seq
		if r.Created >= oldest {
			return true, nil
		}
		dead = r.Seq
		tx.Delete(b.rowKey(log, r.Seq))
		switch l.State(r.Seq) {
		case feature.Sent:
			out.Given[log] = r.moved(out.Given[log], feature.Sent)
		case feature.Sending:
			out.Given[log] = r.moved(out.Given[log], feature.Failed)
		}
		return true, nil
	}); err != nil || stale == 0 {
		return err
	}
	marks := map[net.PeerID][]Mark{}
	for _, r := range roads {
		if r.At < stale {
			marks[r.Peer] = []Mark{{stale, Missed}}
			out.Late = append(out.Late, r)
		}
		if r.Has < dead {
			r.Has = dead
			if err := b.put(tx, r); err != nil {
				return err
			}
		}
	}
	out.Moved[log], err = b.Settle(tx, log, marks)
	return err
}
