// Package alarm keeps moments at which a slice has something due, and has it done then.
//
// It promises that an alarm goes off at least once, whatever the node or its clock did in between, and that one that fails does not hold
// up others. A Clock is safe for concurrent use.
package alarm

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/storage"
)

// MaxPayload bounds what an alarm carries, in bytes.
const MaxPayload = 64 << 10

// again is how long an alarm that failed waits.
const again = time.Minute

// longest is how long the clock sleeps at most: a wall clock that was set forward is noticed then.
const longest = time.Minute

// Clock sets alarms and has them go off.
type Clock struct {
	store    *storage.Store
	node     *storage.Realm
	registry *feature.Registry
	now      func() time.Time
	log      *slog.Logger
	wake     chan struct{}
}

// New returns a clock over a store.
func New(store *storage.Store, node *storage.Realm, registry *feature.Registry, now func() time.Time, log *slog.Logger) *Clock {
	return &Clock{store: store, node: node, registry: registry, now: now, log: log, wake: make(chan struct{}, 1)}
}

type row struct {
	Name    string `cbor:"0,keyasint"`
	Payload []byte `cbor:"1,keyasint"`
}

// Set implements feature.Alarms.
func (c *Clock) Set(tx feature.Tx, name string, when time.Time, payload []byte) error {
	if len(payload) > MaxPayload {
		return fmt.Errorf("set an alarm: a payload of %d bytes", len(payload))
	}
	counter := c.node.Key(storage.Counters, storage.H([]byte("alarms")))
	seq, err := storage.GetAs[uint64](tx, c.node, counter)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if err := storage.PutAs(tx, c.node, counter, seq+1); err != nil {
		return err
	}
	tx.OnCommit(c.ring)
	at := uint64(max(when.UnixMilli(), 0))
	return storage.PutAs(tx, c.node, c.node.Key(storage.Alarms, storage.U64(at), storage.U64(seq)), row{Name: name, Payload: payload})
}

func (c *Clock) ring() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Run has alarms go off until the context ends.
func (c *Clock) Run(ctx context.Context) error {
	for {
		next, err := c.due(ctx)
		if err != nil && ctx.Err() == nil {
			c.log.Error("alarms", "err", err)
		}
		timer := time.NewTimer(min(max(next, time.Millisecond), longest))
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		case <-c.wake:
			timer.Stop()
		}
	}
}

// due has everything go off whose moment came, and returns how long it is until the next.
func (c *Clock) due(ctx context.Context) (time.Duration, error) {
	for ctx.Err() == nil {
		var key storage.Key
		var next row
		var at time.Time
		if err := c.store.View(func(tx feature.Tx) error {
			prefix := c.node.Key(storage.Alarms)
			return tx.Scan(c.node, prefix, storage.ScanOptions{Limit: 1}, func(k storage.Key, v []byte) (_ bool, err error) {
				key, at = k, time.UnixMilli(int64(binary.BigEndian.Uint64(k.After(prefix))))
				next, err = canon.Unmarshal[row](v)
				return false, err
			})
		}); err != nil {
			return longest, err
		}
		if key == "" {
			return longest, nil
		}
		if wait := at.Sub(c.now()); wait > 0 {
			return wait, nil
		}
		failed := c.goOff(ctx, next)
		if failed != nil {
			c.log.Warn("an alarm failed and is tried again", "alarm", next.Name, "err", failed)
		}
		if err := c.store.Update(ctx, func(tx feature.Tx) error {
			tx.Delete(key)
			if failed == nil {
				return nil
			}
			return c.Set(tx, next.Name, c.now().Add(again), next.Payload)
		}); err != nil {
			return longest, err
		}
	}
	return longest, nil
}

// goOff does what is due. An alarm of a slice that is no longer there is dropped.
func (c *Clock) goOff(ctx context.Context, r row) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic with a %T", p) // its value may hold text
		}
	}()
	fn, ok := c.registry.Alarm(r.Name)
	if !ok {
		return nil
	}
	return fn(ctx, r.Payload)
}
