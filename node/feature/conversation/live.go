package conversation

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
)

func (s *slice) logged(_ context.Context, e feature.Entry) { s.changed(e.Log) }

func (s *slice) progressed(_ context.Context, p feature.Progress) { s.changed(p.Log) }

func (s *slice) read(m feature.ReadMove) { s.changed(m.Conversation.Log) }

// changed tells the local members of a conversation what the list shows of it now, once however much changed meanwhile.
func (s *slice) changed(log protocol.Log) {
	s.Soon(log.String(), func(context.Context) {
		err := s.Store.View(func(tx feature.Tx) error {
			c, err := s.Timeline.Conversation(tx, log)
			if err != nil {
				return err
			}
			for _, viewer := range c.Members {
				if !s.Live.Watched(viewer) || !s.Keys.Unlocked(viewer) || s.Visible(tx, viewer, c) != nil {
					continue
				}
				shown, err := s.describe(tx, viewer, c)
				if err != nil {
					return err
				}
				s.tell([]protocol.Account{viewer}, shown)
			}
			return nil
		})
		if err != nil && !errors.Is(err, feature.ErrLocked) && !errors.Is(err, feature.ErrNotFound) {
			s.Logger.Warn("tell of a conversation", "err", err)
		}
	})
}
