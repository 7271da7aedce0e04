package delivery

import (
	"context"
	"errors"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
)

// A record may come out of one mailbox before the welcome to its group comes out of another. It is remembered until then, in memory: no
// receipt was sent for it, so what is forgotten is offered again, or asked for.

// earlyFor is how long it is remembered.
const earlyFor = 10 * time.Minute

var earlyBounds = bounds{rows: 1000, bytes: 4 << 20}

// early is a record of a group that is not here.
type early struct {
	from net.PeerID
	log  protocol.Log
	blob []byte
	at   time.Time
}

// tooEarly remembers a record, after the commit.
func (d *Delivery) tooEarly(tx feature.Tx, e *early) {
	tx.OnCommit(func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.early = slices.DeleteFunc(d.early, func(x *early) bool { return e.at.Sub(x.at) > earlyFor })
		var all, own share
		for _, x := range d.early {
			all.add(1, len(x.blob))
			if x.from == e.from {
				own.add(1, len(x.blob))
			}
		}
		if earlyBounds.admit(all, own, len(e.blob)) {
			d.early = append(d.early, e)
		}
		d.stirNow() // the welcome may have come meanwhile
	})
}

// parkEarly parks what came of a group before that was here.
func (d *Delivery) parkEarly(ctx context.Context) error {
	d.mu.Lock()
	all := slices.Clone(d.early)
	d.mu.Unlock()
	if len(all) == 0 {
		return nil
	}
	here := map[protocol.Log]bool{}
	if err := d.Store.View(func(tx feature.Tx) error {
		for _, e := range all {
			_, err := d.groups.Hosts(tx, e.log, string(e.from))
			if err != nil && !errors.Is(err, feature.ErrNotFound) && !errors.Is(err, feature.ErrLocked) {
				return err
			}
			here[e.log] = err == nil
		}
		return nil
	}); err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(e *early) bool { return !here[e.log] })
	if len(all) == 0 {
		return nil
	}
	if err := d.Store.Update(ctx, func(tx feature.Tx) error {
		for _, e := range all {
			if err := d.park(tx, e.from, e.log, e.blob); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.early = slices.DeleteFunc(d.early, func(e *early) bool { return slices.Contains(all, e) })
	return nil
}
