package session

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/handshake"
	"conclave/crypto/identity"
	"conclave/crypto/ratchet"
	"conclave/crypto/seal"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Opened is what a blob held. The advanced state is saved in the transaction.
type Opened struct {
	Pair  Pair
	Items []protocol.Item
	// Started means that the blob began a session that the peer is to be answered on, Answered that it was the peer's first answer.
	Started, Answered bool
	// Renewed means that the peer's identity log grew: its devices may be others now.
	Renewed bool
	// Addresses are where the peer says that its node is found; nil where it said nothing.
	Addresses []string
}

// Sender names who sent a prekey message before anything is kept of it, so that a door can turn the sender away.
type Sender func(protocol.Account) error

// Open opens a blob that came to a queue and saves the advanced state. Where it fails, nothing was written. Errors are
// ErrUndecryptable, ErrLater, ErrUntrusted, what admit returned, and faults of the store.
func (s *Sessions) Open(tx feature.Tx, in Inlet, blob []byte, admit Sender) (Opened, error) {
	switch {
	case len(blob) < 2:
		return Opened{}, ErrUndecryptable
	case blob[0] == protocol.BlobPrekey:
		return s.openFirst(tx, in, blob[1:], admit)
	case blob[0] == protocol.BlobSession && in.Pair != nil:
		if err := admit(in.Pair.Peer); err != nil {
			return Opened{}, err
		}
		return s.openNext(tx, *in.Pair, blob[1:])
	}
	return Opened{}, ErrUndecryptable
}

func (s *Sessions) openNext(tx feature.Tx, p Pair, msg []byte) (Opened, error) {
	log, err := s.Identities.Log(tx, p.Peer)
	if err != nil {
		return Opened{}, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	if _, ok := log.Device(identity.DeviceID(p.PeerDev)); !ok {
		return Opened{}, fmt.Errorf("%w: the device is revoked", ErrUntrusted)
	}
	sessions, err := s.all(tx, p)
	if err != nil {
		return Opened{}, err
	}
	for _, l := range sessions {
		if l.state.TrialOpen(msg) {
			return s.advance(tx, p, l, msg)
		}
	}
	return Opened{}, ErrUndecryptable
}

// advance opens a message with the session that it belongs to.
func (s *Sessions) advance(tx feature.Tx, p Pair, l *live, msg []byte) (Opened, error) {
	payload, err := l.state.Decrypt(s.Now(), msg)
	switch {
	case errors.Is(err, ratchet.ErrTooFarAhead):
		return Opened{}, ErrLater
	case err != nil:
		return Opened{}, ErrUndecryptable
	}
	items, err := protocol.DecodeContent(payload)
	if err != nil {
		return Opened{}, fmt.Errorf("%w: %w", ErrUndecryptable, err)
	}
	out := Opened{Pair: p, Items: items, Answered: l.Offer != nil}
	l.LastIn = uint64(s.Now().UnixMilli())
	for _, it := range items {
		if it.Kind != protocol.ItemRoutes {
			continue
		}
		told, err := protocol.DecodeRoutes(it.Data)
		if err != nil {
			continue
		}
		out.Addresses = told.Addresses
		if err := s.TakeRoutes(tx, p, told); err != nil {
			return Opened{}, err
		}
	}
	if l.Offer != nil { // until the peer's queue is known, there is but the intro queue, which takes prekey messages only
		r, err := s.Route(tx, p)
		if err != nil {
			return Opened{}, err
		}
		if r.Peer != nil {
			l.Offer = nil
		}
	}
	return out, s.save(tx, p, l)
}

func (s *Sessions) openFirst(tx feature.Tx, in Inlet, sealed []byte, admit Sender) (Opened, error) {
	m, err := s.unseal(tx, in, sealed)
	if err != nil {
		return Opened{}, err
	}
	if m.DevB != in.Device {
		return Opened{}, ErrUndecryptable
	}
	p := Pair{Own: in.Account, OwnDev: in.Device, Peer: m.AcctA, PeerDev: m.DevA}
	if in.Pair != nil && *in.Pair != p {
		return Opened{}, ErrUntrusted
	}
	if err := admit(p.Peer); err != nil {
		return Opened{}, err
	}
	routes, err := protocol.DecodeRoutes(m.Routes)
	if err != nil {
		return Opened{}, fmt.Errorf("%w: routes", ErrUndecryptable)
	}
	sessions, err := s.all(tx, p)
	if err != nil {
		return Opened{}, err
	}
	if i := slices.IndexFunc(sessions, func(l *live) bool { return l.EK == m.EK && !l.state.IsInitiator() }); i >= 0 {
		return s.advance(tx, p, sessions[i], m.First)
	}
	chain, a, err := s.vouch(tx, p, m)
	if err != nil {
		return Opened{}, err
	}
	l, spend, err := s.respond(tx, p, m, a)
	if err != nil {
		return Opened{}, err
	}
	if !l.state.TrialOpen(m.First) {
		return Opened{}, ErrUndecryptable
	}
	out, err := s.advance(tx, p, l, m.First)
	if err != nil {
		return Opened{}, err
	}
	out.Started, out.Addresses = true, routes.Addresses
	before, known := s.pinned(tx, p.Peer)
	if err := s.Identities.Merge(tx, p.Peer, chain); err != nil {
		return Opened{}, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	after, _ := s.pinned(tx, p.Peer)
	out.Renewed = known && after != before
	if err := spend(); err != nil {
		return Opened{}, err
	}
	if err := s.TakeRoutes(tx, p, routes); err != nil {
		return Opened{}, err
	}
	if err := s.tellAgain(tx, p); err != nil {
		return Opened{}, err
	}
	return out, s.prune(tx, p)
}

// pinned is where the log of an account stands here.
func (s *Sessions) pinned(tx feature.Tx, a protocol.Account) (identity.Pin, bool) {
	log, err := s.Identities.Log(tx, a)
	if err != nil {
		return identity.Pin{}, false
	}
	return log.Pin(), true
}

// unseal opens a prekey message with one of the sealing keys that this device may have handed out.
func (s *Sessions) unseal(tx feature.Tx, in Inlet, sealed []byte) (handshake.Message, error) {
	sets, err := s.sets(tx, in.Account)
	if err != nil {
		return handshake.Message{}, err
	}
	for _, set := range sets {
		key, err := set.hpk()
		if err != nil {
			return handshake.Message{}, err
		}
		m, err := handshake.Open(key, in.Account, in.Device, sealed)
		if err == nil {
			return m, nil
		}
		if !errors.Is(err, handshake.ErrSealed) {
			break
		}
	}
	return handshake.Message{}, ErrUndecryptable
}

// vouch verifies who sent a prekey message, and returns the new entries of its log and its party as the handshake knew it.
func (s *Sessions) vouch(tx feature.Tx, p Pair, m handshake.Message) ([]identity.Signed, handshake.Party, error) {
	chain := make([]identity.Signed, 0, len(m.Entries))
	for _, raw := range m.Entries {
		signed, err := identity.DecodeSigned(raw)
		if err != nil {
			return nil, handshake.Party{}, fmt.Errorf("%w: %w", ErrUntrusted, err)
		}
		chain = append(chain, signed)
	}
	log, err := s.Identities.Preview(tx, p.Peer, chain)
	if err != nil {
		return nil, handshake.Party{}, fmt.Errorf("%w: %w", ErrUntrusted, err)
	}
	dev, ok := log.Device(identity.DeviceID(p.PeerDev))
	if !ok || !log.Has(identity.Pin{Seq: m.IDSeqA, Hash: m.IDHashA}) || log.Expired(s.Now()) || s.Identities.Forked(tx, p.Peer) {
		return nil, handshake.Party{}, ErrUntrusted
	}
	own, err := s.Identities.Log(tx, p.Own)
	if err != nil {
		return nil, handshake.Party{}, fmt.Errorf("own identity: %w", err)
	}
	if !own.Has(identity.Pin{Seq: m.IDSeqB, Hash: m.IDHashB}) {
		return nil, handshake.Party{}, fmt.Errorf("%w: it names another history of this account", ErrUntrusted)
	}
	return chain, handshake.Party{Acct: p.Peer, Dev: p.PeerDev, IDHash: m.IDHashA, DSK: dev.DSK, DIK: dev.DIK}, nil
}

// respond makes the answering side of a session. spend uses up the one-time key, or notes that the last-resort key was used
// with this offer; it is called once the first message has opened.
func (s *Sessions) respond(tx feature.Tx, p Pair, m handshake.Message, a handshake.Party) (*live, func() error, error) {
	dev, err := s.Keys.Device(p.Own)
	if err != nil {
		return nil, nil, err
	}
	secrets, spend, err := s.secrets(tx, p.Own, m)
	if err != nil {
		return nil, nil, err
	}
	b := handshake.Party{Acct: p.Own, Dev: p.OwnDev, IDHash: m.IDHashB, DSK: dev.DSK.Public(), DIK: dev.DIK.Public()}
	exchange, err := seal.DHKeyFrom(dev.DIK.Bytes())
	if err != nil {
		return nil, nil, err
	}
	agreed, err := handshake.Responder(b, exchange, a, secrets, m.Offer())
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrUndecryptable, err)
	}
	created := time.UnixMilli(int64(min(m.Created, uint64(s.Now().Add(protocol.ClockSlack).UnixMilli()))))
	state := ratchet.NewResponder(created, ratchet.Seed(agreed), secrets.SPK)
	return &live{kept: kept{EK: m.EK}, state: state}, spend, nil
}

