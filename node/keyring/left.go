package keyring

import (
	"context"
	"fmt"

	"conclave/crypto/canon"
	"conclave/protocol"
	"conclave/storage"
)

// Sealer seals something so that only an account that is locked now can open it later.
type Sealer interface {
	SealFor(tx *storage.Tx, to protocol.Account, plain []byte) ([]byte, error)
	OpenFor(tx *storage.Tx, to protocol.Account, box []byte) ([]byte, error)
}

// LeaveWith says how keys are left for locked accounts. It is called before the node runs.
func (k *Keyring) LeaveWith(s Sealer) { k.sealer = s }

func (k *Keyring) leftPrefix(acct protocol.Account) storage.Key {
	return k.node.Key(storage.ConversationKeys, storage.H(acct[:]))
}

func (k *Keyring) leftKey(acct protocol.Account, log protocol.Log) storage.Key {
	return k.node.Key(storage.ConversationKeys, storage.H(acct[:]), storage.H(log[:]))
}

// leave keeps the key of a log for an account that is locked.
func (k *Keyring) leave(tx *storage.Tx, log protocol.Log, acct protocol.Account, key ConversationKey) error {
	box, err := k.sealer.SealFor(tx, acct, canon.MustMarshal(grant{Log: log, Key: key.key}))
	if err != nil {
		return fmt.Errorf("leave a conversation key: %w", err)
	}
	return tx.Put(k.node, k.leftKey(acct, log), box)
}

// Collect grants an account that was unlocked the keys that were left for it, and takes those that were revoked. What does not
// open, as after a restore, is dropped.
func (k *Keyring) Collect(ctx context.Context, acct protocol.Account) error {
	left := false
	if err := k.store.View(func(tx *storage.Tx) error {
		return tx.Scan(k.node, k.leftPrefix(acct), storage.ScanOptions{KeysOnly: true, Limit: 1}, func(storage.Key, []byte) (bool, error) {
			left = true
			return false, nil
		})
	}); err != nil || !left {
		return err
	}
	return k.store.Update(ctx, func(tx *storage.Tx) error {
		return tx.Scan(k.node, k.leftPrefix(acct), storage.ScanOptions{}, func(at storage.Key, box []byte) (bool, error) {
			tx.Delete(at)
			if len(box) == len(protocol.Log{}) {
				return true, k.Revoke(tx, protocol.Log(box), acct)
			}
			plain, err := k.sealer.OpenFor(tx, acct, box)
			if err != nil {
				return true, nil
			}
			g, err := canon.Unmarshal[grant](plain)
			if err != nil {
				return true, nil
			}
			return true, k.Grant(tx, g.Log, acct, ConversationKey{key: g.Key})
		})
	})
}

// Left is how many keys of conversations wait for accounts that are locked.
func (k *Keyring) Left(tx *storage.Tx) (n int, err error) {
	err = tx.Scan(k.node, k.node.Key(storage.ConversationKeys), storage.ScanOptions{KeysOnly: true}, func(storage.Key, []byte) (bool, error) {
		n++
		return true, nil
	})
	return n, err
}
