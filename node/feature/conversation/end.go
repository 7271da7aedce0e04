package conversation

import (
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

var endKind = event.ConversationDeleted{}.Kind()

// endRow lies in the realm of a group that an owner deleted for everybody.
type endRow struct {
	By    protocol.Account `cbor:"0,keyasint"`
	Event protocol.EventID `cbor:"1,keyasint"`
}

func endKey(realm *storage.Realm) storage.Key {
	return realm.Key(storage.Settings, storage.H([]byte("deleted")))
}

func mayEnd(e *protocol.Event, then *membership.State, _ event.ConversationDeleted) error {
	if then.Role(e.Author) != membership.Owner {
		return feature.ErrForbidden
	}
	return nil
}

func (s *slice) deleteForAll(tx feature.Tx, owner protocol.Account, c feature.Conversation) error {
	switch {
	case !c.Group():
		return feature.ErrBadRequest.With("A direct conversation is deleted on each side.")
	case c.State == nil || c.State.Role(owner) != membership.Owner:
		return feature.ErrRole(membership.Owner, "delete a group for everybody")
	}
	if deleted, err := s.isDeleted(tx, c.Log); deleted || err != nil {
		return err
	}
	_, err := s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: owner, Body: event.ConversationDeleted{}})
	return err
}

func (s *slice) ended(tx feature.Tx, e feature.Entry, _ event.ConversationDeleted) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	if had, err := tx.Has(endKey(realm)); had || err != nil {
		return err
	}
	return storage.PutAs(tx, realm, endKey(realm), endRow{By: e.Author, Event: e.ID})
}

// notEnded takes the end back that somebody signed who was no owner any more.
func (s *slice) notEnded(tx feature.Tx, e feature.Entry, _ event.ConversationDeleted) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	r, err := storage.GetAs[endRow](tx, realm, endKey(realm))
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err == nil && r.Event == e.ID {
		tx.Delete(endKey(realm))
	}
	return err
}

func (s *slice) isDeleted(tx feature.Tx, log protocol.Log) (bool, error) {
	realm, err := s.Realms.Conversation(tx, log)
	if err != nil {
		return false, err
	}
	return tx.Has(endKey(realm))
}

func (s *slice) noticeEnded(tx feature.Tx, viewer protocol.Account, e feature.Entry, _ event.ConversationDeleted) (feature.Told, error) {
	if e.Author == viewer {
		return feature.Tell("You deleted the group", feature.Happening{Did: feature.DidDeleteGroup, By: feature.You()}), nil
	}
	name := s.NameIn(tx, viewer, e.Log, e.Author)
	return feature.Tell(name+" deleted the group", feature.Happening{Did: feature.DidDeleteGroup, By: feature.Called(name)}), nil
}

// permit refuses writing in a group that was deleted.
func (s *slice) permit(tx feature.Tx, _ protocol.Account, c feature.Conversation) error {
	if !c.Group() {
		return nil
	}
	if deleted, err := s.isDeleted(tx, c.Log); !deleted || err != nil {
		return err
	}
	return feature.ErrDeleted
}
