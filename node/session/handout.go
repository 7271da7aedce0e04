package session

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// lease is how long the same asker gets the same one-time key.
const lease = 24 * time.Hour

// handOut returns a one-time key for an asker: the one it got within a day, else a new one; nil when none is left.
func (s *Sessions) handOut(tx feature.Tx, a protocol.Account, to string) ([]byte, error) {
	prefix := s.realm().Key(storage.Prekeys, storage.H(a[:]))
	var free, mine storage.Key
	var freeRow, mineRow served
	err := tx.Scan(s.realm(), prefix, storage.ScanOptions{From: s.servedKey(a, 0)}, func(k storage.Key, v []byte) (bool, error) {
		row, err := canon.Unmarshal[served](v)
		if err != nil {
			return false, err
		}
		if row.At == 0 && free == "" {
			free, freeRow = k, row
		}
		if row.To == to && s.Now().Sub(time.UnixMilli(int64(row.At))) < lease {
			mine, mineRow = k, row
		}
		return mine == "", nil
	})
	switch {
	case err != nil:
		return nil, err
	case mine != "":
		return mineRow.Record, nil
	case free == "":
		return nil, nil
	}
	freeRow.At, freeRow.To = uint64(s.Now().UnixMilli()), to
	return freeRow.Record, storage.PutAs(tx, s.realm(), free, freeRow)
}

type prekeyRequest struct {
	Account protocol.Account `cbor:"0,keyasint"`
	Device  protocol.Device  `cbor:"1,keyasint"`
	Secret  []byte           `cbor:"2,keyasint"` // of the contact link, where the asker holds one
	Asker   [16]byte         `cbor:"3,keyasint"` // tells the devices of one node apart, and who they are to nobody
}

type prekeyAnswer struct {
	Bundle []byte `cbor:"0,keyasint"`
	OTK    []byte `cbor:"1,keyasint"`
}

// KindPrekeys is the kind of request that asks for prekeys.
const KindPrekeys = "prekeys"

// PrekeyRequest encodes a request for the prekeys of a pair's peer device. With the secret of its contact link a one-time key comes along.
func PrekeyRequest(p Pair, secret []byte) []byte {
	asker := canon.Hash("asker", p.Own[:], p.OwnDev[:], p.Peer[:], p.PeerDev[:])
	return canon.MustMarshal(prekeyRequest{Account: p.Peer, Device: p.PeerDev, Secret: secret, Asker: [16]byte(asker[:16])})
}

// Serve answers such a request.
func (s *Sessions) Serve(store *storage.Store) func(context.Context, string, []byte) ([]byte, error) {
	return func(ctx context.Context, from string, body []byte) ([]byte, error) {
		req, err := canon.Unmarshal[prekeyRequest](body)
		if err != nil {
			return nil, feature.ErrBadRequest
		}
		var out prekeyAnswer
		answer := func(tx feature.Tx) error {
			row, err := storage.GetAs[served](tx, s.realm(), s.servedKey(req.Account, 0))
			if errors.Is(err, storage.ErrNotFound) {
				return feature.ErrNotFound
			}
			out.Bundle = row.Record
			if err != nil || !tx.Writable() {
				return err
			}
			out.OTK, err = s.handOut(tx, req.Account, from+"/"+hex.EncodeToString(req.Asker[:]))
			return err
		}
		trusted := false
		err = store.View(func(tx feature.Tx) error {
			trusted = len(req.Secret) == 16 && s.Secret(tx, req.Account, req.Secret)
			return answer(tx)
		})
		if err == nil && trusted {
			err = store.Update(ctx, answer)
		}
		if err != nil {
			return nil, err
		}
		return canon.Marshal(out)
	}
}

// Prekeys is the answer to a PrekeyRequest without a one-time key, for whoever answers while this node is away: feature.ErrNotFound
// while there are none.
func (s *Sessions) Prekeys(tx feature.Tx, a protocol.Account) ([]byte, error) {
	row, err := storage.GetAs[served](tx, s.realm(), s.servedKey(a, 0))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, feature.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return canon.Marshal(prekeyAnswer{Bundle: row.Record})
}

// BundleOf checks the bundle in an answer to a PrekeyRequest against the account's log.
func BundleOf(log *identity.Log, answer []byte, now time.Time) (identity.Bundle, error) {
	got, err := canon.Unmarshal[prekeyAnswer](answer)
	if err != nil {
		return identity.Bundle{}, fmt.Errorf("read a prekey bundle: %w", err)
	}
	signed, err := identity.DecodeAttested(got.Bundle)
	if err != nil {
		return identity.Bundle{}, err
	}
	return log.Bundle(signed, now)
}

// Verify checks an answer to a PrekeyRequest against the account's log.
func (s *Sessions) Verify(log *identity.Log, d protocol.Device, answer []byte) (Material, error) {
	got, err := canon.Unmarshal[prekeyAnswer](answer)
	if err != nil {
		return Material{}, fmt.Errorf("read a prekey bundle: %w", err)
	}
	signed, err := identity.DecodeAttested(got.Bundle)
	if err != nil {
		return Material{}, err
	}
	m := Material{Peer: log}
	if m.Bundle, err = log.Bundle(signed, s.Now()); err != nil {
		return Material{}, err
	}
	if m.Bundle.Dev != identity.DeviceID(d) {
		return Material{}, identity.ErrRevoked
	}
	if len(got.OTK) == 0 {
		return m, nil
	}
	if signed, err = identity.DecodeAttested(got.OTK); err != nil {
		return Material{}, err
	}
	otk, err := log.OTK(signed)
	if err != nil {
		return Material{}, err
	}
	if otk.Dev != identity.DeviceID(d) {
		return Material{}, identity.ErrRevoked
	}
	m.OTK = &otk
	return m, nil
}
