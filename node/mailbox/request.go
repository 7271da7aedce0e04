package mailbox

import (
	"context"
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Kinds of requests.
const (
	KindOpen  = "mailbox.open"
	KindClose = "mailbox.close"
	KindFind  = "mailbox.find"
)

// Bounds of one request.
const (
	openQueues = 512
	openPeople = 16
)

type openRequest struct {
	Queues []protocol.Queue `cbor:"0,keyasint"`
	Tokens [][32]byte       `cbor:"1,keyasint"` // their hashes
	People []person         `cbor:"2,keyasint"`
}

// person is an account whose log and prekeys are served while its node is away.
type person struct {
	Account protocol.Account  `cbor:"0,keyasint"`
	Chain   []identity.Signed `cbor:"1,keyasint"`
	Bundle  []byte            `cbor:"2,keyasint"`
}

type openAnswer struct {
	Until uint64 `cbor:"0,keyasint"` // Unix milliseconds
}

type closeRequest struct {
	Queues []protocol.Queue `cbor:"0,keyasint"`
}

type findRequest struct {
	Account protocol.Account `cbor:"0,keyasint"`
}

type findAnswer struct {
	Chain  []identity.Signed `cbor:"0,keyasint"`
	Bundle []byte            `cbor:"1,keyasint"`
}

// kept is a person of an owner.
type kept struct {
	Owner  string            `cbor:"0,keyasint"`
	Chain  []identity.Signed `cbor:"1,keyasint"`
	Bundle []byte            `cbor:"2,keyasint"`
	Until  uint64            `cbor:"3,keyasint"` // Unix milliseconds
}

func (k *Keeper) personKey(a protocol.Account) storage.Key {
	return k.Realm.Key(storage.MailboxPeople, storage.H(a[:]))
}

// Open answers a node that wants blobs kept for its queues.
func (k *Keeper) Open(ctx context.Context, from string, body []byte) ([]byte, error) {
	req, err := canon.Unmarshal[openRequest](body)
	if err != nil || len(req.Queues) > openQueues || len(req.Queues) != len(req.Tokens) || len(req.People) > openPeople {
		return nil, feature.ErrBadRequest
	}
	intros := make([]protocol.Queue, len(req.People))
	for i, p := range req.People {
		if intros[i], err = p.intro(from, k.Now); err != nil {
			return nil, feature.ErrBadRequest.With("The prekeys of an account are not in order: %v.", err)
		}
	}
	until := uint64(k.Now().Add(Registered).UnixMilli())
	err = k.Store.Update(ctx, func(tx feature.Tx) error {
		o, known, err := find[owner](tx, k.Realm, k.ownerKey(from))
		if err != nil {
			return err
		}
		accepted, err := k.Accepts(tx, from)
		switch {
		case errors.Is(err, feature.ErrLocked) && known: // what was granted is not taken back because nobody can tell
		case errors.Is(err, feature.ErrLocked), err == nil && !accepted:
			return feature.ErrForbidden
		case err != nil:
			return err
		}
		if !known {
			if err := k.roomForOwner(tx); err != nil {
				return err
			}
			o.Peer = from
		}
		for i, q := range req.Queues {
			if err := k.register(tx, &o, box{Queue: q, Owner: from, Token: req.Tokens[i], Until: until}); err != nil {
				return err
			}
		}
		for i, p := range req.People {
			if err := k.register(tx, &o, box{Queue: intros[i], Owner: from, Intro: true, Until: until}); err != nil {
				return err
			}
			row := kept{Owner: from, Chain: p.Chain, Bundle: p.Bundle, Until: until}
			if err := storage.PutAs(tx, k.Realm, k.personKey(p.Account), row); err != nil {
				return err
			}
		}
		return storage.PutAs(tx, k.Realm, k.ownerKey(from), o)
	})
	if err != nil {
		return nil, err
	}
	k.wake(net.PeerID(from))
	return canon.Marshal(openAnswer{until})
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

// intro verifies a person that a node speaks for, and returns its intro queue.
func (p person) intro(peer string, now clock) (q protocol.Queue, err error) {
	log, err := identity.Verify(p.Chain, now())
	if err != nil {
		return q, err
	}
	signed, err := identity.DecodeAttested(p.Bundle)
	if err != nil {
		return q, err
	}
	bundle, err := log.Bundle(signed, now())
	if err != nil {
		return q, err
	}
	dev, ok := log.Device(bundle.Dev)
	if !ok || string(dev.PeerID) != peer || protocol.Account(log.Account()) != p.Account {
		return q, fmt.Errorf("the device lives elsewhere: %w", identity.ErrOtherAccount)
	}
	return bundle.IntroQueue, nil
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

// Find answers whoever wants to write to an account whose node is away.
func (k *Keeper) Find(_ context.Context, _ string, body []byte) (out []byte, err error) {
	req, err := canon.Unmarshal[findRequest](body)
	if err != nil {
		return nil, feature.ErrBadRequest
	}
	err = k.Store.View(func(tx feature.Tx) error {
		p, ok, err := find[kept](tx, k.Realm, k.personKey(req.Account))
		if err != nil {
			return err
		}
		if !ok || p.Until < uint64(k.Now().UnixMilli()) {
			return feature.ErrNotFound
		}
		out, err = canon.Marshal(findAnswer{Chain: p.Chain, Bundle: p.Bundle})
		return err
	})
	return out, err
}
