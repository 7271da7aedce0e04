package message

import (
	"context"
	"errors"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

// A message is deleted for everyone by an event that names it. Every node that has the message then erases the texts of it and of its
// edits in the log, and shows a tombstone; one that gets the message later never writes them down. A deletion counts where who made
// it wrote the message, or was in a group at least a moderator and above who wrote it, in the state that the deletion names
// (SPEC.md, deletions).

var deleteKind = event.MessageDeleted{}.Kind()

// Refusals of deletions.
var (
	ErrNotYoursToDelete = &feature.Error{Status: 403, Code: "not_yours_to_delete", Detail: "Only who wrote a message can delete it for everyone, and in groups moderators those of people below them."}
	ErrForWhom          = feature.ErrBadRequest.With("A message is deleted for me or for everyone.")
)

// DeleteRequest names a message, and for whom it is deleted.
type DeleteRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
	For          string           `query:"for" enum:"me,everyone" doc:"me, as where it is left out: the caller alone is not shown it any more; everyone: its text is erased on all nodes"`
}

func (s *slice) delete(ctx context.Context, req DeleteRequest) (feature.Nothing, error) {
	who := feature.ActorOf(ctx).Account
	if req.For != "" && req.For != "me" && req.For != "everyone" {
		return feature.Nothing{}, ErrForWhom
	}
	return feature.Nothing{}, s.Store.Update(storage.Freeing(ctx), func(tx feature.Tx) error {
		if req.For != "everyone" {
			return s.conceal(tx, who, req.Conversation, req.Message)
		}
		c, e, err := s.find(tx, who, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		if e.Author != who && !(c.Group() && outranks(c.State, who, e.Author)) {
			return ErrNotYoursToDelete
		}
		if e.Author == who {
			if err := s.Delivery.Recall(tx, c.Log, e.ID); err != nil {
				return err
			}
		}
		_, err = s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: who, Body: event.MessageDeleted{Message: e.ID, Thread: e.Thread()}})
		return err
	})
}

// outranks tells whether somebody may delete what another wrote in a group.
func outranks(s *membership.State, who, other protocol.Account) bool {
	return s != nil && s.Role(who) >= membership.Moderator && s.Role(who) > s.Role(other)
}

// counts tells whether a deletion takes an event away. Both never change, nor does the answer.
func (s *slice) counts(tx feature.Tx, deletion, e feature.Entry) (bool, error) {
	if e.Kind != sentKind {
		return false, nil
	}
	if deletion.Author == e.Author || deletion.Stamp == nil {
		return deletion.Author == e.Author, nil
	}
	then, err := s.Groups.At(tx, deletion.Log, deletion.Heads)
	if err != nil {
		return false, err
	}
	return outranks(then, deletion.Author, e.Author), nil
}

// deleted erases a message, or notes that it is to be erased when it comes.
func (s *slice) deleted(tx feature.Tx, deletion feature.Entry, b event.MessageDeleted) error {
	realm, err := s.Realms.Conversation(tx, deletion.Log)
	if err != nil {
		return err
	}
	var message feature.Entry
	err = s.Timeline.Erase(tx, deletion.Log, b.Message, func(e feature.Entry) (bool, error) {
		ok, err := s.counts(tx, deletion, e)
		if ok {
			message = e
		}
		return ok, err
	})
	late := errors.Is(err, feature.ErrNotFound)
	if err != nil && !late || !late && message.Event == nil {
		return err
	}
	if err := note(tx, realm, b.Message, deletion); err != nil || late {
		return err
	}
	if err := s.EraseInThread(tx, message, b.Thread); err != nil {
		return err
	}
	return s.eraseEdits(tx, sweep{Log: message.Log, Message: message.ID, Author: message.Author})
}

// note keeps where somebody's first deletion of a message stands.
func note(tx feature.Tx, realm *storage.Realm, message protocol.EventID, deletion feature.Entry) error {
	k := deletionKey(realm, message, deletion.Author)
	was, err := placeAt(tx, realm, k)
	if err != nil || !was.IsZero() && was.Compare(deletion.Place()) <= 0 {
		return err
	}
	return errors.Join(tx.Put(realm, anyDeletion(realm, message), []byte{1}), tx.Put(realm, k, deletion.Place().Bytes()))
}

// undeleted takes a deletion back that is not shown any more. What it erased stays erased here.
func (s *slice) undeleted(tx feature.Tx, deletion feature.Entry, b event.MessageDeleted) error {
	realm, err := s.Realms.Conversation(tx, deletion.Log)
	if err != nil {
		return err
	}
	k := deletionKey(realm, b.Message, deletion.Author)
	was, err := placeAt(tx, realm, k)
	if err == nil && was == deletion.Place() {
		tx.Delete(k)
	}
	return err
}

// gone tells of a message that comes whether it was deleted before; then edits that came go too.
func (s *slice) gone(tx feature.Tx, e feature.Entry) (bool, error) {
	deletion, err := s.deletionOf(tx, e)
	if err != nil || deletion.Event == nil {
		return false, err
	}
	if err := s.EraseInThread(tx, e, threadIn(deletion)); err != nil {
		return false, err
	}
	return true, s.eraseEdits(tx, sweep{Log: e.Log, Message: e.ID, Author: e.Author})
}

