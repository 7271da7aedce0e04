package member_test

import (
	"errors"
	"fmt"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/member"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
)

func start(t *testing.T) *solo.Node {
	return solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature())
}

// cast is a group with somebody of every role, and somebody outside.
type cast struct {
	n   *solo.Node
	log protocol.Log
	by  map[string]*solo.Person
}

func newCast(t *testing.T) cast {
	c := cast{n: start(t), by: map[string]*solo.Person{}}
	for _, role := range []string{"owner", "admin", "moderator", "member", "other", "outsider", "stranger"} {
		c.by[role] = c.n.Account(protocol.Name(role))
	}
	req := conversation.CreateRequest{Kind: "group", Name: "G", Members: []protocol.Account{c.by["member"].ID, c.by["other"].ID}}
	c.log = solo.Must[conversation.Conversation](c.n, c.by["owner"], "conversation.create", req).ID
	for _, role := range []string{"admin", "moderator"} {
		solo.Must[member.Member](c.n, c.by["owner"], "member.add", member.AddRequest{Conversation: c.log, Account: c.by[role].ID, Role: feature.Role(role)})
	}
	return c
}

func (c cast) role(who string) feature.Role {
	list := solo.Must[feature.List[member.Member]](c.n, c.by["owner"], "member.list", member.ListRequest{Conversation: c.log})
	for _, m := range list.Items {
		if m.Account == c.by[who].ID {
			return m.Role
		}
	}
	return ""
}

func TestEachRoleMayWhatItMay(t *testing.T) {
	type do struct {
		name string
		call func(c cast, by *solo.Person) error
		from string // the lowest role that may
	}
	add := func(role feature.Role) func(cast, *solo.Person) error {
		return func(c cast, by *solo.Person) error {
			_, err := solo.Call[member.Member](c.n, by, "member.add", member.AddRequest{Conversation: c.log, Account: c.by["stranger"].ID, Role: role})
			return err
		}
	}
	set := func(role feature.Role) func(cast, *solo.Person) error {
		return func(c cast, by *solo.Person) error {
			_, err := solo.Call[member.Member](c.n, by, "member.role", member.RoleRequest{Conversation: c.log, Account: c.by["other"].ID, Role: role})
			return err
		}
	}
	remove := func(c cast, by *solo.Person) error {
		_, err := solo.Call[feature.Nothing](c.n, by, "member.remove", member.OfRequest{Conversation: c.log, Account: c.by["other"].ID})
		return err
	}
	rename := func(c cast, by *solo.Person) error {
		name := "H"
		_, err := solo.Call[conversation.Conversation](c.n, by, "conversation.edit", conversation.EditRequest{Conversation: c.log, Name: &name})
		return err
	}
	policy := func(c cast, by *solo.Person) error {
		slow := 5
		_, err := solo.Call[conversation.Conversation](c.n, by, "conversation.policy", conversation.PolicyRequest{Conversation: c.log, SlowMode: &slow})
		return err
	}
	end := func(c cast, by *solo.Person) error {
		_, err := solo.Call[feature.Nothing](c.n, by, "conversation.delete", conversation.DeleteRequest{Conversation: c.log, For: "all"})
		return err
	}
	transfer := func(c cast, by *solo.Person) error {
		_, err := solo.Call[conversation.Conversation](c.n, by, "conversation.transfer", conversation.TransferRequest{Conversation: c.log, Account: c.by["other"].ID})
		return err
	}
	for _, d := range []do{
		{"adds a member", add("member"), "moderator"},
		{"adds a moderator", add("moderator"), "admin"},
		{"adds an owner", add("owner"), "owner"},
		{"makes an admin", set("admin"), "admin"},
		{"makes an owner", set("owner"), "owner"},
		{"removes", remove, "moderator"},
		{"renames", rename, "admin"},
		{"changes the policy", policy, "admin"},
		{"hands over", transfer, "owner"},
		{"deletes for all", end, "owner"},
	} {
		for _, role := range []feature.Role{"member", "moderator", "admin", "owner"} {
			t.Run(fmt.Sprintf("%s %s", role, d.name), func(t *testing.T) {
				c := newCast(t)
				err := d.call(c, c.by[string(role)])
				if role.Rank() >= feature.Role(d.from).Rank() {
					if err != nil {
						t.Errorf("got %v, want no error", err)
					}
				} else if !errors.Is(err, feature.ErrForbidden) || err.Error() == feature.ErrForbidden.Detail {
					t.Errorf("got %v, want %v with a sentence that says who may", err, feature.ErrForbidden)
				}
			})
		}
	}
}

