// Package keyring holds the keys that a node's rows lie under: the node's own, which are always there, those of accounts
// while they are unlocked, and those of conversations that an unlocked account takes part in (SPEC.md, keys at rest).
//
// It promises that nothing of an account can be opened here after Lock, that keys are bound to one use each, and that no
// state of a session outlives the day's shred key on disk. It writes the files node.key and shred.key, mode 0600, and
// refuses a key file that others can read. It cannot promise that the Go runtime left no copy of a key in memory.
package keyring

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"conclave/crypto/seal"
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Keyring is a feature.Keyring and the feature.Realms of a node. Safe for concurrent use.
type Keyring struct {
	seal.Hidden
	master *Master
	index  [32]byte // K_nidx
	node   *storage.Realm
	shred  *Shred
	store  *storage.Store
	sealer Sealer
	hooks  []func(context.Context, protocol.Account) error // written before the node runs

	mu            sync.RWMutex // guards the maps, and device and inner of what is opened
	accounts      map[protocol.Account]*opened
	conversations map[protocol.Log]held
}

var (
	_ feature.Keyring = (*Keyring)(nil)
	_ feature.Realms  = (*Keyring)(nil)
)

// opened is what is kept of an unlocked account.
type opened struct {
	realm  *storage.Realm
	inner  [32]byte // seals sessions and prekeys below the shred key
	device feature.Device
}

// held is a conversation's realm, what seals its chains below the shred key, and the unlocked account that the key came from.
type held struct {
	realm *storage.Realm
	inner [32]byte
	by    protocol.Account
}

// New returns the keyring of a node. dir is the folder of shred.key; with an empty name the shred key lives in memory only.
func New(dir string, m *Master, store *storage.Store) (*Keyring, error) {
	index := m.derive("db/nidx")
	node := storage.NewRealm(realmPrefix(index, "node", nil), index, m.derive("db/nodeval"))
	shred, err := openShred(dir, m, node)
	if err != nil {
		return nil, err
	}
	return &Keyring{
		master: m, index: index, node: node, shred: shred, store: store,
		accounts: map[protocol.Account]*opened{}, conversations: map[protocol.Log]held{},
	}, nil
}

// Shred returns the seal of what must die daily.
func (k *Keyring) Shred() *Shred { return k.shred }

// Derive makes a key from the node's master key, for one named use.
func (k *Keyring) Derive(use string) [32]byte { return k.master.Derive(use) }

// NodeSlot returns the node's unlocker, which opens every account that is not sealed.
func (k *Keyring) NodeSlot() vault.NodeKey { return vault.NodeKeyFrom(k.master.key) }

// Node returns the realm of rows that the node opens by itself.
func (k *Keyring) Node() *storage.Realm { return k.node }

// Account returns the realm of an unlocked account, or feature.ErrLocked.
func (k *Keyring) Account(acct protocol.Account) (*storage.Realm, error) {
	o, err := k.open(acct)
	if err != nil {
		return nil, err
	}
	return o.realm, nil
}

// Device returns the keys of an unlocked account's device on this node, or feature.ErrLocked.
func (k *Keyring) Device(acct protocol.Account) (feature.Device, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if o, ok := k.accounts[acct]; ok {
		return o.device, nil // Replace writes it
	}
	return feature.Device{}, feature.ErrLocked
}

// DeviceID returns the id of that device, or feature.ErrLocked.
func (k *Keyring) DeviceID(acct protocol.Account) (protocol.Device, error) {
	d, err := k.Device(acct)
	return d.ID, err
}

// Unlocked tells whether the keys of an account are here.
func (k *Keyring) Unlocked(acct protocol.Account) bool {
	_, err := k.open(acct)
	return err == nil
}

// OnUnlock registers what to do after an account was unlocked, before the node runs.
func (k *Keyring) OnUnlock(fn func(context.Context, protocol.Account) error) {
	k.hooks = append(k.hooks, fn)
}

// Unlock takes the vault key of an account, checks it against the account's device keys, and calls what OnUnlock
// registered. An error of those is returned and leaves the account unlocked. It does nothing for an account that is
// unlocked already, even while another call still runs the registered work.
func (k *Keyring) Unlock(ctx context.Context, acct protocol.Account, key vault.Key) error {
	if k.Unlocked(acct) {
		return nil
	}
	o := k.derive(acct, key)
	err := k.store.View(func(tx *storage.Tx) (err error) {
		o.device, err = loadDevice(tx, o.realm)
		return err
	})
	if err != nil {
		return fmt.Errorf("unlock account: %w", err)
	}
	if !k.keep(acct, o) {
		return nil
	}
	var failed []error
	for _, fn := range k.hooks {
		if err := fn(ctx, acct); err != nil {
			failed = append(failed, fmt.Errorf("after unlocking an account: %w", err))
		}
	}
	return errors.Join(failed...)
}

// Lock forgets the keys of an account, and of conversations that no other unlocked account holds.
func (k *Keyring) Lock(acct protocol.Account) {
	k.mu.Lock()
	defer k.mu.Unlock()
	o, ok := k.accounts[acct]
	if !ok {
		return
	}
	clear(o.inner[:]) // read under the same mutex only
	delete(k.accounts, acct)
	for log, h := range k.conversations {
		if h.by == acct {
			delete(k.conversations, log)
		}
	}
}

func (k *Keyring) open(acct protocol.Account) (*opened, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if o, ok := k.accounts[acct]; ok {
		return o, nil
	}
	return nil, feature.ErrLocked
}

// keep reports false where the account was unlocked in the meantime.
func (k *Keyring) keep(acct protocol.Account, o *opened) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.accounts[acct]; ok {
		return false
	}
	k.accounts[acct] = o
	return true
}

// derive makes what the vault key opens. The prefix of the rows depends on the node alone.
func (k *Keyring) derive(acct protocol.Account, key vault.Key) *opened {
	return &opened{
		realm: storage.NewRealm(realmPrefix(k.index, "account", acct[:]), key.Derive("db/idx"), key.Derive("db/val")),
		inner: key.Derive("db/sess"),
	}
}

func realmPrefix(index [32]byte, kind string, id []byte) [16]byte {
	mac := seal.MAC(index[:], "realm/"+kind, id)
	return [16]byte(mac[:16])
}
