package member

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// OfRequest names a member.
type OfRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Account      protocol.Account `path:"account"`
}

func (s *slice) remove(ctx context.Context, req OfRequest) (feature.Nothing, error) {
	by := feature.ActorOf(ctx).Account
	return feature.Nothing{}, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.seeGroup(tx, by, req.Conversation)
		switch {
		case err != nil:
			return err
		case !c.Has(by):
			return feature.ErrNoMember
		case req.Account == by:
			return s.leave(tx, by, c)
		case !c.Has(req.Account):
			return feature.ErrNotFound
		}
		if err := allowed(c.State, by, &membership.Remove{Account: req.Account, Fence: []membership.Mark{}}); err != nil {
			return err
		}
		return s.act(tx, c.Log, by, &membership.Remove{Account: req.Account, Fence: []membership.Mark{}})
	})
}

// leave says so in the history before the operation ends the membership: what its author says after that nobody shows.
func (s *slice) leave(tx feature.Tx, who protocol.Account, c feature.Conversation) error {
	if c.State == nil || !c.Has(who) {
		return feature.ErrNoMember
	}
	if lastOwner(c.State, who) && !errors.Is(s.Permitted(tx, who, c), feature.ErrDeleted) {
		return ErrLastOwner
	}
	if _, err := s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: who, Body: event.MemberLeft{}}); err != nil {
		return err
	}
	_, err := s.Groups.Act(tx, c.Log, who, &membership.Leave{Fence: []membership.Mark{}})
	return err
}
