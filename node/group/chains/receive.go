package chains

import (
	"errors"
	"fmt"
	"slices"

	"conclave/crypto/canon"
	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/node/group/signer"
	"conclave/node/timeline"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

// receiving is the row of another device's chain, for all members here.
type receiving struct {
	Chain []byte `cbor:"0,keyasint"`
	Seen  seen   `cbor:"1,keyasint"` // what was opened with it
	Used  uint64 `cbor:"2,keyasint"` // Unix milliseconds of the last time
}

func (g *Chains) recvKey(log protocol.Log, id chain.ChainID) storage.Key {
	return g.node().Key(storage.Chains, storage.H([]byte("receive"), log[:]), storage.H(id[:]))
}

func (g *Chains) receiver(tx feature.Tx, log protocol.Log, id chain.ChainID) (*chain.Receiver, receiving, error) {
	raw, err := g.Keys.GetChain(tx, log, g.recvKey(log, id))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, receiving{}, ErrNoChain
	}
	if err != nil {
		return nil, receiving{}, err
	}
	x, err := canon.UnmarshalOwn[receiving](raw)
	if err != nil {
		return nil, receiving{}, fmt.Errorf("load a chain: %w", err)
	}
	r, err := chain.UnmarshalReceiver(x.Chain)
	if err != nil {
		return nil, receiving{}, fmt.Errorf("load a chain: %w", err)
	}
	return r, x, nil
}

func (g *Chains) saveReceiver(tx feature.Tx, log protocol.Log, r *chain.Receiver, s seen) error {
	r.Expire(g.Now())
	x := receiving{Chain: r.Marshal(), Seen: s, Used: g.wall()}
	return g.Keys.PutChain(tx, log, g.recvKey(log, r.Cert().Chain), canon.MustMarshal(x))
}

// Accept takes the key of a chain that came over the session of a device: ErrForged unless it is that device's own and agrees
// with what is here, signer.ErrStranger where the identity log is behind. The first that comes counts, a later one changes
// nothing. Of a group that is not here it is kept, unchecked but for whose it is, for the time that the word of it may take.
func (g *Chains) Accept(tx feature.Tx, from protocol.Account, dev protocol.Device, data []byte) error {
	d, err := chain.DecodeKeyDist(data)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForged, err)
	}
	cert, err := d.Cert.Cert()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForged, err)
	}
	if protocol.Account(cert.Acct) != from || protocol.Device(cert.Dev) != dev {
		return fmt.Errorf("%w: %w", ErrForged, chain.ErrWrongChain)
	}
	log := protocol.Log(cert.GID)
	if err := g.Views.Here(tx, log); errors.Is(err, feature.ErrNotFound) {
		return g.hold(tx, early{Log: log, From: from, Dev: dev, Data: data, At: g.wall()})
	} else if err != nil {
		return err
	}
	had, _, err := g.receiver(tx, log, cert.Chain)
	switch {
	case err == nil:
		if err := had.Agree(d); err != nil && !errors.Is(err, chain.ErrTooFarAhead) {
			return fmt.Errorf("%w: %w", ErrForged, err)
		}
		return nil
	case !errors.Is(err, ErrNoChain):
		return err
	}
	dsk, err := signer.Key(tx, g.Identities, membership.Author{Account: from, Device: dev, IDSeq: cert.IDSeq, IDHash: cert.IDHash})
	if err != nil {
		return err
	}
	r, err := chain.NewReceiver(d, dsk, log, from, dev)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForged, err)
	}
	if err := g.keepCert(tx, log, cert, d.Cert.Encode()); err != nil {
		return err
	}
	if err := g.crowd(tx, log, dev, cert.Chain); err != nil {
		return err
	}
	return g.saveReceiver(tx, log, r, nil)
}

// maxChains is how many chains of one device can be opened at a time; the one that came first gives way.
const maxChains = 64

