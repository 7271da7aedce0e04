package session

import (
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/crypto/seal"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// SealFor seals something to the prekeys of a local account, which may be locked: only it can open that later.
func (s *Sessions) SealFor(tx feature.Tx, to protocol.Account, plain []byte) ([]byte, error) {
	row, err := storage.GetAs[served](tx, s.realm(), s.servedKey(to, 0))
	if err != nil {
		return nil, fmt.Errorf("find the prekeys of a local account: %w", err)
	}
	signed, err := identity.DecodeAttested(row.Record)
	if err != nil {
		return nil, err
	}
	bundle, err := canon.Unmarshal[identity.Bundle](signed.Payload)
	if err != nil {
		return nil, err
	}
	return seal.SealTo(bundle.HPK.Key, canon.Join("left", to[:]), nil, plain)
}

// OpenFor opens what SealFor made, for an account that is unlocked.
func (s *Sessions) OpenFor(tx feature.Tx, to protocol.Account, box []byte) ([]byte, error) {
	sets, err := s.sets(tx, to)
	if err != nil {
		return nil, err
	}
	for _, set := range sets {
		key, err := set.hpk()
		if err != nil {
			return nil, err
		}
		plain, err := seal.OpenFrom(key, canon.Join("left", to[:]), nil, box)
		if err == nil {
			return plain, nil
		}
		if !errors.Is(err, seal.ErrOpen) {
			return nil, err
		}
	}
	return nil, seal.ErrOpen
}
