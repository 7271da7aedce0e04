package chains

import (
	"errors"
	"fmt"

	"conclave/crypto/canon"
	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// handout counts what is to be done about an own chain. It and its holders hold no secret and are there while vaults are locked, so
// that an acknowledgement always finds them.
type handout struct {
	Log     protocol.Log     `cbor:"0,keyasint"`
	Own     protocol.Account `cbor:"1,keyasint"`
	Chain   chain.ChainID    `cbor:"2,keyasint"`
	Created uint64           `cbor:"3,keyasint"` // Unix milliseconds
	Owed    uint64           `cbor:"4,keyasint"` // nodes that nothing was sent to yet
	Open    uint64           `cbor:"5,keyasint"` // nodes that have not acknowledged it, those included
}

// holder is a node that an own chain is for.
type holder struct {
	Start uint32          `cbor:"0,keyasint"` // first message it can open
	To    protocol.Device `cbor:"1,keyasint"` // device that it was sent to, zero for none
	Has   bool            `cbor:"2,keyasint"`
}

// kept are the secrets that go with a handout, under the vault of the account.
type kept struct {
	Held  []protocol.Device `cbor:"0,keyasint"` // members' devices that could have it, sorted
	Dists []dist            `cbor:"1,keyasint"` // what nodes are given that do not have it yet
}

type dist struct {
	_     struct{} `cbor:",toarray"`
	Start uint32
	Data  []byte
}

func (g *Chains) handoutKey(id chain.ChainID) storage.Key {
	return g.node().Key(storage.Groups, storage.Fixed([]byte{kindHandout}), storage.H(id[:]))
}

func (g *Chains) holderKey(id chain.ChainID, peer string) storage.Key {
	return g.node().Key(storage.Groups, storage.Fixed([]byte{kindHolder}), storage.H(id[:]), storage.H([]byte(peer)))
}

func (g *Chains) holderPrefix(id chain.ChainID) storage.Key {
	return g.node().Key(storage.Groups, storage.Fixed([]byte{kindHolder}), storage.H(id[:]))
}

func (g *Chains) keptKey(log protocol.Log, id chain.ChainID) storage.Key {
	return g.node().Key(storage.Chains, storage.H([]byte("kept"), log[:]), storage.H(id[:]))
}

func (g *Chains) loadHandout(tx feature.Tx, id chain.ChainID) (handout, error) {
	h, err := storage.GetAs[handout](tx, g.node(), g.handoutKey(id))
	if errors.Is(err, storage.ErrNotFound) {
		return h, feature.ErrNotFound
	}
	return h, err
}

func (g *Chains) saveHandout(tx feature.Tx, id chain.ChainID, h handout) error {
	return storage.PutAs(tx, g.node(), g.handoutKey(id), h)
}

func (g *Chains) saveHolder(tx feature.Tx, id chain.ChainID, peer string, h holder) error {
	return storage.PutAs(tx, g.node(), g.holderKey(id, peer), h)
}

func (g *Chains) loadHolder(tx feature.Tx, id chain.ChainID, peer string) (holder, error) {
	h, err := storage.GetAs[holder](tx, g.node(), g.holderKey(id, peer))
	if errors.Is(err, storage.ErrNotFound) {
		return h, feature.ErrNotFound
	}
	return h, err
}

func (g *Chains) loadKept(tx feature.Tx, log protocol.Log, a protocol.Account, id chain.ChainID) (kept, error) {
	raw, err := g.Keys.GetShredded(tx, a, g.keptKey(log, id))
	if errors.Is(err, storage.ErrNotFound) {
		return kept{}, nil
	}
	if err != nil {
		return kept{}, err
	}
	k, err := canon.UnmarshalOwn[kept](raw)
	if err != nil {
		return kept{}, fmt.Errorf("load who holds a chain: %w", err)
	}
	return k, nil
}

func (g *Chains) saveKept(tx feature.Tx, log protocol.Log, a protocol.Account, id chain.ChainID, k kept) error {
	return g.Keys.PutShredded(tx, a, g.keptKey(log, id), canon.MustMarshal(k))
}

// Owed returns the nodes that an own device's sending chain was never sent to, with what each is to be given. It is asked after
// Seal in the same transaction, and again until it returns nobody: nodes that joined at different times are given different
// keys. feature.ErrLocked while the device's account is locked.
func (g *Chains) Owed(tx feature.Tx, log protocol.Log, dev protocol.Device) (data []byte, id chain.ChainID, to []MemberNode, err error) {
	now, err := g.Views.View(tx, log)
	if err != nil {
		return nil, id, nil, err
	}
	who, err := g.audience(tx, now)
	if err != nil {
		return nil, id, nil, err
	}
	a, ok := who.own[dev]
	if !ok {
		return nil, id, nil, nil
	}
	s, err := g.sender(tx, log, a, dev)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, id, nil, nil
	}
	if err != nil {
		return nil, id, nil, err
	}
	id = s.Cert().Chain
	h, err := g.loadHandout(tx, id)
	if err != nil || h.Owed == 0 {
		return nil, id, nil, err
	}
	var start uint32
	for _, n := range who.nodes {
		x, err := g.loadHolder(tx, id, n.Peer)
		if errors.Is(err, feature.ErrNotFound) {
			continue // a member since the last message
		}
		if err != nil {
			return nil, id, nil, err
		}
		if x.Has || x.To != (protocol.Device{}) || len(to) > 0 && x.Start != start {
			continue
		}
		start = x.Start
		to = append(to, n)
	}
	if len(to) == 0 {
		return nil, id, nil, nil
	}
	data, err = g.distFrom(tx, log, a, id, start)
	return data, id, to, err
}

