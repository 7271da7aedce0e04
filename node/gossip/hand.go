package gossip

import (
	"context"
	"crypto/sha256"

	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/protocol/outer"
)

// Messages that came are handed to the delivery in batches: each costs a transaction otherwise.
const (
	maxArrivals = 512 // wait; then the topics wait
	handAtOnce  = 64
)

// arrival is a message that came over a topic.
type arrival struct {
	from  net.PeerID // the node that answers for it
	log   protocol.Log
	inner []byte
}

// deliver takes a message that was accepted.
func (o *Overlay) deliver(name string, data []byte) {
	t := o.topic(name)
	home, ok := o.from.Get(sha256.Sum256(data))
	if t == nil || !ok || home == o.Network.ID() {
		return // the own is here
	}
	inner, err := outer.Open(t.keys, name, data)
	if err != nil {
		return
	}
	select {
	case o.inbox <- arrival{from: home, log: t.log, inner: inner}:
	case <-o.ended:
	}
}

// arrived takes a message without waiting; it is lost where much waits already.
func (o *Overlay) arrived(a arrival) {
	select {
	case o.inbox <- a:
	default:
	}
}

// hand gives what came to the delivery, as if it had been pushed. What that cannot take now comes on other ways.
func (o *Overlay) hand(ctx context.Context) {
	for {
		var batch []arrival
		select {
		case <-ctx.Done():
			return
		case a := <-o.inbox:
			batch = append(batch, a)
		}
		for more := true; more && len(batch) < handAtOnce; {
			select {
			case a := <-o.inbox:
				batch = append(batch, a)
			default:
				more = false
			}
		}
		for len(batch) > 0 && ctx.Err() == nil {
			n := 1
			for n < len(batch) && batch[n].from == batch[0].from {
				n++
			}
			o.give(ctx, batch[:n])
			batch = batch[n:]
		}
	}
}

// give hands over messages that one node answers for.
func (o *Overlay) give(ctx context.Context, batch []arrival) {
	puts := make([]net.Put, len(batch))
	for i, a := range batch {
		puts[i] = net.Put{
			Queue: net.Queue(protocol.GroupQueue(a.log)),
			Blob:  protocol.GroupPut{Log: a.log, Kind: protocol.GroupMessage, Data: a.inner}.Encode(),
		}
	}
	for _, code := range o.Delivery.Receive(ctx, batch[0].from, puts) {
		if code == net.Delivered || code == net.Stored {
			o.counts.taken.Add(1)
		}
	}
}
