package mailbox

import (
	"context"
	"fmt"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/storage"
)

// dropBatch is how many rows go in one transaction.
const dropBatch = 1000

// drop forgets a blob, and what it took of the quotas.
func (k *Keeper) drop(tx feature.Tx, index storage.Key, at entry) error {
	tx.Delete(index)
	tx.Delete(k.blobKey(at.Queue, at.Seq))
	b, ok, err := find[box](tx, k.Realm, k.boxKey(at.Queue))
	if err != nil || !ok {
		return err
	}
	o, ok, err := find[owner](tx, k.Realm, k.ownerKey(b.Owner))
	if err != nil || !ok {
		return err
	}
	b.Blobs -= min(b.Blobs, 1)
	o.Bytes -= min(o.Bytes, at.Size)
	return k.save(tx, b, o)
}

// Expire drops blobs that were kept for 30 days, and queues that were not named for 45.
func (k *Keeper) Expire(ctx context.Context) error {
	now := k.Now()
	limit := uint64(max(now.Add(-Keep).UnixMilli(), 0))
	if err := batches(ctx, k.Store, k.Realm, storage.MailboxIndex, func(tx feature.Tx, key storage.Key, v []byte) (bool, error) {
		at, err := canon.UnmarshalOwn[entry](v)
		if err != nil {
			return false, fmt.Errorf("read the index of mailboxes: %w", err)
		}
		if at.At > limit {
			return false, nil
		}
		return true, k.drop(tx, key, at)
	}); err != nil {
		return err
	}
	return batches(ctx, k.Store, k.Realm, storage.MailboxQueues, func(tx feature.Tx, _ storage.Key, v []byte) (bool, error) {
		b, err := canon.UnmarshalOwn[box](v)
		if err != nil {
			return false, fmt.Errorf("read mailboxes: %w", err)
		}
		if b.Until > uint64(now.UnixMilli()) {
			return false, nil
		}
		return true, k.close(tx, b)
	})
}

// batches calls fn with all rows of a table, some in each transaction. fn tells whether it changed something.
func batches(ctx context.Context, store *storage.Store, r *storage.Realm, t storage.Table, fn func(feature.Tx, storage.Key, []byte) (bool, error)) error {
	for last, done := storage.Key(""), false; !done; {
		var at storage.Key
		if err := store.Update(ctx, func(tx feature.Tx) error {
			n := 0
			at, done = last, true
			return tx.Scan(r, r.Key(t), storage.ScanOptions{From: last}, func(key storage.Key, v []byte) (bool, error) {
				changed, err := fn(tx, key, v)
				at = key
				if changed {
					n++
				}
				done = n < dropBatch
				return done, err
			})
		}); err != nil {
			return err
		}
		last = at
	}
	return nil
}

// close drops a queue and what lies in it.
func (k *Keeper) close(tx feature.Tx, b box) error {
	var size uint64
	if err := tx.Scan(k.Realm, k.blobs(b.Queue), storage.ScanOptions{}, func(key storage.Key, blob []byte) (bool, error) {
		size += uint64(len(blob))
		tx.Delete(key)
		tx.Delete(k.indexKey(b.Queue, blob))
		return true, nil
	}); err != nil {
		return err
	}
	tx.Delete(k.boxKey(b.Queue))
	tx.Delete(k.ownedKey(b.Owner, b.Queue))
	k.count(tx, -1)
	o, ok, err := find[owner](tx, k.Realm, k.ownerKey(b.Owner))
	if err != nil || !ok {
		return err
	}
	o.Bytes -= min(o.Bytes, size)
	if err := k.unpresent(tx, b, &o); err != nil {
		return err
	}
	if o.Queues--; o.Queues == 0 {
		tx.Delete(k.ownerKey(b.Owner))
		return nil
	}
	return storage.PutAs(tx, k.Realm, k.ownerKey(b.Owner), o)
}
