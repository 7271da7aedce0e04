package delivery

import (
	"context"
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// laid is a record of a group that waits until a member of it is unlocked here.
type laid struct {
	_    struct{} `cbor:",toarray"`
	From net.PeerID
	Blob []byte
}

func (d *Delivery) laidPrefix(log protocol.Log) storage.Key {
	return d.Realm.Key(storage.Inbox, storage.H(log[:], []byte("group")))
}

// somethingLaid tells whether records of a group wait to be opened.
func (d *Delivery) somethingLaid(tx feature.Tx, log protocol.Log) (found bool, err error) {
	o := storage.ScanOptions{KeysOnly: true, Limit: 1}
	err = tx.Scan(d.Realm, d.laidPrefix(log), o, func(storage.Key, []byte) (bool, error) {
		found = true
		return false, nil
	})
	return found, err
}

// layGroup keeps a record of a group whose members here are locked. It comes from a node that hosted a member when that could
// last be known; others keep what they have.
func (d *Delivery) layGroup(tx feature.Tx, from net.PeerID, log protocol.Log, blob []byte) (net.Code, error) {
	id := protocol.EnvelopeIDOf(blob)
	if known, err := tx.Has(d.dedupKey(id)); err != nil || known {
		return net.Stored, err
	}
	switch _, err := d.roads.Find(tx, log, from); {
	case errors.Is(err, feature.ErrNotFound):
		return net.Later, nil
	case err != nil:
		return 0, err
	}
	count := 0
	if err := tx.Scan(d.Realm, d.laidPrefix(log), storage.ScanOptions{KeysOnly: true}, func(storage.Key, []byte) (bool, error) {
		count++
		return count < maxWaiting, nil
	}); err != nil {
		return 0, err
	}
	if count >= maxWaiting {
		return net.Later, nil
	}
	k := d.Realm.Key(storage.Inbox, storage.H(log[:], []byte("group")), storage.U64(d.next()))
	return net.Stored, errors.Join(storage.PutAs(tx, d.Realm, k, laid{From: from, Blob: blob}), d.note(tx, id, true))
}

// openLaid opens what waits of all groups that can be read now, each in the order in which it came.
func (d *Delivery) openLaid(ctx context.Context) {
	if d.groups == nil {
		return
	}
	var logs []protocol.Log
	if err := d.Store.View(func(tx feature.Tx) (err error) {
		logs, err = d.groups.Logs(tx)
		return err
	}); err != nil {
		d.Logger.Error("list the groups", "err", err)
		return
	}
	for _, log := range logs {
		for size, more := sealBatch, true; more && ctx.Err() == nil; {
			err := d.guard("the inbox of a group", func() (err error) {
				more, err = d.openSome(ctx, log, size, false)
				return err
			})
			switch bad := errors.Is(err, errPanicked) || errors.Is(err, errPutOff); {
			case bad && size > 1:
				size, more = 1, true
				continue
			case bad: // the first that waits: it is dropped
				more, err = d.openSome(ctx, log, 1, true)
			}
			if err != nil && !errors.Is(err, feature.ErrLocked) {
				d.Logger.Error("open the inbox of a group", "err", err)
			}
			if err != nil {
				break
			}
		}
	}
}

// openSome opens the oldest records that wait, or drops them. What cannot be logged now is asked for by reconciliation.
func (d *Delivery) openSome(ctx context.Context, log protocol.Log, size int, drop bool) (more bool, err error) {
	err = d.Store.Update(ctx, func(tx feature.Tx) error {
		more = false
		n := 0
		return tx.Scan(d.Realm, d.laidPrefix(log), storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
			if n++; n > size {
				more = true
				return false, nil
			}
			x, err := canon.Unmarshal[laid](v)
			if err != nil {
				return false, fmt.Errorf("read the inbox of a group: %w", err)
			}
			tx.Delete(k)
			tx.Delete(d.dedupKey(protocol.EnvelopeIDOf(x.Blob)))
			if drop {
				return true, nil
			}
			p, err := protocol.DecodeGroupPut(x.Blob)
			if err != nil {
				return true, nil
			}
			code, err := d.record(tx, x.From, p)
			if code == net.Later {
				d.report(tx, way{log, x.From}, behind)
			}
			return true, err
		})
	})
	return more, err
}
