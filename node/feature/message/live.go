package message

import (
	"context"
	"errors"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

type teller[T any] func(accounts []protocol.Account, data T)

// StateChange is how far a message got.
type StateChange struct {
	Conversation protocol.Log     `json:"conversation"`
	ID           protocol.EventID `json:"id"`
	State        feature.State    `json:"state" enum:"sending,sent,delivered,read,failed"`
	Reason       string           `json:"reason,omitempty"`
	ReadAt       time.Time        `json:"read_at,omitzero"`
}

// maxRenamed is how many of the newest rows are told again when a member of a group is called otherwise.
const maxRenamed = 50

// renamed tells the newest notices of a group again: they may name somebody by an id whose name is known now.
func (s *slice) renamed(log protocol.Log) {
	s.Soon("renamed/"+log.String(), func(context.Context) {
		s.each(log, func(tx feature.Tx, viewer protocol.Account, c feature.Conversation) error {
			entries, err := s.Timeline.Page(tx, log, feature.Range{Limit: maxRenamed, For: viewer})
			if err != nil {
				return err
			}
			v, err := s.view(tx, viewer, c)
			if err != nil {
				return err
			}
			for _, e := range entries {
				if !s.Noticed(e.Kind) {
					continue
				}
				m, shown, err := v.show(e)
				if err != nil {
					return err
				}
				if shown {
					s.tellMessage([]protocol.Account{viewer}, m)
				}
			}
			return nil
		})
		s.TellConversation(log)
	})
}

// logged tells the local members of a new event, each as it is shown to that one.
func (s *slice) logged(_ context.Context, e feature.Entry) {
	if e.Stamp != nil && e.Kind == (event.ProfileChanged{}).Kind() {
		s.renamed(e.Log)
	}
	switch e.Kind {
	case editKind:
		s.tellEdited(e)
		return
	case deleteKind:
		s.tellDeleted(e)
		return
	}
	if e.Kind != (event.MessageSent{}).Kind() && s.Understands(e.Kind) && !s.Noticed(e.Kind) {
		return // there is nothing to show of it, however many watch
	}
	s.tell(e, false)
	for _, reply := range s.awaited.take(e.Log, e.ID) {
		s.tellAgain(e.Log, reply)
	}
}

// tell tells the local members of a row, each as it is shown to that one; again: that it is shown otherwise than before.
func (s *slice) tell(e feature.Entry, again bool) {
	s.each(e.Log, func(tx feature.Tx, viewer protocol.Account, c feature.Conversation) error {
		if readable, err := s.Readable(tx, viewer, c, e); !readable || err != nil {
			return err
		}
		v, err := s.view(tx, viewer, c)
		if err != nil {
			return err
		}
		m, shown, err := v.show(e)
		if m.Again = again; shown && err == nil {
			s.tellMessage([]protocol.Account{viewer}, m)
		}
		return err
	})
}

// tellAgain tells of a message that is shown otherwise than before.
func (s *slice) tellAgain(log protocol.Log, id protocol.EventID) {
	var e feature.Entry
	err := s.Store.View(func(tx feature.Tx) (err error) {
		e, err = s.Timeline.Get(tx, log, id)
		return err
	})
	if err == nil {
		s.tell(e, true)
		return
	}
	s.note("tell of a message again", err)
}

// tellDeleted tells of the message that a deletion is about, if that is here.
func (s *slice) tellDeleted(deletion feature.Entry) {
	if b, err := event.Decode[event.MessageDeleted](deletion.Body); err == nil {
		s.tellAgain(deletion.Log, b.Message)
	}
}

// progressed tells the author of a message how far it got.
func (s *slice) progressed(_ context.Context, p feature.Progress) {
	if !s.Live.Watched(p.Author) {
		return
	}
	err := s.Store.View(func(tx feature.Tx) error {
		c, err := s.See(tx, p.Author, p.Log)
		if err != nil {
			return err
		}
		e, err := s.Timeline.Get(tx, p.Log, p.Event)
		if err != nil {
			return err
		}
		return s.tellStates(tx, p.Author, c, []feature.Entry{e})
	})
	s.note("tell how far a message got", err)
}

// maxStates bounds how many messages one reading is told of: older ones are read as well when a newer one is.
const maxStates = 50

// read tells the authors of messages that were read now.
func (s *slice) read(m feature.ReadMove) {
	if m.Conversation.Group() {
		return // nobody is told who read what there
	}
	s.Soon("read/"+m.Conversation.Log.String()+m.Reader.String(), func(context.Context) {
		s.each(m.Conversation.Log, func(tx feature.Tx, viewer protocol.Account, c feature.Conversation) error {
			if viewer == m.Reader {
				return nil
			}
			cursor, err := s.CursorOf(tx, m.Reader, c)
			if err != nil {
				return err
			}
			entries, err := s.readBetween(tx, c.Log, m.After, cursor.Read)
			if err != nil {
				return err
			}
			return s.tellStates(tx, viewer, c, entries)
		})
	})
}

// readBetween returns the newest messages after one place and up to another.
func (s *slice) readBetween(tx feature.Tx, log protocol.Log, after, upTo protocol.Place) ([]feature.Entry, error) {
	kinds := []string{event.MessageSent{}.Kind()}
	out, err := s.Timeline.Page(tx, log, feature.Range{After: after, Before: upTo, Kinds: kinds, Limit: maxStates})
	if err != nil {
		return nil, err
	}
	last, err := s.Timeline.Get(tx, log, upTo.ID)
	if errors.Is(err, feature.ErrNotFound) {
		return out, nil
	}
	return append(out, last), err
}

// tellStates tells a viewer of the state of own messages.
func (s *slice) tellStates(tx feature.Tx, viewer protocol.Account, c feature.Conversation, entries []feature.Entry) error {
	reading, err := s.ReadingOf(tx, viewer, c)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Author != viewer || e.Kind != (event.MessageSent{}).Kind() {
			continue
		}
		st, err := s.StatusOf(tx, reading, e)
		if err != nil {
			return err
		}
		s.tellState([]protocol.Account{viewer}, StateChange{Conversation: e.Log, ID: e.ID, State: st.State, Reason: st.Reason, ReadAt: st.ReadAt})
	}
	return nil
}

// each calls fn for every unlocked local account that sees a conversation and is watched, in one transaction.
func (s *slice) each(log protocol.Log, fn func(feature.Tx, protocol.Account, feature.Conversation) error) {
	err := s.Store.View(func(tx feature.Tx) error {
		c, err := s.Timeline.Conversation(tx, log)
		if err != nil {
			return err
		}
		for _, viewer := range c.Members {
			if !s.Live.Watched(viewer) || !s.Keys.Unlocked(viewer) || s.Visible(tx, viewer, c) != nil {
				continue
			}
			if err := fn(tx, viewer, c); err != nil {
				return err
			}
		}
		return nil
	})
	s.note("tell of a message", err)
}

// note logs what kept a page from being told; it asks again when it connects. Accounts are locked and conversations hidden
// at any moment, that is no fault.
func (s *slice) note(what string, err error) {
	if err != nil && !errors.Is(err, feature.ErrLocked) && !errors.Is(err, feature.ErrNotFound) {
		s.Logger.Warn(what, "err", err)
	}
}
