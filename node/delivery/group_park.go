package delivery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// A record that came over a session, and builds on an operation or a chain that is not here, is parked until that came, maybe through
// another mailbox: whoever sent it may not be there to offer it again. What finds no room is left to reconciliation.

// Bounds of what is parked of a group.
const (
	parkedFor   = 30 * 24 * time.Hour
	parkedEvery = time.Minute
)

var parkedBounds = bounds{rows: 4000, bytes: 8 << 20}

// parked is a record that waits for what it builds on.
type parked struct {
	_    struct{} `cbor:",toarray"`
	From net.PeerID
	Blob []byte
	At   uint64 // Unix milliseconds
}

// bounds are of what waits of all nodes together.
type bounds struct{ rows, bytes int }

// admit tells whether a node that has own of all that waits may have one record more: with it, it has at most half of what the others
// leave. One alone gets half, and however many act together, there is always room for another.
func (b bounds) admit(all, own share, bytes int) bool {
	return all.rows+own.rows+2 <= b.rows && all.bytes+own.bytes+2*bytes <= b.bytes
}

// tally is how much of a group is parked.
type tally struct {
	share
	of map[net.PeerID]*share // which nodes sent it
}

// share is rows and their bytes.
type share struct{ rows, bytes int }

func (s *share) add(rows, bytes int) { s.rows, s.bytes = s.rows+rows, s.bytes+bytes }

// add notes that a node sent more, or that what it sent waits no longer.
func (t *tally) add(from net.PeerID, rows, bytes int) {
	t.share.add(rows, bytes)
	s := t.of[from]
	if s == nil {
		s = &share{}
		t.of[from] = s
	}
	if s.add(rows, bytes); s.rows <= 0 {
		delete(t.of, from)
	}
}

func (d *Delivery) parkPrefix(log protocol.Log) storage.Key {
	return d.Realm.Key(storage.Inbox, storage.H(log[:], []byte("parked")))
}

// park keeps a record for later.
func (d *Delivery) park(tx feature.Tx, from net.PeerID, log protocol.Log, blob []byte) error {
	id := protocol.EnvelopeIDOf(blob)
	if known, err := tx.Has(d.dedupKey(id)); err != nil || known {
		return err
	}
	if room, err := d.room(tx, log, from, len(blob)); err != nil || !room {
		return err
	}
	k := d.Realm.Key(storage.Inbox, storage.H(log[:], []byte("parked")), storage.U64(d.next()))
	x := parked{From: from, Blob: blob, At: uint64(d.Now().UnixMilli())}
	tx.OnCommit(func() { d.count(log, from, 1, len(blob)) })
	return errors.Join(storage.PutAs(tx, d.Realm, k, x), d.note(tx, id, true))
}

func (d *Delivery) count(log protocol.Log, from net.PeerID, rows, bytes int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.parks[log]; t != nil {
		t.add(from, rows, bytes)
	}
}

// tally counts what is parked of a group, once.
func (d *Delivery) tally(tx feature.Tx, log protocol.Log) error {
	d.mu.Lock()
	counted := d.parks[log] != nil
	d.mu.Unlock()
	if counted {
		return nil
	}
	t := &tally{of: map[net.PeerID]*share{}}
	if err := d.eachParked(tx, log, "", func(_ storage.Key, x parked) (bool, error) {
		t.add(x.From, 1, len(x.Blob))
		return true, nil
	}); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.parks[log] == nil {
		d.parks[log] = t
	}
	return nil
}

// room tells whether something more of a node can be parked.
func (d *Delivery) room(tx feature.Tx, log protocol.Log, from net.PeerID, bytes int) (bool, error) {
	if err := d.tally(tx, log); err != nil {
		return false, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	t, own := d.parks[log], share{}
	if s := t.of[from]; s != nil {
		own = *s
	}
	return parkedBounds.admit(t.share, own, bytes), nil
}

func (d *Delivery) eachParked(tx feature.Tx, log protocol.Log, from storage.Key, fn func(storage.Key, parked) (bool, error)) error {
	return tx.Scan(d.Realm, d.parkPrefix(log), storage.ScanOptions{From: from}, func(k storage.Key, v []byte) (bool, error) {
		x, err := canon.Unmarshal[parked](v)
		if err != nil {
			return false, fmt.Errorf("read what is parked of a group: %w", err)
		}
		return fn(k, x)
	})
}

// stir has what is parked looked at, after the commit: an operation or a key came.
func (d *Delivery) stir(tx feature.Tx) { tx.OnCommit(d.stirNow) }

func (d *Delivery) stirNow() {
	select {
	case d.stirred <- struct{}{}:
	default:
	}
}

// unpark takes in what was parked when what it waited for is there, until the context ends.
func (d *Delivery) unpark(ctx context.Context) error {
	if d.groups == nil {
		return nil
	}
	var logs []protocol.Log
	if err := d.Store.View(func(tx feature.Tx) (err error) {
		if logs, err = d.groups.Logs(tx); err != nil {
			return err
		}
		for _, log := range logs {
			if err := d.tally(tx, log); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	ticker := time.NewTicker(parkedEvery)
	defer ticker.Stop()
	for {
		if err := d.parkEarly(ctx); err != nil && ctx.Err() == nil {
			d.Logger.Error("park what came of a group before its welcome", "err", err)
		}
		d.mu.Lock()
		all := maps.Clone(d.parks)
		maps.DeleteFunc(all, func(_ protocol.Log, t *tally) bool { return t.rows <= 0 })
		logs = slices.Collect(maps.Keys(all))
		d.mu.Unlock()
		for _, log := range logs {
			if err := d.unparkGroup(ctx, log); err != nil && !errors.Is(err, feature.ErrLocked) && ctx.Err() == nil {
				d.Logger.Error("take in what was parked of a group", "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-d.stirred:
		case <-ticker.C:
		}
	}
}

// unparkGroup tries the records of one group in their order.
func (d *Delivery) unparkGroup(ctx context.Context, log protocol.Log) error {
	size := sealBatch
	for last, more := storage.Key(""), true; more && ctx.Err() == nil; {
		at := last
		err := d.guard("what is parked of a group", func() (err error) {
			at, more, err = d.unparkSome(ctx, log, last, size, false)
			return err
		})
		switch bad := errors.Is(err, errPanicked) || errors.Is(err, errPutOff); {
		case bad && size > 1:
			size, more = 1, true
			continue
		case bad: // the next one: it is dropped
			at, more, err = d.unparkSome(ctx, log, last, 1, true)
		}
		if err != nil {
			return err
		}
		last = at
	}
	return nil
}

func (d *Delivery) unparkSome(ctx context.Context, log protocol.Log, from storage.Key, size int, drop bool) (at storage.Key, more bool, err error) {
	old := uint64(max(d.Now().Add(-parkedFor).UnixMilli(), 0))
	err = d.Store.Update(ctx, func(tx feature.Tx) error {
		n := 0
		at, more = from, false
		return d.eachParked(tx, log, from, func(k storage.Key, x parked) (bool, error) {
			if n++; n > size {
				more = true
				return false, nil
			}
			at = k
			code := net.Refused
			p, err := protocol.DecodeGroupPut(x.Blob)
			if err == nil && !drop && x.At >= old {
				if code, err = d.record(tx, x.From, p); err != nil {
					return false, err
				}
			}
			if code == net.Later {
				return true, nil
			}
			tx.Delete(k)
			tx.Delete(d.dedupKey(protocol.EnvelopeIDOf(x.Blob)))
			tx.OnCommit(func() { d.count(log, x.From, -1, -len(x.Blob)) })
			return true, nil
		})
	})
	return at, more, err
}
