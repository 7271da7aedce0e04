package timeline

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// The feed is the order in which this node logged events, over all logs, for followers that must not miss one. It is written only
// while somebody follows it.

// fed is a row of the feed.
type fed struct {
	_     struct{} `cbor:",toarray"`
	Log   protocol.Log
	Event protocol.EventID
}

const (
	feedBatch = 64
	feedAgain = time.Minute
)

func (t *Timeline) feedKey(part string, seq uint64) storage.Key {
	return t.Keys.Node().Key(storage.Feed, storage.H([]byte(part)), storage.U64(seq))
}

func (t *Timeline) cursorKey(name string) storage.Key {
	return t.Keys.Node().Key(storage.Feed, storage.H([]byte("cursor"), []byte(name)))
}

func (t *Timeline) number(tx feature.Tx, k storage.Key) (uint64, error) {
	n, err := storage.GetAs[uint64](tx, t.Keys.Node(), k)
	if errors.Is(err, storage.ErrNotFound) {
		return 0, nil
	}
	return n, err
}

func (t *Timeline) endKey() storage.Key {
	return t.Keys.Node().Key(storage.Counters, storage.H([]byte("feed")))
}

// feed adds an event to the feed.
func (t *Timeline) feed(tx feature.Tx, e *protocol.Event) error {
	if len(t.Registry.CatchUps()) == 0 {
		return nil
	}
	end, err := t.number(tx, t.endKey())
	if err != nil {
		return err
	}
	tx.OnCommit(t.fed.ring)
	return errors.Join(
		storage.PutAs(tx, t.Keys.Node(), t.endKey(), end+1),
		storage.PutAs(tx, t.Keys.Node(), t.feedKey("feed", end+1), fed{Log: e.Log, Event: e.ID}))
}

// bells wakes those who wait for the feed.
type bells struct {
	mu   sync.Mutex
	list []chan struct{}
}

func (b *bells) add() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	c := make(chan struct{}, 1)
	b.list = append(b.list, c)
	return c
}

func (b *bells) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.list {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Unlocked is called when an account was unlocked: what followers could not read yet they may read now.
func (t *Timeline) Unlocked(context.Context, protocol.Account) error {
	t.fed.ring()
	return nil
}

// catchUp has one follower catch up until the context ends.
func (t *Timeline) catchUp(ctx context.Context, name string, fn feature.CatchUpFunc, bell <-chan struct{}) error {
	if err := t.startFeed(ctx, name); err != nil {
		return err
	}
	for ctx.Err() == nil {
		more, err := t.follows(ctx, name, fn)
		if err != nil && ctx.Err() == nil {
			t.Logger.Warn("a follower failed and is tried again", "follower", name, "err", err)
		}
		if more && err == nil {
			continue
		}
		timer := time.NewTimer(feedAgain)
		select {
		case <-ctx.Done():
		case <-bell:
		case <-timer.C:
		}
		timer.Stop()
	}
	return nil
}

// startFeed sets the cursor of a follower that is new to the end of the feed.
func (t *Timeline) startFeed(ctx context.Context, name string) error {
	return t.Store.Update(ctx, func(tx feature.Tx) error {
		known, err := tx.Has(t.cursorKey(name))
		if err != nil || known {
			return err
		}
		end, err := t.number(tx, t.endKey())
		if err != nil {
			return err
		}
		return storage.PutAs(tx, t.Keys.Node(), t.cursorKey(name), end)
	})
}

// follows hands a follower what was held back for it and can be read now, then what comes next, and moves its cursor. A panic
// is an error that does not tell its value, which may hold text: it must not end the node at every start.
func (t *Timeline) follows(ctx context.Context, name string, fn feature.CatchUpFunc) (more bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			more, err = false, fmt.Errorf("panic with a %T", v)
		}
	}()
	if _, err := t.hand(ctx, name, fn, "held "+name, 0, true); err != nil {
		return false, err
	}
	var cursor uint64
	if err := t.Store.View(func(tx feature.Tx) (err error) {
		cursor, err = t.number(tx, t.cursorKey(name))
		return err
	}); err != nil {
		return false, err
	}
	n, err := t.hand(ctx, name, fn, "feed", cursor, false)
	return n == feedBatch, err
}

// waits is an event that a follower is to be told of.
type waits struct {
	seq   uint64
	row   fed
	entry feature.Entry
	held  bool // nobody here can read it now
}

// hand tells a follower of a batch of a part of the feed behind a number, and notes how far it got.
func (t *Timeline) hand(ctx context.Context, name string, fn feature.CatchUpFunc, part string, after uint64, again bool) (int, error) {
	var batch []waits
	if err := t.Store.View(func(tx feature.Tx) error {
		prefix := t.Keys.Node().Key(storage.Feed, storage.H([]byte(part)))
		return tx.Scan(t.Keys.Node(), prefix, storage.ScanOptions{From: t.feedKey(part, after), Limit: feedBatch}, func(k storage.Key, v []byte) (bool, error) {
			w := waits{seq: binary.BigEndian.Uint64(k.After(prefix))}
			var err error
			if w.row, err = canon.Unmarshal[fed](v); err != nil {
				return false, fmt.Errorf("read the feed: %w", err)
			}
			w.entry, err = t.Get(tx, w.row.Log, w.row.Event)
			w.held = errors.Is(err, feature.ErrLocked)
			if errors.Is(err, feature.ErrNotFound) || w.held {
				err = nil
			}
			batch = append(batch, w)
			return true, err
		})
	}); err != nil {
		return 0, err
	}
	for i, w := range batch {
		var failed error
		if w.entry.Event != nil {
			failed = fn(ctx, w.entry)
		}
		if failed != nil {
			return i, errors.Join(failed, t.handed(ctx, name, part, batch[:i], again))
		}
	}
	return len(batch), t.handed(ctx, name, part, batch, again)
}

// handed notes what a follower was told: held events are kept for it, the cursor moves, and what everybody has is dropped.
func (t *Timeline) handed(ctx context.Context, name, part string, batch []waits, again bool) error {
	if len(batch) == 0 {
		return nil
	}
	return t.Store.Update(ctx, func(tx feature.Tx) error {
		for _, w := range batch {
			switch {
			case again && !w.held:
				tx.Delete(t.feedKey(part, w.seq))
			case !again && w.held:
				if err := storage.PutAs(tx, t.Keys.Node(), t.feedKey("held "+name, w.seq), w.row); err != nil {
					return err
				}
			}
		}
		if again {
			return nil
		}
		if err := storage.PutAs(tx, t.Keys.Node(), t.cursorKey(name), batch[len(batch)-1].seq); err != nil {
			return err
		}
		return t.drop(tx)
	})
}

// drop deletes what every follower was told.
func (t *Timeline) drop(tx feature.Tx) error {
	least := uint64(math.MaxUint64)
	for name := range t.Registry.CatchUps() {
		at, err := t.number(tx, t.cursorKey(name))
		if err != nil {
			return err
		}
		least = min(least, at)
	}
	prefix := t.Keys.Node().Key(storage.Feed, storage.H([]byte("feed")))
	return tx.Scan(t.Keys.Node(), prefix, storage.ScanOptions{KeysOnly: true, Limit: 4 * feedBatch}, func(k storage.Key, _ []byte) (bool, error) {
		if binary.BigEndian.Uint64(k.After(prefix)) > least {
			return false, nil
		}
		tx.Delete(k)
		return true, nil
	})
}