// goneEdit tells of an edit that comes whether its message was deleted before. One that was erased elsewhere does not say of which
// message it was; it is taken as it is.
func (s *slice) goneEdit(tx feature.Tx, e feature.Entry) (bool, error) {
	if e.Erased() {
		return true, nil
	}
	b, err := event.Decode[event.MessageEdited](e.Body)
	if err != nil {
		return false, err
	}
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return false, err
	}
	if some, err := tx.Has(anyDeletion(realm, b.Message)); err != nil || !some {
		return false, err
	}
	if own, err := tx.Has(deletionKey(realm, b.Message, e.Author)); err != nil || own {
		return own, err // of a message of somebody else, an edit is never shown
	}
	message, err := s.Timeline.Get(tx, e.Log, b.Message)
	if errors.Is(err, feature.ErrNotFound) {
		return false, nil
	}
	return err == nil && message.Erased() && message.Author == e.Author, err
}

// deletionOf returns the deletion that a tombstone tells of: its author's own, else the first in the order of the log. The zero
// Entry where none counts.
func (s *slice) deletionOf(tx feature.Tx, e feature.Entry) (found feature.Entry, err error) {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return found, err
	}
	if some, err := tx.Has(anyDeletion(realm, e.ID)); err != nil || !some {
		return found, err
	}
	var places []protocol.Place
	prefix := anyDeletion(realm, e.ID)
	if err := tx.Scan(realm, prefix, storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
		if k == prefix {
			return true, nil
		}
		p, err := protocol.PlaceFromBytes(v)
		places = append(places, p)
		return err == nil, err
	}); err != nil {
		return found, err
	}
	for _, p := range places {
		d, err := s.Timeline.Get(tx, e.Log, p.ID)
		if errors.Is(err, feature.ErrNotFound) {
			continue
		}
		if err != nil {
			return found, err
		}
		ok, err := s.counts(tx, d, e)
		if err != nil {
			return found, err
		}
		if ok && d.Author == e.Author {
			return d, nil
		}
		if ok && (found.Event == nil || d.Place().Compare(found.Place()) < 0) {
			found = d
		}
	}
	return found, nil
}

// sweep names the edits of a message that are to be erased.
type sweep struct {
	Log     protocol.Log     `cbor:"0,keyasint"`
	Message protocol.EventID `cbor:"1,keyasint"`
	Author  protocol.Account `cbor:"2,keyasint"`
}

// sweepBatch is how many edits one transaction erases: somebody may have edited any number of times.
const sweepBatch = 256

// eraseEdits erases the edits of a message by its author, what is left over soon after.
func (s *slice) eraseEdits(tx feature.Tx, w sweep) error {
	realm, err := s.Realms.Conversation(tx, w.Log)
	if err != nil {
		return err
	}
	var edits []protocol.EventID
	if err := tx.Scan(realm, editsOf(realm, w.Message, w.Author), storage.ScanOptions{Limit: sweepBatch + 1}, func(_ storage.Key, v []byte) (bool, error) {
		p, err := protocol.PlaceFromBytes(v)
		edits = append(edits, p.ID)
		return err == nil, err
	}); err != nil {
		return err
	}
	if len(edits) > sweepBatch {
		edits = edits[:sweepBatch]
		if err := s.sweeps.Set(tx, s.Now(), canon.MustMarshal(w)); err != nil {
			return err
		}
	}
	for _, id := range edits {
		if err := s.Timeline.Erase(tx, w.Log, id, func(feature.Entry) (bool, error) { return true, nil }); err != nil {
			return err
		}
	}
	return nil
}

// swept erases edits that were too many for one transaction.
func (s *slice) swept(ctx context.Context, payload []byte) error {
	w, err := canon.Unmarshal[sweep](payload)
	if err != nil {
		return nil // a row that this program did not write
	}
	err = s.Store.Update(storage.Freeing(ctx), func(tx feature.Tx) error { return s.eraseEdits(tx, w) })
	if errors.Is(err, feature.ErrNotFound) {
		return nil // the conversation is gone
	}
	return err
}

func anyDeletion(realm *storage.Realm, message protocol.EventID) storage.Key {
	return realm.Key(storage.Deletions, storage.H(message[:]))
}

func deletionKey(realm *storage.Realm, message protocol.EventID, by protocol.Account) storage.Key {
	return realm.Key(storage.Deletions, storage.H(message[:]), storage.H(by[:]))
}

// placeAt reads a place, the zero place where there is none.
func placeAt(tx feature.Tx, realm *storage.Realm, k storage.Key) (protocol.Place, error) {
	v, err := tx.Get(realm, k)
	if errors.Is(err, storage.ErrNotFound) {
		return protocol.Place{}, nil
	}
	if err != nil {
		return protocol.Place{}, err
	}
	return protocol.PlaceFromBytes(v)
}
