package invite

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

// PublicRequest asks for public groups.
type PublicRequest struct {
	Query string `query:"query" maxLength:"128" doc:"part of the name or the description"`
}

// PublicGroup is a group that anybody may join.
type PublicGroup struct {
	ID          protocol.Log `json:"id"`
	Kind        string       `json:"kind" enum:"group,channel"`
	Name        string       `json:"name"`
	Description string       `json:"description"`
	Picture     string       `json:"picture" doc:"a data URL, empty for none"`
	Members     int          `json:"members"`
	Joined      bool         `json:"joined"`
}

// maxPublic is how many public groups are listed.
const maxPublic = 200

func (s *slice) public(ctx context.Context, req PublicRequest) (feature.List[PublicGroup], error) {
	viewer := feature.ActorOf(ctx).Account
	query := strings.ToLower(req.Query)
	var out feature.List[PublicGroup]
	err := s.Store.View(func(tx feature.Tx) error {
		logs, err := s.Groups.Logs(tx)
		if err != nil {
			return err
		}
		for _, log := range logs {
			c, ok, err := s.open(tx, log)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			l, err := s.lookAt(tx, c)
			if err != nil {
				return err
			}
			if !strings.Contains(strings.ToLower(l.Name+"\n"+l.Description), query) {
				continue
			}
			out.Items = append(out.Items, PublicGroup{
				ID: log, Kind: c.Kind, Name: l.Name, Description: l.Description, Picture: feature.PictureURL(l.Picture), Members: int(l.Members), Joined: c.Has(viewer),
			})
		}
		return nil
	})
	slices.SortFunc(out.Items, func(a, b PublicGroup) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(string(a.ID[:]), string(b.ID[:])))
	})
	out.Items = out.Items[:min(len(out.Items), maxPublic)]
	return out, err
}

// open returns a public group that can be read now, has a member here and was not deleted; false for any other.
func (s *slice) open(tx feature.Tx, log protocol.Log) (feature.Conversation, bool, error) {
	c, err := s.Timeline.Conversation(tx, log)
	if errors.Is(err, feature.ErrLocked) || errors.Is(err, feature.ErrNotFound) {
		return c, false, nil
	}
	if err != nil || c.State == nil || c.State.Policy().Visibility != membership.Public {
		return c, false, err
	}
	for _, who := range c.Members {
		if s.Directory.Local(tx, who) {
			return c, !s.deleted(tx, who, c), nil
		}
	}
	return c, false, nil
}

// JoinRequest names a public group.
type JoinRequest struct {
	Group         protocol.Log `path:"group"`
	RulesAccepted bool         `json:"rules_accepted,omitempty" doc:"the caller read the group's rules and accepts them"`
}

// maxOfficers is how many nodes of officers are asked.
const maxOfficers = 5

func (s *slice) joinPublic(ctx context.Context, req JoinRequest) (Joined, error) {
	me := feature.ActorOf(ctx).Account
	var officers []protocol.Account
	var l look
	joined := false
	err := s.Store.View(func(tx feature.Tx) error {
		c, ok, err := s.open(tx, req.Group)
		if err != nil {
			return err
		}
		if !ok {
			return feature.ErrNotFound
		}
		joined = c.Has(me)
		for _, who := range c.State.Officers() {
			if mayAdd(c.State, who) && !s.Directory.Local(tx, who) && len(officers) < maxOfficers {
				officers = append(officers, who)
			}
		}
		l, err = s.lookAt(tx, c)
		return err
	})
	switch {
	case err != nil:
		return Joined{}, err
	case joined:
		return Joined{Conversation: req.Group, State: "joined"}, nil
	case l.Rules != "" && !req.RulesAccepted:
		return Joined{}, ErrRules
	}
	return s.join(ctx, me, req.Group, []byte{}, func(ctx context.Context, body []byte) ([]byte, error) {
		out, err := s.serveJoin(ctx, "", body)
		for _, who := range officers {
			if err == nil {
				break
			}
			out, err = s.Directory.Ask(ctx, who, kindJoin, body)
		}
		if errors.Is(err, feature.ErrNotFound) || errors.Is(err, feature.ErrForbidden) || errors.Is(err, feature.ErrUnreachable) {
			return nil, feature.ErrUnavailable.With("Nobody who may let you in can be asked now.")
		}
		return out, err
	})
}
