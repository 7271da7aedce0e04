package conversation

import (
	"context"
	"errors"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// CreateRequest names the other of a direct conversation, or says what a group begins with.
type CreateRequest struct {
	Kind        string             `json:"kind" enum:"direct,group,channel" required:"true"`
	With        protocol.Account   `json:"with,omitzero" doc:"the other of a direct conversation"`
	Name        string             `json:"name,omitempty" maxLength:"128" doc:"of a group or channel"`
	Description string             `json:"description,omitempty" maxLength:"2000"`
	Members     []protocol.Account `json:"members,omitempty" maxItems:"999" doc:"who is added at once"`
	Visibility  string             `json:"visibility,omitempty" enum:"public,private,secret" default:"private"`
	History     string             `json:"history,omitempty" enum:"none,since,all" default:"none" doc:"what new members may read of the time before; since: of the time from now on"`
}

func (s *slice) create(ctx context.Context, req CreateRequest) (Conversation, error) {
	viewer := feature.ActorOf(ctx).Account
	switch req.Kind {
	case "direct":
		return s.openDirect(ctx, viewer, req)
	case "group", "channel":
		return s.found(ctx, viewer, req)
	}
	return Conversation{}, feature.ErrBadRequest.With("A conversation is direct, a group or a channel.")
}

func (s *slice) openDirect(ctx context.Context, viewer protocol.Account, req CreateRequest) (Conversation, error) {
	if req.With == viewer {
		return Conversation{}, feature.ErrConflict.With("A direct conversation has two people.")
	}
	var out Conversation
	var created bool
	err := s.Store.Update(ctx, func(tx feature.Tx) error {
		c, err := s.See(tx, viewer, protocol.DirectLog(viewer, req.With))
		if err != nil {
			return err
		}
		err = s.change(tx, viewer, c.Log, func(e *entry) {
			if created = e.At == 0; created {
				e.At = uint64(s.Now().UnixMilli())
			}
			e.Gone = false
		})
		if err != nil {
			return err
		}
		out, err = s.describe(tx, viewer, c)
		return err
	})
	out.created = created
	return out, err
}

// addBatch is how many members one transaction adds to a new group.
const addBatch = event.MaxOps

// found makes a group and adds its first members, those of the first batch in the transaction that makes it.
func (s *slice) found(ctx context.Context, owner protocol.Account, req CreateRequest) (Conversation, error) {
	g, members, err := plan(req, owner, uint64(s.Now().UnixMilli()))
	if err != nil {
		return Conversation{}, err
	}
	key, keyed := feature.KeyOf(ctx)
	var log protocol.Log
	known := false
	err = s.Store.Update(ctx, func(tx feature.Tx) error {
		if keyed {
			if log, known, err = s.recall(tx, owner, key, req); known || err != nil {
				return err
			}
		}
		if log, err = s.foundNow(tx, owner, g, req.Description); err != nil {
			return err
		}
		first := members[:min(addBatch, len(members))]
		members = members[len(first):]
		if err := s.addAll(tx, log, owner, first); err != nil {
			return err
		}
		if keyed {
			return s.Remember(tx, owner, key, log, protocol.EventID(log))
		}
		return nil
	})
	for err == nil && !known && len(members) > 0 {
		batch := members[:min(addBatch, len(members))]
		members = members[len(batch):]
		err = s.Store.Update(ctx, func(tx feature.Tx) error { return s.addAll(tx, log, owner, batch) })
	}
	if err != nil {
		return Conversation{}, err
	}
	out, err := s.get(ctx, GetRequest{Conversation: log})
	out.created = true
	return out, err
}

// plan checks what a group is to begin with.
func plan(req CreateRequest, owner protocol.Account, now uint64) (g feature.NewGroup, members []protocol.Account, err error) {
	g.Policy = membership.DefaultPolicy()
	if req.Kind == "channel" {
		g.Policy.Form, g.Policy.Send = membership.Channel, membership.Moderator
	}
	if req.Visibility != "" {
		if g.Policy.Visibility, err = visibilityOf(req.Visibility); err != nil {
			return g, nil, err
		}
	}
	if req.History != "" {
		if g.Policy.History, g.Policy.Since, err = historyOf(req.History, now); err != nil {
			return g, nil, err
		}
	}
	if err := checkName(req.Name); err != nil {
		return g, nil, err
	}
	if err := checkText("A description", req.Description, maxDescription); err != nil {
		return g, nil, err
	}
	g.Meta = []membership.Field{{Key: membership.Name, Value: []byte(req.Name)}}
	seen := map[protocol.Account]bool{owner: true}
	for _, m := range req.Members {
		if !seen[m] {
			seen[m] = true
			members = append(members, m)
		}
	}
	if uint64(len(members)) >= g.Policy.MaxMembers {
		return g, nil, feature.ErrFull
	}
	return g, members, nil
}

func (s *slice) foundNow(tx feature.Tx, owner protocol.Account, g feature.NewGroup, description string) (protocol.Log, error) {
	about := content{membership.Description, []byte(description)}
	if description != "" && about.fits() {
		g.Meta = append(g.Meta, membership.Field{Key: about.key, Value: about.bytes})
	}
	c, err := s.Groups.Found(tx, owner, g)
	if err != nil {
		return protocol.Log{}, err
	}
	ops := []protocol.EventID{protocol.EventID(c.Log)}
	if !about.fits() {
		if err := s.carry(tx, owner, c.Log, about); err != nil {
			return c.Log, err
		}
		op, err := s.Groups.Act(tx, c.Log, owner, &membership.SetMeta{Fields: []membership.Field{{Key: about.key, Value: about.value(c.Log)}}})
		if err != nil {
			return c.Log, err
		}
		ops = append(ops, protocol.EventID(op.ID))
	}
	return c.Log, s.say(tx, c.Log, owner, ops)
}

func (s *slice) addAll(tx feature.Tx, log protocol.Log, owner protocol.Account, members []protocol.Account) error {
	var ops []protocol.EventID
	for _, m := range members {
		op, err := s.Groups.Act(tx, log, owner, &membership.Add{Account: m})
		if err != nil {
			return err
		}
		ops = append(ops, protocol.EventID(op.ID))
	}
	return s.say(tx, log, owner, ops)
}

// say has the history show operations.
func (s *slice) say(tx feature.Tx, log protocol.Log, by protocol.Account, ops []protocol.EventID) error {
	if len(ops) == 0 {
		return nil
	}
	_, err := s.Timeline.Append(tx, feature.Draft{Log: log, Author: by, Body: event.MemberChanged{Ops: ops}})
	return err
}

// recall returns the group that the same call made before.
func (s *slice) recall(tx feature.Tx, owner protocol.Account, k feature.Key, req CreateRequest) (protocol.Log, bool, error) {
	r, known, err := s.Recall(tx, owner, k)
	if err != nil || !known {
		return protocol.Log{}, false, err
	}
	op, err := s.Groups.Op(tx, r.Log, membership.ID(r.Log))
	if errors.Is(err, feature.ErrNotFound) {
		return protocol.Log{}, false, feature.ErrKeyMismatch
	}
	if err != nil {
		return protocol.Log{}, false, err
	}
	create, ok := op.Body.(*membership.Create)
	if !ok || formName(create.Policy.Form) != req.Kind || len(create.Meta) == 0 || string(create.Meta[0].Value) != req.Name {
		return protocol.Log{}, false, feature.ErrKeyMismatch
	}
	return r.Log, true, nil
}
