package keyring

import (
	"crypto/rand"
	"fmt"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// PutShredded writes a row of a session or prekey table: sealed for an unlocked account, then under the shred key, so that
// the shred key can be rotated while the account is locked. key is a key of the node's realm.
func (k *Keyring) PutShredded(tx *storage.Tx, acct protocol.Account, key storage.Key, v []byte) error {
	inner, err := k.innerKey(acct)
	if err != nil {
		return err
	}
	defer clear(inner[:])
	box := seal.Seal(rand.Reader, &inner, v, innerAD(acct, key))
	return tx.Put(k.node, key, k.shred.Seal(key, box))
}

// GetShredded reads what PutShredded wrote: feature.ErrLocked while the account is locked, storage.ErrNotFound if there is
// no row.
func (k *Keyring) GetShredded(tx *storage.Tx, acct protocol.Account, key storage.Key) ([]byte, error) {
	v, err := tx.Get(k.node, key)
	if err != nil {
		return nil, err
	}
	return k.OpenShredded(acct, key, v)
}

// OpenShredded opens the value of a row that a scan of the node's realm came upon.
func (k *Keyring) OpenShredded(acct protocol.Account, key storage.Key, v []byte) ([]byte, error) {
	inner, err := k.innerKey(acct)
	if err != nil {
		return nil, err
	}
	defer clear(inner[:])
	box, err := k.shred.Open(key, v)
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", key.Table(), err)
	}
	plain, err := seal.Open(&inner, box, innerAD(acct, key))
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", key.Table(), err)
	}
	return plain, nil
}

// innerKey copies the key under the mutex, because Lock wipes it.
func (k *Keyring) innerKey(acct protocol.Account) ([32]byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if o, ok := k.accounts[acct]; ok {
		return o.inner, nil
	}
	return [32]byte{}, feature.ErrLocked
}

func innerAD(acct protocol.Account, key storage.Key) []byte {
	return canon.Join("inner", acct[:], []byte(key))
}

// sealInner seals a row for all who hold the key of a conversation, below the shred key.
func (h held) sealInner(log protocol.Log, key storage.Key, v []byte) []byte {
	return seal.Seal(rand.Reader, &h.inner, v, canon.Join("chain", log[:], []byte(key)))
}

func (h held) openInner(log protocol.Log, key storage.Key, box []byte) ([]byte, error) {
	return seal.Open(&h.inner, box, canon.Join("chain", log[:], []byte(key)))
}
