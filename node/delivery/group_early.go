package delivery

import (
	"errors"

	lru "github.com/hashicorp/golang-lru/v2"

	keys "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/node/group"
	"conclave/protocol"
)

// The key of a chain may come before the word that its group is here, for they come over different sessions. It is kept for a
// while, in memory alone: a sender hands a key over once.

// early names such a key.
type early struct {
	log   protocol.Log
	chain keys.ChainID
	from  protocol.Account
	dev   protocol.Device
}

// maxEarly is how many are kept; the oldest make way.
const maxEarly = 256

func newEarly() *lru.Cache[early, []byte] {
	c, err := lru.New[early, []byte](maxEarly)
	if err != nil {
		panic(err) // only for a size below one
	}
	return c
}

// keepEarly keeps a key that could not be taken yet.
func (d *Delivery) keepEarly(tx feature.Tx, from protocol.Account, dev protocol.Device, dist []byte) {
	k, err := keys.DecodeKeyDist(dist)
	if err != nil {
		return
	}
	cert, err := k.Cert.Cert()
	if err != nil {
		return
	}
	tx.OnCommit(func() { d.early.Add(early{cert.GID, cert.Chain, from, dev}, dist) })
}

// takeEarly takes the key of a chain that came before its group; false where there is none that can be taken.
func (d *Delivery) takeEarly(tx feature.Tx, log protocol.Log, chain keys.ChainID) (taken bool, err error) {
	for _, k := range d.early.Keys() {
		if k.log != log || k.chain != chain {
			continue
		}
		dist, ok := d.early.Peek(k)
		if !ok {
			continue
		}
		err := d.groups.Accept(tx, k.from, k.dev, dist)
		switch {
		case err == nil:
			taken = true
			tx.OnCommit(func() { d.early.Remove(k) })
		case errors.Is(err, group.ErrForged):
			tx.OnCommit(func() { d.early.Remove(k) })
		case errors.Is(err, group.ErrStranger), errors.Is(err, feature.ErrNotFound), errors.Is(err, feature.ErrLocked):
		default:
			return false, err
		}
	}
	return taken, nil
}
