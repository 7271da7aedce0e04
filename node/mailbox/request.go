package mailbox

import (
	"context"
	"errors"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Kinds of requests.
const (
	KindOpen  = "mailbox.open"
	KindClose = "mailbox.close"
)

// openQueues bounds one request.
const openQueues = 512

type openRequest struct {
	Queues []protocol.Queue `cbor:"0,keyasint"`
	Tokens [][32]byte       `cbor:"1,keyasint"` // their hashes
}

type openAnswer struct {
	Until uint64 `cbor:"0,keyasint"` // Unix milliseconds
}

type closeRequest struct {
	Queues []protocol.Queue `cbor:"0,keyasint"`
}

// Open answers a node that wants blobs kept for its queues.
func (k *Keeper) Open(ctx context.Context, from string, body []byte) ([]byte, error) {
	req, err := canon.Unmarshal[openRequest](body)
	if err != nil || len(req.Queues) > openQueues || len(req.Queues) != len(req.Tokens) {
		return nil, feature.ErrBadRequest
	}
	until := uint64(k.Now().Add(Registered).UnixMilli())
	err = k.Store.Update(ctx, func(tx feature.Tx) error {
		o, err := k.admit(tx, from)
		if err != nil {
			return err
		}
		for i, q := range req.Queues {
			if err := k.register(tx, &o, box{Queue: q, Owner: from, Token: req.Tokens[i], Until: until}); err != nil {
				return err
			}
		}
		if o.Queues == 0 {
			return nil // it only asks whether it may
		}
		return storage.PutAs(tx, k.Realm, k.ownerKey(from), o)
	})
	if err != nil {
		return nil, err
	}
	k.wake(net.PeerID(from))
	return canon.Marshal(openAnswer{until})
}

// admit returns what a node has here, feature.ErrForbidden where nothing is kept for it.
func (k *Keeper) admit(tx feature.Tx, from string) (owner, error) {
	o, known, err := find[owner](tx, k.Realm, k.ownerKey(from))
	if err != nil {
		return o, err
	}
	accepted, err := k.Accepts(tx, from)
	switch {
	case errors.Is(err, feature.ErrLocked) && known: // what was granted is not taken back because nobody can tell
	case errors.Is(err, feature.ErrLocked), err == nil && !accepted:
		return o, feature.ErrForbidden
	case err != nil:
		return o, err
	}
	if known {
		return o, nil
	}
	o.Peer = from
	return o, k.roomForOwner(tx)
}

// roomForOwner counts the owners.
func (k *Keeper) roomForOwner(tx feature.Tx) error {
	n := 0
	if err := tx.Scan(k.Realm, k.Realm.Key(storage.MailboxOwners), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
		if len(v) != len(protocol.Queue{}) {
			n++
		}
		return n < MaxOwners, nil
	}); err != nil {
		return err
	}
	if n >= MaxOwners {
		return feature.ErrTooMany
	}
	return nil
}

// register takes a queue for an owner, or prolongs it. One that is another's, or this node's own, is passed over as if it were
// taken: whoever asks learns nothing of the queues of others.
func (k *Keeper) register(tx feature.Tx, o *owner, want box) error {
	local, err := k.Local(tx, want.Queue)
	if err != nil || local {
		return err
	}
	b, known, err := find[box](tx, k.Realm, k.boxKey(want.Queue))
	switch {
	case err != nil:
		return err
	case known && b.Owner != want.Owner:
		return nil
	case !known && o.Queues >= MaxQueues:
		return feature.ErrTooMany
	case known:
		want.Blobs, want.Next = b.Blobs, b.Next
	default:
		want.Next = 1
		o.Queues++
		k.count(tx, 1)
		if err := tx.Put(k.Realm, k.ownedKey(want.Owner, want.Queue), want.Queue[:]); err != nil {
			return err
		}
	}
	return storage.PutAs(tx, k.Realm, k.boxKey(want.Queue), want)
}

// Close answers a node that wants nothing more kept for some of its queues.
func (k *Keeper) Close(ctx context.Context, from string, body []byte) ([]byte, error) {
	req, err := canon.Unmarshal[closeRequest](body)
	if err != nil || len(req.Queues) > openQueues {
		return nil, feature.ErrBadRequest
	}
	err = k.Store.Update(ctx, func(tx feature.Tx) error {
		for _, q := range req.Queues {
			b, ok, err := find[box](tx, k.Realm, k.boxKey(q))
			if err != nil {
				return err
			}
			if !ok || b.Owner != from {
				continue
			}
			if err := k.close(tx, b); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return canon.Marshal(openAnswer{})
}
