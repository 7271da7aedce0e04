package session

import (
	"crypto/mlkem"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/crypto/seal"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// How long prekeys live (SPEC.md, prekeys): secrets outlive the bundle, the unanswered session and the mailbox.
const (
	rotatePrekeys = 7 * 24 * time.Hour
	prekeysKept   = 60 * 24 * time.Hour
	oneTimeStock  = 30
	oneTimeLow    = 10
)

// prekeySet is the secrets of one week: signed prekey, last-resort KEM key and sealing key share an id.
type prekeySet struct {
	ID   uint64   `cbor:"0,keyasint"`
	SPK  []byte   `cbor:"1,keyasint"`
	LRK  []byte   `cbor:"2,keyasint"`
	HPK  [32]byte `cbor:"3,keyasint"`
	Made uint64   `cbor:"4,keyasint"` // Unix milliseconds
}

func (p prekeySet) spk() (*seal.DHKey, error) { return seal.DHKeyFrom(p.SPK) }
func (p prekeySet) hpk() (*seal.KEMKey, error) {
	seed := p.HPK
	return seal.KEMKeyFrom(&seed)
}
func (p prekeySet) lrk() (*mlkem.DecapsulationKey1024, error) {
	return mlkem.NewDecapsulationKey1024(p.LRK)
}

type oneTimeSecret struct {
	OPK  []byte `cbor:"0,keyasint"`
	KEM  []byte `cbor:"1,keyasint"`
	Made uint64 `cbor:"2,keyasint"`
}

func (o oneTimeSecret) keys() (*seal.DHKey, *mlkem.DecapsulationKey1024, error) {
	dh, err := seal.DHKeyFrom(o.OPK)
	if err != nil {
		return nil, nil, err
	}
	kem, err := mlkem.NewDecapsulationKey1024(o.KEM)
	return dh, kem, err
}

// served is a row of the Prekeys table: a signed bundle under id 0, or a one-time key, with who it was handed to last.
type served struct {
	Record []byte `cbor:"0,keyasint"`
	At     uint64 `cbor:"1,keyasint"` // bundle: made; one-time key: handed out; Unix milliseconds
	To     string `cbor:"2,keyasint,omitempty"`
}

func (s *Sessions) secretKey(a protocol.Account, kind string, id uint64) storage.Key {
	return s.realm().Key(storage.PrekeySecrets, storage.H(a[:], []byte(kind)), storage.U64(id))
}

func (s *Sessions) servedKey(a protocol.Account, id uint64) storage.Key {
	return s.realm().Key(storage.Prekeys, storage.H(a[:]), storage.U64(id))
}

func (s *Sessions) putSecret(tx feature.Tx, a protocol.Account, kind string, id uint64, v any) error {
	k := s.secretKey(a, kind, id)
	return s.Keys.PutShredded(tx, a, k, canon.MustMarshal(v))
}

func getSecret[T any](s *Sessions, tx feature.Tx, a protocol.Account, kind string, id uint64) (T, error) {
	var zero T
	k := s.secretKey(a, kind, id)
	box, err := tx.Get(s.realm(), k)
	if errors.Is(err, storage.ErrNotFound) {
		return zero, fmt.Errorf("%w: the prekey is gone", ErrUndecryptable)
	}
	if err != nil {
		return zero, err
	}
	raw, err := s.Keys.OpenShredded(a, k, box)
	if err != nil {
		return zero, fmt.Errorf("load a prekey: %w", err)
	}
	return canon.Unmarshal[T](raw)
}

func (s *Sessions) set(tx feature.Tx, a protocol.Account, id uint64) (prekeySet, error) {
	return getSecret[prekeySet](s, tx, a, "set", id)
}

func (s *Sessions) oneTime(tx feature.Tx, a protocol.Account, id uint64) (oneTimeSecret, error) {
	return getSecret[oneTimeSecret](s, tx, a, "one", id)
}

// forget deletes a one-time key after its use.
func (s *Sessions) forget(tx feature.Tx, a protocol.Account, id uint64) {
	tx.Delete(s.secretKey(a, "one", id))
	tx.Delete(s.servedKey(a, id))
}

// sets returns the prekey sets of an account, newest first.
func (s *Sessions) sets(tx feature.Tx, a protocol.Account) ([]prekeySet, error) {
	var out []prekeySet
	prefix := s.realm().Key(storage.PrekeySecrets, storage.H(a[:], []byte("set")))
	err := tx.Scan(s.realm(), prefix, storage.ScanOptions{Reverse: true}, func(k storage.Key, box []byte) (bool, error) {
		raw, err := s.Keys.OpenShredded(a, k, box)
		if err != nil {
			return false, fmt.Errorf("load a prekey: %w", err)
		}
		set, err := canon.Unmarshal[prekeySet](raw)
		out = append(out, set)
		return true, err
	})
	return out, err
}

// Stock makes what prekeys an unlocked account lacks: a set and a bundle for the week, one-time keys, and the intro queue. It
// drops sets whose time is over.
func (s *Sessions) Stock(tx feature.Tx, a protocol.Account) error {
	dev, err := s.Keys.Device(a)
	if err != nil {
		return err
	}
	sets, err := s.sets(tx, a)
	if err != nil {
		return err
	}
	now := s.Now()
	for _, old := range sets {
		if now.Sub(time.UnixMilli(int64(old.Made))) > prekeysKept {
			tx.Delete(s.secretKey(a, "set", old.ID))
		}
	}
	if err := s.forgetMarks(tx); err != nil {
		return err
	}
	log, err := s.Identities.Log(tx, a)
	if err != nil {
		return err
	}
	fresh := len(sets) > 0 && now.Sub(time.UnixMilli(int64(sets[0].Made))).Abs() < rotatePrekeys
	if !fresh {
		var next uint64 = 1
		if len(sets) > 0 {
			next = sets[0].ID + 1
		}
		if err := s.rotate(tx, a, dev, log, next); err != nil {
			return err
		}
	}
	return s.restock(tx, a, dev)
}

// forgetMarks drops what was noted of offers on last-resort keys that are gone.
func (s *Sessions) forgetMarks(tx feature.Tx) error {
	now := uint64(s.Now().UnixMilli())
	return tx.Scan(s.realm(), s.realm().Key(storage.Tombstones), storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
		until, err := canon.Unmarshal[uint64](v)
		if err != nil {
			return false, fmt.Errorf("read the marks of last-resort keys: %w", err)
		}
		if until < now {
			tx.Delete(k)
		}
		return true, nil
	})
}

