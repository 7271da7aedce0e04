package invite_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/invite"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/net"
)

func start(t *testing.T) *solo.Node {
	return solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature(), invite.Feature(), message.Feature())
}

func found(n *solo.Node, owner *solo.Person, visibility string) protocol.Log {
	req := conversation.CreateRequest{Kind: "group", Name: "Gardeners", Description: "of roses", Visibility: visibility}
	return solo.Must[conversation.Conversation](n, owner, "conversation.create", req).ID
}

func link(n *solo.Node, by *solo.Person, req invite.CreateRequest) invite.Invite {
	return solo.Must[invite.Invite](n, by, "link.create", req)
}

func accept(n *solo.Node, who *solo.Person, link string) (invite.Joined, error) {
	return solo.Call[invite.Joined](n, who, "link.accept", invite.AcceptRequest{Link: link})
}

func try(n *solo.Node, by *solo.Person, op string, req any) error {
	_, err := solo.Call[any](n, by, op, req)
	return err
}

func members(n *solo.Node, viewer *solo.Person, log protocol.Log) int {
	return solo.Must[conversation.Conversation](n, viewer, "conversation.get", conversation.GetRequest{Conversation: log}).Group.Members
}

func TestALinkShowsItsGroupAndLetsIn(t *testing.T) {
	n := start(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	log := found(n, ana, "private")
	l := link(n, ana, invite.CreateRequest{Conversation: log, ExpiresIn: 60, MaxUses: 2})
	if !l.ExpiresAt.Equal(n.Now().Add(time.Minute)) || l.MaxUses != 2 || l.Uses != 0 || l.By != ana.ID {
		t.Errorf("link.create: got %+v", l)
	}
	p := solo.Must[invite.Preview](n, ben, "link.preview", invite.LinkRequest{Link: " " + l.Link})
	if p.Conversation != log || p.Name != "Gardeners" || p.Description != "of roses" || p.Members != 1 || p.Joined || p.ByName != "Ana" || p.Kind != "group" {
		t.Errorf("link.preview: got %+v", p)
	}
	for range 2 { // the second time nothing happens
		if got, err := accept(n, ben, l.Link); err != nil || got.State != "joined" || got.Conversation != log {
			t.Errorf("link.accept: got %+v, %v, want joined", got, err)
		}
	}
	if got := members(n, ben, log); got != 2 {
		t.Errorf("members: got %d, want 2", got)
	}
	rows := solo.Must[feature.List[message.Message]](n, ana, "message.list", message.ListRequest{Conversation: log}).Items
	if got := rows[len(rows)-1].Text; !strings.HasSuffix(got, " joined") {
		t.Errorf("the history ends with %q, want that Ben joined", got)
	}
	list := solo.Must[feature.List[invite.Invite]](n, ana, "link.list", invite.GroupRequest{Conversation: log})
	if len(list.Items) != 1 || list.Items[0].Uses != 1 || list.Items[0].Link != l.Link {
		t.Errorf("link.list: got %+v, want the link used once", list.Items)
	}
}

func TestALinkIsGoneWhenItIsOver(t *testing.T) {
	for name, end := range map[string]func(n *solo.Node, ana *solo.Person, l invite.Invite, log protocol.Log) error{
		"expired": func(n *solo.Node, _ *solo.Person, _ invite.Invite, _ protocol.Log) error {
			n.Pass(time.Minute)
			return nil
		},
		"used up": func(n *solo.Node, _ *solo.Person, l invite.Invite, _ protocol.Log) error {
			_, err := accept(n, n.Account("first"), l.Link)
			return err
		},
		"revoked": func(n *solo.Node, ana *solo.Person, l invite.Invite, log protocol.Log) error {
			return try(n, ana, "link.revoke", invite.RevokeRequest{Conversation: log, Invite: l.ID})
		},
		"its maker may not invite any more": func(n *solo.Node, ana *solo.Person, l invite.Invite, log protocol.Log) error {
			cy := n.Account("cy")
			if err := try(n, ana, "member.add", member.AddRequest{Conversation: log, Account: cy.ID, Role: "owner"}); err != nil {
				return err
			}
			return try(n, ana, "member.role", member.RoleRequest{Conversation: log, Account: ana.ID, Role: "member"})
		},
		"the group was deleted": func(n *solo.Node, ana *solo.Person, _ invite.Invite, log protocol.Log) error {
			return try(n, ana, "conversation.delete", conversation.DeleteRequest{Conversation: log, For: "all"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := start(t)
			ana, ben := n.Account("ana"), n.Account("ben")
			log := found(n, ana, "private")
			l := link(n, ana, invite.CreateRequest{Conversation: log, ExpiresIn: 60, MaxUses: 1})
			if err := end(n, ana, l, log); err != nil {
				t.Fatal(err)
			}
			if _, err := accept(n, ben, l.Link); !errors.Is(err, invite.ErrGone) {
				t.Errorf("link.accept: got %v, want %v", err, invite.ErrGone)
			}
			if err := try(n, ben, "link.preview", invite.LinkRequest{Link: l.Link}); !errors.Is(err, invite.ErrGone) {
				t.Errorf("link.preview: got %v, want %v", err, invite.ErrGone)
			}
		})
	}
}

func TestWrongRequestsAreRefused(t *testing.T) {
	n := start(t)
	ana, ben, eve := n.Account("ana"), n.Account("ben"), n.Account("eve")
	log := found(n, ana, "private")
	solo.Must[member.Member](n, ana, "member.add", member.AddRequest{Conversation: log, Account: ben.ID})
	l := link(n, ana, invite.CreateRequest{Conversation: log})
	parsed, err := protocol.ParseInvite(l.Link)
	if err != nil {
		t.Fatal(err)
	}
	guess := parsed
	guess.Secret[0]++
	elsewhere := parsed
	elsewhere.Group[0]++
	for name, w := range map[string]struct {
		by   *solo.Person
		op   string
		req  any
		want error
	}{
		"no link":                   {eve, "link.preview", invite.LinkRequest{Link: "https://home.example/"}, invite.ErrNotALink},
		"a contact link":            {eve, "link.accept", invite.AcceptRequest{Link: ana.Link()}, invite.ErrNotALink},
		"a guessed secret":          {eve, "link.accept", invite.AcceptRequest{Link: guess.Text()}, invite.ErrGone},
		"another group":             {eve, "link.accept", invite.AcceptRequest{Link: elsewhere.Text()}, invite.ErrGone},
		"a member makes a link":     {ben, "link.create", invite.CreateRequest{Conversation: log}, feature.ErrForbidden},
		"a member lists links":      {ben, "link.list", invite.GroupRequest{Conversation: log}, feature.ErrForbidden},
		"a member revokes":          {ben, "link.revoke", invite.RevokeRequest{Conversation: log, Invite: l.ID}, feature.ErrForbidden},
		"a member lists requests":   {ben, "request.list", invite.GroupRequest{Conversation: log}, feature.ErrForbidden},
		"somebody outside":          {eve, "link.create", invite.CreateRequest{Conversation: log}, feature.ErrNotFound},
		"no such link":              {ana, "link.revoke", invite.RevokeRequest{Conversation: log}, feature.ErrNotFound},
		"no such request":           {ana, "request.accept", invite.OfRequest{Conversation: log, Account: eve.ID}, feature.ErrNotFound},
		"declining no request":      {ana, "request.decline", invite.OfRequest{Conversation: log, Account: eve.ID}, feature.ErrNotFound},
		"living too long":           {ana, "link.create", invite.CreateRequest{Conversation: log, ExpiresIn: 365*24*3600 + 1}, feature.ErrBadRequest},
		"a negative number of uses": {ana, "link.create", invite.CreateRequest{Conversation: log, MaxUses: -1}, feature.ErrBadRequest},
		"joining a private group":   {eve, "group.join", invite.JoinRequest{Group: log}, feature.ErrNotFound},
		"joining nothing":           {eve, "group.join", invite.JoinRequest{}, feature.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			if err := try(n, w.by, w.op, w.req); !errors.Is(err, w.want) {
				t.Errorf("got %v, want %v", err, w.want)
			}
		})
	}
	if got := members(n, ana, log); got != 2 {
		t.Errorf("members afterwards: got %d, want 2", got)
	}
}

func TestSomebodyHasToAcceptWhoAsks(t *testing.T) {
	n := start(t)
	ana, ben, cy := n.Account("ana"), n.Account("ben"), n.Account("cy")
	log := found(n, ana, "private")
	l := link(n, ana, invite.CreateRequest{Conversation: log, Approval: true})
	for _, who := range []*solo.Person{ben, cy, ben} {
		if got, err := accept(n, who, l.Link); err != nil || got.State != "asked" {
			t.Fatalf("link.accept: got %+v, %v, want asked", got, err)
		}
	}
	list := solo.Must[feature.List[invite.Request]](n, ana, "request.list", invite.GroupRequest{Conversation: log}).Items
	if len(list) != 2 || list[0].Name == list[1].Name || list[0].Invite != l.ID {
		t.Fatalf("request.list: got %+v, want Ben and Cy", list)
	}
	if got := members(n, ana, log); got != 1 {
		t.Errorf("members before: got %d, want 1", got)
	}
	solo.Must[feature.Nothing](n, ana, "request.accept", invite.OfRequest{Conversation: log, Account: ben.ID})
	solo.Must[feature.Nothing](n, ana, "request.decline", invite.OfRequest{Conversation: log, Account: cy.ID})
	if got := members(n, ben, log); got != 2 {
		t.Errorf("members: got %d, want 2", got)
	}
	if err := try(n, cy, "conversation.get", conversation.GetRequest{Conversation: log}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("who was declined looks: got %v, want %v", err, feature.ErrNotFound)
	}
	if got := solo.Must[feature.List[invite.Request]](n, ana, "request.list", invite.GroupRequest{Conversation: log}).Items; len(got) != 0 {
		t.Errorf("requests afterwards: got %+v, want none", got)
	}
}

func TestRulesAreAcceptedFirst(t *testing.T) {
	n := start(t)
	ana, ben, cy := n.Account("ana"), n.Account("ben"), n.Account("cy")
	log := found(n, ana, "public")
	rules := "Be kind."
	solo.Must[conversation.Conversation](n, ana, "conversation.edit", conversation.EditRequest{Conversation: log, Rules: &rules})
	l := link(n, ana, invite.CreateRequest{Conversation: log})
	if _, err := accept(n, ben, l.Link); !errors.Is(err, invite.ErrRules) {
		t.Errorf("a link: got %v, want %v", err, invite.ErrRules)
	}
	if err := try(n, cy, "group.join", invite.JoinRequest{Group: log}); !errors.Is(err, invite.ErrRules) {
		t.Errorf("a public group: got %v, want %v", err, invite.ErrRules)
	}
	solo.Must[invite.Joined](n, ben, "link.accept", invite.AcceptRequest{Link: l.Link, RulesAccepted: true})
	solo.Must[invite.Joined](n, cy, "group.join", invite.JoinRequest{Group: log, RulesAccepted: true})
	if got := members(n, cy, log); got != 3 {
		t.Errorf("members: got %d, want 3", got)
	}
}

func TestASecretGroupHidesItself(t *testing.T) {
	n := start(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	log := found(n, ana, "secret")
	l := link(n, ana, invite.CreateRequest{Conversation: log})
	p := solo.Must[invite.Preview](n, ben, "link.preview", invite.LinkRequest{Link: l.Link})
	if p.Name != "A private group" || p.Description != "" || p.Members != 0 {
		t.Errorf("link.preview: got %+v, want neither name nor members", p)
	}
}

func TestPublicGroupsAreFoundAndJoined(t *testing.T) {
	n := start(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	log := found(n, ana, "public")
	found(n, ana, "private")
	for query, want := range map[string]int{"": 1, "GARDEN": 1, "roses": 1, "tulips": 0} {
		got := solo.Must[feature.List[invite.PublicGroup]](n, ben, "group.list", invite.PublicRequest{Query: query}).Items
		if len(got) != want || want == 1 && (got[0].ID != log || got[0].Joined || got[0].Members != 1) {
			t.Errorf("groups for %q: got %+v, want %d", query, got, want)
		}
	}
	one := 1
	solo.Must[conversation.Conversation](n, ana, "conversation.policy", conversation.PolicyRequest{Conversation: log, MaxMembers: &one})
	if err := try(n, ben, "group.join", invite.JoinRequest{Group: log}); !errors.Is(err, feature.ErrFull) {
		t.Errorf("a full group: got %v, want %v", err, feature.ErrFull)
	}
	one = 2
	solo.Must[conversation.Conversation](n, ana, "conversation.policy", conversation.PolicyRequest{Conversation: log, MaxMembers: &one})
	if got := solo.Must[invite.Joined](n, ben, "group.join", invite.JoinRequest{Group: log}); got.State != "joined" {
		t.Errorf("group.join: got %+v, want joined", got)
	}
	if got := solo.Must[feature.List[invite.PublicGroup]](n, ben, "group.list", invite.PublicRequest{}).Items; !got[0].Joined {
		t.Errorf("after joining: got %+v", got)
	}
}

func TestARepeatedCallMakesOneLink(t *testing.T) {
	n := start(t)
	ana := n.Account("ana")
	log := found(n, ana, "private")
	ctx := feature.WithKey(t.Context(), feature.Key{Value: "k"})
	req := invite.CreateRequest{Conversation: log, MaxUses: 3}
	first, err := solo.CallWith[invite.Invite](ctx, n, ana, "link.create", req)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := solo.CallWith[invite.Invite](ctx, n, ana, "link.create", req); err != nil || again.Link != first.Link {
		t.Errorf("again: got %+v, %v, want %+v", again, err, first)
	}
	req.MaxUses = 4
	if _, err := solo.CallWith[invite.Invite](ctx, n, ana, "link.create", req); !errors.Is(err, feature.ErrKeyMismatch) {
		t.Errorf("another call: got %v, want %v", err, feature.ErrKeyMismatch)
	}
}

// joinRequest is what a node asks for one of its accounts, as it travels.
type joinRequest struct {
	Log     protocol.Log     `cbor:"0,keyasint"`
	Secret  []byte           `cbor:"1,keyasint"`
	Account protocol.Account `cbor:"2,keyasint"`
	Name    string           `cbor:"3,keyasint"`
	Ticket  []byte           `cbor:"4,keyasint"`
}

func TestAnotherNodeJoinsForItsOwnAccountsOnly(t *testing.T) {
	n := start(t)
	ana, far, mallory := n.Account("ana"), n.Stranger("far"), n.Stranger("mallory")
	log := found(n, ana, "private")
	parsed, err := protocol.ParseInvite(link(n, ana, invite.CreateRequest{Conversation: log}).Link)
	if err != nil {
		t.Fatal(err)
	}
	good := joinRequest{Log: log, Secret: parsed.Secret[:], Account: far.ID, Name: "Far", Ticket: bytes.Repeat([]byte{7}, 32)}
	for name, c := range map[string]struct {
		from   *solo.Person
		change func(*joinRequest)
		want   error
	}{
		"for an account of another node": {mallory, func(*joinRequest) {}, net.ErrRefused},
		"for an account of this node":    {mallory, func(r *joinRequest) { r.Account = ana.ID }, net.ErrRefused},
		"for nobody":                     {far, func(r *joinRequest) { r.Account = protocol.Account{1} }, net.ErrRefused},
		"with another secret":            {far, func(r *joinRequest) { r.Secret = make([]byte, 16) }, net.ErrNotFound},
		"without a secret":               {far, func(r *joinRequest) { r.Secret = []byte{} }, net.ErrNotFound},
		"with half a secret":             {far, func(r *joinRequest) { r.Secret = make([]byte, 8) }, net.ErrRefused},
		"to another group":               {far, func(r *joinRequest) { r.Log[0]++ }, net.ErrNotFound},
		"without a ticket":               {far, func(r *joinRequest) { r.Ticket = []byte{} }, net.ErrRefused},
		"without a name":                 {far, func(r *joinRequest) { r.Name = "" }, net.ErrRefused},
	} {
		t.Run(name, func(t *testing.T) {
			req := good
			c.change(&req)
			if _, err := c.from.Asks("group.join", canon.MustMarshal(req)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	for _, junk := range [][]byte{nil, {0xff}, canon.MustMarshal("junk")} {
		for _, kind := range []string{"group.join", "group.invite", "group.detail"} {
			if _, err := far.Asks(kind, junk); !errors.Is(err, net.ErrRefused) {
				t.Errorf("%s with %x: got %v, want %v", kind, junk, err, net.ErrRefused)
			}
		}
	}
	if got := members(n, ana, log); got != 1 || len(n.Delivery.Welcomes()) != 0 {
		t.Fatalf("members: got %d, want 1, and %d welcomes", got, len(n.Delivery.Welcomes()))
	}
	if _, err := far.Asks("group.join", canon.MustMarshal(good)); err != nil {
		t.Fatal(err)
	}
	w := n.Delivery.Welcomes()
	if len(w) != 1 || w[0].To != far.ID || w[0].Log != log || !bytes.Equal(w[0].Ticket, good.Ticket) {
		t.Errorf("welcomes: got %+v, want one with the ticket", w)
	}
	if got := members(n, ana, log); got != 2 {
		t.Errorf("members: got %d, want 2", got)
	}
}

func TestALinkOfAnotherNodeIsFollowed(t *testing.T) {
	n := start(t)
	far, ana := n.Stranger("far"), n.Account("ana")
	l := protocol.Invite{Group: protocol.Log{9}, Account: far.ID, Secret: [16]byte{1}, Base: "https://far.example"}
	var asked []string
	n.Wire.Answer = func(kind string, _ []byte) ([]byte, error) {
		asked = append(asked, kind)
		switch kind {
		case "group.invite":
			return canon.MustMarshal(map[int]any{0: 1, 1: 2, 2: "Far away", 3: "", 4: []byte("no picture"), 5: "", 6: 12, 7: true, 8: "Far"}), nil
		case "group.join":
			return canon.MustMarshal(map[int]any{0: 2}), nil
		}
		return nil, net.ErrRefused
	}
	p := solo.Must[invite.Preview](n, ana, "link.preview", invite.LinkRequest{Link: l.Text()})
	if p.Name != "Far away" || p.Members != 12 || !p.Approval || p.Picture != "" || p.ByName != "Far" {
		t.Errorf("link.preview: got %+v", p)
	}
	if got, err := accept(n, ana, l.Text()); err != nil || got.State != "asked" || got.Conversation != l.Group {
		t.Errorf("link.accept: got %+v, %v, want asked", got, err)
	}
	n.Wire.Answer = func(string, []byte) ([]byte, error) { return nil, net.ErrNotFound }
	if _, err := accept(n, ana, l.Text()); !errors.Is(err, invite.ErrGone) {
		t.Errorf("a node that knows no such link: got %v, want %v", err, invite.ErrGone)
	}
	n.Wire.Answer = func(string, []byte) ([]byte, error) { return []byte("junk"), nil }
	if _, err := accept(n, ana, l.Text()); !errors.Is(err, feature.ErrUnreachable) {
		t.Errorf("junk: got %v, want %v", err, feature.ErrUnreachable)
	}
	if len(asked) != 3 {
		t.Errorf("requests: got %v, want a preview, and a preview and a join", asked)
	}
}
