package delivery

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/node/timeline"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// Receive takes consecutive blobs of a node, opens and logs what they hold in one transaction, and returns what became of
// each. Where it cannot be made durable, everything is answered later. A blob that makes the node panic is refused by itself.
func (d *Delivery) Receive(ctx context.Context, from net.PeerID, puts []net.Put) []net.Code {
	codes := d.takeIn(ctx, from, puts)
	d.mu.Lock()
	d.lastSeen[from] = d.Now()
	d.mu.Unlock()
	return codes
}

// takeIn receives blobs, by halves where they do not go together: one makes the node panic, or all are too much for one transaction.
func (d *Delivery) takeIn(ctx context.Context, from net.PeerID, puts []net.Put) []net.Code {
	codes, apart := d.receive(ctx, from, puts)
	if half := len(puts) / 2; apart && half > 0 {
		codes = d.takeIn(ctx, from, puts[:half])
		return append(codes, d.takeIn(ctx, from, puts[half:])...)
	}
	return codes
}

// errPutOff means that a blob has to wait, and that nothing that was done with it may be written.
var errPutOff = errors.New("this has to wait")

func (d *Delivery) receive(ctx context.Context, from net.PeerID, puts []net.Put) (codes []net.Code, apart bool) {
	codes = make([]net.Code, len(puts))
	all := func(c net.Code) {
		for i := range codes {
			codes[i] = c
		}
	}
	defer func() {
		if r := recover(); r != nil {
			d.Logger.Error("panic while opening a blob", "peer", from, "stack", string(debug.Stack()))
			all(net.Refused)
			apart = true
		}
	}()
	end := len(puts)
	err := errPutOff
	for errors.Is(err, errPutOff) {
		all(net.Later)
		end, err = d.takeAll(ctx, from, puts[:end], codes)
	}
	if err != nil {
		d.Logger.Warn("blobs cannot be taken now", "peer", from, "count", len(puts), "err", err)
		all(net.Later)
	}
	return codes, errors.Is(err, storage.ErrTooLarge)
}

// takeAll takes blobs in one transaction. With errPutOff, those before the returned one may be taken by themselves.
func (d *Delivery) takeAll(ctx context.Context, from net.PeerID, puts []net.Put, codes []net.Code) (at int, err error) {
	err = d.Store.Update(ctx, func(tx feature.Tx) error {
		for i, put := range puts {
			at = i
			code, err := net.Code(0), error(nil)
			if len(put.Blob) > 0 && put.Blob[0] == protocol.BlobGroup {
				code, err = d.takeGroup(tx, from, put)
			} else {
				code, err = d.take(tx, from, put)
			}
			if err != nil {
				return err
			}
			codes[i] = code
		}
		return nil
	})
	return at, err
}

func (d *Delivery) dedupKey(id protocol.EnvelopeID) storage.Key {
	return d.Realm.Key(storage.Dedup, storage.H(id[:]))
}

// take is one blob. An error is a fault of this node; nothing of the transaction counts then.
func (d *Delivery) take(tx feature.Tx, from net.PeerID, put net.Put) (net.Code, error) {
	id := protocol.EnvelopeIDOf(put.Blob)
	switch was, err := storage.GetAs[seen](tx, d.Realm, d.dedupKey(id)); {
	case err == nil && was.Waits:
		return net.Stored, nil
	case !errors.Is(err, storage.ErrNotFound):
		return net.Duplicate, err
	}
	in, mailed, err := d.inlet(tx, from, put)
	if errors.Is(err, feature.ErrNotFound) {
		return net.Refused, nil
	}
	if err != nil {
		return 0, err
	}
	if !d.Keys.Unlocked(in.Account) {
		code, err := d.lay(tx, in, from, put.Blob)
		if err != nil || code != net.Stored {
			return code, err
		}
		return code, d.note(tx, id, true)
	}
	o, code, err := d.unpack(tx, in, from, put.Blob)
	if err == nil && mailed {
		err = d.cameByMail(tx, in, o, code, put.Blob)
	}
	if err != nil || code != net.Delivered {
		return code, err
	}
	return code, d.note(tx, id, false)
}

