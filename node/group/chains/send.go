package chains

import (
	"errors"
	"fmt"
	"slices"

	"conclave/crypto/canon"
	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/node/group/signer"
	"conclave/protocol"
	"conclave/storage"
)

// sending is the row of a device's own chain in a group.
type sending struct {
	Chain []byte   `cbor:"0,keyasint"`
	Print [32]byte `cbor:"1,keyasint"` // of the audience it was last made ready for
	Ended [32]byte `cbor:"2,keyasint"` // what had ended when it was made
}

// own is a sending chain in use inside a transaction.
type own struct {
	*chain.Sender
	account protocol.Account
	print   [32]byte
	ended   [32]byte
	key     storage.Key
}

func (g *Chains) sendKey(log protocol.Log, dev protocol.Device) storage.Key {
	return g.node().Key(storage.Chains, storage.H([]byte("send"), log[:]), storage.H(dev[:]))
}

// Seal implements timeline.Groups. The chain is replaced before the event where it served long enough, a membership
// ended, or a device that held it is no member's any more; nodes that are new to it will be given it from this event on (Owed).
func (g *Chains) Seal(tx feature.Tx, e *protocol.Event) ([]byte, feature.Stamp, error) {
	now, err := g.Views.View(tx, e.Log)
	if err != nil {
		return nil, feature.Stamp{}, err
	}
	who, err := g.audience(tx, now)
	if err != nil {
		return nil, feature.Stamp{}, err
	}
	s, err := g.ready(tx, now, who, e.Author, e.Device)
	if err != nil {
		return nil, feature.Stamp{}, fmt.Errorf("make a sending chain ready: %w", err)
	}
	m, err := s.Seal(g.Random, rawHeads(e.Heads), e.ID, e.Encode())
	if err != nil {
		return nil, feature.Stamp{}, err
	}
	return m.Encode(), stampOf(m, s.Cert()), g.saveSending(tx, s)
}

// ready returns the chain to seal with.
func (g *Chains) ready(tx feature.Tx, now View, who *audience, a protocol.Account, dev protocol.Device) (*own, error) {
	s, err := g.sender(tx, now.Log, a, dev)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return nil, err
	}
	if err == nil && !s.Due(g.Now()) && s.ended == now.Ended {
		if s.print == who.print {
			return s, nil
		}
		extended, err := g.extend(tx, s, now, who)
		if err != nil || extended {
			return s, err
		}
	}
	last := uint64(0)
	if err == nil {
		last = s.Cert().CSeq
	}
	if s, err = g.replace(tx, now, a, dev, last); err != nil {
		return nil, err
	}
	_, err = g.extend(tx, s, now, who)
	return s, err
}

func (g *Chains) sender(tx feature.Tx, log protocol.Log, a protocol.Account, dev protocol.Device) (*own, error) {
	key := g.sendKey(log, dev)
	raw, err := g.Keys.GetShredded(tx, a, key)
	if err != nil {
		return nil, err
	}
	row, err := canon.UnmarshalOwn[sending](raw)
	if err != nil {
		return nil, fmt.Errorf("load a sending chain: %w", err)
	}
	s, err := chain.UnmarshalSender(row.Chain)
	if err != nil {
		return nil, fmt.Errorf("load a sending chain: %w", err)
	}
	return &own{Sender: s, account: a, print: row.Print, ended: row.Ended, key: key}, nil
}

func (g *Chains) saveSending(tx feature.Tx, s *own) error {
	return g.Keys.PutShredded(tx, s.account, s.key, canon.MustMarshal(sending{Chain: s.Marshal(), Print: s.print, Ended: s.ended}))
}

// replace makes a new chain of a device. The old one's key is gone with its row.
func (g *Chains) replace(tx feature.Tx, now View, a protocol.Account, dev protocol.Device, last uint64) (*own, error) {
	secrets, err := g.Keys.Device(a)
	if err != nil {
		return nil, err
	}
	if secrets.ID != dev {
		return nil, fmt.Errorf("%w: not the device of this node", feature.ErrConflict)
	}
	author, err := signer.Author(tx, g.Identities, a, dev)
	if err != nil {
		return nil, err
	}
	s, err := chain.NewSender(g.Random, g.Now(), chain.Origin{
		GID: now.Log, Acct: a, Dev: dev, IDSeq: author.IDSeq, IDHash: author.IDHash, MHead: now.MHead, CSeq: last + 1,
	}, secrets.DSK)
	if err != nil {
		return nil, err
	}
	cert := s.KeyDist().Cert
	if err := g.keepCert(tx, now.Log, s.Cert(), cert.Encode()); err != nil {
		return nil, err
	}
	h := handout{Log: now.Log, Own: a, Chain: s.Cert().Chain, Created: g.wall()}
	if err := g.saveHandout(tx, s.Cert().Chain, h); err != nil {
		return nil, err
	}
	return &own{Sender: s, account: a, ended: now.Ended, key: g.sendKey(now.Log, dev)}, nil
}

// extend makes a chain ready for an audience: nodes that are new to it are owed it from its next message on. It reports false,
// and changes nothing, where a device held it that is no member's now.
func (g *Chains) extend(tx feature.Tx, s *own, now View, who *audience) (bool, error) {
	id := s.Cert().Chain
	kept, err := g.loadKept(tx, now.Log, s.account, id)
	if err != nil {
		return false, err
	}
	if slices.ContainsFunc(kept.Held, func(d protocol.Device) bool { return !who.has(d) }) {
		return false, nil
	}
	h, err := g.loadHandout(tx, id)
	if err != nil {
		return false, err
	}
	added := uint64(0)
	for _, n := range who.nodes {
		there, err := tx.Has(g.holderKey(id, n.Peer))
		if err != nil {
			return false, err
		}
		if there {
			continue
		}
		added++
		if err := g.saveHolder(tx, id, n.Peer, holder{Start: s.N()}); err != nil {
			return false, err
		}
	}
	if h.Open == 0 {
		kept.Dists = nil // everybody has what was handed out before
	}
	if added > 0 {
		d := s.KeyDist()
		kept.Dists = append(kept.Dists, dist{Start: d.Start, Data: d.Encode()})
		h.Owed, h.Open = h.Owed+added, h.Open+added
		if err := g.saveHandout(tx, id, h); err != nil {
			return false, err
		}
	}
	kept.Held = who.devices
	s.print = who.print
	return true, g.saveKept(tx, now.Log, s.account, id, kept)
}

func stampOf(m chain.Inner, c chain.Cert) feature.Stamp {
	return feature.Stamp{Proof: proofOf(m), CSeq: c.CSeq}
}
