package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/storage"
)

// receiptKey names the one receipt that an account has under way for a log.
type receiptKey struct {
	Account protocol.Account
	Log     protocol.Log
}

// outgoing is a receipt that waits to be sent, and to whom.
type outgoing struct {
	Receipt protocol.Receipt `cbor:"0,keyasint"`
	Pairs   []session.Pair   `cbor:"1,keyasint"`
}

func (d *Delivery) outgoingKey(k receiptKey) storage.Key {
	return d.Realm.Key(storage.Receipts, storage.H(k.Account[:], k.Log[:]))
}

// Receipt implements feature.Delivery: one row for each account and log, the newest wins; what was not sent yet is replaced. In
// a group nobody elsewhere is told how far its members read.
func (d *Delivery) Receipt(tx feature.Tx, r protocol.Receipt) error {
	c, err := d.timeline.Conversation(tx, r.Log)
	if err != nil {
		return err
	}
	pairs, err := d.others(tx, c, r.Account)
	if err != nil {
		return err
	}
	return d.keepReceipt(tx, r, pairs)
}

func (d *Delivery) keepReceipt(tx feature.Tx, r protocol.Receipt, pairs []session.Pair) error {
	if len(pairs) == 0 {
		return nil
	}
	key := receiptKey{r.Account, r.Log}
	k := d.outgoingKey(key)
	old, err := storage.GetAs[outgoing](tx, d.Realm, k)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	r.Delivered = newer(old.Receipt.Delivered, r.Delivered)
	r.Read = newer(old.Receipt.Read, r.Read)
	r.Envelopes = append(old.Receipt.Envelopes, r.Envelopes...)
	for _, p := range old.Pairs {
		if !slices.Contains(pairs, p) {
			pairs = append(pairs, p)
		}
	}
	tx.OnCommit(func() { d.markDirty(key) })
	return storage.PutAs(tx, d.Realm, k, outgoing{Receipt: r, Pairs: pairs})
}

func newer(a, b *protocol.Place) *protocol.Place {
	if a == nil || b != nil && b.Compare(*a) > 0 {
		return b
	}
	return a
}

// acknowledge tells the sender of an envelope that waited in the inbox, or lay in a mailbox, that it is durable and open now.
func (d *Delivery) acknowledge(tx feature.Tx, o unpacked, id protocol.EnvelopeID) error {
	r := protocol.Receipt{
		Log: protocol.DirectLog(o.pair.Own, o.pair.Peer), Account: o.pair.Own, At: uint64(d.Now().UnixMilli()),
		Envelopes: []protocol.EnvelopeID{id},
	}
	if !o.upTo.IsZero() {
		r.Delivered = &o.upTo
	}
	return d.keepReceipt(tx, r, []session.Pair{o.pair})
}

func (d *Delivery) markDirty(k receiptKey) {
	d.mu.Lock()
	d.dirty[k] = true
	d.mu.Unlock()
	select {
	case d.flush <- struct{}{}:
	default:
	}
}

// sendReceipts queues what receipts wait, at most every protocol.ReceiptEvery.
func (d *Delivery) sendReceipts(ctx context.Context) error {
	if err := d.Store.View(func(tx feature.Tx) error {
		return tx.Scan(d.Realm, d.Realm.Key(storage.Receipts), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
			o, err := canon.Unmarshal[outgoing](v)
			if err == nil {
				d.markDirty(receiptKey{o.Receipt.Account, o.Receipt.Log})
			}
			return true, err
		})
	}); err != nil {
		return fmt.Errorf("read waiting receipts: %w", err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.flush:
		}
		if err := d.queueReceipts(ctx); err != nil && ctx.Err() == nil {
			d.Logger.Error("send receipts", "err", err)
		}
		timer := time.NewTimer(protocol.ReceiptEvery)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
	}
}

func (d *Delivery) queueReceipts(ctx context.Context) error {
	d.mu.Lock()
	dirty := d.dirty
	d.dirty = map[receiptKey]bool{}
	d.mu.Unlock()
	err := d.Store.Update(ctx, func(tx feature.Tx) error {
		for key := range dirty {
			k := d.outgoingKey(key)
			o, err := storage.GetAs[outgoing](tx, d.Realm, k)
			if errors.Is(err, storage.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			tx.Delete(k)
			for _, item := range o.items() {
				for _, p := range o.Pairs {
					if err := d.control(tx, p, item); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		for key := range dirty {
			d.markDirty(key)
		}
	}
	return err
}

// items are the receipt in parts that each name no more envelopes than one may.
func (o outgoing) items() (out []protocol.Item) {
	envelopes := o.Receipt.Envelopes
	for first := true; first || len(envelopes) > 0; first = false {
		n := min(len(envelopes), protocol.MaxEnvelopes)
		o.Receipt.Envelopes, envelopes = envelopes[:n:n], envelopes[n:]
		out = append(out, protocol.Item{Kind: protocol.ItemReceipt, Data: canon.MustMarshal(o.Receipt)})
	}
	return out
}

// receipt takes in a peer's cursor: what it says was delivered leaves the outbox, the rest is the slices' matter.
func (d *Delivery) receipt(tx feature.Tx, p session.Pair, raw []byte) (bool, error) {
	r, err := protocol.DecodeReceipt(raw)
	if err != nil || r.Account != p.Peer || r.Log != protocol.DirectLog(p.Own, p.Peer) {
		return false, nil
	}
	if r.Delivered != nil || len(r.Envelopes) > 0 {
		err := d.each(tx, d.pairPrefix(p), "", func(_ storage.Key, x parcel) (bool, error) {
			upTo := r.Delivered != nil && x.State == stored && x.Log == r.Log && x.Place.Compare(*r.Delivered) <= 0
			if upTo || len(r.Envelopes) > 0 && x.Blob != nil && slices.Contains(r.Envelopes, protocol.EnvelopeIDOf(x.Blob)) {
				return true, d.done(tx, x)
			}
			return true, nil
		})
		if err != nil {
			return false, err
		}
	}
	return true, d.Registry.Receive(tx, r)
}
