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

// A chain can come before the word that a local account was added to its group, from a member who is quicker than the one who
// added it. It is kept for a while, a few from each account, under the shred key: there is no conversation key yet.

// Bounds of what comes early from one account.
const (
	maxEarly = 16
	earlyFor = chain.RotateInterval // the chain is replaced by then
)

// early is a chain of a group that is not here.
type early struct {
	Log  protocol.Log     `cbor:"0,keyasint"`
	From protocol.Account `cbor:"1,keyasint"`
	Dev  protocol.Device  `cbor:"2,keyasint"`
	Data []byte           `cbor:"3,keyasint"`
	At   uint64           `cbor:"4,keyasint"` // Unix milliseconds
}

func (g *Chains) earlyPrefix() storage.Key {
	return g.node().Key(storage.Chains, storage.H([]byte("early")))
}

// hold keeps a chain until its group is here.
func (g *Chains) hold(tx feature.Tx, x early) error {
	key := g.node().Key(storage.Chains, storage.H([]byte("early")), storage.H(x.From[:]))
	var list []early
	switch box, err := tx.Get(g.node(), key); {
	case err == nil:
		if list, err = g.openEarly(key, box); err != nil {
			return err
		}
	case !errors.Is(err, storage.ErrNotFound):
		return err
	}
	list = append(g.fresh(list, func(o early) bool { return string(o.Data) != string(x.Data) }), x)
	if len(list) > maxEarly {
		list = list[len(list)-maxEarly:]
	}
	return g.saveEarly(tx, key, list)
}

// Arrived takes the chains that came before their group. What does not hold is dropped.
func (g *Chains) Arrived(tx feature.Tx, log protocol.Log) error {
	return tx.Scan(g.node(), g.earlyPrefix(), storage.ScanOptions{}, func(k storage.Key, box []byte) (bool, error) {
		list, err := g.openEarly(k, box)
		if err != nil {
			return false, err
		}
		for _, x := range list {
			if x.Log != log {
				continue
			}
			if err := g.Accept(tx, x.From, x.Dev, x.Data); err != nil && !errors.Is(err, ErrForged) && !errors.Is(err, signer.ErrStranger) {
				return false, err
			}
		}
		rest := g.fresh(list, func(x early) bool { return x.Log != log })
		if len(rest) == len(list) {
			return true, nil
		}
		return true, g.saveEarly(tx, k, rest)
	})
}

// fresh returns what is not too old, of what keep wants.
func (g *Chains) fresh(list []early, keep func(early) bool) []early {
	return slices.DeleteFunc(slices.Clone(list), func(x early) bool {
		return !keep(x) || g.wall() > x.At+uint64(earlyFor.Milliseconds())
	})
}

func (g *Chains) openEarly(key storage.Key, box []byte) ([]early, error) {
	raw, err := g.Keys.Shred().Open(key, box)
	if err != nil {
		return nil, nil // of a key that is gone
	}
	list, err := canon.UnmarshalOwn[[]early](raw)
	if err != nil {
		return nil, fmt.Errorf("load early chains: %w", err)
	}
	return list, nil
}

func (g *Chains) saveEarly(tx feature.Tx, key storage.Key, list []early) error {
	if len(list) == 0 {
		tx.Delete(key)
		return nil
	}
	return tx.Put(g.node(), key, g.Keys.Shred().Seal(key, canon.MustMarshal(list)))
}

// expireEarly deletes what waited too long for its group.
func (g *Chains) expireEarly(tx feature.Tx) error {
	return tx.Scan(g.node(), g.earlyPrefix(), storage.ScanOptions{}, func(k storage.Key, box []byte) (bool, error) {
		list, err := g.openEarly(k, box)
		if err != nil {
			return false, err
		}
		rest := g.fresh(list, func(early) bool { return true })
		if len(rest) == len(list) && len(list) > 0 {
			return true, nil
		}
		return true, g.saveEarly(tx, k, rest)
	})
}
