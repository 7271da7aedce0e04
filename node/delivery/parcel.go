package delivery

import (
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/crypto/ratchet"
	"conclave/node/delivery/road"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// stage is how far a parcel got.
type stage uint64

// Stages. A parcel that was delivered is gone.
const (
	unsealed stage = iota // waits for a session, or for an unlocked vault
	sealed                // its exact ciphertext is kept and offered
	stored                // kept by the other node for a locked account
	failed
	mailed // kept by a mailbox: offered again when the other node is back, unless a receipt came
)

func (s stage) waits() bool { return s == unsealed || s == sealed }

// open tells whether the peer is not known to have it.
func (s stage) open() bool { return s.waits() || s == mailed }

// parcel is a row of the outbox: one event or control message for one device.
type parcel struct {
	Pair     session.Pair     `cbor:"0,keyasint"`
	Seq      uint64           `cbor:"1,keyasint"`
	Log      protocol.Log     `cbor:"2,keyasint"`
	Event    protocol.EventID `cbor:"3,keyasint"` // zero for a control message
	Place    protocol.Place   `cbor:"4,keyasint"`
	Control  []byte           `cbor:"5,keyasint"` // the content of a control message
	State    stage            `cbor:"6,keyasint"`
	Blob     []byte           `cbor:"7,keyasint"`
	Queue    protocol.Queue   `cbor:"8,keyasint"`
	Token    [16]byte         `cbor:"9,keyasint"`
	Created  uint64           `cbor:"10,keyasint"` // Unix milliseconds
	Refusals uint64           `cbor:"11,keyasint"`
	Era      uint64           `cbor:"12,keyasint"` // of the pair's sessions when it was sealed
	Reason   string           `cbor:"13,keyasint,omitempty"`
	Handover *handover        `cbor:"14,keyasint,omitempty"` // of a control message with the key of a group's chain
	Keeper   net.PeerID       `cbor:"15,keyasint,omitempty"` // the mailbox that has it
	Ride     *road.Ride       `cbor:"16,keyasint,omitempty"` // of a control message with rows of a group
	Brief    *protocol.Log    `cbor:"17,keyasint,omitempty"` // of a control message with what is needed to join
}

func (d *Delivery) pairPrefix(p session.Pair) storage.Key {
	return d.Realm.Key(storage.Outbox, p.Part())
}

func (d *Delivery) parcelKey(p session.Pair, seq uint64) storage.Key {
	return d.Realm.Key(storage.Outbox, p.Part(), storage.U64(seq))
}

func (d *Delivery) put(tx feature.Tx, p parcel) error {
	return storage.PutAs(tx, d.Realm, d.parcelKey(p.Pair, p.Seq), p)
}

// each calls fn with parcels under a prefix in order, beginning behind from.
func (d *Delivery) each(tx feature.Tx, prefix, from storage.Key, fn func(storage.Key, parcel) (bool, error)) error {
	return tx.Scan(d.Realm, prefix, storage.ScanOptions{From: from}, func(k storage.Key, v []byte) (bool, error) {
		p, err := canon.UnmarshalOwn[parcel](v)
		if err != nil {
			return false, fmt.Errorf("read the outbox: %w", err)
		}
		return fn(k, p)
	})
}

// next gives a parcel its place in the order of everything that this node sends.
func (d *Delivery) next() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seq = max(d.seq+1, uint64(d.Now().UnixMicro()))
	return d.seq
}

// track is which parcels an event of ours has under way. No row means that it was delivered, or never had to travel.
type track struct {
	Targets []target `cbor:"0,keyasint"`

	// Of an event of a group, instead.
	Seq     uint64        `cbor:"1,keyasint,omitempty"` // its place in the queue of the group
	Refused uint64        `cbor:"2,keyasint,omitempty"` // by so many nodes
	Final   feature.State `cbor:"3,keyasint,omitempty"` // of one that is no longer offered
}

type target struct {
	Peer   protocol.Account `cbor:"0,keyasint"`
	Device protocol.Device  `cbor:"1,keyasint"`
	Seq    uint64           `cbor:"2,keyasint"`
	State  stage            `cbor:"3,keyasint"`
	Done   bool             `cbor:"4,keyasint,omitempty"`
	Reason string           `cbor:"5,keyasint,omitempty"`
}

func (d *Delivery) trackKey(log protocol.Log, id protocol.EventID) storage.Key {
	return d.Realm.Key(storage.EnvelopeIndex, storage.H(log[:], id[:]))
}

func (d *Delivery) track(tx feature.Tx, log protocol.Log, id protocol.EventID) (track, error) {
	t, err := storage.GetAs[track](tx, d.Realm, d.trackKey(log, id))
	if errors.Is(err, storage.ErrNotFound) {
		return track{}, nil
	}
	return t, err
}

// state is how far an event got: as far as the account that it got least far to, over the device it got furthest to.
func (t track) state() (feature.State, string) {
	best := map[protocol.Account]target{}
	for _, to := range t.Targets {
		was, seen := best[to.Peer]
		if !seen || to.Done || !was.Done && rank(to.State) > rank(was.State) {
			best[to.Peer] = to
		}
	}
	worst, reason := feature.Delivered, ""
	for _, to := range best {
		switch {
		case to.Done:
		case to.State == failed:
			return feature.Failed, to.Reason
		case (to.State == stored || to.State == mailed) && worst == feature.Delivered:
			worst = feature.Sent
		case to.State.waits():
			worst = feature.Sending
		}
	}
	return worst, reason
}

func rank(s stage) int { return [...]int{unsealed: 1, sealed: 2, stored: 3, failed: 0, mailed: 3}[s] }

// mark changes what is known of one parcel of an event and tells whoever wants to know.
func (d *Delivery) mark(tx feature.Tx, p parcel, done bool) error {
	if p.Event.IsZero() {
		return nil
	}
	t, err := d.track(tx, p.Log, p.Event)
	if err != nil || len(t.Targets) == 0 {
		return err
	}
	was, _ := t.state()
	open := 0
	for i, to := range t.Targets {
		if to.Peer == p.Pair.Peer && to.Device == p.Pair.PeerDev {
			t.Targets[i] = target{Peer: to.Peer, Device: to.Device, Seq: p.Seq, State: p.State, Done: done, Reason: p.Reason}
		}
		if !t.Targets[i].Done {
			open++
		}
	}
	k := d.trackKey(p.Log, p.Event)
	if open == 0 {
		tx.Delete(k)
	} else if err := storage.PutAs(tx, d.Realm, k, t); err != nil {
		return err
	}
	if now, reason := t.state(); now != was {
		d.tell(tx, feature.Progress{Log: p.Log, Event: p.Event, Author: p.Pair.Own, State: now, Reason: reason})
	}
	return nil
}

// content is what a parcel carries, from the log or from the row itself.
func (d *Delivery) content(tx feature.Tx, p parcel) ([]protocol.Item, ratchet.Kind, error) {
	if p.Ride != nil {
		return d.cargo(tx, *p.Ride)
	}
	if p.Brief != nil {
		return d.brief(tx, p)
	}
	if p.Event.IsZero() {
		items, err := protocol.DecodeContent(p.Control)
		return items, kindOf(p.Control), err
	}
	e, err := d.timeline.Get(tx, p.Log, p.Event)
	if err != nil {
		return nil, 0, fmt.Errorf("find an event to send: %w", err)
	}
	return []protocol.Item{{Kind: protocol.ItemEvent, Data: e.Encode()}}, ratchet.Content, nil
}
