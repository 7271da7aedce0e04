package reconcile

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"conclave/node/feature"
	groups "conclave/node/group"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/protocol/net"
)

// lacks tells whether some operations are not here.
func (r *round) lacks(ids []protocol.EventID) (lacks bool, err error) {
	err = r.c.Store.View(func(tx feature.Tx) error {
		for _, id := range ids {
			switch _, err := r.c.Groups.Op(tx, r.w.log, membership.ID(id)); {
			case errors.Is(err, feature.ErrNotFound):
				lacks = true
				return nil
			case err != nil:
				return err
			}
		}
		return nil
	})
	return lacks, err
}

// operations fetches those that are not in the past of ours. They come in the order of their places, so that however many there
// are, and however many of them are known, each answer goes on behind the last.
func (r *round) operations(ctx context.Context, beyond []protocol.EventID) error {
	req := opsRequest{Log: r.w.log, Beyond: beyond[:min(len(beyond), maxTips)]}
	for range maxOpRequest {
		a, err := ask[opsAnswer](ctx, r, kindOps, req)
		if err != nil {
			return err
		}
		if req.After, err = inOrder(a.Ops, req.After); err != nil {
			return err
		}
		taken, err := r.take(ctx, a.Ops)
		if err != nil {
			return err
		}
		if len(taken.Strangers) > 0 {
			if err := r.people(ctx, taken.Strangers); err != nil {
				return err
			}
			again, err := r.take(ctx, a.Ops)
			if err != nil {
				return err
			}
			again.Added = append(again.Added, taken.Added...)
			again.Forked = append(again.Forked, taken.Forked...)
			taken = again
		}
		for _, a := range taken.Forked { // its author's doing, not that of who passes it on
			r.c.Report(feature.Incident{Kind: feature.TwinRecord, Peer: string(r.w.peer), Log: r.w.log, Account: a.Account, Device: a.Device})
		}
		r.bad += taken.Refused
		r.news += len(taken.Added)
		if !a.More || len(a.Ops) == 0 || r.bad >= maxBad || len(taken.Over) > 0 {
			return nil
		}
	}
	return nil
}

// inOrder checks that operations stand in order and after a place, and returns that of the last.
func inOrder(ops [][]byte, after membership.Place) (membership.Place, error) {
	for _, op := range ops {
		at, err := membership.PlaceOf(op)
		if err != nil {
			return after, fmt.Errorf("%w: %w", errBad, err)
		}
		if at.Compare(after) <= 0 {
			return after, fmt.Errorf("%w: operations out of order", errBad)
		}
		after = at
	}
	return after, nil
}

func (r *round) take(ctx context.Context, ops [][]byte) (taken groups.Taken, err error) {
	if len(ops) == 0 {
		return taken, nil
	}
	err = r.c.Store.Update(ctx, func(tx feature.Tx) error {
		taken, err = r.c.Groups.TakeOps(tx, r.w.log, ops)
		return err
	})
	return taken, err
}

// strangers fetches the identity logs of members that are not known here.
func (r *round) strangers(ctx context.Context) error {
	var unknown []protocol.Account
	if err := r.c.Store.View(func(tx feature.Tx) error {
		talk, err := r.c.Groups.Conversation(tx, r.w.log)
		if err != nil {
			return err
		}
		for _, a := range talk.Members {
			switch _, err := r.c.Directory.Log(tx, a); {
			case errors.Is(err, feature.ErrNotFound):
				unknown = append(unknown, a)
			case err != nil:
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return r.people(ctx, unknown)
}

// people fetches identity logs. What the peer does not know is left out; an identity log that is not that of its account is not
// taken, nor is one that contradicts what is known.
func (r *round) people(ctx context.Context, who []protocol.Account) error {
	for part := range slices.Chunk(who, maxPeople) {
		for len(part) > 0 {
			list, err := ask[[]person](ctx, r, kindPeople, peopleRequest{Log: r.w.log, Accounts: part})
			if err != nil {
				return err
			}
			rest := slices.Clone(part)
			for _, p := range list {
				i := slices.Index(rest, p.Account)
				if i < 0 || p.Check() != nil {
					return fmt.Errorf("%w: an account that was not asked for", errBad)
				}
				rest = slices.Delete(rest, i, i+1)
				if err := r.meet(ctx, p); err != nil {
					return err
				}
			}
			if len(list) == 0 {
				break
			}
			part = rest
		}
	}
	return nil
}

// meet keeps an identity log that proves to be that of its account.
func (r *round) meet(ctx context.Context, p person) error {
	near := r.c.Network.OverLoopback(r.w.peer)
	return r.c.Store.Update(ctx, func(tx feature.Tx) error {
		if r.c.Directory.Local(tx, p.Account) {
			return nil
		}
		if err := r.c.Directory.Merge(tx, p.Account, p.Chain); err != nil {
			r.bad++
			r.c.Logger.Info("an identity log of a member was not taken", "account", p.Account, "peer", r.w.peer, "err", err)
		}
		return r.c.Directory.Adopt(tx, p, func(all []string) []string { return net.Believable(all, near) })
	})
}
