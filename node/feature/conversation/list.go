package conversation

import (
	"context"
	"errors"
	"slices"
	"strings"

	"conclave/node/feature"
	"conclave/protocol"
)

// GetRequest names a conversation.
type GetRequest struct {
	Conversation protocol.Log `path:"conversation"`
}

func (s *slice) get(ctx context.Context, req GetRequest) (Conversation, error) {
	viewer := feature.ActorOf(ctx).Account
	var out Conversation
	err := s.Store.View(func(tx feature.Tx) error {
		c, err := s.See(tx, viewer, req.Conversation)
		if err != nil {
			return err
		}
		out, err = s.describe(tx, viewer, c)
		return err
	})
	return out, err
}

func (s *slice) list(ctx context.Context, _ feature.Nothing) (feature.List[Conversation], error) {
	viewer := feature.ActorOf(ctx).Account
	var out feature.List[Conversation]
	err := s.Store.View(func(tx feature.Tx) error {
		logs, err := s.Timeline.Logs(tx, viewer)
		if err != nil {
			return err
		}
		for _, log := range logs {
			c, err := s.See(tx, viewer, log)
			if errors.Is(err, feature.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			shown, err := s.describe(tx, viewer, c)
			if err != nil {
				return err
			}
			if !shown.gone {
				out.Items = append(out.Items, shown)
			}
		}
		return nil
	})
	slices.SortFunc(out.Items, func(a, b Conversation) int {
		if c := b.UpdatedAt.Compare(a.UpdatedAt); c != 0 {
			return c
		}
		return strings.Compare(string(a.ID[:]), string(b.ID[:]))
	})
	return out, err
}
