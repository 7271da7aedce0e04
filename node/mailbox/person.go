package mailbox

import (
	"context"
	"errors"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// A keeper also tells who asks, for accounts of its owners, what a first message to them needs: identity log and prekeys (SPEC.md,
// mailboxes). It hands out no one-time keys: one that is given to two would cost the second its message.

// Kinds of requests.
const (
	KindPresent = "mailbox.present"
	KindPerson  = "mailbox.person"
)

// Bounds of what is kept of a person and its intro queue. Sizes are bytes.
const (
	maxPerson  = 32 << 10
	MaxPersons = 1000 // of an owner
	MaxIntros  = 1000 // blobs in an intro queue
	introHour  = 20   // blobs to intro queues that one sender deposits in an hour
)

// presentation is what an owner says of one of its accounts.
type presentation struct {
	Account protocol.Account  `cbor:"0,keyasint"`
	Chain   []identity.Signed `cbor:"1,keyasint"`
	Prekeys []byte            `cbor:"2,keyasint"` // answer to a request for prekeys
}

type personRequest struct {
	Account protocol.Account `cbor:"0,keyasint"`
}

type personAnswer struct {
	Chain   []identity.Signed `cbor:"0,keyasint"`
	Prekeys []byte            `cbor:"1,keyasint"`
}

// person is what is kept of an account of an owner.
type person struct {
	Owner   string            `cbor:"0,keyasint"`
	Intro   protocol.Queue    `cbor:"1,keyasint"`
	Chain   []identity.Signed `cbor:"2,keyasint"`
	Prekeys []byte            `cbor:"3,keyasint"`
}

func (k *Keeper) personKey(a protocol.Account) storage.Key {
	return k.Realm.Key(storage.MailboxPersons, storage.H(a[:]))
}

// Present takes what an owner says of an account whose device lives there, and registers its intro queue, which has no token.
func (k *Keeper) Present(ctx context.Context, from string, body []byte) ([]byte, error) {
	req, err := canon.Unmarshal[presentation](body)
	if err != nil || len(body) > maxPerson {
		return nil, feature.ErrBadRequest
	}
	log, err := identity.Verify(req.Chain, k.Now())
	if err != nil || protocol.Account(log.Account()) != req.Account {
		return nil, feature.ErrBadRequest
	}
	bundle, err := session.BundleOf(log, req.Prekeys, k.Now())
	if err != nil {
		return nil, feature.ErrBadRequest
	}
	if dev, ok := log.Device(bundle.Dev); !ok || string(dev.PeerID) != from {
		return nil, feature.ErrBadRequest
	}
	until := uint64(k.Now().Add(Registered).UnixMilli())
	err = k.Store.Update(ctx, func(tx feature.Tx) error {
		o, err := k.admit(tx, from)
		if err != nil {
			return err
		}
		was, known, err := find[person](tx, k.Realm, k.personKey(req.Account))
		switch {
		case err != nil:
			return err
		case known && len(was.Chain) > len(req.Chain):
			return feature.ErrBadRequest // a device that was revoked since
		case !known && o.Persons >= MaxPersons:
			return feature.ErrTooMany
		case !known:
			o.Persons++
		}
		intro := protocol.Queue(bundle.IntroQueue)
		if err := k.register(tx, &o, box{Queue: intro, Owner: from, Token: TokenHash([16]byte{}), Until: until, Intro: true, Account: req.Account}); err != nil {
			return err
		}
		p := person{Owner: from, Intro: intro, Chain: req.Chain, Prekeys: req.Prekeys}
		return errors.Join(storage.PutAs(tx, k.Realm, k.personKey(req.Account), p), storage.PutAs(tx, k.Realm, k.ownerKey(from), o))
	})
	if err != nil {
		return nil, err
	}
	return canon.Marshal(openAnswer{until})
}

// Person answers whoever wants to write to an account for the first time.
func (k *Keeper) Person(_ context.Context, _ string, body []byte) ([]byte, error) {
	req, err := canon.Unmarshal[personRequest](body)
	if err != nil {
		return nil, feature.ErrBadRequest
	}
	var p person
	if err := k.Store.View(func(tx feature.Tx) error {
		found, known, err := find[person](tx, k.Realm, k.personKey(req.Account))
		if err == nil && !known {
			err = feature.ErrNotFound
		}
		p = found
		return err
	}); err != nil {
		return nil, err
	}
	return canon.Marshal(personAnswer{Chain: p.Chain, Prekeys: p.Prekeys})
}

// unpresent forgets a person whose intro queue is closed.
func (k *Keeper) unpresent(tx feature.Tx, b box, o *owner) error {
	if !b.Intro {
		return nil
	}
	p, known, err := find[person](tx, k.Realm, k.personKey(b.Account))
	if err != nil || !known || p.Owner != b.Owner || p.Intro != b.Queue {
		return err
	}
	tx.Delete(k.personKey(b.Account))
	o.Persons -= min(o.Persons, 1)
	return nil
}

// introduces tells whether a blob may go to an intro queue, and counts it: it begins a session, and its sender did not deposit too many.
func (k *Keeper) introduces(from net.PeerID, blob []byte) net.Code {
	if blob[0] != protocol.BlobPrekey || len(blob) > protocol.MaxIntroBlob {
		return net.Refused
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.Now(); now.Sub(k.hour).Abs() >= time.Hour || len(k.intros) >= maxSenders {
		k.hour, k.intros = now, map[net.PeerID]int{}
	}
	if k.intros[from] >= introHour {
		return net.Later
	}
	k.intros[from]++
	return net.Stored
}

// maxSenders bounds how many senders are counted.
const maxSenders = 10_000

// Person asks a mailbox, as a guest, what a first message to an account needs.
func (g *Guests) Person(ctx context.Context, mailbox string, a protocol.Account) (chain []identity.Signed, prekeys []byte, err error) {
	guest, peer, err := g.visit(ctx, mailbox)
	if err != nil {
		return nil, nil, err
	}
	raw, err := guest.Request(ctx, peer, KindPerson, canon.MustMarshal(personRequest{a}))
	if err != nil {
		return nil, nil, err
	}
	answer, err := canon.Unmarshal[personAnswer](raw)
	return answer.Chain, answer.Prekeys, err
}
