package keyring

import (
	"errors"
	"fmt"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Share grants another local account the key of a log that an unlocked account here holds. One that is locked finds it, sealed
// to its prekeys, when it is unlocked. It fails as Conversation does where nobody can open the log now.
func (k *Keyring) Share(tx *storage.Tx, log protocol.Log, acct protocol.Account) error {
	for _, o := range k.snapshot() {
		key, err := loadGrant(tx, o.realm, log)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		tx.Delete(k.leftKey(acct, log)) // a Revoke that was not carried out yet
		err = k.Grant(tx, log, acct, key)
		if errors.Is(err, feature.ErrLocked) {
			err = k.leave(tx, log, acct, key)
		}
		return err
	}
	there, err := k.described(tx, log)
	switch {
	case err != nil:
		return err
	case there:
		return feature.ErrLocked
	}
	return feature.ErrNotFound
}

// Revoke takes the key of a log from a local account; from one that is locked, when it is unlocked. It does nothing for one that
// holds none. Who copied the key out of its vault before can still open what this node logs under it.
func (k *Keyring) Revoke(tx *storage.Tx, log protocol.Log, acct protocol.Account) error {
	at := k.leftKey(acct, log)
	o, err := k.open(acct)
	if errors.Is(err, feature.ErrLocked) {
		return tx.Put(k.node, at, log[:]) // as long as no box is
	}
	if err != nil {
		return err
	}
	tx.Delete(at)
	tx.Delete(grantKey(o.realm, log))
	tx.OnCommit(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.conversations[log].by == acct {
			delete(k.conversations, log)
		}
	})
	return nil
}

// described tells whether a log is here, whoever can open it.
func (k *Keyring) described(tx *storage.Tx, log protocol.Log) (bool, error) {
	there, err := tx.Has(k.conversationRealm(log, ConversationKey{}).Key(storage.Describe))
	if err != nil || there {
		return there, err
	}
	return tx.Has(k.GroupKey(log))
}

// Purge deletes up to limit rows of a log whose key is gone, in all tables; done tells that none is left.
func (k *Keyring) Purge(tx *storage.Tx, log protocol.Log, limit int) (done bool, err error) {
	realm := k.conversationRealm(log, ConversationKey{}) // where its rows lie depends on the node alone
	for _, t := range storage.Tables() {
		err := tx.Scan(realm, realm.Key(t), storage.ScanOptions{KeysOnly: true}, func(at storage.Key, _ []byte) (bool, error) {
			tx.Delete(at)
			limit--
			return limit > 0, nil
		})
		if err != nil || limit <= 0 {
			return false, err
		}
	}
	return true, nil
}

// groupKind is the kind of the rows that say which groups are here.
const groupKind = 0

// GroupKey is where it stands that a group is here.
func (k *Keyring) GroupKey(log protocol.Log) storage.Key {
	return k.node.Key(storage.Groups, storage.Fixed([]byte{groupKind}), storage.H(log[:]))
}

// PutChain writes a row of the node's realm under the key of a conversation and the shred key, for all its local members.
func (k *Keyring) PutChain(tx *storage.Tx, log protocol.Log, key storage.Key, v []byte) error {
	h, err := k.conversation(tx, log)
	if err != nil {
		return err
	}
	return tx.Put(k.node, key, k.shred.Seal(key, h.sealInner(log, key, v)))
}

// GetChain reads what PutChain wrote; storage.ErrNotFound if there is no row.
func (k *Keyring) GetChain(tx *storage.Tx, log protocol.Log, key storage.Key) ([]byte, error) {
	v, err := tx.Get(k.node, key)
	if err != nil {
		return nil, err
	}
	return k.OpenChain(tx, log, key, v)
}

// OpenChain opens the value of a row that a scan of the node's realm came upon.
func (k *Keyring) OpenChain(tx *storage.Tx, log protocol.Log, key storage.Key, v []byte) ([]byte, error) {
	h, err := k.conversation(tx, log)
	if err != nil {
		return nil, err
	}
	box, err := k.shred.Open(key, v)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", key.Table(), err)
	}
	plain, err := h.openInner(log, key, box)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", key.Table(), err)
	}
	return plain, nil
}
