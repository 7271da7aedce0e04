package group

import (
	"context"
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// purgeRows is how many rows of a group that nobody here keeps are deleted in one transaction.
const purgeRows = 2_000

// Forget implements feature.Groups.
func (g *Groups) Forget(tx feature.Tx, log protocol.Log, a protocol.Account) error {
	r, err := g.row(tx, log)
	if err != nil {
		return err
	}
	is, err := g.Standing(tx, log, a)
	switch {
	case err != nil:
		return err
	case is == "":
		return feature.ErrNotFound
	case is == feature.GroupJoined:
		return feature.ErrConflict.With("Leave the group first.")
	}
	tx.Delete(g.standingKey(log, a))
	if err := g.Keys.Revoke(tx, log, a); err != nil {
		return err
	}
	kept, err := g.keptHere(tx, log)
	if err != nil || kept {
		return err
	}
	r.Gone = true
	if err := g.saveRow(tx, r); err != nil {
		return err
	}
	tx.OnCommit(func() { g.attend(log) })
	_, err = g.purge(tx, r)
	return err
}

// keptHere tells whether a local account holds the key of a group.
func (g *Groups) keptHere(tx feature.Tx, log protocol.Log) (kept bool, err error) {
	prefix := g.node().Key(storage.Groups, storage.Fixed([]byte{kindStanding}), storage.H(log[:]))
	err = tx.Scan(g.node(), prefix, storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
		s, err := canon.UnmarshalOwn[standing](v)
		if err != nil {
			return false, fmt.Errorf("read how an account stands to a group: %w", err)
		}
		kept = kept || s.Key
		return !kept, nil
	})
	return kept, err
}

// purge deletes some of the rows of a group whose key is gone; done tells that it was all.
func (g *Groups) purge(tx feature.Tx, r row) (done bool, err error) {
	if done, err = g.Keys.Purge(tx, r.Log, purgeRows); err != nil || !done {
		return false, err
	}
	if err := g.Chains.Purge(tx, r.Log); err != nil {
		return false, err
	}
	prefix := g.node().Key(storage.Groups, storage.Fixed([]byte{kindStanding}), storage.H(r.Log[:]))
	err = tx.Scan(g.node(), prefix, storage.ScanOptions{KeysOnly: true}, func(k storage.Key, _ []byte) (bool, error) {
		tx.Delete(k)
		return true, nil
	})
	tx.Delete(g.Keys.GroupKey(r.Log))
	return true, err
}

// clean deletes what is left of a group that nobody here keeps.
func (g *Groups) clean(ctx context.Context, log protocol.Log) error {
	for done := false; !done; {
		if err := g.Store.Update(storage.Freeing(ctx), func(tx feature.Tx) error {
			r, err := storage.GetAs[row](tx, g.node(), g.Keys.GroupKey(log))
			if errors.Is(err, storage.ErrNotFound) || err == nil && !r.Gone {
				done = true
				return nil
			}
			if err != nil {
				return err
			}
			done, err = g.purge(tx, r)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}
