package keyring

import (
	"crypto/rand"
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// ConversationKey seals the rows of one log on this node. Each local member holds it under its own vault key.
type ConversationKey struct {
	seal.Hidden
	key [32]byte
}

// grant is a conversation key as it lies in a member's realm. The log stands inside, so that an account can list its own.
type grant struct {
	Log protocol.Log `cbor:"0,keyasint"`
	Key [32]byte     `cbor:"1,keyasint"`
}

// firstEpoch is the only epoch of a conversation key while no local member leaves a conversation.
const firstEpoch = 0

// NewConversation draws the key of a log that is new here and grants it to local accounts. One that is locked finds it, sealed
// to its prekeys, when it is unlocked.
func (k *Keyring) NewConversation(tx *storage.Tx, log protocol.Log, local []protocol.Account) error {
	var key ConversationKey
	rand.Read(key.key[:]) // never fails: the runtime ends the process instead
	for _, acct := range local {
		err := k.Grant(tx, log, acct, key)
		if errors.Is(err, feature.ErrLocked) {
			err = k.leave(tx, log, acct, key)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Grant gives an unlocked account the key of a log. It refuses with feature.ErrConflict to replace another key.
func (k *Keyring) Grant(tx *storage.Tx, log protocol.Log, acct protocol.Account, key ConversationKey) error {
	o, err := k.open(acct)
	if err != nil {
		return err
	}
	switch had, err := loadGrant(tx, o.realm, log); {
	case err == nil && had != key:
		return feature.ErrConflict.With("The account holds another key of this conversation.")
	case err == nil:
		return nil
	case !errors.Is(err, storage.ErrNotFound):
		return err
	}
	if err := storage.PutAs(tx, o.realm, grantKey(o.realm, log), grant{Log: log, Key: key.key}); err != nil {
		return fmt.Errorf("grant a conversation key: %w", err)
	}
	return nil
}

// ConversationKeyFor returns the key of a log that an account holds: feature.ErrLocked while it is locked,
// feature.ErrNotFound if it holds none.
func (k *Keyring) ConversationKeyFor(tx *storage.Tx, log protocol.Log, acct protocol.Account) (ConversationKey, error) {
	o, err := k.open(acct)
	if err != nil {
		return ConversationKey{}, err
	}
	key, err := loadGrant(tx, o.realm, log)
	if errors.Is(err, storage.ErrNotFound) {
		return ConversationKey{}, feature.ErrNotFound
	}
	return key, err
}

// Logs lists the logs whose keys an unlocked account holds, in no particular order.
func (k *Keyring) Logs(tx *storage.Tx, acct protocol.Account) ([]protocol.Log, error) {
	o, err := k.open(acct)
	if err != nil {
		return nil, err
	}
	var logs []protocol.Log
	err = tx.Scan(o.realm, o.realm.Key(storage.ConversationKeys), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
		g, err := canon.Unmarshal[grant](v)
		if err != nil {
			return false, fmt.Errorf("read a conversation key: %w", err)
		}
		logs = append(logs, g.Log)
		return true, nil
	})
	return logs, err
}

// Conversation returns the realm of a log through any unlocked account that holds its key. It fails with
// feature.ErrNotFound for a log that is not described here, with feature.ErrLocked for one whose members here are locked.
//
// The prefix and the lookup keys of a log's rows depend on the node alone, the seal of their values on the conversation's
// key.
func (k *Keyring) Conversation(tx *storage.Tx, log protocol.Log) (*storage.Realm, error) {
	h, err := k.conversation(tx, log)
	return h.realm, err
}

func (k *Keyring) conversation(tx *storage.Tx, log protocol.Log) (held, error) {
	k.mu.RLock()
	h, ok := k.conversations[log]
	k.mu.RUnlock()
	if ok {
		return h, nil
	}
	for acct, o := range k.snapshot() {
		key, err := loadGrant(tx, o.realm, log)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return held{}, err
		}
		h := held{realm: k.conversationRealm(log, key), inner: *seal.DeriveKey(key.key[:], nil, "db/chain", log[:]), by: acct}
		k.remember(tx, log, o, h)
		return h, nil
	}
	there, err := k.described(tx, log)
	switch {
	case err != nil:
		return held{}, err
	case there:
		return held{}, feature.ErrLocked
	}
	return held{}, feature.ErrNotFound
}

// remember keeps an opened realm for the next call. A writer's transaction may see a grant that never becomes durable, so
// there it waits for the commit.
func (k *Keyring) remember(tx *storage.Tx, log protocol.Log, o *opened, h held) {
	keep := func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if k.accounts[h.by] == o { // not locked in the meantime
			k.conversations[log] = h
		}
	}
	if tx.Writable() {
		tx.OnCommit(keep)
		return
	}
	keep()
}

// UnlockedAccounts counts the accounts whose keys are here now.
func (k *Keyring) UnlockedAccounts() int {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return len(k.accounts)
}

func (k *Keyring) snapshot() map[protocol.Account]*opened {
	k.mu.RLock()
	defer k.mu.RUnlock()
	out := make(map[protocol.Account]*opened, len(k.accounts))
	for acct, o := range k.accounts {
		out[acct] = o
	}
	return out
}

func (k *Keyring) conversationRealm(log protocol.Log, key ConversationKey) *storage.Realm {
	index := seal.DeriveKey(k.index[:], nil, "db/conversation", log[:])
	value := seal.DeriveKey(key.key[:], nil, "db/conversation", log[:])
	return storage.NewRealm(realmPrefix(k.index, "conversation", log[:]), *index, *value)
}

func loadGrant(tx *storage.Tx, realm *storage.Realm, log protocol.Log) (ConversationKey, error) {
	g, err := storage.GetAs[grant](tx, realm, grantKey(realm, log))
	if err != nil {
		return ConversationKey{}, err
	}
	return ConversationKey{key: g.Key}, nil
}

func grantKey(realm *storage.Realm, log protocol.Log) storage.Key {
	return realm.Key(storage.ConversationKeys, storage.H(log[:]), storage.U64(firstEpoch))
}

// Holds tells whether an unlocked account has the key of a log.
func (k *Keyring) Holds(tx *storage.Tx, acct protocol.Account, log protocol.Log) (bool, error) {
	o, err := k.open(acct)
	if err != nil {
		return false, err
	}
	return tx.Has(grantKey(o.realm, log))
}
