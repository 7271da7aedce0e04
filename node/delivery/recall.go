package delivery

import (
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Recall implements feature.Delivery. What waits for a device is sealed again, without the text that the log no longer has. The
// row of a group is taken out of its queue where no node was offered it; the nodes learn of the event, without its text, by
// reconciliation.
func (d *Delivery) Recall(tx feature.Tx, log protocol.Log, id protocol.EventID) error {
	t, err := d.track(tx, log, id)
	if err != nil {
		return err
	}
	if t.Seq != 0 {
		dropped, err := d.roads.Drop(tx, log, t.Seq)
		if dropped {
			tx.Delete(d.trackKey(log, id))
		}
		return err
	}
	for _, to := range t.Targets {
		if to.Done || !to.State.waits() {
			continue
		}
		p, err := d.find(tx, log, id, to)
		if errors.Is(err, storage.ErrNotFound) || errors.Is(err, feature.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if p.State != sealed {
			continue
		}
		r, err := d.Sessions.Route(tx, p.Pair)
		if err != nil {
			return err
		}
		r.Backlog = true
		p.State, p.Blob = unsealed, nil
		if err := errors.Join(d.put(tx, p), d.mark(tx, p, false), d.Sessions.SaveRoute(tx, r)); err != nil {
			return err
		}
		tx.OnCommit(func() { d.wakeLater(p.Pair) })
	}
	return nil
}
