package delivery

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"conclave/node/delivery/road"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
)

// maxGreetings bounds how many nodes are called at the start.
const maxGreetings = 1000

// callee is a node and somebody who lives there.
type callee struct {
	account protocol.Account
	peer    net.PeerID
}

// greet connects with the nodes of known pairs and groups once after the start, so that those who wait for this node find it
// under its new address, then with nodes that are new in a group, until the context ends.
func (d *Delivery) greet(ctx context.Context) error {
	known := map[callee]bool{}
	if err := d.Store.View(func(tx feature.Tx) error {
		if err := d.Sessions.Pairs(tx, func(p session.Pair) bool {
			if peer, ok := d.home(tx, p); ok {
				known[callee{p.Peer, peer}] = true
			}
			return len(known) < maxGreetings
		}); err != nil {
			return err
		}
		return d.roads.All(tx, func(r road.Road) (bool, error) {
			known[callee{r.By, r.Peer}] = true
			return len(known) < maxGreetings, nil
		})
	}); err != nil {
		return err
	}
	for {
		d.callAll(ctx, known)
		select {
		case <-ctx.Done():
			return nil
		case <-d.calling:
		}
		d.mu.Lock()
		known, d.calls = d.calls, map[callee]bool{}
		d.mu.Unlock()
	}
}

func (d *Delivery) callAll(ctx context.Context, all map[callee]bool) {
	var group errgroup.Group
	group.SetLimit(8)
	for c := range all {
		group.Go(func() error {
			ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
			defer cancel()
			if err := d.Directory.Reach(ctx, c.account, c.peer); err != nil {
				d.Logger.Debug("node not reached", "peer", c.peer, "err", err)
			}
			return nil
		})
	}
	_ = group.Wait() // none of them fails
}

// call connects with a node that is new in a group.
func (d *Delivery) call(s road.Stop) {
	d.mu.Lock()
	d.calls[callee{s.By, s.Peer}] = true
	d.mu.Unlock()
	select {
	case d.calling <- struct{}{}:
	default:
	}
}
