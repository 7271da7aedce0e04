package delivery

import (
	"context"

	"conclave/node/feature"
	"conclave/node/session"
)

// What happens after a commit is noted in the store's hook, which must be short, and done by the clerk.

// wakeLater has a pair's courier woken.
func (d *Delivery) wakeLater(p session.Pair) {
	d.mu.Lock()
	d.woken[p] = true
	d.mu.Unlock()
	d.ring()
}

// wakeAfresh is wakeLater for a pair of which something is to be offered once more, from the oldest parcel on.
func (d *Delivery) wakeAfresh(p session.Pair) {
	d.mu.Lock()
	d.afresh[p] = true
	d.mu.Unlock()
	d.wakeLater(p)
}

// tell reports progress after the commit.
func (d *Delivery) tell(tx feature.Tx, p feature.Progress) {
	tx.OnCommit(func() {
		d.mu.Lock()
		d.news = append(d.news, p)
		d.mu.Unlock()
		d.ring()
	})
}

func (d *Delivery) ring() {
	select {
	case d.clerk <- struct{}{}:
	default:
	}
}

// attend wakes couriers and tells how far events got, until the context ends.
func (d *Delivery) attend(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.clerk:
		}
		d.mu.Lock()
		woken, news, signals := d.woken, d.news, d.signals
		d.woken, d.news, d.signals = map[session.Pair]bool{}, nil, nil
		d.mu.Unlock()
		if len(woken) > 0 {
			if err := d.Store.View(func(tx feature.Tx) error {
				for p := range woken {
					d.wake(tx, p)
				}
				return nil
			}); err != nil {
				d.Logger.Error("wake couriers", "err", err)
			}
		}
		d.attendGroups(ctx)
		for _, p := range news {
			d.Registry.Progressed(ctx, p)
		}
		for _, s := range signals {
			if err := d.Registry.Signalled(ctx, s.signal.Kind, s.from, s.conversation, s.signal.Body); err != nil {
				d.Logger.Debug("a signal was not taken", "kind", s.signal.Kind, "err", err)
			}
		}
	}
}