func TestWrongRequestsAreRefused(t *testing.T) {
	c := newCast(t)
	who := func(role string) protocol.Account { return c.by[role].ID }
	foreign := c.n.Stranger("foreign")
	direct := c.n.Open(c.by["owner"], c.by["stranger"])
	unknown := protocol.Account{1}
	set := func(a protocol.Account, role feature.Role) (string, any) {
		return "member.role", member.RoleRequest{Conversation: c.log, Account: a, Role: role}
	}
	add := func(a protocol.Account, role feature.Role) (string, any) {
		return "member.add", member.AddRequest{Conversation: c.log, Account: a, Role: role}
	}
	remove := func(a protocol.Account) (string, any) {
		return "member.remove", member.OfRequest{Conversation: c.log, Account: a}
	}
	list := func(r member.ListRequest) (string, any) { return "member.list", r }
	for name, w := range map[string]struct {
		by   string
		call func() (string, any)
		want error
	}{
		"an account that nobody knows":      {"owner", func() (string, any) { return add(unknown, "member") }, feature.ErrNotFound},
		"no account":                        {"owner", func() (string, any) { return add(protocol.Account{}, "member") }, feature.ErrNotFound},
		"no such role":                      {"owner", func() (string, any) { return add(who("stranger"), "king") }, feature.ErrBadRequest},
		"no such role for a member":         {"owner", func() (string, any) { return set(who("other"), "king") }, feature.ErrBadRequest},
		"the role of who is no member":      {"owner", func() (string, any) { return set(who("outsider"), "admin") }, feature.ErrNotFound},
		"removing who is no member":         {"owner", func() (string, any) { return remove(who("outsider")) }, feature.ErrNotFound},
		"removing a senior":                 {"moderator", func() (string, any) { return remove(who("admin")) }, feature.ErrForbidden},
		"taking a senior's role":            {"admin", func() (string, any) { return set(who("owner"), "member") }, feature.ErrForbidden},
		"raising oneself":                   {"member", func() (string, any) { return set(who("member"), "admin") }, feature.ErrForbidden},
		"the only owner steps down":         {"owner", func() (string, any) { return set(who("owner"), "member") }, member.ErrLastOwner},
		"the only owner leaves":             {"owner", func() (string, any) { return remove(who("owner")) }, member.ErrLastOwner},
		"somebody outside adds":             {"outsider", func() (string, any) { return add(who("stranger"), "member") }, feature.ErrNotFound},
		"somebody outside looks":            {"outsider", func() (string, any) { return list(member.ListRequest{Conversation: c.log}) }, feature.ErrNotFound},
		"no group":                          {"owner", func() (string, any) { return list(member.ListRequest{Conversation: direct}) }, feature.ErrNotFound},
		"a page that is too large":          {"owner", func() (string, any) { return list(member.ListRequest{Conversation: c.log, Limit: 201}) }, feature.ErrBadRequest},
		"a page that begins nowhere":        {"owner", func() (string, any) { return list(member.ListRequest{Conversation: c.log, Before: "*"}) }, feature.ErrBadRequest},
		"removing somebody of another node": {"owner", func() (string, any) { return remove(foreign.ID) }, feature.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			op, req := w.call()
			if err := try(c.n, c.by[w.by], op, req); !errors.Is(err, w.want) {
				t.Errorf("got %v, want %v", err, w.want)
			}
		})
	}
}

func try(n *solo.Node, by *solo.Person, op string, req any) error {
	_, err := solo.Call[any](n, by, op, req)
	return err
}

