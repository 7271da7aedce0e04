package account

import (
	"context"
	"errors"
	"io"
	"strings"

	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/storage"
)

// Refusals of recovery.
var (
	errRecoveryKey       = &feature.Error{Status: 401, Code: "recovery_key_wrong", Detail: "The name or the recovery key is wrong."}
	errRecoveryConfirmed = &feature.Error{Status: 409, Code: "recovery_confirmed", Detail: "The recovery key was confirmed and is kept here no longer."}
	errRecoveryGroup     = &feature.Error{Status: 400, Code: "recovery_group_wrong", Detail: "This is not that group of the recovery key."}
)

// How far the owner of an account got with its recovery key.
const (
	recoveryUnseen    = "unseen"
	recoveryShown     = "shown"
	recoveryConfirmed = "confirmed"
)

// recoveryRow lies in the account's realm. Key is empty once a group was confirmed.
type recoveryRow struct {
	Key   string `cbor:"0,keyasint,omitempty"`
	Check int    `cbor:"1,keyasint,omitempty"` // the group, from 1, to confirm; 0 until shown
}

func (r recoveryRow) state() string {
	switch {
	case r.Key == "":
		return recoveryConfirmed
	case r.Check == 0:
		return recoveryUnseen
	}
	return recoveryShown
}

func recoveryRowKey(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Settings, storage.H([]byte("recovery key")))
}

// ShowRequest proves who asks.
type ShowRequest struct {
	Passphrase string `json:"passphrase" required:"true" maxLength:"1024"`
}

// RecoveryKey is the one secret that people write down.
type RecoveryKey struct {
	Key   string `json:"key" doc:"8 groups of 4 characters"`
	Check int    `json:"check" minimum:"1" maximum:"8" doc:"the group to confirm"`
}

func (s *slice) showRecovery(ctx context.Context, req ShowRequest) (RecoveryKey, error) {
	p, err := s.proveSelf(ctx, req.Passphrase)
	if err != nil {
		return RecoveryKey{}, err
	}
	var draw [1]byte
	if _, err := io.ReadFull(s.Random, draw[:]); err != nil {
		return RecoveryKey{}, err
	}
	var row recoveryRow
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		realm, err := s.Realms.Account(p.record.Acct)
		if err != nil {
			return err
		}
		if row, err = storage.GetAs[recoveryRow](tx, realm, recoveryRowKey(realm)); err != nil {
			return err
		}
		if row.Key == "" {
			return errRecoveryConfirmed
		}
		row.Check = 1 + int(draw[0])%vault.RecoveryGroups
		return storage.PutAs(tx, realm, recoveryRowKey(realm), row)
	})
	if err != nil {
		return RecoveryKey{}, err
	}
	s.TellMe(p.record.Acct)
	return RecoveryKey{Key: strings.ReplaceAll(row.Key, " ", "-"), Check: row.Check}, nil
}

// ConfirmRequest is the group that the page asked for.
type ConfirmRequest struct {
	Group int    `json:"group" required:"true" minimum:"1" maximum:"8"`
	Text  string `json:"text" required:"true" maxLength:"16"`
}

// confirmRecovery erases the key here once its owner showed to have it.
func (s *slice) confirmRecovery(ctx context.Context, req ConfirmRequest) (feature.Nothing, error) {
	acct := feature.ActorOf(ctx).Account
	err := s.Store.Update(ctx, func(tx feature.Tx) error {
		realm, err := s.Realms.Account(acct)
		if err != nil {
			return err
		}
		row, err := storage.GetAs[recoveryRow](tx, realm, recoveryRowKey(realm))
		if err != nil {
			return err
		}
		if row.Key == "" {
			return errRecoveryConfirmed
		}
		key, err := vault.ParseRecoveryKey(row.Key)
		if err != nil {
			return err
		}
		if row.Check == 0 || req.Group != row.Check || !key.MatchesGroup(req.Group-1, req.Text) {
			return errRecoveryGroup
		}
		return storage.PutAs(tx, realm, recoveryRowKey(realm), recoveryRow{})
	})
	if err == nil {
		s.TellMe(acct)
	}
	return feature.Nothing{}, err
}

// RecoverRequest sets a new passphrase.
type RecoverRequest struct {
	Name        string `json:"name" required:"true" maxLength:"64"`
	RecoveryKey string `json:"recovery_key" required:"true" maxLength:"128"`
	Passphrase  string `json:"passphrase" required:"true" maxLength:"1024" doc:"the new one, 8 to 128 characters"`
	Client      string `json:"client,omitempty" maxLength:"200"`
}

// recover opens the vault with the recovery key, sets the passphrase and ends all sessions but the one it opens.
func (s *slice) recover(ctx context.Context, req RecoverRequest) (Opened, error) {
	key, err := vault.ParseRecoveryKey(req.RecoveryKey)
	if mistyped := new(vault.MistypedError); errors.As(err, &mistyped) {
		return Opened{}, errRecoveryKey.With("Group %d of the recovery key is mistyped.", mistyped.Group+1)
	}
	if err != nil {
		return Opened{}, errRecoveryKey.With("This is not a recovery key: it has 8 groups of 4 characters.")
	}
	if err := checkPassphrase(req.Passphrase, req.Name); err != nil {
		return Opened{}, err
	}
	who := tryOf("recovery/"+req.Name, feature.ActorOf(ctx).Remote)
	if err := s.tries.begin(who); err != nil {
		return Opened{}, err
	}
	r, vaultKey, err := s.openByRecovery(req.Name, key)
	if err != nil {
		return Opened{}, err
	}
	s.tries.passed(who)
	if err := s.rewrap(ctx, r.Acct, vaultKey, req.Passphrase, func(tx feature.Tx, r record, v *vault.Vault) error {
		if r.Suspended {
			return suspended(r)
		}
		return s.endAll(tx, r, v, func(session) bool { return true })
	}); err != nil {
		return Opened{}, err
	}
	s.tries.passed(tryOf(req.Name, feature.ActorOf(ctx).Remote))
	return s.enter(ctx, r.Acct, vaultKey, req.Client, func(tx feature.Tx) (record, *vault.Vault, error) {
		r, err := s.load(tx, r.Acct)
		if err != nil {
			return record{}, nil, err
		}
		v, err := s.loadVault(tx, r.Acct)
		return r, v, err
	})
}

func (s *slice) openByRecovery(name string, key *vault.RecoveryKey) (record, vault.Key, error) {
	var r record
	var opened vault.Key
	err := s.Store.View(func(tx feature.Tx) (err error) {
		if r, err = s.named(tx, name); err != nil {
			return err
		}
		v, err := s.loadVault(tx, r.Acct)
		if err != nil {
			return err
		}
		opened, _, err = v.Open(key)
		return err
	})
	if errors.Is(err, feature.ErrNotFound) || errors.Is(err, vault.ErrLocked) {
		return record{}, vault.Key{}, errRecoveryKey
	}
	if err == nil && r.Suspended {
		err = suspended(r)
	}
	return r, opened, err
}
