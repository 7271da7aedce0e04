package delivery

import (
	"context"
	"errors"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/session"
)

// beginByMail starts a session with a device whose node is away, from what one of its mailboxes tells: its last-resort key.
func (d *Delivery) beginByMail(ctx context.Context, p session.Pair, mailbox string) error {
	chain, prekeys, err := d.Post.Person(ctx, mailbox, p.Peer)
	if err != nil {
		return err
	}
	var log *identity.Log
	if err := d.Store.Update(ctx, func(tx feature.Tx) error {
		if err := d.Directory.Merge(tx, p.Peer, chain); err != nil && !errors.Is(err, identity.ErrGap) {
			return err // a gap: more is known here than there
		}
		if d.Directory.Forked(tx, p.Peer) {
			return identity.ErrFork
		}
		return nil
	}); err != nil {
		return err
	}
	if err := d.Store.View(func(tx feature.Tx) (err error) {
		log, err = d.Directory.Log(tx, p.Peer)
		return err
	}); err != nil {
		return err
	}
	material, err := d.Sessions.Verify(log, p.PeerDev, prekeys)
	if errors.Is(err, identity.ErrRevoked) {
		return d.Store.Update(ctx, func(tx feature.Tx) error { return d.Retarget(tx, p.Peer) })
	}
	if err != nil {
		return err
	}
	return d.Store.Update(ctx, func(tx feature.Tx) error { return d.Sessions.Begin(tx, p, material) })
}