// seen is what is kept of a blob that was taken, so that it is not taken twice.
type seen struct {
	_     struct{} `cbor:",toarray"`
	Until uint64   // Unix milliseconds
	Waits bool     // it lies in the inbox of a locked account
}

func (d *Delivery) note(tx feature.Tx, id protocol.EnvelopeID, waits bool) error {
	return storage.PutAs(tx, d.Realm, d.dedupKey(id), seen{Until: uint64(d.Now().Add(protocol.DedupKeep).UnixMilli()), Waits: waits})
}

// unpacked is what is to be said of a blob that was opened.
type unpacked struct {
	pair    session.Pair
	upTo    protocol.Place // of the newest event that came
	worthIt bool           // it held more than receipts and routes: whoever is not told otherwise is told that it came
	waits   bool           // something in it waits for what it builds on: nobody is told that it came
}

// unpack opens a blob and logs what it holds.
func (d *Delivery) unpack(tx feature.Tx, in session.Inlet, from net.PeerID, blob []byte) (o unpacked, code net.Code, err error) {
	got, err := d.Sessions.Open(tx, in, blob, func(sender protocol.Account) error {
		return d.Registry.Admit(tx, in.Account, sender)
	})
	switch {
	case errors.Is(err, feature.ErrTurnedAway):
		return o, net.Stored, nil // whoever is blocked does not learn it
	case errors.Is(err, session.ErrLater):
		return o, net.Later, nil
	case errors.Is(err, session.ErrUndecryptable), errors.Is(err, session.ErrUntrusted):
		if errors.Is(err, session.ErrUndecryptable) {
			d.undecryptable.Add(1)
		}
		d.Logger.Info("a blob was refused", "peer", from, "err", err)
		return o, net.Refused, nil
	case err != nil:
		return o, 0, fmt.Errorf("open a blob: %w", err)
	}
	p := got.Pair
	o.pair, code = p, net.Delivered
	d.hears(p)
	for _, item := range got.Items {
		if item.Kind == protocol.ItemGroup {
			taken, err := d.carried(tx, p, item.Data)
			if err != nil {
				return o, 0, err
			}
			o.worthIt, o.waits = true, o.waits || !taken
			continue
		}
		place, ok, err := d.item(tx, p, from, item)
		if err != nil {
			return o, 0, err
		}
		if !ok {
			code = net.Refused
		}
		if place.Compare(o.upTo) > 0 {
			o.upTo = place
		}
		o.worthIt = o.worthIt || item.Kind != protocol.ItemReceipt && item.Kind != protocol.ItemRoutes
	}
	if err := d.believe(tx, got, from); err != nil {
		return o, 0, err
	}
	switch {
	case got.Started:
		if got.Renewed {
			if err := d.Retarget(tx, p.Peer); err != nil {
				return o, 0, err
			}
		}
		if err := d.control(tx, p); err != nil { // the answer that confirms a new session
			return o, 0, err
		}
	case got.Answered:
		tx.OnCommit(func() { d.wakeLater(got.Pair) })
	}
	return o, code, nil
}

// item takes in one part of an opened message; false means that it is refused.
func (d *Delivery) item(tx feature.Tx, p session.Pair, from net.PeerID, item protocol.Item) (at protocol.Place, ok bool, err error) {
	switch item.Kind {
	case protocol.ItemEvent:
		return d.event(tx, p, item.Data)
	case protocol.ItemReceipt:
		ok, err = d.receipt(tx, p, item.Data)
		return at, ok, err
	case protocol.ItemRetry:
		ok, err = d.retried(tx, p, item.Data)
		return at, ok, err
	case protocol.ItemSignal:
		ok, err = d.signal(tx, p, item.Data)
		return at, ok, err
	case protocol.ItemGossip:
		ok, err = d.gossipHost(tx, p, item.Data)
		return at, ok, err
	case protocol.ItemWelcome, protocol.ItemChain, protocol.ItemTopic:
		ok, err = d.groupItem(tx, p, item)
		return at, ok, err
	case protocol.ItemBrief:
		ok, err = d.briefed(tx, p, from, item.Data)
		return at, ok, err
	}
	return at, true, nil // routes were taken by the session; what is unknown is a newer peer's
}

