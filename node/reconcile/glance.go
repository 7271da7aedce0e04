package reconcile

import (
	"context"
	"errors"
	"slices"

	"conclave/node/feature"
	groups "conclave/node/group"
	"conclave/protocol"
)

// glance asks once what there is to see of a group that an account here waits to join, so that it shows before its operations
// came. A node that has no checkpoint of it, or shows a wrong one, keeps nothing from coming.
func (r *round) glance(ctx context.Context) error {
	if wanted, err := r.waits(); r.seen || err != nil || !wanted {
		return err
	}
	r.seen = true
	a, err := ask[glanceAnswer](ctx, r, kindGlance, glanceRequest{Log: r.w.log})
	if errors.Is(err, feature.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	stranger, err := r.show(ctx, a)
	if errors.Is(err, groups.ErrStranger) {
		if err := r.people(ctx, []protocol.Account{stranger}); err != nil {
			return err
		}
		_, err = r.show(ctx, a)
	}
	switch {
	case err == nil:
		r.c.Changed(r.w.log)
	case errors.Is(err, groups.ErrForged):
		r.bad++
	case !errors.Is(err, groups.ErrStranger):
		return quiet(err)
	}
	return nil
}

func (r *round) show(ctx context.Context, a glanceAnswer) (stranger protocol.Account, err error) {
	err = r.c.Store.Update(ctx, func(tx feature.Tx) error {
		stranger, err = r.c.Groups.Show(tx, r.w.log, a.Checkpoint, a.State)
		return err
	})
	return stranger, err
}

// waits tells whether an account here waits to join the group.
func (r *round) waits() (waits bool, err error) {
	err = r.c.Store.View(func(tx feature.Tx) error {
		joining, err := r.c.Groups.Joining(tx)
		waits = slices.ContainsFunc(joining, func(j groups.Joining) bool { return j.Log == r.w.log })
		return err
	})
	return waits, err
}
