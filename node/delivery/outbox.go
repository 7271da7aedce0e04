package delivery

import (
	"context"
	"errors"
	"fmt"

	"conclave/crypto/identity"
	"conclave/crypto/ratchet"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Enqueue takes an event that a local account appended, in the transaction that logs it: a parcel for each device of each
// account of the conversation that does not live here.
func (d *Delivery) Enqueue(tx feature.Tx, c feature.Conversation, e *protocol.Event) error {
	var t track
	for _, member := range c.Members {
		if d.Directory.Local(tx, member) {
			to, ok, err := d.leave(tx, member, e)
			if err != nil {
				return err
			}
			if ok {
				t.Targets = append(t.Targets, to)
			}
			continue
		}
		log, err := d.Directory.Log(tx, member)
		if err != nil {
			return fmt.Errorf("find the devices of a member: %w", err)
		}
		for _, dev := range log.Head().Devices {
			pair := session.Pair{Own: e.Author, OwnDev: e.Device, Peer: member, PeerDev: protocol.Device(dev.ID)}
			p := parcel{Pair: pair, Log: e.Log, Event: e.ID, Place: e.Place()}
			items := []protocol.Item{{Kind: protocol.ItemEvent, Data: e.Encode()}}
			if p, err = d.enqueue(tx, p, ratchet.Content, items); err != nil {
				return err
			}
			t.Targets = append(t.Targets, target{Peer: member, Device: pair.PeerDev, Seq: p.Seq, State: p.State})
		}
	}
	if len(t.Targets) == 0 {
		return nil
	}
	return storage.PutAs(tx, d.Realm, d.trackKey(e.Log, e.ID), t)
}

// control queues a control message for a device.
func (d *Delivery) control(tx feature.Tx, pair session.Pair, items ...protocol.Item) error {
	content := protocol.EncodeContent(items...)
	_, err := d.enqueue(tx, parcel{Pair: pair, Control: content}, kindOf(content), items)
	return err
}

// kindOf is how a control message is sealed: as all others are, unless it is too large to look like them.
func kindOf(content []byte) ratchet.Kind {
	if len(content) > ratchet.MaxControl {
		return ratchet.Content
	}
	return ratchet.Control
}

// enqueue seals at once where a session is there and nothing older waits to be sealed.
func (d *Delivery) enqueue(tx feature.Tx, p parcel, kind ratchet.Kind, items []protocol.Item) (parcel, error) {
	p.Seq, p.Created = d.next(), uint64(d.Now().UnixMilli())
	r, err := d.Sessions.Route(tx, p.Pair)
	if err != nil {
		return p, err
	}
	if !r.Backlog {
		p, err = d.seal(tx, p, r.Era, kind, items)
		if errors.Is(err, session.ErrNoSession) || errors.Is(err, session.ErrWait) || errors.Is(err, feature.ErrLocked) {
			if r, err = d.Sessions.Route(tx, p.Pair); err != nil {
				return p, err
			}
			r.Backlog = true
			err = d.Sessions.SaveRoute(tx, r)
		}
		if err != nil {
			return p, err
		}
	}
	tx.OnCommit(func() { d.wakeLater(p.Pair) })
	return p, d.put(tx, p)
}

// seal makes the ciphertext of a parcel.
func (d *Delivery) seal(tx feature.Tx, p parcel, era uint64, kind ratchet.Kind, items []protocol.Item) (parcel, error) {
	out, err := d.Sessions.Seal(tx, p.Pair, kind, items...)
	if err != nil {
		return p, err
	}
	p.Blob, p.Queue, p.Token, p.State, p.Era = out.Blob, out.Queue, out.Token, sealed, era
	return p, nil
}

// State implements feature.Delivery.
func (d *Delivery) State(tx feature.Tx, log protocol.Log, id protocol.EventID) (feature.State, string, error) {
	t, err := d.track(tx, log, id)
	if err != nil {
		return "", "", err
	}
	if t.Seq != 0 {
		return d.groupState(tx, log, t)
	}
	state, reason := t.state()
	return state, reason, nil
}

// Retry implements feature.Delivery: what failed is queued again behind what waits.
func (d *Delivery) Retry(tx feature.Tx, log protocol.Log, id protocol.EventID) error {
	t, err := d.track(tx, log, id)
	if err != nil {
		return err
	}
	if t.Seq != 0 {
		return feature.ErrConflict.With("The other members get this message when they ask for what they lack.")
	}
	found := false
	for _, to := range t.Targets {
		if to.State != failed || to.Done {
			continue
		}
		p, err := d.find(tx, log, id, to)
		if err != nil {
			return err
		}
		found = true
		tx.Delete(d.parcelKey(p.Pair, p.Seq))
		p.State, p.Blob, p.Refusals, p.Reason = unsealed, nil, 0, ""
		items, kind, err := d.content(tx, p)
		if err != nil {
			return err
		}
		if p, err = d.enqueue(tx, p, kind, items); err != nil {
			return err
		}
		if err := d.mark(tx, p, false); err != nil {
			return err
		}
	}
	if !found {
		return feature.ErrNotFound.With("This message did not fail.")
	}
	return nil
}

// find loads the parcel of an event for a target.
func (d *Delivery) find(tx feature.Tx, log protocol.Log, id protocol.EventID, to target) (parcel, error) {
	e, err := d.timeline.Get(tx, log, id)
	if err != nil {
		return parcel{}, err
	}
	pair := session.Pair{Own: e.Author, OwnDev: e.Device, Peer: to.Peer, PeerDev: to.Device}
	return storage.GetAs[parcel](tx, d.Realm, d.parcelKey(pair, to.Seq))
}

// fail gives a parcel up, visibly.
func (d *Delivery) fail(tx feature.Tx, p parcel, reason string) error {
	if p.Ride != nil {
		tx.Delete(d.parcelKey(p.Pair, p.Seq))
		return d.rode(tx, *p.Ride, d.roads.Lost)
	}
	if p.Event.IsZero() {
		tx.Delete(d.parcelKey(p.Pair, p.Seq))
		if p.State == stored || p.State == mailed {
			return nil
		}
		return d.handOn(tx, p, false)
	}
	p.State, p.Reason, p.Blob = failed, reason, nil
	if err := d.put(tx, p); err != nil {
		return err
	}
	return d.mark(tx, p, false)
}

// laidUp notes that the other node keeps a parcel for a locked account, unless more became known of it since.
func (d *Delivery) laidUp(tx feature.Tx, p parcel) error {
	now, err := storage.GetAs[parcel](tx, d.Realm, d.parcelKey(p.Pair, p.Seq))
	if errors.Is(err, storage.ErrNotFound) || err == nil && !now.State.waits() {
		return nil
	}
	if err != nil {
		return err
	}
	now.State = stored
	if err := d.put(tx, now); err != nil {
		return err
	}
	if now.Handover != nil {
		return d.handOn(tx, now, true)
	}
	if now.Ride != nil {
		return d.rode(tx, *now.Ride, d.roads.Kept)
	}
	return d.mark(tx, now, false)
}

// done forgets a parcel that arrived.
func (d *Delivery) done(tx feature.Tx, p parcel) error {
	tx.Delete(d.parcelKey(p.Pair, p.Seq))
	if p.Handover != nil {
		return d.handedOver(tx, *p.Handover)
	}
	if p.Ride != nil {
		return d.rode(tx, *p.Ride, d.roads.Arrived)
	}
	return d.mark(tx, p, true)
}

// Expire gives up what nobody took for protocol.OutboxKeep, and forgets ids of blobs that are old enough.
func (d *Delivery) Expire(ctx context.Context) error {
	limit := uint64(max(d.Now().Add(-protocol.OutboxKeep).UnixMilli(), 0))
	return d.Store.Update(ctx, func(tx feature.Tx) error {
		err := d.each(tx, d.Realm.Key(storage.Outbox), "", func(_ storage.Key, p parcel) (bool, error) {
			if p.State == failed || p.Created > limit {
				return true, nil
			}
			return true, d.fail(tx, p, "The other node was not reached for 45 days.")
		})
		if err != nil {
			return err
		}
		return errors.Join(d.expireRoads(tx), d.forget(tx, uint64(d.Now().UnixMilli())))
	})
}

// Reach implements feature.Delivery.
func (d *Delivery) Reach(a protocol.Account) feature.Reach {
	var log *identity.Log
	if err := d.Store.View(func(tx feature.Tx) (err error) {
		log, err = d.Directory.Log(tx, a)
		return err
	}); err != nil {
		return feature.Reach{}
	}
	var out feature.Reach
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, dev := range log.Head().Devices {
		peer, err := net.ParsePeerID(string(dev.PeerID))
		if err != nil {
			continue
		}
		out.Connected = out.Connected || d.Network.Connected(peer)
		if seen := d.lastSeen[peer]; seen.After(out.LastSeen) {
			out.LastSeen = seen
		}
	}
	return out
}
