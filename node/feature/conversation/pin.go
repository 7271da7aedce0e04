package conversation

import (
	"errors"
	"slices"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// pins are the pinned conversations of an account in their order, in one row.
type pins struct {
	Logs []protocol.Log `cbor:"0,keyasint"`
}

func pinsKey(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Settings, storage.H([]byte("pinned conversations")))
}

func (s *slice) pins(tx feature.Tx, viewer protocol.Account) (pins, error) {
	realm, err := s.Realms.Account(viewer)
	if err != nil {
		return pins{}, err
	}
	p, err := storage.GetAs[pins](tx, realm, pinsKey(realm))
	if errors.Is(err, storage.ErrNotFound) {
		err = nil
	}
	return p, err
}

// pin gives a conversation a place among the pinned ones, from 1.
func (s *slice) pin(tx feature.Tx, viewer protocol.Account, log protocol.Log, place int) error {
	p, err := s.pins(tx, viewer)
	if err != nil {
		return err
	}
	had := slices.Clone(p.Logs)
	p.Logs = slices.DeleteFunc(p.Logs, func(one protocol.Log) bool { return one == log })
	if len(p.Logs) == maxPinned {
		return feature.ErrConflict.With("At most %d conversations are pinned.", maxPinned)
	}
	p.Logs = slices.Insert(p.Logs, min(place-1, len(p.Logs)), log)
	return s.repin(tx, viewer, had, p)
}

// unpin takes a conversation out of the pinned ones.
func (s *slice) unpin(tx feature.Tx, viewer protocol.Account, log protocol.Log) error {
	p, err := s.pins(tx, viewer)
	if err != nil || !slices.Contains(p.Logs, log) {
		return err
	}
	had := slices.Clone(p.Logs)
	p.Logs = slices.DeleteFunc(p.Logs, func(one protocol.Log) bool { return one == log })
	if err := s.change(tx, viewer, log, func(e *entry) { e.Pinned = false }); err != nil {
		return err
	}
	return s.repin(tx, viewer, had, p)
}

// repin writes the pins and tells of each conversation whose place is another now.
func (s *slice) repin(tx feature.Tx, viewer protocol.Account, had []protocol.Log, now pins) error {
	for place, log := range now.Logs {
		if place < len(had) && had[place] == log {
			continue
		}
		if err := s.change(tx, viewer, log, func(e *entry) { e.Pinned = true }); err != nil {
			return err
		}
		tx.OnCommit(func() { s.tellTo(log, viewer) })
	}
	realm, err := s.Realms.Account(viewer)
	if err != nil {
		return err
	}
	return storage.PutAs(tx, realm, pinsKey(realm), now)
}
