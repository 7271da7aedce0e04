package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/node/delivery/road"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// How far members read is told to the nodes of those whose messages they read: one frame for all readers of a node, with what
// holds when it is sent, kept as a debt until it was taken. Nothing of it is kept for a node that is no member's any more.

// debt is whose cursors a member node is to be told.
type debt struct {
	Log     protocol.Log       `cbor:"0,keyasint"`
	Peer    net.PeerID         `cbor:"1,keyasint"`
	Readers []protocol.Account `cbor:"2,keyasint"`
	Since   uint64             `cbor:"3,keyasint"` // Unix milliseconds
	Turn    uint64             `cbor:"4,keyasint"` // grows with every reading
}

func (d *Delivery) debtKey(log protocol.Log, peer net.PeerID) storage.Key {
	return d.Realm.Key(storage.Owed, storage.H(log[:], []byte(peer)))
}

// Owe implements feature.Delivery.
func (d *Delivery) Owe(tx feature.Tx, log protocol.Log, reader protocol.Account, to []protocol.Account) error {
	seen := map[net.PeerID]bool{}
	for _, who := range to {
		if d.Directory.Local(tx, who) {
			continue
		}
		chain, err := d.Directory.Log(tx, who)
		if err != nil {
			continue // nobody told who that is: it is told nothing
		}
		for _, dev := range chain.Head().Devices {
			peer, err := net.ParsePeerID(string(dev.PeerID))
			if err != nil || seen[peer] {
				continue
			}
			seen[peer] = true
			if err := d.owe(tx, log, peer, reader); err != nil {
				return err
			}
		}
	}
	if len(seen) > 0 {
		tx.OnCommit(d.payUp)
	}
	return nil
}

func (d *Delivery) owe(tx feature.Tx, log protocol.Log, peer net.PeerID, reader protocol.Account) error {
	k := d.debtKey(log, peer)
	x, err := storage.GetAs[debt](tx, d.Realm, k)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		x = debt{Log: log, Peer: peer, Since: uint64(d.Now().UnixMilli())}
	case err != nil:
		return err
	}
	x.Turn++
	if !slices.Contains(x.Readers, reader) {
		if len(x.Readers) >= protocol.CursorMembers {
			x.Readers = x.Readers[1:]
		}
		x.Readers = append(x.Readers, reader)
	}
	return storage.PutAs(tx, d.Realm, k, x)
}

// payUp has debts looked at.
func (d *Delivery) payUp() {
	select {
	case d.owing <- struct{}{}:
	default:
	}
}

// payEvery is how often debts are looked at that could not be paid before.
const payEvery = 30 * time.Second

// payDebts tells nodes what they are owed, every protocol.ReceiptEvery at the most, until the context ends.
func (d *Delivery) payDebts(ctx context.Context) error {
	tick := time.NewTicker(payEvery)
	defer tick.Stop()
	for {
		if err := d.payAll(ctx); err != nil && ctx.Err() == nil {
			d.Logger.Error("tell what was read", "err", err)
		}
		pause(ctx, protocol.ReceiptEvery)
		select {
		case <-ctx.Done():
			return nil
		case <-d.owing:
		case <-tick.C:
		}
	}
}

// payment is a debt on its way.
type payment struct {
	debt    debt
	pending Pending
}

func (d *Delivery) payAll(ctx context.Context) error {
	var debts []debt
	if err := d.Store.View(func(tx feature.Tx) error {
		return tx.Scan(d.Realm, d.Realm.Key(storage.Owed), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
			x, err := canon.UnmarshalOwn[debt](v)
			if err != nil {
				return false, fmt.Errorf("read what is owed: %w", err)
			}
			debts = append(debts, x)
			return true, nil
		})
	}); err != nil || len(debts) == 0 || d.groups == nil {
		return err
	}
	var sent []payment
	var done []debt
	for _, x := range debts {
		box, over, err := d.bill(x)
		switch {
		case err != nil:
			return err
		case over:
			done = append(done, x)
			continue
		case box == nil || !d.Network.Connected(x.Peer):
			continue
		}
		blob := protocol.GroupPut{Log: x.Log, Kind: protocol.GroupCursors, Data: box}.Encode()
		if pending, ok := d.putPassing(ctx, x.Peer, net.Queue(protocol.GroupQueue(x.Log)), net.Token{}, blob); ok {
			sent = append(sent, payment{x, pending})
		}
	}
	waiting, cancel := context.WithTimeout(ctx, passingPatience)
	defer cancel()
	for _, p := range sent {
		if code, err := Wait(waiting, p.pending); err == nil && (code == net.Delivered || code == net.Duplicate) {
			done = append(done, p.debt)
		}
	}
	return d.clear(ctx, done)
}

