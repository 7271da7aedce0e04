package delivery

import (
	"context"
	"errors"

	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/storage"
)

// errHeld means that nothing can be sealed for a pair until its account is unlocked.
var errHeld = errors.New("the account is locked")

// prepare makes sure that what waits for a pair is sealed: it starts a session where there is none, and seals.
func (c *courier) prepare(ctx context.Context, p session.Pair) error {
	for {
		var route session.Route
		var ready bool
		if err := c.d.Store.View(func(tx feature.Tx) (err error) {
			if route, err = c.d.Sessions.Route(tx, p); err != nil || !route.Backlog {
				return err
			}
			ready, _, err = c.d.Sessions.Ready(tx, p)
			return err
		}); err != nil {
			return held(err)
		}
		if !route.Backlog {
			return nil
		}
		if !ready {
			if err := c.begin(ctx, p); err != nil {
				return err
			}
			if !c.waits(p) {
				return nil // its parcels went to other devices
			}
		}
		if more, err := c.sealSome(ctx, p); err != nil || !more {
			return err
		}
	}
}

// sealSome seals the next parcels that wait for it. more tells that others wait behind them.
func (c *courier) sealSome(ctx context.Context, p session.Pair) (more bool, err error) {
	err = c.d.Store.Update(ctx, func(tx feature.Tx) error {
		more = false
		route, err := c.d.Sessions.Route(tx, p)
		if err != nil {
			return err
		}
		n, size, waits := 0, 0, false
		err = c.d.each(tx, c.d.pairPrefix(p), "", func(_ storage.Key, x parcel) (bool, error) {
			if x.State != unsealed {
				return true, nil
			}
			if n == sealBatch || size >= mailBytes {
				more = true
				return false, nil
			}
			items, kind, err := c.d.content(tx, x)
			if errors.Is(err, feature.ErrNotFound) {
				return true, c.d.fail(tx, x, "The message is no longer here.")
			}
			if err != nil {
				return false, err
			}
			x, err = c.d.seal(tx, x, route.Era, kind, items)
			if errors.Is(err, session.ErrWait) {
				waits = true
				return false, nil
			}
			if err != nil {
				return false, err
			}
			n++
			size += len(x.Blob)
			return true, c.d.put(tx, x)
		})
		if err != nil || more || waits {
			return err
		}
		if route, err = c.d.Sessions.Route(tx, p); err != nil {
			return err
		}
		route.Backlog = false
		return c.d.Sessions.SaveRoute(tx, route)
	})
	return more, held(err)
}

// begin starts a session with the peer's device.
func (c *courier) begin(ctx context.Context, p session.Pair) error {
	var log *identity.Log
	var secret []byte
	if err := c.d.Store.View(func(tx feature.Tx) (err error) {
		if c.d.Directory.Forked(tx, p.Peer) {
			return identity.ErrFork
		}
		log, err = c.d.Directory.Log(tx, p.Peer)
		secret = c.d.Directory.Secret(tx, p.Peer)
		return err
	}); err != nil {
		return err
	}
	answer, err := c.d.Directory.AskPeer(ctx, p.Peer, c.peer, session.KindPrekeys, session.PrekeyRequest(p, secret))
	if err != nil {
		return err
	}
	material, err := c.d.Sessions.Verify(log, p.PeerDev, answer)
	if errors.Is(err, identity.ErrGap) || errors.Is(err, identity.ErrExpired) {
		if err := c.d.Directory.Refresh(ctx, p.Peer); err != nil {
			return err
		}
		if err := c.d.Store.View(func(tx feature.Tx) (err error) {
			log, err = c.d.Directory.Log(tx, p.Peer)
			return err
		}); err != nil {
			return err
		}
		material, err = c.d.Sessions.Verify(log, p.PeerDev, answer)
	}
	if errors.Is(err, identity.ErrRevoked) {
		return c.d.Store.Update(ctx, func(tx feature.Tx) error { return c.d.Retarget(tx, p.Peer) })
	}
	if err != nil {
		return err
	}
	return c.d.Store.Update(ctx, func(tx feature.Tx) error { return c.d.Sessions.Begin(tx, p, material) })
}

// compare asks the peer once in this run how far it got with each session. A peer that is ahead of us means that the store was rolled
// back: the old sessions are never sent on again (SPEC.md, persistence rules).
func (c *courier) compare(ctx context.Context, p session.Pair) error {
	c.d.mu.Lock()
	done := c.d.compared[p]
	c.d.mu.Unlock()
	if done {
		return nil
	}
	var body []byte
	if err := c.d.Store.View(func(tx feature.Tx) (err error) {
		body, err = c.d.Sessions.PositionRequest(tx, p)
		return err
	}); err != nil {
		return held(err)
	}
	if body != nil {
		answer, err := c.d.Directory.AskPeer(ctx, p.Peer, c.peer, session.KindPosition, body)
		switch {
		case errors.Is(err, feature.ErrNotFound), errors.Is(err, feature.ErrForbidden):
			// The peer does not know the pair any more, or not this question: what it cannot open, it refuses.
		case err != nil:
			return err
		default:
			if err := c.d.overtaken(ctx, p, answer); err != nil {
				return held(err)
			}
		}
	}
	c.d.mu.Lock()
	c.d.compared[p] = true
	c.d.mu.Unlock()
	return nil
}

// held names the error of a locked account.
func held(err error) error {
	if errors.Is(err, feature.ErrLocked) {
		return errHeld
	}
	return err
}

// overtaken gives the sessions of a pair up when the peer is ahead of them.
func (d *Delivery) overtaken(ctx context.Context, p session.Pair, answer []byte) error {
	behind := false
	look := func(tx feature.Tx) (err error) {
		behind, err = d.Sessions.Behind(tx, p, answer)
		return err
	}
	if err := d.Store.View(look); err != nil || !behind {
		return err
	}
	d.Logger.Warn("a peer is ahead of this store, which was rolled back: new sessions are made")
	return d.Store.Update(ctx, func(tx feature.Tx) error {
		if err := look(tx); err != nil || !behind {
			return err
		}
		if err := d.Sessions.Abandon(tx, p); err != nil {
			return err
		}
		r, err := d.Sessions.Route(tx, p)
		if err != nil {
			return err
		}
		r.Era++
		return d.unsealAll(tx, r, r.Era-1)
	})
}

// waits tells whether anything is queued for a pair.
func (c *courier) waits(p session.Pair) (found bool) {
	err := c.d.Store.View(func(tx feature.Tx) error {
		return c.d.each(tx, c.d.pairPrefix(p), "", func(_ storage.Key, x parcel) (bool, error) {
			found = x.State.waits()
			return !found, nil
		})
	})
	return found || err != nil
}