func (g *Chains) distFrom(tx feature.Tx, log protocol.Log, a protocol.Account, id chain.ChainID, start uint32) ([]byte, error) {
	k, err := g.loadKept(tx, log, a, id)
	if err != nil {
		return nil, err
	}
	for _, d := range k.Dists {
		if d.Start == start {
			return d.Data, nil
		}
	}
	return nil, feature.ErrNotFound
}

// Dist returns what a node is to be given of an own chain, to give it to another device there: feature.ErrNotFound for a node that
// it is not for or that has it, feature.ErrLocked while the account is locked.
func (g *Chains) Dist(tx feature.Tx, log protocol.Log, id chain.ChainID, peer string) ([]byte, error) {
	h, err := g.loadHandout(tx, id)
	if err != nil {
		return nil, err
	}
	x, err := g.loadHolder(tx, id, peer)
	if err != nil {
		return nil, err
	}
	if x.Has || h.Log != log {
		return nil, feature.ErrNotFound
	}
	return g.distFrom(tx, log, h.Own, id, x.Start)
}

// Giving notes that a chain is on its way to a device of a node.
func (g *Chains) Giving(tx feature.Tx, log protocol.Log, id chain.ChainID, peer string, dev protocol.Device) error {
	return g.mark(tx, log, id, peer, func(h *handout, x *holder) {
		if x.To == (protocol.Device{}) && !x.Has {
			h.Owed--
		}
		x.To = dev
	})
}

// Gave notes that a node has a chain. It needs no unlocked account.
func (g *Chains) Gave(tx feature.Tx, log protocol.Log, id chain.ChainID, peer string) error {
	return g.mark(tx, log, id, peer, func(h *handout, x *holder) {
		if x.Has {
			return
		}
		if x.To == (protocol.Device{}) {
			h.Owed--
		}
		x.Has = true
		h.Open--
	})
}

func (g *Chains) mark(tx feature.Tx, log protocol.Log, id chain.ChainID, peer string, fn func(*handout, *holder)) error {
	h, err := g.loadHandout(tx, id)
	if err != nil {
		return err
	}
	x, err := g.loadHolder(tx, id, peer)
	if err != nil {
		return err
	}
	if h.Log != log {
		return feature.ErrNotFound
	}
	had, was := h, x
	fn(&h, &x)
	if x != was {
		if err := g.saveHolder(tx, id, peer, x); err != nil {
			return err
		}
	}
	if h == had {
		return nil
	}
	if h.Open == 0 && g.Keys.Unlocked(h.Own) {
		k, err := g.loadKept(tx, log, h.Own, id)
		if err != nil {
			return err
		}
		k.Dists = nil
		if err := g.saveKept(tx, log, h.Own, id, k); err != nil {
			return err
		}
	}
	return g.saveHandout(tx, id, h)
}

// Holds tells whether a node acknowledged an own chain: it can open what was sealed since. It needs no unlocked account.
func (g *Chains) Holds(tx feature.Tx, log protocol.Log, id chain.ChainID, peer string) (bool, error) {
	x, err := g.loadHolder(tx, id, peer)
	if errors.Is(err, feature.ErrNotFound) {
		return false, nil
	}
	return x.Has, err
}
