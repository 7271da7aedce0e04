package member

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"unicode"

	"conclave/node/feature"
	"conclave/protocol"
)

// Member is a member of a group as one account is shown it.
type Member struct {
	Account   protocol.Account `json:"account"`
	Name      string           `json:"name" doc:"what it calls itself, else the beginning of its id; nothing vouches for it"`
	Role      feature.Role     `json:"role" enum:"member,moderator,admin,owner"`
	Local     bool             `json:"local" doc:"lives on this node"`
	Connected bool             `json:"connected" doc:"its node is connected"`

	old bool
}

// Status is 200 for somebody who was a member before.
func (m Member) Status() int {
	if m.old {
		return 200
	}
	return 201
}

// ListRequest asks for a page of members.
type ListRequest struct {
	Conversation protocol.Log `path:"conversation"`
	Before       string       `query:"before" maxLength:"1024" doc:"the next of a page"`
	Limit        int          `query:"limit" minimum:"1" maximum:"200" default:"50"`
	Query        string       `query:"query" maxLength:"128" doc:"part of the name"`
}

// Bounds of a page.
const (
	defaultPage = 50
	maxPage     = 200
)

func (s *slice) list(ctx context.Context, req ListRequest) (feature.List[Member], error) {
	if req.Limit == 0 {
		req.Limit = defaultPage
	}
	if req.Limit < 1 || req.Limit > maxPage {
		return feature.List[Member]{}, feature.ErrBadRequest.With("A page has 1 to %d members.", maxPage)
	}
	if strings.ContainsFunc(req.Query, unicode.IsControl) {
		return feature.List[Member]{}, feature.ErrBadRequest.With("A query has no control characters.")
	}
	before, err := base64.RawURLEncoding.Strict().DecodeString(req.Before)
	if err != nil {
		return feature.List[Member]{}, feature.ErrBadRequest.With("This is not the next of a page.")
	}
	viewer := feature.ActorOf(ctx).Account
	var out feature.List[Member]
	err = s.Store.View(func(tx feature.Tx) error {
		c, err := s.seeGroup(tx, viewer, req.Conversation)
		if err != nil {
			return err
		}
		if !c.Has(viewer) {
			return feature.ErrNoMember
		}
		list := s.sorted(tx, viewer, c, req.Query)
		from := 0
		if len(before) > 0 {
			from, _ = slices.BinarySearchFunc(list, before, func(m row, at []byte) int {
				return cmp.Or(bytes.Compare(m.place, at), -1) // behind it
			})
		}
		end := min(from+req.Limit, len(list))
		for _, m := range list[from:end] {
			out.Items = append(out.Items, s.show(tx, c, m.Account, m.Name))
		}
		if end < len(list) {
			out.Next = base64.RawURLEncoding.EncodeToString(list[end-1].place)
		}
		return nil
	})
	return out, err
}

// row is a member with where it stands in the list.
type row struct {
	Account protocol.Account
	Name    string
	place   []byte
}

// sorted returns the members whose names hold the query, by role, then by name; those whose name has not come yet are last of their role.
func (s *slice) sorted(tx feature.Tx, viewer protocol.Account, c feature.Conversation, query string) []row {
	query = strings.ToLower(query)
	var out []row
	for _, p := range c.State.Members() {
		name := s.NameIn(tx, viewer, c.Log, p.Account)
		lower := strings.ToLower(name)
		if query != "" && !strings.Contains(lower, query) {
			continue
		}
		place := []byte{byte(255 - p.Role), 0}
		if feature.Nameless(p.Account, name) {
			place[1] = 1
		}
		place = append(append(place, lower...), 0)
		out = append(out, row{p.Account, name, append(place, p.Account[:]...)})
	}
	slices.SortFunc(out, func(a, b row) int { return bytes.Compare(a.place, b.place) })
	return out
}

func (s *slice) show(tx feature.Tx, c feature.Conversation, who protocol.Account, name string) Member {
	return Member{
		Account: who, Name: name, Role: feature.RoleOf(c.State.Role(who)),
		Local: s.Directory.Local(tx, who), Connected: s.ReachOf(tx, who).Connected,
	}
}

// seeGroup describes a group that an account sees.
func (s *slice) seeGroup(tx feature.Tx, viewer protocol.Account, log protocol.Log) (feature.Conversation, error) {
	c, err := s.See(tx, viewer, log)
	switch {
	case err != nil:
		return c, err
	case !c.Group():
		return c, feature.ErrBadRequest.With("This is no group.")
	case c.State == nil:
		return c, feature.ErrUnavailable.With("The members of this group are on their way.")
	}
	return c, nil
}
