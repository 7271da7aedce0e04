package group

import (
	"bytes"
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Kinds of rows of the Groups table in the node's realm. The keyring knows the first; others belong to package chains.
const (
	kindGroup    = 0
	kindStanding = 1
)

// row says that a group is here, whoever is locked. It names nobody but who is asked for the operations.
type row struct {
	Log  protocol.Log     `cbor:"0,keyasint"`
	View [32]byte         `cbor:"1,keyasint"` // mhead of all heads of the operations here, zero while Create is not
	From protocol.Account `cbor:"2,keyasint"` // who added the account that waits here, zero where none does
	Gone bool             `cbor:"3,keyasint"` // nobody here keeps it: what is left of it is being deleted
}

func (g *Groups) node() *storage.Realm { return g.Keys.Node() }

// row returns what is kept of a group, feature.ErrNotFound for a log that is none here.
func (g *Groups) row(tx feature.Tx, log protocol.Log) (row, error) {
	raw, err := tx.Get(g.node(), g.Keys.GroupKey(log))
	if errors.Is(err, storage.ErrNotFound) {
		return row{}, feature.ErrNotFound
	}
	if err != nil {
		return row{}, err
	}
	had, ok := g.rowsRead.Get(log)
	if !ok || !bytes.Equal(had.raw, raw) {
		had.raw = raw
		if had.row, err = canon.UnmarshalOwn[row](raw); err != nil {
			return row{}, fmt.Errorf("read a group: %w: %w", storage.ErrCorrupt, err)
		}
		g.rowsRead.Add(log, had)
	}
	if had.row.Gone {
		return row{}, feature.ErrNotFound
	}
	return had.row, nil
}

// readRow is a row and what it was decoded from: it is read for every event that is looked at.
type readRow struct {
	raw []byte
	row row
}

func (g *Groups) saveRow(tx feature.Tx, r row) error {
	return storage.PutAs(tx, g.node(), g.Keys.GroupKey(r.Log), r)
}

// Logs lists all groups of this node, in no particular order. It needs no unlocked account.
func (g *Groups) Logs(tx feature.Tx) ([]protocol.Log, error) {
	var out []protocol.Log
	err := g.rows(tx, func(r row) {
		if !r.Gone {
			out = append(out, r.Log)
		}
	})
	return out, err
}

// Expire deletes chains and hand-outs that are not used any more.
func (g *Groups) Expire(tx feature.Tx) error {
	logs, err := g.Logs(tx)
	if err != nil {
		return err
	}
	return g.Chains.Expire(tx, logs)
}

// Joining is a group whose operations are not here yet, or do not show anybody of this node as a member.
type Joining struct {
	Log  protocol.Log
	From protocol.Account // who added the local account
}

// Joining lists the groups to fetch the operations of. It needs no unlocked account.
func (g *Groups) Joining(tx feature.Tx) ([]Joining, error) {
	var out []Joining
	err := g.rows(tx, func(r row) {
		if !r.From.IsZero() && !r.Gone {
			out = append(out, Joining{r.Log, r.From})
		}
	})
	return out, err
}

func (g *Groups) rows(tx feature.Tx, fn func(row)) error {
	prefix := g.node().Key(storage.Groups, storage.Fixed([]byte{kindGroup}))
	return tx.Scan(g.node(), prefix, storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
		r, err := canon.UnmarshalOwn[row](v)
		if err != nil {
			return false, fmt.Errorf("read a group: %w", err)
		}
		fn(r)
		return true, nil
	})
}

func (g *Groups) standingKey(log protocol.Log, a protocol.Account) storage.Key {
	return g.node().Key(storage.Groups, storage.Fixed([]byte{kindStanding}), storage.H(log[:]), storage.H(a[:]))
}

// Standing implements feature.Groups.
func (g *Groups) Standing(tx feature.Tx, log protocol.Log, a protocol.Account) (feature.GroupStanding, error) {
	s, err := storage.GetAs[standing](tx, g.node(), g.standingKey(log, a))
	if errors.Is(err, storage.ErrNotFound) {
		return "", nil
	}
	return s.Is, err
}

// standing is how a local account stands to a group, and whether it holds the group's key.
type standing struct {
	Is  feature.GroupStanding `cbor:"0,keyasint"`
	Key bool                  `cbor:"1,keyasint"`
}

func (g *Groups) stand(tx feature.Tx, log protocol.Log, a protocol.Account, s standing) error {
	return storage.PutAs(tx, g.node(), g.standingKey(log, a), s)
}
