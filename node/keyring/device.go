package keyring

import (
	"fmt"

	"conclave/crypto/identity"
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// deviceRow is how the long-term secrets of an account's device on this node lie in the account's realm.
type deviceRow struct {
	ID  protocol.Device `cbor:"0,keyasint"`
	AIK [32]byte        `cbor:"1,keyasint"`
	DSK [32]byte        `cbor:"2,keyasint"`
	DIK []byte          `cbor:"3,keyasint"`
}

func deviceKey(r *storage.Realm) storage.Key {
	return r.Key(storage.Settings, storage.H([]byte("device keys")))
}

// Enrol lays the device keys of a new account under its vault key, and returns the account's realm for what else is
// written in the same transaction. Unlock works once that is committed.
func (k *Keyring) Enrol(tx *storage.Tx, acct protocol.Account, key vault.Key, d feature.Device) (*storage.Realm, error) {
	realm := k.derive(acct, key).realm
	row := deviceRow{ID: d.ID, AIK: d.AIK.Seed(), DSK: d.DSK.Seed(), DIK: d.DIK.Bytes()}
	if err := storage.PutAs(tx, realm, deviceKey(realm), row); err != nil {
		return nil, fmt.Errorf("keep device keys: %w", err)
	}
	return realm, nil
}

func loadDevice(tx *storage.Tx, realm *storage.Realm) (feature.Device, error) {
	row, err := storage.GetAs[deviceRow](tx, realm, deviceKey(realm))
	if err != nil {
		return feature.Device{}, fmt.Errorf("load device keys: %w", err)
	}
	dik, err := identity.DIKFrom(row.DIK)
	if err != nil {
		return feature.Device{}, fmt.Errorf("load device keys: %w", err)
	}
	return feature.Device{
		ID:         row.ID,
		AIK:        identity.AIKFrom(&row.AIK),
		DeviceKeys: identity.DeviceKeys{DSK: identity.DSKFrom(&row.DSK), DIK: dik},
	}, nil
}

// Replace gives an unlocked account another device on this node: after a restore the old one's sessions are gone for good.
func (k *Keyring) Replace(tx *storage.Tx, acct protocol.Account, d feature.Device) error {
	o, err := k.open(acct)
	if err != nil {
		return err
	}
	row := deviceRow{ID: d.ID, AIK: d.AIK.Seed(), DSK: d.DSK.Seed(), DIK: d.DIK.Bytes()}
	if err := storage.PutAs(tx, o.realm, deviceKey(o.realm), row); err != nil {
		return fmt.Errorf("replace device keys: %w", err)
	}
	tx.OnCommit(func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		if o, ok := k.accounts[acct]; ok {
			o.device = d
		}
	})
	return nil
}
