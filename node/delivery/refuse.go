package delivery

import (
	"errors"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/storage"
)

// refused is what happens to a parcel that the other node could not open: the pair gets a new session, and everything that
// was sealed and not taken is sealed again, in order. A second refusal is final.
func (d *Delivery) refused(tx feature.Tx, p parcel) error {
	now, err := storage.GetAs[parcel](tx, d.Realm, d.parcelKey(p.Pair, p.Seq))
	if errors.Is(err, storage.ErrNotFound) || err == nil && now.State != sealed {
		return nil
	}
	if err != nil {
		return err
	}
	if now.Era != p.Era {
		return nil // it was sealed again since: the answer is about ciphertext that is gone
	}
	r, err := d.Sessions.Route(tx, p.Pair)
	if err != nil {
		return err
	}
	if now.Era != r.Era {
		return d.unsealAll(tx, r, now.Era)
	}
	now.Refusals++
	if now.Refusals > maxRefusals {
		return d.fail(tx, now, "The other node refused the message.")
	}
	if err := d.put(tx, now); err != nil {
		return err
	}
	if err := d.Sessions.Abandon(tx, p.Pair); err != nil && !errors.Is(err, feature.ErrLocked) {
		return err
	}
	r.Era++
	return d.unsealAll(tx, r, r.Era-1)
}

// maxRefusals is how often a message is sealed again in a new session.
const maxRefusals = 2

// unsealAll takes back the ciphertext of an earlier era.
func (d *Delivery) unsealAll(tx feature.Tx, r session.Route, upTo uint64) error {
	err := d.each(tx, d.pairPrefix(r.Pair), "", func(_ storage.Key, p parcel) (bool, error) {
		if p.State != sealed || p.Era > upTo {
			return true, nil
		}
		p.State, p.Blob = unsealed, nil
		return true, d.put(tx, p)
	})
	if err != nil {
		return err
	}
	r.Backlog = true
	return d.Sessions.SaveRoute(tx, r)
}

// Retarget moves what waits for devices that an account no longer has to those that it has now: a node that was restored from
// a backup is a new device.
func (d *Delivery) Retarget(tx feature.Tx, a protocol.Account) error {
	log, err := d.Directory.Log(tx, a)
	if err != nil {
		return err
	}
	return d.each(tx, d.Realm.Key(storage.Outbox), "", func(_ storage.Key, p parcel) (bool, error) {
		if p.Pair.Peer != a || p.State == failed {
			return true, nil
		}
		if _, ok := log.Device(identity.DeviceID(p.Pair.PeerDev)); ok {
			return true, nil
		}
		if p.Handover != nil {
			tx.Delete(d.parcelKey(p.Pair, p.Seq))
			return true, d.handOn(tx, p, false)
		}
		return true, d.readdress(tx, p, func(pair session.Pair) []session.Pair {
			var out []session.Pair
			for _, dev := range log.Head().Devices {
				pair.PeerDev = protocol.Device(dev.ID)
				out = append(out, pair)
			}
			return out
		})
	})
}

// Resend moves what waits to be sent by a device that a local account had to the one that it has now.
func (d *Delivery) Resend(tx feature.Tx, a protocol.Account, old, now protocol.Device) error {
	return d.each(tx, d.Realm.Key(storage.Outbox), "", func(_ storage.Key, p parcel) (bool, error) {
		if p.Pair.Own != a || p.Pair.OwnDev != old {
			return true, nil
		}
		return true, d.readdress(tx, p, func(pair session.Pair) []session.Pair {
			pair.OwnDev = now
			return []session.Pair{pair}
		})
	})
}

// readdress queues a parcel again for other pairs. Control messages are not worth it: what they said is said again.
func (d *Delivery) readdress(tx feature.Tx, p parcel, to func(session.Pair) []session.Pair) error {
	tx.Delete(d.parcelKey(p.Pair, p.Seq))
	if p.Ride != nil {
		return d.rode(tx, *p.Ride, d.roads.Lost)
	}
	if p.Event.IsZero() {
		return nil
	}
	t, err := d.track(tx, p.Log, p.Event)
	if err != nil {
		return err
	}
	items, kind, err := d.content(tx, p)
	if err != nil {
		return err
	}
	var kept []target
	for _, at := range t.Targets {
		if at.Peer != p.Pair.Peer || at.Device != p.Pair.PeerDev {
			kept = append(kept, at)
		}
	}
	for _, pair := range to(p.Pair) {
		if hasTarget(kept, pair) {
			continue
		}
		moved := parcel{Pair: pair, Log: p.Log, Event: p.Event, Place: p.Place}
		if moved, err = d.enqueue(tx, moved, kind, items); err != nil {
			return err
		}
		kept = append(kept, target{Peer: pair.Peer, Device: pair.PeerDev, Seq: moved.Seq, State: moved.State})
	}
	return storage.PutAs(tx, d.Realm, d.trackKey(p.Log, p.Event), track{Targets: kept})
}

func hasTarget(targets []target, p session.Pair) bool {
	for _, t := range targets {
		if t.Peer == p.Peer && t.Device == p.PeerDev {
			return true
		}
	}
	return false
}
