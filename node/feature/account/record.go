package account

import (
	"errors"
	"fmt"
	"time"

	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// record is an account as it lies in the node's realm. What others may not learn of it lies in its own.
type record struct {
	Acct      protocol.Account `cbor:"0,keyasint"`
	Name      protocol.Name    `cbor:"1,keyasint"`
	Created   uint64           `cbor:"2,keyasint"` // Unix milliseconds, as all times in rows
	Owner     bool             `cbor:"3,keyasint,omitempty"`
	Sealed    bool             `cbor:"4,keyasint,omitempty"`
	Suspended bool             `cbor:"5,keyasint,omitempty"`
	Reason    string           `cbor:"6,keyasint,omitempty"`
}

func (s *slice) recordKey(a protocol.Account) storage.Key {
	return s.Realms.Node().Key(storage.Accounts, storage.H(a[:]))
}

func (s *slice) nameKey(n protocol.Name) storage.Key {
	return s.Realms.Node().Key(storage.Settings, storage.H([]byte("account name"), []byte(n)))
}

func (s *slice) vaultKey(a protocol.Account) storage.Key {
	return s.Realms.Node().Key(storage.Vaults, storage.H(a[:]))
}

// load returns a local account, or feature.ErrNotFound.
func (s *slice) load(tx feature.Tx, a protocol.Account) (record, error) {
	r, err := storage.GetAs[record](tx, s.Realms.Node(), s.recordKey(a))
	if errors.Is(err, storage.ErrNotFound) {
		return record{}, feature.ErrNotFound
	}
	return r, err
}

// named returns the local account of a name, or feature.ErrNotFound.
func (s *slice) named(tx feature.Tx, name string) (record, error) {
	n, err := protocol.ParseName(name)
	if err != nil {
		return record{}, feature.ErrNotFound
	}
	raw, err := tx.Get(s.Realms.Node(), s.nameKey(n))
	if errors.Is(err, storage.ErrNotFound) {
		return record{}, feature.ErrNotFound
	}
	if err != nil {
		return record{}, err
	}
	if len(raw) != len(protocol.Account{}) {
		return record{}, fmt.Errorf("read an account name: %w", storage.ErrCorrupt)
	}
	return s.load(tx, protocol.Account(raw))
}

func (s *slice) save(tx feature.Tx, r record) error {
	return storage.PutAs(tx, s.Realms.Node(), s.recordKey(r.Acct), r)
}

func (s *slice) loadVault(tx feature.Tx, a protocol.Account) (*vault.Vault, error) {
	raw, err := tx.Get(s.Realms.Node(), s.vaultKey(a))
	if err != nil {
		return nil, fmt.Errorf("read a vault: %w", err)
	}
	return vault.Decode(raw)
}

func (s *slice) saveVault(tx feature.Tx, a protocol.Account, v *vault.Vault) error {
	return tx.Put(s.Realms.Node(), s.vaultKey(a), v.Encode())
}

// records returns all accounts of the node.
func (s *slice) records(tx feature.Tx) ([]record, error) {
	return rows[record](tx, s.Realms.Node(), storage.Accounts)
}

func (s *slice) claimed(tx feature.Tx) (bool, error) {
	found := false
	err := tx.Scan(s.Realms.Node(), s.Realms.Node().Key(storage.Accounts), storage.ScanOptions{KeysOnly: true, Limit: 1},
		func(storage.Key, []byte) (bool, error) {
			found = true
			return false, nil
		})
	return found, err
}

func millis(t time.Time) uint64 { return uint64(t.UnixMilli()) }

func fromMillis(ms uint64) time.Time { return time.UnixMilli(int64(ms)).UTC() }
