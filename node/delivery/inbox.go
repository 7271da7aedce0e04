package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// openInboxes opens what waits for accounts when they are unlocked.
func (d *Delivery) openInboxes(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-d.unlocked:
		}
		d.mu.Lock()
		accounts := d.opened
		for _, a := range d.waiting {
			if d.Keys.Unlocked(a) && !slices.Contains(accounts, a) {
				accounts = append(accounts, a)
			}
		}
		d.opened, d.waiting = nil, nil
		d.mu.Unlock()
		for _, a := range accounts {
			d.hasGot(ctx, a)
			d.openInbox(ctx, a)
		}
		d.openLaid(ctx)
		if err := d.resume(ctx); err != nil && ctx.Err() == nil {
			d.Logger.Error("take up the outbox", "err", err)
		}
	}
}

// openInbox opens what waited for an account, in the order in which it came, and tells the senders how far that was.
func (d *Delivery) openInbox(ctx context.Context, a protocol.Account) {
	off := map[storage.Key]bool{} // has to wait until another account is unlocked
	for ctx.Err() == nil {
		done := false
		var at storage.Key
		err := d.Store.Update(ctx, func(tx feature.Tx) error {
			n := 0
			done = true
			return tx.Scan(d.Realm, d.inboxPrefix(a), storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
				w, err := canon.Unmarshal[waiting](v)
				if err != nil {
					return false, fmt.Errorf("read the inbox: %w", err)
				}
				if off[k] {
					return true, nil
				}
				if n++; n > sealBatch {
					done = false
					return false, nil
				}
				at = k
				tx.Delete(k)
				return true, d.openWaiting(tx, w)
			})
		})
		if errors.Is(err, errPutOff) {
			off[at] = true
			continue
		}
		if err != nil {
			d.Logger.Error("open an inbox", "err", err)
			return
		}
		if done {
			if len(off) > 0 {
				d.mu.Lock()
				d.waiting = append(d.waiting, a)
				d.mu.Unlock()
			}
			return
		}
	}
}

// openWaiting opens one envelope of an inbox. The sender of one that does not open is asked to seal it again.
func (d *Delivery) openWaiting(tx feature.Tx, w waiting) error {
	o, code, err := d.unpack(tx, w.Inlet, net.PeerID(w.From), w.Blob)
	if err == nil && code == net.Refused {
		return d.askAgain(tx, w)
	}
	if err != nil || code != net.Delivered {
		return err
	}
	id := protocol.EnvelopeIDOf(w.Blob)
	if err := d.note(tx, id, false); err != nil || !o.worthIt || o.waits {
		return err
	}
	return d.acknowledge(tx, o, id)
}
