package nodetest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// Group is a group as somebody sees it.
type Group struct {
	ID     string `json:"id"`
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Unread int    `json:"unread"`
	Group  struct {
		Members int    `json:"members"`
		Role    string `json:"role"`
		State   string `json:"state"`
	} `json:"group"`
	Sync struct {
		State  string `json:"state"`
		Behind int    `json:"behind"`
	} `json:"sync"`
}

// Member is somebody of a group.
type Member struct {
	Account string `json:"account"`
	Name    string `json:"name"`
	Role    string `json:"role"`
}

// NewGroup makes a group of people that are contacts. With history "all" who comes later reads what was said before.
func (p *Person) NewGroup(ctx context.Context, name, history string, members ...*Person) (id string, err error) {
	accts := make([]string, len(members))
	for i, m := range members {
		accts[i] = m.Acct
	}
	var g Group
	err = p.call(ctx, "POST", "/api/v1/conversations", map[string]any{"kind": "group", "name": name, "members": accts, "history": history}, &g)
	return g.ID, err
}

// Group describes a group.
func (p *Person) Group(ctx context.Context, id string) (g Group, err error) {
	return g, p.call(ctx, "GET", "/api/v1/conversations/"+id, nil, &g)
}

// Members lists who belongs to a group.
func (p *Person) Members(ctx context.Context, id string) (all []Member, err error) {
	before := ""
	for {
		var page struct {
			Items []Member `json:"items"`
			Next  string   `json:"next"`
		}
		if err := p.call(ctx, "GET", "/api/v1/conversations/"+id+"/members?limit=200&before="+url.QueryEscape(before), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if before = page.Next; before == "" {
			return all, nil
		}
	}
}

// Add makes somebody a member, or gives a member another role.
func (p *Person) Add(ctx context.Context, id string, who *Person, role string) error {
	return p.call(ctx, "POST", "/api/v1/conversations/"+id+"/members", map[string]string{"account": who.Acct, "role": role}, nil)
}

// Remove ends somebody's membership, or the own.
func (p *Person) Remove(ctx context.Context, id string, who *Person) error {
	return p.call(ctx, "DELETE", "/api/v1/conversations/"+id+"/members/"+who.Acct, nil, nil)
}

// GroupLink makes a link by which anybody may join.
func (p *Person) GroupLink(ctx context.Context, id string) (link string, err error) {
	var out struct {
		Link string `json:"link"`
	}
	err = p.call(ctx, "POST", "/api/v1/conversations/"+id+"/invites", map[string]any{"expires_in": 0, "max_uses": 0, "approval": false}, &out)
	return out.Link, err
}

// Join takes up such a link and waits until the group is there.
func (p *Person) Join(ctx context.Context, link string) (id string, err error) {
	var out struct {
		Conversation string `json:"conversation"`
		State        string `json:"state"`
	}
	if err := p.call(ctx, "POST", "/api/v1/invites/accept", map[string]any{"link": link}, &out); err != nil {
		return "", err
	}
	return out.Conversation, p.Joined(ctx, out.Conversation)
}

// Joined waits until somebody is a member of a group.
func (p *Person) Joined(ctx context.Context, id string) error {
	return Await(ctx, fmt.Sprintf("%s joined %s", p.Name, id[:12]), func() (bool, error) {
		g, err := p.Group(ctx, id)
		var r *Refusal
		if errors.As(err, &r) && r.Status == http.StatusNotFound {
			return false, nil
		}
		return err == nil && g.Group.State == "joined", err
	})
}
