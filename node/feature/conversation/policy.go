package conversation

import (
	"context"
	"slices"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// Policy is what a group allows: the lowest roles that may, and its rules for writing and reading.
type Policy struct {
	Send         feature.Role `json:"send" enum:"member,moderator,admin,owner"`
	Add          feature.Role `json:"add" enum:"member,moderator,admin"`
	Edit         feature.Role `json:"edit" enum:"member,moderator,admin,owner" doc:"name, description, picture"`
	Pin          feature.Role `json:"pin" enum:"member,moderator,admin,owner"`
	Invite       feature.Role `json:"invite" enum:"member,moderator,admin,owner"`
	SlowMode     int          `json:"slow_mode" doc:"seconds between two messages of a plain member"`
	Announcement bool         `json:"announcement" doc:"moderators and above alone write"`
	History      string       `json:"history" enum:"none,since,all" doc:"what new members may read of the time before"`
	Since        time.Time    `json:"since,omitzero"`
	MaxMembers   int          `json:"max_members"`
}

var (
	visibilities = []string{"public", "private", "secret"}
	histories    = []string{"none", "since", "all"}
)

func visibilityName(v membership.Visibility) string {
	if v < membership.Public || v > membership.Secret {
		return ""
	}
	return visibilities[v-membership.Public]
}

func visibilityOf(name string) (membership.Visibility, error) {
	i := slices.Index(visibilities, name)
	if i < 0 {
		return 0, feature.ErrBadRequest.With("A group is public, private or secret.")
	}
	return membership.Visibility(i) + membership.Public, nil
}

func historyOf(name string, since uint64) (membership.History, uint64, error) {
	i := slices.Index(histories, name)
	if i < 0 {
		return 0, 0, feature.ErrBadRequest.With("New members read none of the time before, what was said since a moment, or all.")
	}
	if h := membership.History(i); h != membership.HistorySince {
		return h, 0, nil
	}
	return membership.HistorySince, since, nil
}

func formName(f membership.Form) string {
	if f == membership.Channel {
		return "channel"
	}
	return "group"
}

func showPolicy(p membership.Policy) Policy {
	out := Policy{
		Send: feature.RoleOf(p.Send), Add: feature.RoleOf(p.Add), Edit: feature.RoleOf(p.Edit), Pin: feature.RoleOf(p.Pin), Invite: feature.RoleOf(p.Invite),
		SlowMode: int(p.SlowMode), Announcement: p.Announcement, MaxMembers: int(p.MaxMembers),
	}
	if int(p.History) < len(histories) {
		out.History = histories[p.History]
	}
	if p.History == membership.HistorySince {
		out.Since = time.UnixMilli(int64(p.Since)).UTC()
	}
	return out
}

// PolicyRequest is what is to change of a policy.
type PolicyRequest struct {
	Conversation protocol.Log  `path:"conversation"`
	Send         *feature.Role `json:"send,omitempty" enum:"member,moderator,admin,owner"`
	Add          *feature.Role `json:"add,omitempty" enum:"member,moderator,admin"`
	Edit         *feature.Role `json:"edit,omitempty" enum:"member,moderator,admin,owner"`
	Pin          *feature.Role `json:"pin,omitempty" enum:"member,moderator,admin,owner"`
	Invite       *feature.Role `json:"invite,omitempty" enum:"member,moderator,admin,owner"`
	SlowMode     *int          `json:"slow_mode,omitempty" minimum:"0" maximum:"86400"`
	Announcement *bool         `json:"announcement,omitempty"`
	History      *string       `json:"history,omitempty" enum:"none,since,all"`
	Since        *time.Time    `json:"since,omitempty" doc:"with history since; now without"`
	MaxMembers   *int          `json:"max_members,omitempty" minimum:"1" maximum:"5000"`
	Visibility   *string       `json:"visibility,omitempty" enum:"public,private,secret"`
}

// apply changes a policy as asked.
func (r PolicyRequest) apply(p *membership.Policy, now time.Time) (err error) {
	for _, f := range []struct {
		to *membership.Role
		of *feature.Role
	}{{&p.Send, r.Send}, {&p.Add, r.Add}, {&p.Edit, r.Edit}, {&p.Pin, r.Pin}, {&p.Invite, r.Invite}} {
		if f.of == nil {
			continue
		}
		if *f.to = f.of.Rank(); *f.to == 0 {
			return feature.ErrBadRequest.With("A role is member, moderator, admin or owner.")
		}
	}
	if p.Add > membership.Admin {
		return feature.ErrBadRequest.With("Admins may always add.")
	}
	if r.SlowMode != nil {
		if *r.SlowMode < 0 || *r.SlowMode > membership.MaxSlowMode {
			return feature.ErrBadRequest.With("Slow mode is at most %d seconds.", membership.MaxSlowMode)
		}
		p.SlowMode = uint64(*r.SlowMode)
	}
	if r.Announcement != nil {
		p.Announcement = *r.Announcement
	}
	if r.MaxMembers != nil {
		if *r.MaxMembers < 1 || *r.MaxMembers > membership.MaxMembers {
			return feature.ErrBadRequest.With("A group has at most %d members.", membership.MaxMembers)
		}
		p.MaxMembers = uint64(*r.MaxMembers)
	}
	if r.Visibility != nil {
		if p.Visibility, err = visibilityOf(*r.Visibility); err != nil {
			return err
		}
	}
	return r.applyHistory(p, now)
}

func (r PolicyRequest) applyHistory(p *membership.Policy, now time.Time) (err error) {
	since := now
	switch {
	case r.Since != nil:
		since = *r.Since
	case p.History == membership.HistorySince:
		since = time.UnixMilli(int64(p.Since))
	}
	if since.UnixMilli() <= 0 {
		return feature.ErrBadRequest.With("This moment is before all groups.")
	}
	name := histories[p.History]
	if r.History != nil {
		name = *r.History
	}
	p.History, p.Since, err = historyOf(name, uint64(since.UnixMilli()))
	return err
}

func (s *slice) setPolicy(ctx context.Context, req PolicyRequest) (Conversation, error) {
	return s.reform(ctx, req.Conversation, func(tx feature.Tx, by protocol.Account, c feature.Conversation) ([]membership.Body, error) {
		p := c.State.Policy()
		if err := req.apply(&p, s.Now()); err != nil {
			return nil, err
		}
		if p == c.State.Policy() {
			return nil, nil
		}
		body := &membership.SetPolicy{Policy: p}
		if !c.State.Allows(by, body) {
			return nil, feature.ErrRole(membership.Admin, "change what a group allows")
		}
		return []membership.Body{body}, nil
	})
}

// reform signs what fn makes of a request of a member, and has the history show it.
func (s *slice) reform(ctx context.Context, log protocol.Log, fn func(feature.Tx, protocol.Account, feature.Conversation) ([]membership.Body, error)) (Conversation, error) {
	viewer := feature.ActorOf(ctx).Account
	err := s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, viewer, log)
		if err != nil {
			return err
		}
		if err := s.changeable(tx, viewer, c); err != nil {
			return err
		}
		bodies, err := fn(tx, viewer, c)
		if err != nil {
			return err
		}
		var ops []protocol.EventID
		for _, body := range bodies {
			op, err := s.Groups.Act(tx, c.Log, viewer, body)
			if err != nil {
				return err
			}
			ops = append(ops, protocol.EventID(op.ID))
		}
		return s.say(tx, c.Log, viewer, ops)
	})
	if err != nil {
		return Conversation{}, err
	}
	return s.get(ctx, GetRequest{Conversation: log})
}

// changeable refuses changes of what is no group, by who is no member, and of a deleted group.
func (s *slice) changeable(tx feature.Tx, viewer protocol.Account, c feature.Conversation) error {
	switch {
	case !c.Group():
		return feature.ErrBadRequest.With("This is no group.")
	case c.State == nil || !c.Has(viewer):
		return feature.ErrNoMember
	}
	return s.permit(tx, viewer, c)
}
