package member

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// ErrLastOwner says that somebody has to own the group.
var ErrLastOwner = &feature.Error{Status: 409, Code: "last_owner", Detail: "You are the only owner: make somebody else the owner first."}

// AddRequest names who is to be a member, and its role.
type AddRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Account      protocol.Account `json:"account" required:"true"`
	Role         feature.Role     `json:"role,omitempty" enum:"member,moderator,admin,owner" default:"member"`
}

func (s *slice) add(ctx context.Context, req AddRequest) (Member, error) {
	if req.Role == "" {
		req.Role = feature.RoleMember
	}
	old := false
	out, err := s.decide(ctx, req.Conversation, req.Account, func(tx feature.Tx, by protocol.Account, c feature.Conversation) ([]membership.Body, error) {
		if old = c.Has(req.Account); old {
			return bodiesFor(c.State, by, req.Account, req.Role)
		}
		return s.adding(tx, by, c, req.Account, req.Role)
	})
	out.old = old
	return out, err
}

// RoleRequest is the role that a member is to have.
type RoleRequest struct {
	Conversation protocol.Log     `path:"conversation"`
	Account      protocol.Account `path:"account"`
	Role         feature.Role     `json:"role" enum:"member,moderator,admin,owner" required:"true"`
}

func (s *slice) role(ctx context.Context, req RoleRequest) (Member, error) {
	out, err := s.decide(ctx, req.Conversation, req.Account, func(_ feature.Tx, by protocol.Account, c feature.Conversation) ([]membership.Body, error) {
		if !c.Has(req.Account) {
			return nil, feature.ErrNotFound
		}
		return bodiesFor(c.State, by, req.Account, req.Role)
	})
	out.old = true
	return out, err
}

// decide signs what fn makes of a request about somebody, and shows that one as it is then.
func (s *slice) decide(ctx context.Context, log protocol.Log, about protocol.Account, fn func(feature.Tx, protocol.Account, feature.Conversation) ([]membership.Body, error)) (Member, error) {
	by := feature.ActorOf(ctx).Account
	var out Member
	err := s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.changeable(tx, by, log)
		if err != nil {
			return err
		}
		bodies, err := fn(tx, by, c)
		if err != nil {
			return err
		}
		if err := s.act(tx, c.Log, by, bodies...); err != nil {
			return err
		}
		if c, err = s.Timeline.Conversation(tx, log); err != nil {
			return err
		}
		out = s.show(tx, c, about, s.NameIn(tx, by, log, about))
		return nil
	})
	return out, err
}

// changeable returns a group in which the caller is a member and that was not deleted.
func (s *slice) changeable(tx feature.Tx, by protocol.Account, log protocol.Log) (feature.Conversation, error) {
	c, err := s.seeGroup(tx, by, log)
	switch {
	case err != nil:
		return c, err
	case !c.Has(by):
		return c, feature.ErrNoMember
	case errors.Is(s.Permitted(tx, by, c), feature.ErrDeleted):
		return c, feature.ErrDeleted
	}
	return c, nil
}

// act signs operations and has the history show them.
func (s *slice) act(tx feature.Tx, log protocol.Log, by protocol.Account, bodies ...membership.Body) error {
	var ops []protocol.EventID
	for _, body := range bodies {
		op, err := s.Groups.Act(tx, log, by, body)
		if err != nil {
			return err
		}
		ops = append(ops, protocol.EventID(op.ID))
	}
	if len(ops) == 0 {
		return nil
	}
	_, err := s.Timeline.Append(tx, feature.Draft{Log: log, Author: by, Body: event.MemberChanged{Ops: ops}})
	return err
}

// adding is what makes somebody a member, with a role.
func (s *slice) adding(tx feature.Tx, by protocol.Account, c feature.Conversation, who protocol.Account, role feature.Role) ([]membership.Body, error) {
	var body membership.Body = &membership.Add{Account: who}
	switch rank := role.Rank(); rank {
	case 0:
		return nil, errRole
	case membership.Member:
	default:
		body = &membership.Grant{Account: who, Role: rank}
	}
	if who.IsZero() {
		return nil, feature.ErrNotFound
	}
	if err := allowed(c.State, by, body); err != nil {
		return nil, err
	}
	if s.Directory.Local(tx, who) {
		direct := feature.Conversation{Log: protocol.DirectLog(by, who), Kind: "direct", Members: []protocol.Account{by, who}}
		if standing, err := s.StandingOf(tx, who, direct); err == nil && standing.State == feature.ContactBlocked {
			return nil, feature.ErrForbidden.With("This person cannot be added by you.")
		}
	}
	return []membership.Body{body}, nil
}

var errRole = feature.ErrBadRequest.With("A role is member, moderator, admin or owner.")

// bodiesFor is what gives a member another role.
func bodiesFor(state *membership.State, by, who protocol.Account, role feature.Role) (out []membership.Body, err error) {
	had, want := state.Role(who), role.Rank()
	switch {
	case want == 0:
		return nil, errRole
	case want == had:
		return nil, nil
	case who == by && want > had:
		return nil, feature.ErrForbidden.With("Nobody raises their own role.")
	case who == by:
		if lastOwner(state, by) {
			return nil, ErrLastOwner
		}
		return []membership.Body{&membership.StepDown{Role: want + 1}}, nil
	case want > had:
		out = []membership.Body{&membership.Grant{Account: who, Role: want}}
	default:
		out = []membership.Body{&membership.Revoke{Account: who}}
		if want > membership.Member {
			out = append(out, &membership.Grant{Account: who, Role: want})
		}
	}
	for _, body := range out {
		if err := allowed(state, by, body); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// allowed says why a member may not do something.
func allowed(state *membership.State, by protocol.Account, body membership.Body) error {
	if state.Allows(by, body) {
		return nil
	}
	p := state.Policy()
	role := state.Role(by)
	switch b := body.(type) {
	case *membership.Add:
		if role < p.Add && role < membership.Admin {
			return feature.ErrRole(min(p.Add, membership.Admin), "add members")
		}
	case *membership.Grant:
		if need := max(b.Role, membership.Admin); role < need {
			return feature.ErrRole(need, "give this role")
		}
	case *membership.Revoke:
		if role < membership.Admin {
			return feature.ErrRole(membership.Admin, "take roles away")
		}
		return feature.ErrForbidden.With("This member stands above you.")
	case *membership.Remove:
		if role < membership.Moderator {
			return feature.ErrRole(membership.Moderator, "remove members")
		}
		return feature.ErrForbidden.With("This member stands above you.")
	default:
		return feature.ErrForbidden
	}
	if uint64(state.Len()) >= p.MaxMembers {
		return feature.ErrFull
	}
	return feature.ErrConflict.With("There is no room for another one with such a role.")
}

// lastOwner tells whether an account is the only owner of a group that others are in too.
func lastOwner(state *membership.State, who protocol.Account) bool {
	if state.Role(who) != membership.Owner || state.Len() == 1 {
		return false
	}
	for _, a := range state.Officers() {
		if a != who && state.Role(a) == membership.Owner {
			return false
		}
	}
	return true
}
