package chains

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"conclave/crypto/canon"
	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// keptFor is how long a chain that is not used is kept: a message of it can wait that long with its sender.
const keptFor = protocol.OutboxKeep

// Expire deletes what is not used any more: own chains' hand-outs, and, for a group that can be opened now, others' chains and
// the keys of messages that were waited for long enough.
func (g *Chains) Expire(tx feature.Tx, logs []protocol.Log) error {
	if err := errors.Join(g.expireHandouts(tx), g.expireEarly(tx)); err != nil {
		return err
	}
	for _, log := range logs {
		if err := g.expireReceivers(tx, log); err != nil && !errors.Is(err, feature.ErrLocked) && !errors.Is(err, feature.ErrNotFound) {
			return err
		}
	}
	return nil
}

func (g *Chains) old(since uint64) bool {
	return g.Now().Sub(time.UnixMilli(int64(since))) > keptFor
}

func (g *Chains) expireHandouts(tx feature.Tx) error {
	prefix := g.node().Key(storage.Groups, storage.Fixed([]byte{kindHandout}))
	return tx.Scan(g.node(), prefix, storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
		h, err := canon.UnmarshalOwn[handout](v)
		if err != nil {
			return false, fmt.Errorf("read who is given a chain: %w", err)
		}
		if !g.old(h.Created) {
			return true, nil
		}
		tx.Delete(k)
		tx.Delete(g.keptKey(h.Log, h.Chain))
		return true, deleteAll(tx, g.node(), g.holderPrefix(h.Chain))
	})
}

func (g *Chains) expireReceivers(tx feature.Tx, log protocol.Log) error {
	prefix := g.node().Key(storage.Chains, storage.H([]byte("receive"), log[:]))
	return tx.Scan(g.node(), prefix, storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
		raw, err := g.Keys.OpenChain(tx, log, k, v)
		if err != nil {
			return false, err
		}
		x, err := canon.UnmarshalOwn[receiving](raw)
		if err != nil {
			return false, fmt.Errorf("load a chain: %w", err)
		}
		if g.old(x.Used) {
			tx.Delete(k)
			return true, nil
		}
		r, err := chain.UnmarshalReceiver(x.Chain)
		if err != nil {
			return false, fmt.Errorf("load a chain: %w", err)
		}
		r.Expire(g.Now())
		if after := r.Marshal(); string(after) != string(x.Chain) {
			x.Chain = after
			return true, g.Keys.PutChain(tx, log, k, canon.MustMarshal(x))
		}
		return true, nil
	})
}

// Purge deletes the chains of a group that nobody here keeps.
func (g *Chains) Purge(tx feature.Tx, log protocol.Log) error {
	for _, kind := range []string{"receive", "send", "kept"} {
		if err := deleteAll(tx, g.node(), g.node().Key(storage.Chains, storage.H([]byte(kind), log[:]))); err != nil {
			return err
		}
	}
	return nil
}

func deleteAll(tx feature.Tx, r *storage.Realm, prefix storage.Key) error {
	return tx.Scan(r, prefix, storage.ScanOptions{KeysOnly: true}, func(k storage.Key, _ []byte) (bool, error) {
		tx.Delete(k)
		return true, nil
	})
}

func cseqKey(realm *storage.Realm, c chain.Cert) storage.Key {
	return realm.Key(storage.Proofs, storage.H([]byte("cseq"), c.Dev[:], binary.BigEndian.AppendUint64(nil, c.CSeq)))
}
