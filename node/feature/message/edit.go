package message

import (
	"context"
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

// Edits of a message lie in a table of their own, as places in the log, by message and author: those of anybody else than the
// message's author are never looked at. The newest place in the order of the log counts, so that nodes with the same events show
// the same text. The texts stay in the events.

var sentKind, editKind = event.MessageSent{}.Kind(), event.MessageEdited{}.Kind()

// ErrNotYours says that somebody else wrote the message.
var ErrNotYours = &feature.Error{Status: 403, Code: "not_yours", Detail: "Only who wrote a message can edit it."}

// ErrPollStays says that a message asks a poll.
var ErrPollStays = &feature.Error{Status: 409, Code: "poll_stays", Detail: "What a poll asks stays as it is, since people may have voted. Delete it and ask again."}

// EditRequest is another text for a message.
type EditRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
	Text         string           `json:"text" required:"true" doc:"at most 60,000 bytes of UTF-8, kept byte for byte"`

	Mentions []protocol.Account `json:"mentions,omitempty" doc:"as of a new message; whom it mentioned before counts no more"`
	All      bool               `json:"all,omitempty" doc:"as of a new message"`
	Here     bool               `json:"here,omitempty" doc:"as of a new message"`
}

func (s *slice) edit(ctx context.Context, req EditRequest) (Sent, error) {
	if err := feature.CheckText(req.Text); err != nil {
		return Sent{}, err
	}
	author := feature.ActorOf(ctx).Account
	return Sent{ID: req.Message}, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, e, err := s.find(tx, author, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		if e.Author != author {
			return ErrNotYours
		}
		if asks, err := asks(e); err != nil {
			return err
		} else if asks {
			return ErrPollStays
		}
		if now, err := s.now(tx, e); err != nil || now.Text == req.Text {
			return err
		}
		if err := s.Permitted(tx, author, c); err != nil {
			return err
		}
		mentions, err := s.mentions(tx, author, c, req.Text, Mentions{req.Mentions, req.All, req.Here})
		if err != nil {
			return err
		}
		_, err = s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: author,
			Body: event.MessageEdited{Message: e.ID, Content: req.Text, Mentions: mentions}})
		return err
	})
}

// find returns a message that a viewer is shown, for FindMessage.
func (s *slice) find(tx feature.Tx, viewer protocol.Account, log protocol.Log, id protocol.EventID) (feature.Conversation, feature.Entry, error) {
	c, err := s.See(tx, viewer, log)
	if err != nil {
		return c, feature.Entry{}, err
	}
	e, err := s.Timeline.Get(tx, c.Log, id)
	if err != nil {
		return c, e, err
	}
	veil, err := s.VeilOf(tx, viewer, c)
	if err != nil {
		return c, e, err
	}
	readable, err := s.Readable(tx, viewer, c, e)
	if err == nil && (!readable || e.Kind != sentKind || e.Erased() || veil.Hides(e)) {
		err = feature.ErrNotFound
	}
	return c, e, err
}

// mayEdit holds in groups whoever the policy lets write.
func mayEdit(e *protocol.Event, then *membership.State, _ event.MessageEdited) error {
	if !then.May(e.Author, membership.Send) {
		return feature.ErrForbidden
	}
	return nil
}

// Version is a text that a message had.
type Version struct {
	Text string    `json:"text"`
	At   time.Time `json:"at" doc:"when it was given this text"`

	mentions []event.Mention
}

// EditsRequest asks for the texts that a message had.
type EditsRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
}

// maxVersions is how many of the newest edits of a message are listed.
const maxVersions = 50