// event logs an event that came over the session of a pair: only its author's device may send it (SPEC.md, direct events).
func (d *Delivery) event(tx feature.Tx, p session.Pair, raw []byte) (at protocol.Place, ok bool, err error) {
	e, err := protocol.DecodeEvent(raw)
	if err != nil || e.Author != p.Peer || e.Log != protocol.DirectLog(p.Own, p.Peer) || len(e.Heads) > 0 {
		return at, false, nil
	}
	if e.Device != p.PeerDev { // another device of the same account vouches for what it wrote
		log, err := d.Directory.Log(tx, p.Peer)
		if err != nil {
			return at, false, err
		}
		dev := identity.DeviceID(e.Device)
		if _, ok := log.Device(dev); !ok && !log.Revoked(dev) {
			return at, false, nil
		}
	}
	err = d.timeline.IngestDirect(tx, p.Own, e)
	switch {
	case errors.Is(err, timeline.ErrRefused):
		return at, false, nil
	case errors.Is(err, timeline.ErrDuplicate):
		err = nil
	}
	return e.Place(), err == nil, err
}

// forget drops the ids of blobs whose time is over.
func (d *Delivery) forget(tx feature.Tx, now uint64) error {
	return tx.Scan(d.Realm, d.Realm.Key(storage.Dedup), storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
		was, err := canon.Unmarshal[seen](v)
		if err != nil {
			return false, fmt.Errorf("read the ids of blobs: %w", err)
		}
		if was.Until < now {
			tx.Delete(k)
		}
		return true, nil
	})
}

// waiting is an envelope for a locked account.
type waiting struct {
	Inlet session.Inlet `cbor:"0,keyasint"`
	From  string        `cbor:"1,keyasint"`
	Blob  []byte        `cbor:"2,keyasint"`
	At    uint64        `cbor:"3,keyasint"`
}

// maxWaiting bounds the envelopes that a locked account keeps; what is over stays with the sender.
const (
	maxWaiting   = 4000
	maxStrangers = maxWaiting / 4 // when so many wait, nothing more is taken from whoever has no queue of its own
)

func (d *Delivery) inboxPrefix(a protocol.Account) storage.Key {
	return d.Realm.Key(storage.Inbox, storage.H(a[:]))
}

// lay keeps a blob for an account that is locked.
func (d *Delivery) lay(tx feature.Tx, in session.Inlet, from net.PeerID, blob []byte) (net.Code, error) {
	limit, prekey := maxWaiting, len(blob) > 0 && blob[0] == protocol.BlobPrekey
	if in.Pair == nil {
		limit = maxStrangers
	}
	if in.Pair == nil && !prekey || prekey && len(blob) > protocol.MaxIntroBlob {
		return net.Refused, nil
	}
	count := 0
	if err := tx.Scan(d.Realm, d.inboxPrefix(in.Account), storage.ScanOptions{KeysOnly: true}, func(storage.Key, []byte) (bool, error) {
		count++
		return count < limit, nil
	}); err != nil {
		return 0, err
	}
	if count >= limit {
		return net.Later, nil
	}
	k := d.Realm.Key(storage.Inbox, storage.H(in.Account[:]), storage.U64(d.next()))
	return net.Stored, storage.PutAs(tx, d.Realm, k, waiting{Inlet: in, From: string(from), Blob: blob, At: uint64(d.Now().UnixMilli())})
}
