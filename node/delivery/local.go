package delivery

import (
	"context"
	"fmt"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/storage"
)

// Accounts of one node hold no sessions with each other: an event is logged once and all of them read it. One that is locked
// has not got it before it is unlocked, and its sender is told no earlier (SPEC.md, envelopes and acknowledgements).

// unread is an event that a locked account of this node has not got.
type unread struct {
	_      struct{} `cbor:",toarray"`
	Log    protocol.Log
	Event  protocol.EventID
	Author protocol.Account
	Device protocol.Device
}

func (d *Delivery) unreadPrefix(a protocol.Account) storage.Key {
	return d.Realm.Key(storage.Inbox, storage.H(a[:], []byte("local")))
}

// leave notes that a member of this node is locked, and returns its target; ok is false for one that reads the event at once.
func (d *Delivery) leave(tx feature.Tx, member protocol.Account, e *protocol.Event) (to target, ok bool, err error) {
	if member == e.Author || d.Keys.Unlocked(member) {
		return target{}, false, nil
	}
	to = target{Peer: member, Seq: d.next(), State: stored}
	k := d.Realm.Key(storage.Inbox, storage.H(member[:], []byte("local")), storage.U64(to.Seq))
	return to, true, storage.PutAs(tx, d.Realm, k, unread{Log: e.Log, Event: e.ID, Author: e.Author, Device: e.Device})
}

// hasGot marks what an account of this node could not read while it was locked as delivered.
func (d *Delivery) hasGot(ctx context.Context, a protocol.Account) {
	for more := true; more && ctx.Err() == nil; {
		err := d.Store.Update(ctx, func(tx feature.Tx) error {
			n := 0
			more = false
			return tx.Scan(d.Realm, d.unreadPrefix(a), storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
				if n++; n > sealBatch {
					more = true
					return false, nil
				}
				u, err := canon.Unmarshal[unread](v)
				if err != nil {
					return false, fmt.Errorf("read the inbox: %w", err)
				}
				tx.Delete(k)
				pair := session.Pair{Own: u.Author, OwnDev: u.Device, Peer: a}
				return true, d.mark(tx, parcel{Pair: pair, Log: u.Log, Event: u.Event, State: stored}, true)
			})
		})
		if err != nil {
			d.Logger.Error("mark what a locked account got", "err", err)
			return
		}
	}
}
