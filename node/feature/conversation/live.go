package conversation

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// logged is told of an event. What a member of a group is called changes nothing in the list.
func (s *slice) logged(_ context.Context, e feature.Entry) {
	if e.Stamp == nil || e.Kind != (event.ProfileChanged{}).Kind() {
		s.changed(e.Log)
	}
}

// progressed tells the author alone of a group how far a message got.
func (s *slice) progressed(_ context.Context, p feature.Progress) { s.tellTo(p.Log, p.Author) }

// read tells the reader; the others of a direct conversation see it in the state of their messages.
func (s *slice) read(m feature.ReadMove) {
	s.unmark(m.Conversation.Log, m.Reader)
	if m.Conversation.Group() {
		s.tellTo(m.Conversation.Log, m.Reader)
		return
	}
	s.changed(m.Conversation.Log)
}

// moved tells members, and those who are none any more.
func (s *slice) moved(m feature.GroupMoved) {
	s.changed(m.Log)
	for _, p := range m.Now.Members() {
		if (m.Before == nil || m.Before.Role(p.Account) == 0) && s.Keys.Unlocked(p.Account) {
			s.returned(m.Log, p.Account)
		}
	}
	if m.Before == nil {
		return
	}
	for _, p := range m.Before.Members() {
		if m.Now.Role(p.Account) == 0 && s.Keys.Unlocked(p.Account) {
			s.tellTo(m.Log, p.Account)
		}
	}
}

// changed tells the local members of a conversation what the list shows of it now, once however much changed
// meanwhile: the unread messages are counted for it.
func (s *slice) changed(log protocol.Log) {
	s.Calmly(log.String(), func(context.Context) {
		s.note(s.Store.View(func(tx feature.Tx) error {
			c, err := s.Timeline.Conversation(tx, log)
			if err != nil {
				return err
			}
			for _, viewer := range c.Members {
				if err := s.tellOne(tx, viewer, c); err != nil {
					return err
				}
			}
			return nil
		}))
	})
}

// tellTo tells one account what the list shows of a conversation now.
func (s *slice) tellTo(log protocol.Log, viewer protocol.Account) {
	s.Calmly(log.String()+viewer.String(), func(context.Context) {
		s.note(s.Store.View(func(tx feature.Tx) error {
			c, err := s.Timeline.Conversation(tx, log)
			if err != nil {
				return err
			}
			return s.tellOne(tx, viewer, c)
		}))
	})
}

func (s *slice) tellOne(tx feature.Tx, viewer protocol.Account, c feature.Conversation) error {
	if !s.Live.Watched(viewer) || !s.Keys.Unlocked(viewer) || s.Visible(tx, viewer, c) != nil {
		return nil
	}
	shown, err := s.describe(tx, viewer, c)
	if err == nil && !shown.gone {
		s.tell([]protocol.Account{viewer}, shown)
	}
	return err
}

// note logs what kept a page from being told. Accounts are locked and conversations hidden at any moment, that is no fault.
func (s *slice) note(err error) {
	if err != nil && !errors.Is(err, feature.ErrLocked) && !errors.Is(err, feature.ErrNotFound) {
		s.Logger.Warn("tell of a conversation", "err", err)
	}
}
