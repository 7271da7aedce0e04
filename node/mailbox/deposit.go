package mailbox

import (
	"context"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Receive takes the puts of a node: those to registered queues are kept, all others go to next, in their order. It returns a
// code for each.
func (k *Keeper) Receive(ctx context.Context, from net.PeerID, puts []net.Put, next func(context.Context, net.PeerID, []net.Put) []net.Code) []net.Code {
	if k.empty() {
		return next(ctx, from, puts)
	}
	kept := make([]bool, len(puts))
	if err := k.Store.View(func(tx feature.Tx) (err error) {
		for i, p := range puts {
			if kept[i], err = tx.Has(k.boxKey(protocol.Queue(p.Queue))); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		k.Logger.Warn("look for mailboxes", "err", err)
		return allLater(len(puts))
	}
	codes := make([]net.Code, 0, len(puts))
	for begin := 0; begin < len(puts); {
		end := begin + 1
		for end < len(puts) && kept[end] == kept[begin] {
			end++
		}
		if kept[begin] {
			codes = append(codes, k.deposit(ctx, from, puts[begin:end])...)
		} else {
			codes = append(codes, next(ctx, from, puts[begin:end])...)
		}
		begin = end
	}
	return codes
}

func allLater(n int) []net.Code {
	codes := make([]net.Code, n)
	for i := range codes {
		codes[i] = net.Later
	}
	return codes
}

// deposit keeps blobs in one transaction. Where it cannot be made durable, everything is answered later.
func (k *Keeper) deposit(ctx context.Context, from net.PeerID, puts []net.Put) []net.Code {
	codes := make([]net.Code, len(puts))
	owners := map[string]bool{}
	err := k.Store.Update(ctx, func(tx feature.Tx) error {
		clear(owners)
		full := map[net.Queue]bool{} // what comes behind one that was put off waits too
		for i, p := range puts {
			if full[p.Queue] {
				codes[i] = net.Later
				continue
			}
			code, peer, err := k.keep(tx, from, p)
			if err != nil {
				return err
			}
			codes[i] = code
			full[p.Queue] = code == net.Later
			if code == net.Stored {
				owners[peer] = true
			}
		}
		return nil
	})
	if err != nil {
		k.Logger.Warn("blobs cannot be kept now", "count", len(puts), "err", err)
		return allLater(len(puts))
	}
	for peer := range owners {
		k.wake(net.PeerID(peer))
	}
	return codes
}

// keep takes one blob. An error is a fault of this node.
func (k *Keeper) keep(tx feature.Tx, from net.PeerID, p net.Put) (code net.Code, peer string, err error) {
	q, now := protocol.Queue(p.Queue), k.Now()
	b, ok, err := find[box](tx, k.Realm, k.boxKey(q))
	switch {
	case err != nil:
		return 0, "", err
	case !ok, b.Until < uint64(now.UnixMilli()), !b.fits(p.Token):
		return net.Refused, "", nil
	}
	index := k.indexKey(q, p.Blob)
	if has, err := tx.Has(index); err != nil || has {
		return net.Duplicate, "", err
	}
	o, _, err := find[owner](tx, k.Realm, k.ownerKey(b.Owner))
	if err != nil {
		return 0, "", err
	}
	limit := uint64(MaxBlobs)
	if b.Intro {
		if code := k.introduces(from, p.Blob); code != net.Stored {
			return code, "", nil
		}
		limit = MaxIntros
	}
	if b.Blobs >= limit || o.Bytes+uint64(len(p.Blob)) > MaxBytes {
		k.takings.full.Add(1)
		return net.Later, "", nil
	}
	tx.OnCommit(func() { k.takings.stored.Add(1) })
	at := entry{Queue: q, Seq: b.Next, Size: uint64(len(p.Blob)), At: uint64(now.UnixMilli())}
	o.Bytes += at.Size
	b.Blobs++
	b.Next++
	if err := tx.Put(k.Realm, k.blobKey(q, at.Seq), p.Blob); err != nil {
		return 0, "", err
	}
	if err := storage.PutAs(tx, k.Realm, index, at); err != nil {
		return 0, "", err
	}
	return net.Stored, b.Owner, k.save(tx, b, o)
}

func (k *Keeper) save(tx feature.Tx, b box, o owner) error {
	if err := storage.PutAs(tx, k.Realm, k.boxKey(b.Queue), b); err != nil {
		return err
	}
	return storage.PutAs(tx, k.Realm, k.ownerKey(b.Owner), o)
}
