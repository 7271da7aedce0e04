package verify

import (
	"errors"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// row is what an account compared, in its realm.
type row struct {
	Account protocol.Account   `cbor:"0,keyasint"`
	Theirs  identity.PublicKey `cbor:"1,keyasint"` // the account keys that the number was of
	Own     identity.PublicKey `cbor:"2,keyasint"`
	At      uint64             `cbor:"3,keyasint"` // Unix milliseconds
}

func key(realm *storage.Realm, other protocol.Account) storage.Key {
	return realm.Key(storage.Verifications, storage.H(other[:]))
}

// find returns what an account compared of another; no row where it did not.
func (s *slice) find(tx feature.Tx, owner, other protocol.Account) (r row, there bool, err error) {
	realm, err := s.Realms.Account(owner)
	if err != nil {
		return row{}, false, err
	}
	r, err = storage.GetAs[row](tx, realm, key(realm, other))
	if errors.Is(err, storage.ErrNotFound) {
		return row{}, false, nil
	}
	return r, err == nil, err
}

// rows calls fn for all that an account compared; there is one for each contact at the most.
func (s *slice) rows(tx feature.Tx, owner protocol.Account, fn func(row) error) error {
	realm, err := s.Realms.Account(owner)
	if err != nil {
		return err
	}
	return tx.Scan(realm, realm.Key(storage.Verifications), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
		r, err := canon.Unmarshal[row](v)
		if err == nil {
			err = fn(r)
		}
		return err == nil, err
	})
}

// logs returns the identity logs of two accounts. They must not be changed.
func (s *slice) logs(tx feature.Tx, owner, other protocol.Account) (own, theirs *identity.Log, err error) {
	if own, err = s.Directory.Log(tx, owner); err != nil {
		return nil, nil, err
	}
	theirs, err = s.Directory.Log(tx, other)
	return own, theirs, err
}

// state tells how a row stands to the keys of now.
func (s *slice) state(tx feature.Tx, owner protocol.Account, r row) (State, error) {
	own, theirs, err := s.logs(tx, owner, r.Account)
	if err != nil {
		return "", err
	}
	if own.Head().AIK != r.Own || theirs.Head().AIK != r.Theirs || s.Directory.Forked(tx, r.Account) {
		return Changed, nil
	}
	return Verified, nil
}

// Verification is how far the keys of a person were compared.
type Verification struct {
	Account  protocol.Account `json:"acct"`
	State    State            `json:"state" enum:"new,verified,changed" doc:"changed: a key is not the one that was compared, or the other account has two histories"`
	Verified time.Time        `json:"verified_at,omitzero" doc:"when the number was compared"`
}

func (s *slice) describe(tx feature.Tx, owner protocol.Account, r row) (Verification, error) {
	state, err := s.state(tx, owner, r)
	return Verification{Account: r.Account, State: state, Verified: time.UnixMilli(int64(r.At)).UTC()}, err
}

// of describes how an account stands to any other.
func (s *slice) of(tx feature.Tx, owner, other protocol.Account) (Verification, error) {
	r, there, err := s.find(tx, owner, other)
	if err != nil || !there {
		return Verification{Account: other, State: New}, err
	}
	return s.describe(tx, owner, r)
}

func (s *slice) all(tx feature.Tx, owner protocol.Account) (out []Verification, err error) {
	return out, s.rows(tx, owner, func(r row) error {
		v, err := s.describe(tx, owner, r)
		out = append(out, v)
		return err
	})
}