// secrets finds the private halves that a prekey message names.
func (s *Sessions) secrets(tx feature.Tx, own protocol.Account, m handshake.Message) (handshake.Secrets, func() error, error) {
	set, err := s.set(tx, own, m.SPKID)
	if err != nil {
		return handshake.Secrets{}, nil, err
	}
	out := handshake.Secrets{SPKID: m.SPKID}
	if out.SPK, err = set.spk(); err != nil {
		return handshake.Secrets{}, nil, err
	}
	if m.OTKID != nil {
		one, err := s.oneTime(tx, own, *m.OTKID)
		if err != nil {
			return handshake.Secrets{}, nil, err
		}
		out.OneTime, out.KEMID = true, *m.OTKID
		if out.OPK, out.KEM, err = one.keys(); err != nil {
			return handshake.Secrets{}, nil, err
		}
		return out, func() error { s.forget(tx, own, *m.OTKID); return nil }, nil
	}
	last, err := s.set(tx, own, *m.LRKID)
	if err != nil {
		return handshake.Secrets{}, nil, err
	}
	out.KEMID = *m.LRKID
	if out.KEM, err = last.lrk(); err != nil {
		return handshake.Secrets{}, nil, err
	}
	mark := canon.Hash("offer", m.EK[:], canon.MustMarshal([]uint64{m.SPKID, *m.LRKID}))
	k := s.realm().Key(storage.Tombstones, storage.H(own[:], mark[:16]))
	if used, err := tx.Has(k); err != nil || used {
		return handshake.Secrets{}, nil, errors.Join(ErrUndecryptable, err)
	}
	return out, func() error {
		return storage.PutAs(tx, s.realm(), k, uint64(s.Now().Add(2*prekeysKept).UnixMilli()))
	}, nil
}

func encodeRoutes(r protocol.Routes) []byte { return canon.MustMarshal(r) }
