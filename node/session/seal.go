package session

import (
	"errors"
	"fmt"

	"conclave/crypto/handshake"
	"conclave/crypto/identity"
	"conclave/crypto/ratchet"
	"conclave/crypto/seal"
	"conclave/node/feature"
	"conclave/protocol"
)

// offer is what of a prekey message stays the same until the peer answers.
type offer struct {
	IDSeqA  uint64        `cbor:"0,keyasint"`
	IDHashA identity.Hash `cbor:"1,keyasint"`
	IDSeqB  uint64        `cbor:"2,keyasint"`
	IDHashB identity.Hash `cbor:"3,keyasint"`
	SPKID   uint64        `cbor:"4,keyasint"`
	OTKID   *uint64       `cbor:"5,keyasint"`
	LRKID   *uint64       `cbor:"6,keyasint"`
	CT      []byte        `cbor:"7,keyasint"`
	Created uint64        `cbor:"8,keyasint"`
	HPK     []byte        `cbor:"9,keyasint"`
}

// Material are the verified keys that a session starts from.
type Material struct {
	Peer   *identity.Log
	Bundle identity.Bundle
	OTK    *identity.OTK
}

// Begin starts a session with a peer's device from its bundle. The caller verified the bundle against the pinned log.
func (s *Sessions) Begin(tx feature.Tx, p Pair, m Material) error {
	dev, err := s.Keys.Device(p.Own)
	if err != nil {
		return err
	}
	own, err := s.Identities.Log(tx, p.Own)
	if err != nil {
		return fmt.Errorf("own identity: %w", err)
	}
	peerDevice, ok := m.Peer.Device(identity.DeviceID(p.PeerDev))
	if !ok || m.Bundle.Dev != identity.DeviceID(p.PeerDev) {
		return identity.ErrRevoked
	}
	a := handshake.Party{Acct: p.Own, Dev: p.OwnDev, IDHash: own.Pin().Hash, DSK: dev.DSK.Public(), DIK: dev.DIK.Public()}
	b := handshake.Party{Acct: p.Peer, Dev: p.PeerDev, IDHash: m.Peer.Pin().Hash, DSK: peerDevice.DSK, DIK: peerDevice.DIK}
	keys := handshake.Prekeys{SPKID: m.Bundle.SPK.ID, SPK: m.Bundle.SPK.Key}
	o := offer{
		IDSeqA: own.Pin().Seq, IDHashA: own.Pin().Hash, IDSeqB: m.Peer.Pin().Seq, IDHashB: m.Peer.Pin().Hash,
		SPKID: m.Bundle.SPK.ID, HPK: m.Bundle.HPK.Key, Created: uint64(s.Now().UnixMilli()),
	}
	if m.OTK != nil {
		keys.OneTime, keys.OPK, keys.KEMID = true, m.OTK.OPK, m.OTK.ID
		copy(keys.KEM[:], m.OTK.KEM)
		o.OTKID = &m.OTK.ID
	} else {
		keys.KEMID = m.Bundle.LRK.ID
		copy(keys.KEM[:], m.Bundle.LRK.Key)
		o.LRKID = &m.Bundle.LRK.ID
	}
	exchange, err := seal.DHKeyFrom(dev.DIK.Bytes())
	if err != nil {
		return err
	}
	agreed, sent, err := handshake.Initiator(s.Random, a, exchange, b, keys)
	if err != nil {
		return err
	}
	o.CT = sent.CT[:]
	state, err := ratchet.NewInitiator(s.Random, s.Now(), ratchet.Seed(agreed), keys.SPK)
	if err != nil {
		return err
	}
	r, err := s.Route(tx, p)
	if err != nil {
		return err
	}
	r.Intro = m.Bundle.IntroQueue
	r.Peer = nil // a device that lost its sessions may have lost its queues too: the prekey message goes to its intro queue
	if err := s.SaveRoute(tx, r); err != nil {
		return err
	}
	l := &live{kept: kept{EK: sent.EK, Offer: &o}, state: state}
	if err := s.save(tx, p, l); err != nil {
		return err
	}
	return s.prune(tx, p)
}

// Sealed is a blob and where it goes.
type Sealed struct {
	Blob  []byte
	Queue protocol.Queue
	Token [16]byte
}

// Seal seals a content for a peer's device and saves the advanced state. ErrNoSession and ErrWait leave everything as it was.
func (s *Sessions) Seal(tx feature.Tx, p Pair, kind ratchet.Kind, items ...protocol.Item) (Sealed, error) {
	sessions, err := s.all(tx, p)
	if err != nil {
		return Sealed{}, err
	}
	r, err := s.Route(tx, p)
	if err != nil {
		return Sealed{}, err
	}
	l := s.choose(sessions, r)
	if l == nil {
		return Sealed{}, ErrNoSession
	}
	told := r.Told
	if l.Offer == nil && !r.Told {
		own, err := s.own(tx, r)
		if err != nil {
			return Sealed{}, err
		}
		items = append(items, protocol.Item{Kind: protocol.ItemRoutes, Data: encodeRoutes(own)})
		kind, told = ratchet.Content, true
	}
	msg, err := l.state.Encrypt(s.Random, s.Now(), kind, protocol.EncodeContent(items...))
	if err != nil {
		return Sealed{}, fmt.Errorf("seal for a device: %w", err)
	}
	blob := append([]byte{protocol.BlobSession}, msg...)
	if l.Offer != nil {
		if blob, err = s.first(tx, p, l, r, msg); err != nil {
			return Sealed{}, err
		}
	}
	if err := s.save(tx, p, l); err != nil {
		return Sealed{}, err
	}
	if told != r.Told {
		r.Told = true
		if err := s.SaveRoute(tx, r); err != nil {
			return Sealed{}, err
		}
	}
	out := Sealed{Blob: blob}
	out.Queue, out.Token = r.Target()
	return out, nil
}

// first wraps a session's message into the prekey message that every one is until the peer answers.
func (s *Sessions) first(tx feature.Tx, p Pair, l *live, r Route, msg []byte) ([]byte, error) {
	own, err := s.Identities.Log(tx, p.Own)
	if err != nil {
		return nil, fmt.Errorf("own identity: %w", err)
	}
	routes, err := s.own(tx, r)
	if err != nil {
		return nil, err
	}
	o := l.Offer
	m := handshake.Message{
		AcctA: p.Own, DevA: p.OwnDev, IDSeqA: o.IDSeqA, IDHashA: o.IDHashA, DevB: p.PeerDev, IDSeqB: o.IDSeqB, IDHashB: o.IDHashB,
		EK: l.EK, SPKID: o.SPKID, OTKID: o.OTKID, LRKID: o.LRKID, Created: o.Created, First: msg, Routes: encodeRoutes(routes),
	}
	copy(m.CT[:], o.CT)
	size := 0
	for _, e := range own.From(0) {
		raw := e.Encode()
		if size += len(raw); size > handshake.MaxEntriesSize {
			m.Entries = nil
			break
		}
		m.Entries = append(m.Entries, raw)
	}
	sealed, err := handshake.Seal(o.HPK, p.Peer, p.PeerDev, m)
	if errors.Is(err, handshake.ErrTooLarge) {
		return nil, ErrWait
	}
	if err != nil {
		return nil, err
	}
	return append([]byte{protocol.BlobPrekey}, sealed...), nil
}
