package mailbox

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"

	"conclave/crypto/canon"
	"conclave/node/delivery"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// How a carrier hands over.
const (
	forwardBatch = 64 // blobs under way
	forwardBytes = 1 << 20
	forwardPause = 5 * time.Second // after an owner put something off, or a lane failed
	forwardIdle  = time.Minute     // until a carrier with nothing to hand over ends
)

// Run hands over what is kept until the context ends.
func (k *Keeper) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	k.mu.Lock()
	k.spawn = func(peer net.PeerID) {
		wake := make(chan struct{}, 1)
		k.carriers[peer] = wake
		group.Go(func() error { k.carry(ctx, peer, wake); return nil })
	}
	k.mu.Unlock()
	group.Go(func() error { // while this runs the group is not done, so nobody is spawned behind its end
		<-ctx.Done()
		k.mu.Lock()
		k.spawn = nil
		k.mu.Unlock()
		return nil
	})
	return group.Wait()
}

// Connected is called when a node connected: what is kept for it goes at once.
func (k *Keeper) Connected(peer net.PeerID) {
	if !k.empty() {
		k.wake(peer)
	}
}

// wake has a carrier look what there is for a node, if it is connected.
func (k *Keeper) wake(peer net.PeerID) {
	if !k.Network.Connected(peer) {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if wake := k.carriers[peer]; wake != nil {
		select {
		case wake <- struct{}{}:
		default:
		}
	} else if k.spawn != nil {
		k.spawn(peer)
	}
}

// carry hands over to one node until it is gone, or nothing is left for a while.
func (k *Keeper) carry(ctx context.Context, peer net.PeerID, wake chan struct{}) {
	for ctx.Err() == nil && k.Network.Connected(peer) {
		left, err := k.handOver(ctx, peer)
		if err != nil && ctx.Err() == nil {
			k.Logger.Debug("hand over what is kept", "peer", peer, "err", err)
		}
		pause := forwardIdle
		if left || err != nil {
			pause = forwardPause
		}
		timer := time.NewTimer(pause)
		select {
		case <-wake:
			timer.Stop()
			continue
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
		if pause == forwardIdle {
			break
		}
	}
	k.mu.Lock()
	delete(k.carriers, peer)
	k.mu.Unlock()
	if len(wake) > 0 { // rung while this ended
		k.wake(peer)
	}
}

// parcel is a kept blob on its way to its owner.
type parcel struct {
	queue   protocol.Queue
	seq     uint64
	blob    []byte
	pending delivery.Pending
}

// handOver offers what is kept for a node, queue by queue and each in order. left tells that the owner put something off.
func (k *Keeper) handOver(ctx context.Context, peer net.PeerID) (left bool, err error) {
	var queues []protocol.Queue
	if err := k.Store.View(func(tx feature.Tx) error {
		return tx.Scan(k.Realm, k.ownerKey(string(peer)), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
			if len(v) != len(protocol.Queue{}) {
				return true, nil
			}
			b, ok, err := find[box](tx, k.Realm, k.boxKey(protocol.Queue(v)))
			if ok && b.Blobs > 0 {
				queues = append(queues, b.Queue)
			}
			return true, err
		})
	}); err != nil || len(queues) == 0 {
		return false, err
	}
	lane, err := k.Network.Lane(ctx, peer)
	if err != nil {
		return true, err
	}
	for _, q := range queues {
		for more := true; more; {
			var off bool
			if more, off, err = k.handOverSome(ctx, lane, q); err != nil {
				return true, err
			}
			left = left || off
		}
	}
	return left, nil
}

// handOverSome offers the oldest blobs of a queue and waits for the answers. off tells that one was put off.
func (k *Keeper) handOverSome(ctx context.Context, lane delivery.Lane, q protocol.Queue) (more, off bool, err error) {
	var batch []parcel
	if err := k.Store.View(func(tx feature.Tx) error {
		size := 0
		prefix := k.blobs(q)
		return tx.Scan(k.Realm, prefix, storage.ScanOptions{Limit: forwardBatch}, func(key storage.Key, blob []byte) (bool, error) {
			batch = append(batch, parcel{queue: q, seq: number(key.After(prefix)), blob: blob})
			size += len(blob)
			return size < forwardBytes, nil
		})
	}); err != nil || len(batch) == 0 {
		return false, false, err
	}
	for i, p := range batch {
		if batch[i].pending, err = lane.Put(ctx, net.Queue(p.queue), net.Token{}, p.blob); err != nil {
			batch = batch[:i] // what was answered counts all the same
			break
		}
	}
	var done []parcel
	for _, p := range batch {
		code, failed := delivery.Wait(ctx, p.pending)
		if failed != nil {
			err = failed
			break
		}
		if code == net.Later {
			off = true // what comes behind it is offered again with it
			break
		}
		done = append(done, p)
	}
	if written := k.taken(ctx, done); written != nil {
		err = written
	}
	return err == nil && !off, off, err
}

// taken forgets what the owner has.
func (k *Keeper) taken(ctx context.Context, done []parcel) error {
	if len(done) == 0 {
		return nil
	}
	return k.Store.Update(ctx, func(tx feature.Tx) error {
		for _, p := range done {
			index := k.indexKey(p.queue, p.blob)
			raw, err := tx.Get(k.Realm, index)
			if errors.Is(err, storage.ErrNotFound) {
				continue // it expired, or its queue was closed
			}
			if err != nil {
				return err
			}
			at, err := canon.UnmarshalOwn[entry](raw)
			if err != nil {
				return err
			}
			if err := k.drop(tx, index, at); err != nil {
				return err
			}
		}
		return nil
	})
}

// number reads the number that a key ends with.
func number(b []byte) (n uint64) {
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return n
}
