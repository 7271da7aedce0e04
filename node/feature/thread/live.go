package thread

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// logged tells open pages of a thread in which something came or went.
func (s *slice) logged(_ context.Context, e feature.Entry) {
	root := e.Thread()
	if e.Kind == deleteKind {
		b, err := event.Decode[event.MessageDeleted](e.Body)
		if err != nil {
			return // the door lets none in
		}
		root = b.Thread
	}
	if root.IsZero() {
		return
	}
	s.Calmly(e.Log.String()+root.String(), func(context.Context) {
		s.TellMessage(e.Log, root)
		s.note(s.Store.View(func(tx feature.Tx) error {
			c, err := s.Timeline.Conversation(tx, e.Log)
			if err != nil {
				return err
			}
			for _, viewer := range c.Members {
				if err := s.tellOne(tx, viewer, c, root, false); err != nil {
					return err
				}
			}
			return nil
		}))
	})
}

// tellTo tells one account how it stands to a thread now.
func (s *slice) tellTo(log protocol.Log, root protocol.EventID, viewer protocol.Account) {
	s.Soon(log.String()+root.String()+viewer.String(), func(context.Context) {
		s.note(s.Store.View(func(tx feature.Tx) error {
			c, err := s.Timeline.Conversation(tx, log)
			if err != nil {
				return err
			}
			return s.tellOne(tx, viewer, c, root, true)
		}))
	})
}

// tellOne tells an account of a thread that it follows, or of any.
func (s *slice) tellOne(tx feature.Tx, viewer protocol.Account, c feature.Conversation, root protocol.EventID, any bool) error {
	if !s.Live.Watched(viewer) || !s.Keys.Unlocked(viewer) || s.Visible(tx, viewer, c) != nil {
		return nil
	}
	at, err := s.standOf(tx, viewer, c.Log, root)
	if err != nil || !at.followed && !any {
		return err
	}
	shown, err := s.describe(tx, viewer, c, root)
	if err == nil && shown != nil {
		shown.Followed = at.followed
		s.tell([]protocol.Account{viewer}, *shown)
	}
	return err
}

// note logs what kept a page from being told. Accounts are locked and conversations hidden at any moment, that is no fault.
func (s *slice) note(err error) {
	if err != nil && !errors.Is(err, feature.ErrLocked) && !errors.Is(err, feature.ErrNotFound) {
		s.Logger.Warn("tell of a thread", "err", err)
	}
}