// bill seals what a node is owed; nil where that is not possible now. over tells that it is owed nothing any more.
func (d *Delivery) bill(x debt) (box []byte, over bool, err error) {
	if d.Now().Sub(time.UnixMilli(int64(x.Since))) > protocol.OutboxKeep {
		return nil, true, nil
	}
	err = d.Store.View(func(tx feature.Tx) error {
		members, err := d.groups.Hosts(tx, x.Log, string(x.Peer))
		switch {
		case errors.Is(err, feature.ErrLocked):
			return nil
		case errors.Is(err, feature.ErrNotFound), err == nil && len(members) == 0:
			over = true
			return nil
		case err != nil:
			return err
		}
		c, err := d.timeline.Conversation(tx, x.Log)
		if err != nil {
			return err
		}
		all := protocol.MemberCursors{Log: x.Log}
		for _, reader := range x.Readers {
			cur, err := d.Registry.CursorOf(tx, reader, c)
			if err != nil {
				return err
			}
			if c.Has(reader) && !cur.Told.IsZero() {
				all.Cursors = append(all.Cursors, protocol.MemberCursor{Account: reader, Read: cur.Told, At: uint64(max(cur.ToldAt.UnixMilli(), 0))})
			}
		}
		if over = len(all.Cursors) == 0; over {
			return nil
		}
		box, err = d.sealPassing(tx, x.Log, protocol.GroupCursors, all.Encode())
		return err
	})
	if errors.Is(err, feature.ErrNotFound) || errors.Is(err, feature.ErrLocked) {
		return nil, false, nil
	}
	return box, over, err
}

// clear takes debts off, but for those that grew meanwhile.
func (d *Delivery) clear(ctx context.Context, done []debt) error {
	if len(done) == 0 {
		return nil
	}
	return d.Store.Update(ctx, func(tx feature.Tx) error {
		for _, x := range done {
			k := d.debtKey(x.Log, x.Peer)
			now, err := storage.GetAs[debt](tx, d.Realm, k)
			switch {
			case errors.Is(err, storage.ErrNotFound):
			case err != nil:
				return err
			case now.Turn == x.Turn:
				tx.Delete(k)
			}
		}
		return nil
	})
}

// cursors takes in how far members read who live on the node that tells it.
func (d *Delivery) cursors(tx feature.Tx, log protocol.Log, members []protocol.Account, plain []byte) (net.Code, error) {
	all, err := protocol.DecodeMemberCursors(plain)
	if err != nil || all.Log != log {
		return net.Refused, nil
	}
	for _, c := range all.Cursors {
		if !slices.Contains(members, c.Account) {
			continue // not heard of yet, or a lie
		}
		if err := d.Registry.Receive(tx, protocol.Receipt{Log: log, Account: c.Account, Read: &c.Read, At: c.At}); err != nil {
			return 0, err
		}
	}
	return net.Delivered, nil
}

// Reached implements feature.Delivery.
func (d *Delivery) Reached(tx feature.Tx, log protocol.Log, id protocol.EventID, members []protocol.Account) (map[protocol.Account]bool, error) {
	out := map[protocol.Account]bool{}
	t, err := d.track(tx, log, id)
	if err != nil {
		return nil, err
	}
	var has map[net.PeerID]bool // nil: all nodes
	if t.Seq > 0 && t.Final != feature.Delivered {
		has = map[net.PeerID]bool{}
		if err := d.roads.Of(tx, log, func(r road.Road) (bool, error) {
			has[r.Peer] = t.Final == "" && r.Has >= t.Seq
			return true, nil
		}); err != nil {
			return nil, err
		}
	}
	for _, m := range members {
		if has == nil {
			out[m] = true
			continue
		}
		chain, err := d.Directory.Log(tx, m)
		if err != nil {
			continue
		}
		out[m] = slices.ContainsFunc(chain.Head().Devices, func(dev identity.Device) bool { return has[net.PeerID(dev.PeerID)] })
	}
	return out, nil
}