// rotate makes the prekeys of a week.
func (s *Sessions) rotate(tx feature.Tx, a protocol.Account, dev feature.Device, log *identity.Log, id uint64) error {
	spk, err := seal.NewDHKey(s.Random)
	if err != nil {
		return err
	}
	lrk, err := seal.NewMLKEM1024(s.Random)
	if err != nil {
		return err
	}
	hpk, err := seal.NewKEMKey(s.Random)
	if err != nil {
		return err
	}
	seed, err := hpk.Seed()
	if err != nil {
		return err
	}
	now := s.Now()
	if err := s.putSecret(tx, a, "set", id, prekeySet{ID: id, SPK: spk.Bytes(), LRK: lrk.Bytes(), HPK: seed, Made: uint64(now.UnixMilli())}); err != nil {
		return err
	}
	intro, err := s.intro(tx, a, dev.ID)
	if err != nil {
		return err
	}
	pin := log.Pin()
	bundle := identity.Bundle{
		Acct: identity.Account(a), Dev: identity.DeviceID(dev.ID), IDSeq: pin.Seq, IDHash: pin.Hash,
		SPK:        identity.DHPrekey{ID: id, Key: spk.Public()},
		LRK:        identity.KEMPrekey{ID: id, Key: lrk.EncapsulationKey().Bytes()},
		HPK:        identity.KEMPrekey{ID: id, Key: hpk.Public()},
		IntroQueue: intro,
	}
	return storage.PutAs(tx, s.realm(), s.servedKey(a, 0), served{Record: bundle.Sign(dev.DSK, now).Encode(), At: uint64(now.UnixMilli())})
}

// intro returns the queue for first messages of an account, and makes it the first time.
func (s *Sessions) intro(tx feature.Tx, a protocol.Account, dev protocol.Device) (q protocol.Queue, err error) {
	k := s.realm().Key(storage.Settings, storage.H([]byte("intro queue"), a[:], dev[:]))
	raw, err := tx.Get(s.realm(), k)
	if err == nil && len(raw) == len(q) {
		copy(q[:], raw)
		return q, nil
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return q, err
	}
	rand.Read(q[:])
	if err := tx.Put(s.realm(), k, q[:]); err != nil {
		return q, err
	}
	return q, storage.PutAs(tx, s.realm(), s.queueKey(q), Inlet{Account: a, Device: dev})
}

// restock makes one-time keys when few are left.
func (s *Sessions) restock(tx feature.Tx, a protocol.Account, dev feature.Device) error {
	left, highest := 0, uint64(0)
	prefix := s.realm().Key(storage.Prekeys, storage.H(a[:]))
	now := s.Now()
	var stale []uint64
	err := tx.Scan(s.realm(), prefix, storage.ScanOptions{From: s.servedKey(a, 0)}, func(k storage.Key, v []byte) (bool, error) {
		id := idOf(k.After(prefix))
		highest = max(highest, id)
		row, err := canon.Unmarshal[served](v)
		switch {
		case err != nil:
			return false, err
		case row.At == 0:
			left++
		case now.Sub(time.UnixMilli(int64(row.At))) > prekeysKept:
			stale = append(stale, id)
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	for _, id := range stale {
		s.forget(tx, a, id)
	}
	if left >= oneTimeLow {
		return nil
	}
	counter := s.realm().Key(storage.Counters, storage.H([]byte("one-time keys"), a[:]))
	if n, err := storage.GetAs[uint64](tx, s.realm(), counter); err == nil {
		highest = max(highest, n)
	}
	for ; left < oneTimeStock; left++ {
		highest++
		if err := s.makeOneTime(tx, a, dev, highest); err != nil {
			return err
		}
	}
	return storage.PutAs(tx, s.realm(), counter, highest)
}

func (s *Sessions) makeOneTime(tx feature.Tx, a protocol.Account, dev feature.Device, id uint64) error {
	dh, err := seal.NewDHKey(s.Random)
	if err != nil {
		return err
	}
	kem, err := seal.NewMLKEM1024(s.Random)
	if err != nil {
		return err
	}
	if err := s.putSecret(tx, a, "one", id, oneTimeSecret{OPK: dh.Bytes(), KEM: kem.Bytes(), Made: uint64(s.Now().UnixMilli())}); err != nil {
		return err
	}
	record := identity.OTK{Acct: identity.Account(a), Dev: identity.DeviceID(dev.ID), ID: id, OPK: dh.Public(), KEM: kem.EncapsulationKey().Bytes()}
	return storage.PutAs(tx, s.realm(), s.servedKey(a, id), served{Record: record.Sign(dev.DSK).Encode()})
}

func idOf(b []byte) (n uint64) {
	for _, x := range b {
		n = n<<8 | uint64(x)
	}
	return n
}