func TestMembersAreListedByRoleThenNameInPages(t *testing.T) {
	c := newCast(t)
	var got []string
	before := ""
	for pages := 0; ; pages++ {
		list := solo.Must[feature.List[member.Member]](c.n, c.by["member"], "member.list", member.ListRequest{Conversation: c.log, Before: before, Limit: 2})
		for _, m := range list.Items {
			got = append(got, string(m.Role))
		}
		if before = list.Next; before == "" {
			if pages != 2 {
				t.Errorf("pages of two: got %d, want 3", pages+1)
			}
			break
		}
	}
	if want := "[owner admin moderator member member]"; fmt.Sprint(got) != want {
		t.Errorf("roles: got %v, want %v", got, want)
	}
	solo.Await(c.n, c.by["owner"], "conversation", func(conversation.Conversation) bool {
		list := solo.Must[feature.List[member.Member]](c.n, c.by["owner"], "member.list", member.ListRequest{Conversation: c.log, Query: "DERAT"})
		return len(list.Items) == 1 && list.Items[0].Name == "Moderator"
	})
}

func TestRolesGoUpAndDown(t *testing.T) {
	c := newCast(t)
	owner := c.by["owner"]
	for _, want := range []feature.Role{"admin", "moderator", "owner", "member", "member"} {
		got := solo.Must[member.Member](c.n, owner, "member.role", member.RoleRequest{Conversation: c.log, Account: c.by["other"].ID, Role: want})
		if got.Role != want || c.role("other") != want {
			t.Errorf("role: got %q, listed %q, want %q", got.Role, c.role("other"), want)
		}
	}
	solo.Must[member.Member](c.n, c.by["admin"], "member.role", member.RoleRequest{Conversation: c.log, Account: c.by["admin"].ID, Role: "member"})
	if got := c.role("admin"); got != "member" {
		t.Errorf("an admin that stepped down: got %q", got)
	}
	again := solo.Must[member.Member](c.n, owner, "member.add", member.AddRequest{Conversation: c.log, Account: c.by["other"].ID, Role: "moderator"})
	if again.Status() != 200 || again.Role != "moderator" {
		t.Errorf("adding a member: got %+v with %d, want another role with 200", again, again.Status())
	}
	solo.Await(c.n, c.by["member"], "member", func(m member.Change) bool { return m.Account == c.by["other"].ID && m.Role == "moderator" })
	solo.Must[feature.Nothing](c.n, c.by["other"], "member.remove", member.OfRequest{Conversation: c.log, Account: c.by["other"].ID})
	solo.Await(c.n, c.by["member"], "member", func(m member.Change) bool { return m.Account == c.by["other"].ID && m.Role == "" })
}

func TestAFullGroupTakesNobody(t *testing.T) {
	c := newCast(t)
	five := 5
	solo.Must[conversation.Conversation](c.n, c.by["owner"], "conversation.policy", conversation.PolicyRequest{Conversation: c.log, MaxMembers: &five})
	err := try(c.n, c.by["owner"], "member.add", member.AddRequest{Conversation: c.log, Account: c.by["stranger"].ID, Role: "member"})
	if !errors.Is(err, feature.ErrFull) {
		t.Errorf("got %v, want %v", err, feature.ErrFull)
	}
}

func TestSomebodyOfAnotherNodeIsWelcomed(t *testing.T) {
	c := newCast(t)
	far := c.n.Stranger("far")
	got := solo.Must[member.Member](c.n, c.by["owner"], "member.add", member.AddRequest{Conversation: c.log, Account: far.ID, Role: "admin"})
	if got.Local || got.Role != "admin" || got.Name != far.ID.String()[:12] {
		t.Errorf("member: got %+v, want one of another node under the beginning of its id", got)
	}
	if w := c.n.Delivery.Welcomes(); len(w) != 1 || w[0].To != far.ID || w[0].Log != c.log {
		t.Errorf("welcomes: got %+v, want one to it", w)
	}
}