// crowd makes room for one more chain of a device.
func (g *Chains) crowd(tx feature.Tx, log protocol.Log, dev protocol.Device, id chain.ChainID) error {
	realm, err := g.Keys.Conversation(tx, log)
	if err != nil {
		return err
	}
	key := realm.Key(storage.Proofs, storage.H([]byte("open"), dev[:]))
	list, err := storage.GetAs[[]chain.ChainID](tx, realm, key)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	list = append(slices.DeleteFunc(list, func(o chain.ChainID) bool { return o == id }), id)
	if len(list) > maxChains {
		tx.Delete(g.recvKey(log, list[0]))
		list = list[1:]
	}
	return storage.PutAs(tx, realm, key, list)
}

// Open opens a message of another node's member and saves the advanced chain. The event is its author's, in this log, and
// names the heads that the message does; whether it is shown is Judge's matter. The error is ErrNoChain or
// timeline.ErrBehind where the message is to wait with its sender, ErrReplay, ErrUnreadable, or ErrForged.
func (g *Chains) Open(tx feature.Tx, log protocol.Log, inner []byte) (*protocol.Event, feature.Stamp, error) {
	if err := g.Views.Here(tx, log); err != nil {
		return nil, feature.Stamp{}, err
	}
	m, err := chain.DecodeInner(inner)
	if err != nil || len(m.Heads) == 0 {
		return nil, feature.Stamp{}, errors.Join(ErrForged, err)
	}
	from, was, err := g.receiver(tx, log, m.Chain)
	if err != nil {
		return nil, feature.Stamp{}, err
	}
	if !proofOf(m).Verify(from.Cert(), chain.MHead(log, m.Heads), m.ID) {
		return nil, feature.Stamp{}, fmt.Errorf("%w: %w", ErrForged, chain.ErrSignature)
	}
	if err := g.Views.Knows(tx, log, eventIDs(m.Heads)); err != nil {
		return nil, feature.Stamp{}, err
	}
	said := statement(log, m)
	if err := g.once(tx, log, from.Cert(), was.Seen, said); err != nil {
		return nil, feature.Stamp{}, err
	}
	raw, _, err := from.Open(g.Now(), m, eventID)
	if err != nil {
		return nil, feature.Stamp{}, opening(err)
	}
	e, err := protocol.DecodeEvent(raw)
	if err != nil || !fits(e, from.Cert(), m) {
		return nil, feature.Stamp{}, errors.Join(fmt.Errorf("%w: the event is not of its chain", ErrForged), err)
	}
	return e, stampOf(m, from.Cert()), g.saveReceiver(tx, log, from, was.Seen.with(said))
}

// opening says what the failure of a signed message means to its sender.
func opening(err error) error {
	switch {
	case errors.Is(err, chain.ErrReplay):
		return fmt.Errorf("%w: %w", ErrReplay, err)
	case errors.Is(err, chain.ErrTooFarAhead):
		return fmt.Errorf("%w: %w", timeline.ErrBehind, err)
	case errors.Is(err, chain.ErrBeforeStart):
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return fmt.Errorf("%w: %w", ErrForged, err)
}

func eventID(raw []byte) ([32]byte, error) {
	e, err := protocol.DecodeEvent(raw)
	if err != nil {
		return [32]byte{}, err
	}
	return e.ID, nil
}

// fits tells whether an event says of itself what its message says.
func fits(e *protocol.Event, c chain.Cert, m chain.Inner) bool {
	return e.Log == protocol.Log(c.GID) && e.Author == protocol.Account(c.Acct) && e.Device == protocol.Device(c.Dev) && slices.Equal(e.Heads, eventIDs(m.Heads))
}

func eventIDs(heads [][32]byte) []protocol.EventID {
	out := make([]protocol.EventID, len(heads))
	for i := range heads {
		out[i] = heads[i]
	}
	return out
}

func rawHeads(heads []protocol.EventID) [][32]byte {
	out := make([][32]byte, len(heads))
	for i := range heads {
		out[i] = heads[i]
	}
	return out
}
