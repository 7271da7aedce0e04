package poll

import (
	"context"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// Refusals of votes, of ends and of looking at votes.
var (
	ErrOver    = &feature.Error{Status: 409, Code: "poll_over", Detail: "This poll is over."}
	ErrUnnamed = &feature.Error{Status: 403, Code: "poll_unnamed", Detail: "This poll does not show who chose what."}
	ErrNoEnder = &feature.Error{Status: 403, Code: "poll_not_yours", Detail: "Only who asked can end a poll, and in groups moderators and above."}
	ErrChoice  = feature.ErrBadRequest.With("This poll cannot be answered so.")
)

var closeKind = event.PollClosed{}.Kind()

// VoteRequest is what the caller chooses in a poll.
type VoteRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
	Options      []int            `json:"options" required:"true" doc:"numbers of the options, the first being 0; none takes the vote back"`
}

// CloseRequest names a poll.
type CloseRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Message      protocol.EventID `path:"message"`
}

func (s *slice) vote(ctx context.Context, req VoteRequest) (out Poll, err error) {
	who := feature.ActorOf(ctx).Account
	return out, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, e, p, err := s.visible(tx, who, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		choice, err := p.choice(req.Options)
		if err != nil {
			return err
		}
		if out, err = s.shown(tx, who, e, p); err != nil {
			return err
		}
		if out.over(s.Now()) {
			return ErrOver
		}
		if err := s.mayNow(tx, who, c); err != nil || choice == out.choice() {
			return err
		}
		if _, err := s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: who, Body: event.PollVoted{Message: e.ID, Choice: choice}}); err != nil {
			return err
		}
		out, err = s.shown(tx, who, e, p)
		return err
	})
}

// choice reads numbers of options; one that is given twice counts once.
func (p asked) choice(options []int) (c event.Choice, err error) {
	if len(options) > len(p.Options) {
		return 0, ErrChoice
	}
	for _, i := range options {
		if i < 0 || i >= len(p.Options) {
			return 0, ErrChoice
		}
		c |= 1 << i
	}
	if !p.Fits(c) {
		return 0, ErrChoice
	}
	return c, nil
}

// choice is what the viewer chose.
func (p Poll) choice() (c event.Choice) {
	for i, o := range p.Options {
		if o.Mine {
			c |= 1 << i
		}
	}
	return c
}

func (s *slice) close(ctx context.Context, req CloseRequest) (out Poll, err error) {
	who := feature.ActorOf(ctx).Account
	return out, s.Store.Update(ctx, func(tx feature.Tx) error {
		c, e, p, err := s.visible(tx, who, req.Conversation, req.Message)
		if err != nil {
			return err
		}
		if e.Author != who && !(c.State != nil && c.State.Role(who) >= membership.Moderator) {
			return ErrNoEnder
		}
		if out, err = s.shown(tx, who, e, p); err != nil {
			return err
		}
		if err := s.mayNow(tx, who, c); err != nil || out.over(s.Now()) {
			return err
		}
		if _, err := s.Timeline.Append(tx, feature.Draft{Log: c.Log, Author: who, Body: event.PollClosed{Message: e.ID}}); err != nil {
			return err
		}
		out, err = s.shown(tx, who, e, p)
		return err
	})
}

// visible returns a poll that a local account is shown; ErrNotFound for what is none.
func (s *slice) visible(tx feature.Tx, viewer protocol.Account, log protocol.Log, message protocol.EventID) (feature.Conversation, feature.Entry, asked, error) {
	c, e, err := s.FindMessage(tx, viewer, log, message)
	if err != nil {
		return c, e, asked{}, err
	}
	p, asks, err := pollOf(e)
	if err == nil && !asks {
		err = feature.ErrNotFound
	}
	return c, e, p, err
}

// mayNow refuses who is no member of a group any more, and in direct conversations what may not be written.
func (s *slice) mayNow(tx feature.Tx, who protocol.Account, c feature.Conversation) error {
	if !c.Group() {
		return s.Permitted(tx, who, c)
	}
	if c.State == nil || !c.Has(who) {
		return feature.ErrNoMember
	}
	return nil
}
