package conversation_test

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/feature/conversation"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/protocol/net"
)

func startGroups(t *testing.T) *solo.Node {
	return solo.Start(t, conversation.Feature(), member.Feature(), message.Feature())
}

func found(n *solo.Node, owner *solo.Person, others ...*solo.Person) protocol.Log {
	req := conversation.CreateRequest{Kind: "group", Name: "Gardeners"}
	for _, p := range others {
		req.Members = append(req.Members, p.ID)
	}
	return solo.Must[shown](n, owner, "conversation.create", req).ID
}

func get(n *solo.Node, who *solo.Person, log protocol.Log) shown {
	return solo.Must[shown](n, who, "conversation.get", conversation.GetRequest{Conversation: log})
}

func try(n *solo.Node, by *solo.Person, op string, req any) error {
	_, err := solo.Call[any](n, by, op, req)
	return err
}

// png is a picture of n bytes, as far as anybody here looks.
func png(n int) string {
	raw := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), uint32(n-8-12-12))
	raw = append(append(raw, "IDAT"...), make([]byte, n-8-12-12+4)...)
	raw = append(raw, "\x00\x00\x00\x00IEND\xaeB\x60\x82"...)
	return "data:image/png;base64," + base64.StdEncoding.EncodeToString(raw)
}

func TestAGroupBeginsAsAsked(t *testing.T) {
	n := startGroups(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	long := strings.Repeat("é", 2000)
	req := conversation.CreateRequest{
		Kind: "channel", Name: "Новости", Description: long, Visibility: "public", History: "all", Members: []protocol.Account{ben.ID, ben.ID, ana.ID},
	}
	c := solo.Must[shown](n, ana, "conversation.create", req)
	if c.Status() != 201 || c.Kind != "channel" || c.Name != "Новости" || c.Group.Visibility != "public" || c.Group.Members != 2 || c.Group.Role != "owner" || c.Group.State != "joined" {
		t.Errorf("conversation.create: got %+v with %+v", c, c.Group)
	}
	if got := get(n, ben, c.ID).Group; got.Description != long || got.Policy.History != "all" || got.Policy.Send != "moderator" || got.Policy.Add != "moderator" || got.Policy.MaxMembers != 1000 {
		t.Errorf("Ben is shown %+v", got)
	}
	if got := list(n, ben); len(got) != 1 || got[0].ID != c.ID {
		t.Errorf("list: got %+v, want the channel", got)
	}
	since := solo.Must[shown](n, ana, "conversation.create", conversation.CreateRequest{Kind: "group", Name: "S", History: "since"}).Group.Policy
	if since.History != "since" || !since.Since.Equal(n.Now()) {
		t.Errorf("history since now: got %+v", since)
	}
}

func TestARepeatedCallMakesOneGroup(t *testing.T) {
	n := startGroups(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	ctx := feature.WithKey(t.Context(), feature.Key{Value: "k"})
	req := conversation.CreateRequest{Kind: "group", Name: "G", Members: []protocol.Account{ben.ID}}
	first, err := solo.CallWith[shown](ctx, n, ana, "conversation.create", req)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := solo.CallWith[shown](ctx, n, ana, "conversation.create", req); err != nil || again.ID != first.ID || again.Group.Members != 2 {
		t.Errorf("again: got %v, %v, want %v", again.ID, err, first.ID)
	}
	req.Name = "H"
	if _, err := solo.CallWith[shown](ctx, n, ana, "conversation.create", req); !errors.Is(err, feature.ErrKeyMismatch) {
		t.Errorf("another call: got %v, want %v", err, feature.ErrKeyMismatch)
	}
	if got := list(n, ana); len(got) != 1 {
		t.Errorf("groups: got %d, want 1", len(got))
	}
}

func TestWrongGroupsAreRefused(t *testing.T) {
	n := startGroups(t)
	ana := n.Account("ana")
	log := found(n, ana)
	text := func(s string) *string { return &s }
	role := func(r feature.Role) *feature.Role { return &r }
	number := func(i int) *int { return &i }
	long := time.UnixMilli(-5)
	for name, w := range map[string]struct {
		op   string
		req  any
		want error
	}{
		"no kind":                 {"conversation.create", conversation.CreateRequest{Name: "x"}, feature.ErrBadRequest},
		"no name":                 {"conversation.create", conversation.CreateRequest{Kind: "group"}, feature.ErrBadRequest},
		"a blank name":            {"conversation.create", conversation.CreateRequest{Kind: "group", Name: " \u00a0 "}, feature.ErrBadRequest},
		"a long name":             {"conversation.create", conversation.CreateRequest{Kind: "group", Name: strings.Repeat("é", 129)}, feature.ErrBadRequest},
		"a name with a line":      {"conversation.create", conversation.CreateRequest{Kind: "group", Name: "a\nb"}, feature.ErrBadRequest},
		"a name with NUL":         {"conversation.create", conversation.CreateRequest{Kind: "group", Name: "a\x00"}, feature.ErrBadRequest},
		"a long description":      {"conversation.create", conversation.CreateRequest{Kind: "group", Name: "a", Description: strings.Repeat("é", 2001)}, feature.ErrBadRequest},
		"no such visibility":      {"conversation.create", conversation.CreateRequest{Kind: "group", Name: "a", Visibility: "open"}, feature.ErrBadRequest},
		"no such history":         {"conversation.create", conversation.CreateRequest{Kind: "group", Name: "a", History: "some"}, feature.ErrBadRequest},
		"an unknown member":       {"conversation.create", conversation.CreateRequest{Kind: "group", Name: "a", Members: []protocol.Account{{1}}}, feature.ErrNotFound},
		"too many members":        {"conversation.create", conversation.CreateRequest{Kind: "group", Name: "a", Members: many(1000)}, feature.ErrFull},
		"long rules":              {"conversation.edit", conversation.EditRequest{Conversation: log, Rules: text(strings.Repeat("é", 4001))}, feature.ErrBadRequest},
		"a picture too large":     {"conversation.edit", conversation.EditRequest{Conversation: log, Picture: text(png(32<<10 + 1))}, conversation.ErrPicture},
		"a picture that is none":  {"conversation.edit", conversation.EditRequest{Conversation: log, Picture: text("data:image/png;base64,aGVsbG8=")}, conversation.ErrPicture},
		"a picture by another":    {"conversation.edit", conversation.EditRequest{Conversation: log, Picture: text("https://far.example/x.png")}, conversation.ErrPicture},
		"a script for a picture":  {"conversation.edit", conversation.EditRequest{Conversation: log, Picture: text("data:image/svg+xml;base64,PHN2Zz4=")}, conversation.ErrPicture},
		"half of a picture":       {"conversation.edit", conversation.EditRequest{Conversation: log, Picture: text(png(100)[:60] + "*")}, conversation.ErrPicture},
		"no such role":            {"conversation.policy", conversation.PolicyRequest{Conversation: log, Send: role("king")}, feature.ErrBadRequest},
		"owners alone add":        {"conversation.policy", conversation.PolicyRequest{Conversation: log, Add: role("owner")}, feature.ErrBadRequest},
		"too slow":                {"conversation.policy", conversation.PolicyRequest{Conversation: log, SlowMode: number(86401)}, feature.ErrBadRequest},
		"no members":              {"conversation.policy", conversation.PolicyRequest{Conversation: log, MaxMembers: number(0)}, feature.ErrBadRequest},
		"members over all bounds": {"conversation.policy", conversation.PolicyRequest{Conversation: log, MaxMembers: number(5001)}, feature.ErrBadRequest},
		"no such history policy":  {"conversation.policy", conversation.PolicyRequest{Conversation: log, History: text("some")}, feature.ErrBadRequest},
		"history before time":     {"conversation.policy", conversation.PolicyRequest{Conversation: log, History: text("since"), Since: &long}, feature.ErrBadRequest},
		"deleting for some":       {"conversation.delete", conversation.DeleteRequest{Conversation: log, For: "some"}, feature.ErrBadRequest},
		"handing over to oneself": {"conversation.transfer", conversation.TransferRequest{Conversation: log, Account: ana.ID}, feature.ErrConflict},
		"handing over to nobody":  {"conversation.transfer", conversation.TransferRequest{Conversation: log}, feature.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			if err := try(n, ana, w.op, w.req); !errors.Is(err, w.want) {
				t.Errorf("got %v, want %v", err, w.want)
			}
		})
	}
	if got := list(n, ana); len(got) != 1 || got[0].Name != "Gardeners" || got[0].Group.Picture != "" {
		t.Errorf("afterwards: got %+v, want the group as it was", got)
	}
}

func many(n int) []protocol.Account {
	out := make([]protocol.Account, n)
	for i := range out {
		out[i] = protocol.Account{1, byte(i), byte(i >> 8)}
	}
	return out
}

func TestOthersSeeNothingOfAGroup(t *testing.T) {
	n := startGroups(t)
	ana, eve := n.Account("ana"), n.Account("eve")
	log := found(n, ana)
	name := "x"
	for op, req := range map[string]any{
		"conversation.get":      conversation.GetRequest{Conversation: log},
		"conversation.edit":     conversation.EditRequest{Conversation: log, Name: &name},
		"conversation.policy":   conversation.PolicyRequest{Conversation: log},
		"conversation.clear":    conversation.GetRequest{Conversation: log},
		"conversation.delete":   conversation.DeleteRequest{Conversation: log},
		"conversation.transfer": conversation.TransferRequest{Conversation: log, Account: eve.ID},
		"message.list":          message.ListRequest{Conversation: log},
		"message.send":          message.SendRequest{Conversation: log, Text: "x"},
	} {
		if err := try(n, eve, op, req); !errors.Is(err, feature.ErrNotFound) {
			t.Errorf("%s: got %v, want %v", op, err, feature.ErrNotFound)
		}
	}
	if got := list(n, eve); len(got) != 0 {
		t.Errorf("list: got %+v, want none", got)
	}
}

func TestWhatAGroupShowsChanges(t *testing.T) {
	n := startGroups(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	log := found(n, ana, ben)
	name, about, rules, picture, none := "Growers", "of all plants", strings.Repeat("Be kind. ", 400), png(32<<10), ""
	got := solo.Must[shown](n, ana, "conversation.edit", conversation.EditRequest{Conversation: log, Name: &name, Description: &about, Rules: &rules, Picture: &picture})
	if got.Name != name || got.Group.Description != about || got.Group.Rules != rules || got.Group.Picture != picture {
		t.Errorf("conversation.edit: got %q, %q, %d bytes of rules, %d of a picture", got.Name, got.Group.Description, len(got.Group.Rules), len(got.Group.Picture))
	}
	solo.Await(n, ben, "conversation", func(c shown) bool { return c.Name == name && c.Group.Picture == picture && c.Group.Rules == rules })
	changes := func() (count int) {
		for _, e := range n.Delivery.Sent() {
			if e.Kind != (event.ProfileChanged{}).Kind() { // members announce their names when they come to it
				count++
			}
		}
		return count
	}
	events := changes()
	solo.Must[shown](n, ana, "conversation.edit", conversation.EditRequest{Conversation: log, Name: &name, Picture: &picture, Rules: &rules})
	if again := changes(); again != events {
		t.Errorf("the same again sent %d events, want none", again-events)
	}
	got = solo.Must[shown](n, ana, "conversation.edit", conversation.EditRequest{Conversation: log, Description: &none, Picture: &none, Rules: &none})
	if got.Group.Description != "" || got.Group.Picture != "" || got.Group.Rules != "" || got.Name != name {
		t.Errorf("taken away: got %+v", got.Group)
	}
	var state *membership.State
	n.Update(func(tx feature.Tx) error {
		c, err := n.Timeline.Conversation(tx, log)
		state = c.State
		return err
	})
	if state.Policy().Rules != nil {
		t.Error("the policy still holds the hash of rules that are gone")
	}
}

func TestAPolicyChangesInParts(t *testing.T) {
	n := startGroups(t)
	ana := n.Account("ana")
	log := found(n, ana)
	edit, slow, yes, hidden, since := feature.RoleMember, 10, true, "secret", "since"
	at := n.Now().Add(-time.Hour)
	for _, req := range []conversation.PolicyRequest{
		{Edit: &edit}, {SlowMode: &slow, Announcement: &yes}, {Visibility: &hidden}, {History: &since, Since: &at}, {},
	} {
		req.Conversation = log
		solo.Must[shown](n, ana, "conversation.policy", req)
	}
	got := get(n, ana, log).Group
	if p := got.Policy; p.Edit != "member" || p.SlowMode != 10 || !p.Announcement || got.Visibility != "secret" || p.History != "since" || !p.Since.Equal(at) || p.Send != "member" || p.Pin != "moderator" {
		t.Errorf("policy: got %+v of a %s group", p, got.Visibility)
	}
}

// A member that may not read the event that holds a picture gets it from another member's node.
func TestADetailIsFetchedAndServed(t *testing.T) {
	n := startGroups(t)
	ana, far := n.Account("ana"), n.Stranger("far")
	log := found(n, ana)
	solo.Must[member.Member](n, ana, "member.add", member.AddRequest{Conversation: log, Account: far.ID})
	picture := []byte("GIF89a a picture")
	name := event.DetailName(log, picture)
	n.Update(func(tx feature.Tx) error {
		value := append([]byte{0}, name[:]...)
		_, err := n.Groups.Act(tx, log, ana.ID, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Picture, Value: value}}})
		return err
	})
	request := canon.MustMarshal(map[int]any{0: log[:], 1: name[:]})
	if got := get(n, ana, log).Group.Picture; got != "" {
		t.Errorf("before it is here: got %q", got)
	}
	if _, err := far.Asks("group.detail", request); !errors.Is(err, net.ErrNotFound) {
		t.Errorf("asked for what is not here: got %v, want %v", err, net.ErrNotFound)
	}
	answer := []byte("GIF89a another picture")
	asked := 0
	n.Wire.Answer = func(kind string, _ []byte) ([]byte, error) {
		asked++
		if kind != "group.detail" {
			return nil, net.ErrRefused
		}
		return answer, nil
	}
	n.Delivery.Connect(far)
	for _, a := range [][]byte{answer, picture} {
		answer = a
		n.Pass(time.Hour)
		n.Job("conversation.details")
	}
	want := "data:image/gif;base64," + base64.StdEncoding.EncodeToString(picture)
	if got := get(n, ana, log).Group.Picture; got != want || asked != 2 {
		t.Errorf("after %d questions: got %q, want %q after 2", asked, got, want)
	}
	if got, err := far.Asks("group.detail", request); err != nil || string(got) != string(picture) {
		t.Errorf("asked for what is here: got %q, %v", got, err)
	}
	none := ""
	solo.Must[shown](n, ana, "conversation.edit", conversation.EditRequest{Conversation: log, Picture: &none})
	if _, err := far.Asks("group.detail", request); !errors.Is(err, net.ErrNotFound) {
		t.Errorf("asked for what the group shows no more: got %v, want %v", err, net.ErrNotFound)
	}
}

func TestADirectConversationIsDeletedOnOneSide(t *testing.T) {
	n, _ := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	write(n, bo, log, "old")
	solo.Must[feature.Nothing](n, ana, "conversation.delete", conversation.DeleteRequest{Conversation: log})
	if got := list(n, ana); len(got) != 0 {
		t.Errorf("list after deleting: got %+v, want none", got)
	}
	if got := list(n, bo); len(got) != 1 || got[0].Last == nil {
		t.Errorf("the other's list: got %+v", got)
	}
	write(n, bo, log, "new")
	if got := list(n, ana); len(got) != 1 || got[0].Last.Text != "new" {
		t.Errorf("list after a new message: got %+v", got)
	}
	if err := try(n, ana, "conversation.delete", conversation.DeleteRequest{Conversation: log, For: "all"}); !errors.Is(err, feature.ErrBadRequest) {
		t.Errorf("for all: got %v, want %v", err, feature.ErrBadRequest)
	}
}
