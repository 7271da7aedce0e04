package solo_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/invite"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/feature/profile"
	"conclave/node/feature/receipt"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

func startGroups(t testing.TB) *solo.Node {
	return solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature(), invite.Feature(), message.Feature(), receipt.Feature())
}

// found makes a private group of the first person with the others.
func found(n *solo.Node, owner *solo.Person, others ...*solo.Person) protocol.Log {
	req := conversation.CreateRequest{Kind: "group", Name: "Gardeners"}
	for _, p := range others {
		req.Members = append(req.Members, p.ID)
	}
	return solo.Must[conversation.Conversation](n, owner, "conversation.create", req).ID
}

// texts is what a person is shown, notices without what the group was told of names.
func texts(n *solo.Node, who *solo.Person, log protocol.Log) (out []string) {
	for _, m := range solo.Must[feature.List[message.Message]](n, who, "message.list", message.ListRequest{Conversation: log, Limit: 200}).Items {
		text := m.Text
		if m.Kind == message.KindText {
			text = m.AuthorName + ": " + text
		}
		out = append(out, text)
	}
	return out
}

func wantTexts(t *testing.T, n *solo.Node, who *solo.Person, log protocol.Log, want ...string) {
	t.Helper()
	if got := texts(n, who, log); !slices.Equal(got, want) {
		t.Errorf("%s sees\n%s\nwant\n%s", who.Name, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// known waits until a group was told what its members are called.
func known(n *solo.Node, log protocol.Log, viewer *solo.Person, who ...*solo.Person) {
	for _, p := range who {
		n.Until(p.Display()+" is known", func() bool {
			list := solo.Must[feature.List[member.Member]](n, viewer, "member.list", member.ListRequest{Conversation: log, Query: p.Display()})
			return len(list.Items) == 1
		})
	}
}

func setRole(n *solo.Node, by *solo.Person, log protocol.Log, who *solo.Person, role feature.Role) error {
	return call(n, by, "member.role", member.RoleRequest{Conversation: log, Account: who.ID, Role: role})
}

func TestAGroupIsMadeTalksAndTellsWhatHappened(t *testing.T) {
	n := startGroups(t)
	ana, ben, cy, dan := n.Account("ana"), n.Account("ben"), n.Account("cy"), n.Account("dan")
	log := found(n, ana, ben, cy)
	known(n, log, ana, ana, ben, cy)
	first := send(n, ben, log, "hello")
	if c := get(n, cy, log); c.Kind != "group" || c.Name != "Gardeners" || c.Unread != 1 || c.Last == nil || c.Last.AuthorName != "Ben" ||
		c.Group == nil || c.Group.Members != 3 || c.Group.Role != feature.RoleMember || c.Group.State != "joined" || c.Sync == nil || c.Node != nil {
		t.Errorf("Cy's list shows %+v with %+v", c, c.Group)
	}
	if err := setRole(n, ana, log, cy, feature.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	added := solo.Must[member.Member](n, cy, "member.add", member.AddRequest{Conversation: log, Account: dan.ID, Role: feature.RoleMember})
	if added.Role != feature.RoleMember || !added.Local || added.Status() != 201 {
		t.Errorf("member.add: got %+v, want a new local member", added)
	}
	known(n, log, ana, dan)
	name := "Growers"
	solo.Must[conversation.Conversation](n, ana, "conversation.edit", conversation.EditRequest{Conversation: log, Name: &name})
	solo.Must[feature.Nothing](n, ben, "member.remove", member.OfRequest{Conversation: log, Account: ben.ID})
	solo.Must[feature.Nothing](n, cy, "member.remove", member.OfRequest{Conversation: log, Account: dan.ID})
	wantTexts(t, n, ana, log, "You created the group", "You added Ben and Cy", "Ben: hello", "You made Cy an admin", "Cy added Dan",
		"You changed the name to “Growers”", "Ben left", "Cy removed Dan")
	wantTexts(t, n, cy, log, "Ana added Ben and you", "Ben: hello", "Ana made you an admin", "You added Dan",
		"Ana changed the name to “Growers”", "Ben left", "You removed Dan")
	read(n, cy, log, first)
	if c := get(n, cy, log); c.Unread != 0 {
		t.Errorf("unread after reading: got %d, want 0", c.Unread)
	}
	if got := n.Delivery.Receipts(); len(got) != 0 {
		t.Errorf("others were told of reading in a group: %+v", got)
	}
	for who, state := range map[*solo.Person]string{ben: "left", dan: "removed"} {
		c := get(n, who, log)
		if c.Group.State != state || c.Group.Role != "" {
			t.Errorf("%s: got state %q and role %q, want %q and none", who.Name, c.Group.State, c.Group.Role, state)
		}
		if err := call(n, who, "message.send", message.SendRequest{Conversation: log, Text: "x"}); !errors.Is(err, feature.ErrForbidden) {
			t.Errorf("%s sends: got %v, want %v", who.Name, err, feature.ErrForbidden)
		}
	}
	send(n, ana, log, "after")
	if got := texts(n, ben, log); got[len(got)-1] != "You left" {
		t.Errorf("Ben, who left, sees %q at the end", got)
	}
	if got := texts(n, dan, log); slices.Contains(got, "Ana: after") || slices.Contains(got, "Ben: hello") {
		t.Errorf("Dan, who was a member in between, sees %q", got)
	}
}

func TestAnAccountClearsAndDeletesForItself(t *testing.T) {
	n := startGroups(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	log := found(n, ana, ben)
	known(n, log, ana, ana, ben)
	send(n, ana, log, "old")
	solo.Must[feature.Nothing](n, ben, "conversation.clear", conversation.GetRequest{Conversation: log})
	if c := get(n, ben, log); c.Unread != 0 || c.Last != nil {
		t.Errorf("cleared: got %d unread and %+v", c.Unread, c.Last)
	}
	wantTexts(t, n, ben, log)
	send(n, ana, log, "new")
	wantTexts(t, n, ben, log, "Ana: new")
	if got := texts(n, ana, log); !slices.Contains(got, "Ana: old") {
		t.Errorf("Ana sees %q, want what Ben cleared", got)
	}
	if err := call(n, ana, "conversation.delete", conversation.DeleteRequest{Conversation: log}); !errors.Is(err, member.ErrLastOwner) {
		t.Errorf("the only owner deletes: got %v, want %v", err, member.ErrLastOwner)
	}
	solo.Must[feature.Nothing](n, ben, "conversation.delete", conversation.DeleteRequest{Conversation: log})
	solo.Await(n, ben, "conversation.deleted", func(d conversation.Deleted) bool { return d.ID == log })
	if got := solo.Must[feature.List[conversation.Conversation]](n, ben, "conversation.list", conversation.ListRequest{}); len(got.Items) != 0 {
		t.Errorf("list: got %+v, want none", got.Items)
	}
	if err := call(n, ben, "conversation.get", conversation.GetRequest{Conversation: log}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("deleted: got %v, want %v", err, feature.ErrNotFound)
	}
	solo.Must[member.Member](n, ana, "member.add", member.AddRequest{Conversation: log, Account: ben.ID})
	if c := get(n, ben, log); c.Group.State != "joined" {
		t.Errorf("added again: got %q, want joined", c.Group.State)
	}
	solo.Must[conversation.Conversation](n, ana, "conversation.transfer", conversation.TransferRequest{Conversation: log, Account: ben.ID})
	if c := get(n, ben, log); c.Group.Role != feature.RoleOwner {
		t.Errorf("handed over: got %q, want owner", c.Group.Role)
	}
	if err := call(n, ana, "conversation.delete", conversation.DeleteRequest{Conversation: log, For: "all"}); !errors.Is(err, feature.ErrForbidden) {
		t.Errorf("a member deletes for all: got %v, want %v", err, feature.ErrForbidden)
	}
	solo.Must[feature.Nothing](n, ben, "conversation.delete", conversation.DeleteRequest{Conversation: log, For: "all"})
	wantTexts(t, n, ana, log, "Ben deleted the group")
	if err := call(n, ana, "message.send", message.SendRequest{Conversation: log, Text: "x"}); !errors.Is(err, feature.ErrDeleted) {
		t.Errorf("writing into a deleted group: got %v, want %v", err, feature.ErrDeleted)
	}
	if c := get(n, ana, log); c.Group.State != "deleted" {
		t.Errorf("deleted for all: got %q", c.Group.State)
	}
	solo.Must[feature.Nothing](n, ben, "conversation.delete", conversation.DeleteRequest{Conversation: log})
}

func TestSlowModeAndAnnouncementsHoldMembersBack(t *testing.T) {
	n := startGroups(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	log := found(n, ana, ben)
	slow, yes := 30, true
	solo.Must[conversation.Conversation](n, ana, "conversation.policy", conversation.PolicyRequest{Conversation: log, SlowMode: &slow})
	send(n, ben, log, "one")
	err := call(n, ben, "message.send", message.SendRequest{Conversation: log, Text: "two"})
	var refused *feature.Error
	if !errors.As(err, &refused) || refused.Code != "slow_mode" || refused.Status != 429 || refused.Retry != 30*time.Second {
		t.Errorf("at once: got %+v, want slow_mode for 30 s", err)
	}
	send(n, ana, log, "an owner is not held up")
	send(n, ana, log, "nor twice")
	n.Pass(30 * time.Second)
	send(n, ben, log, "two")
	solo.Must[conversation.Conversation](n, ana, "conversation.policy", conversation.PolicyRequest{Conversation: log, Announcement: &yes})
	n.Pass(time.Minute)
	err = call(n, ben, "message.send", message.SendRequest{Conversation: log, Text: "three"})
	if !errors.Is(err, feature.ErrForbidden) || err.Error() != "Moderators, admins and owners alone may write here." {
		t.Errorf("announcements: got %v", err)
	}
}

func TestABlockedPersonIsHiddenInAGroup(t *testing.T) {
	n := startGroups(t)
	ana, ben, cy := n.Account("ana"), n.Account("ben"), n.Account("cy")
	solo.Must[contact.Contact](n, ben, "contact.add", contact.LeadRequest{Link: cy.Link()})
	log := found(n, ana, ben, cy)
	known(n, log, ana, ana, ben, cy)
	solo.Must[contact.Contact](n, ben, "contact.block", contact.OfRequest{Account: cy.ID})
	send(n, ana, log, "shown")
	send(n, cy, log, "hidden")
	send(n, ben, log, "I may write")
	if got := texts(n, ben, log); slices.Contains(got, "Cy: hidden") || !slices.Contains(got, "Ana: shown") {
		t.Errorf("Ben sees %q", got)
	}
	send(n, cy, log, "hidden too")
	if c := get(n, ben, log); c.Unread != 0 || c.Last.Text != "I may write" {
		t.Errorf("Ben's list shows %d unread and %+v", c.Unread, c.Last)
	}
	if got := texts(n, ana, log); !slices.Contains(got, "Cy: hidden") {
		t.Errorf("Ana sees %q, want what Ben blocked", got)
	}
	if err := call(n, cy, "member.add", member.AddRequest{Conversation: found(n, cy), Account: ben.ID}); !errors.Is(err, feature.ErrForbidden) {
		t.Errorf("a blocked person adds: got %v, want %v", err, feature.ErrForbidden)
	}
}

func TestWhatAMessageWritesDoesNotDependOnTheMembers(t *testing.T) {
	rows := map[int]int{}
	for _, members := range []int{2, 200} {
		n := startGroups(t)
		ana := n.Account("ana")
		var others []*solo.Person
		for i := range members - 1 {
			others = append(others, n.Account(protocol.Name(fmt.Sprintf("p%d", i))))
		}
		log := found(n, ana, others...)
		known(n, log, ana, others[len(others)-1])
		send(n, ana, log, "before")
		before := n.Rows()
		send(n, ana, log, "hello")
		rows[members] = n.Rows() - before
		if c := get(n, others[0], log); c.Unread != 2 {
			t.Errorf("unread with %d members: got %d, want 2", members, c.Unread)
		}
	}
	if rows[2] != rows[200] {
		t.Errorf("new rows of a message: got %d for 2 members and %d for 200, want as many", rows[2], rows[200])
	}
}

func TestAGroupIsToldANewNameAndNoAddress(t *testing.T) {
	n := startGroups(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	log := found(n, ana, ben)
	known(n, log, ana, ana, ben)
	solo.Must[feature.Nothing](n, ben, "profile.set", profile.SetRequest{DisplayName: "Benjamin"})
	list := solo.Must[feature.List[member.Member]](n, ana, "member.list", member.ListRequest{Conversation: log, Query: "benja"})
	if len(list.Items) != 1 || list.Items[0].Account != ben.ID {
		t.Errorf("member.list: got %+v, want Ben by the new name", list.Items)
	}
	solo.Await(n, ana, "message", func(m message.Message) bool { // the notice names him anew
		return m.Kind == message.KindNotice && strings.Contains(m.Text, "Benjamin")
	})
	solo.Await(n, ana, "member", func(c member.Change) bool { return c.Account == ben.ID && c.Name == "Benjamin" && c.Role == "member" })
	told := 0
	for _, e := range n.Delivery.Sent() {
		if b, err := event.Decode[event.ProfileChanged](e.Body); err == nil && e.Kind == b.Kind() && e.Log == log {
			told++
			if b.Address != "" {
				t.Errorf("the group was told the address %s", b.Address)
			}
		}
	}
	if told != 3 {
		t.Errorf("names told: got %d, want that of each once and the new one", told)
	}
}
