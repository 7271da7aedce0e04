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

// ListRequest asks for the list, or for a part of it.
type ListRequest struct {
	Before string `query:"before" maxLength:"64" doc:"the next of a page: what stands behind it"`
	Limit  int    `query:"limit" minimum:"1" maximum:"200" doc:"how many; everything if left out"`
}

// listed is a conversation with its place in the list.
type listed struct {
	feature.Conversation
	stand
}

func (s *slice) list(ctx context.Context, req ListRequest) (feature.List[Conversation], error) {
	viewer := feature.ActorOf(ctx).Account
	var out feature.List[Conversation]
	if strings.Trim(req.Before, "0123456789abcdef") != "" {
		return out, feature.ErrBadRequest.With("Before is the next of a page.")
	}
	err := s.Store.View(func(tx feature.Tx) error {
		all, err := s.standing(tx, viewer, req.Before)
		if err != nil {
			return err
		}
		if req.Limit > 0 && len(all) > req.Limit {
			all = all[:req.Limit]
			out.Next = all[req.Limit-1].order
		}
		for _, one := range all {
			shown, err := s.describeAt(tx, viewer, one.Conversation, one.stand)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, shown)
		}
		return nil
	})
	return out, err
}

// standing returns the conversations of an account behind a place of the list, in its order.
func (s *slice) standing(tx feature.Tx, viewer protocol.Account, before string) ([]listed, error) {
	logs, err := s.Timeline.Logs(tx, viewer)
	if err != nil {
		return nil, err
	}
	pins, err := s.pins(tx, viewer)
	if err != nil {
		return nil, err
	}
	var out []listed
	for _, log := range logs {
		c, err := s.See(tx, viewer, log)
		if errors.Is(err, feature.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		at, err := s.stand(tx, viewer, c, &pins)
		if err != nil {
			return nil, err
		}
		if !at.gone && at.order > before {
			out = append(out, listed{c, at})
		}
	}
	slices.SortFunc(out, func(a, b listed) int { return strings.Compare(a.order, b.order) })
	return out, nil
}