func (s *slice) edits(ctx context.Context, req EditsRequest) (feature.List[Version], error) {
	out := feature.List[Version]{Items: []Version{}}
	err := s.Store.View(func(tx feature.Tx) error {
		_, e, err := s.find(tx, feature.ActorOf(ctx).Account, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		body, err := event.Decode[event.MessageSent](e.Body)
		if err != nil {
			return err
		}
		versions, err := s.versions(tx, e, maxVersions)
		out.Items = append(out.Items, Version{Text: body.Content, At: protocol.Time(e.HLC, e.Received)})
		for i := len(versions) - 1; i >= 0; i-- {
			out.Items = append(out.Items, versions[i])
		}
		return err
	})
	return out, err
}

// now returns what a message says, with the zero time where it was never edited.
func (s *slice) now(tx feature.Tx, e feature.Entry) (Version, error) {
	edits, err := s.versions(tx, e, 1)
	if err != nil || len(edits) > 0 {
		return append(edits, Version{})[0], err
	}
	body, err := event.Decode[event.MessageSent](e.Body)
	return Version{Text: body.Content, mentions: body.Mentions}, err
}

func (s *slice) text(tx feature.Tx, e feature.Entry) (string, error) {
	if e.Kind != sentKind || e.Erased() {
		return "", nil
	}
	v, err := s.now(tx, e)
	return v.Text, err
}

// versions returns what the newest edits of a message by its author say, the newest first.
func (s *slice) versions(tx feature.Tx, e feature.Entry, limit int) (out []Version, err error) {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return nil, err
	}
	var edits []protocol.EventID
	o := storage.ScanOptions{Reverse: true, Limit: limit}
	err = tx.Scan(realm, editsOf(realm, e.ID, e.Author), o, func(_ storage.Key, v []byte) (bool, error) {
		p, err := protocol.PlaceFromBytes(v)
		edits = append(edits, p.ID)
		return err == nil, err
	})
	if len(edits) > 0 && err == nil {
		if asks, err := asks(e); asks || err != nil {
			return nil, err
		}
	}
	for _, id := range edits {
		if err != nil {
			break
		}
		var edit feature.Entry
		if edit, err = s.Timeline.Get(tx, e.Log, id); err == nil {
			var body event.MessageEdited
			body, err = event.Decode[event.MessageEdited](edit.Body)
			out = append(out, Version{Text: body.Content, At: protocol.Time(edit.HLC, edit.Received), mentions: body.Mentions})
		}
	}
	return out, err
}

// asks tells whether a message asks a poll. Its question stays as it was when people voted: edits of it do not count.
func asks(e feature.Entry) (bool, error) {
	body, more, err := feature.MoreThanText(e)
	return more && body.Poll != nil, err
}

func editsOf(realm *storage.Realm, message protocol.EventID, author protocol.Account) storage.Key {
	return realm.Key(storage.Edits, storage.H(message[:], author[:]))
}

func editKey(realm *storage.Realm, message protocol.EventID, e feature.Entry) storage.Key {
	return realm.Key(storage.Edits, storage.H(message[:], e.Author[:]), storage.U64(e.Ord), storage.U64(e.HLC), storage.Fixed(e.ID[:16]))
}

// edited keeps where an edit stands. The message may not be here yet.
func (s *slice) edited(tx feature.Tx, e feature.Entry, b event.MessageEdited) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	if late, err := s.goneEdit(tx, e); err != nil {
		return err
	} else if late { // it was hidden when its message was deleted
		return s.Timeline.Erase(tx, e.Log, e.ID, func(feature.Entry) (bool, error) { return true, nil })
	}
	return tx.Put(realm, editKey(realm, b.Message, e), e.Place().Bytes())
}

// unedited takes an edit back that is not shown any more.
func (s *slice) unedited(tx feature.Tx, e feature.Entry, b event.MessageEdited) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	tx.Delete(editKey(realm, b.Message, e))
	return nil
}

// withdrawn tells what a message says once an edit or a deletion of it is not shown any more.
func (s *slice) withdrawn(_ context.Context, e feature.Entry) {
	switch e.Kind {
	case editKind:
		s.tellEdited(e)
	case deleteKind:
		s.tellDeleted(e)
	}
}

// tellEdited tells of the message that an edit is about, unless that is not here or not the editor's.
func (s *slice) tellEdited(e feature.Entry) {
	body, err := event.Decode[event.MessageEdited](e.Body)
	if err != nil {
		return // it was erased
	}
	var message feature.Entry
	err = s.Store.View(func(tx feature.Tx) error {
		message, err = s.Timeline.Get(tx, e.Log, body.Message)
		return err
	})
	switch {
	case errors.Is(err, feature.ErrNotFound):
	case err != nil:
		s.note("tell of an edit", err)
	case message.Kind == sentKind && message.Author == e.Author:
		s.tell(message, true)
	}
}
