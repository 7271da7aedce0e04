package mention_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/member"
	"conclave/node/feature/mention"
	"conclave/node/feature/message"
	"conclave/node/feature/receipt"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

func start(t *testing.T) *solo.Node {
	return solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature(), message.Feature(), mention.Feature(), receipt.Feature())
}

// talk starts a node without contacts: all direct conversations are open.
func talk(t *testing.T) *solo.Node {
	return solo.Start(t, conversation.Feature(), message.Feature(), mention.Feature(), receipt.Feature())
}

func found(n *solo.Node, owner *solo.Person, others ...*solo.Person) protocol.Log {
	req := conversation.CreateRequest{Kind: "group", Name: "Garden"}
	for _, p := range others {
		req.Members = append(req.Members, p.ID)
	}
	log := solo.Must[conversation.Conversation](n, owner, "conversation.create", req).ID
	for _, p := range []*solo.Person{owner, others[0]} { // names come a little later
		for _, of := range others[max(0, len(others)-2):] {
			n.Until(p.Display()+" knows "+of.Display(), func() bool {
				list := solo.Must[feature.List[member.Member]](n, p, "member.list", member.ListRequest{Conversation: log, Query: of.Display()})
				return len(list.Items) >= 1
			})
		}
	}
	return log
}

func write(n *solo.Node, who *solo.Person, req message.SendRequest) (protocol.EventID, error) {
	s, err := solo.Call[message.Sent](n, who, "message.send", req)
	return s.ID, err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func ids(people ...*solo.Person) (out []protocol.Account) {
	for _, p := range people {
		out = append(out, p.ID)
	}
	return out
}

func unread(n *solo.Node, who *solo.Person, log protocol.Log) int {
	return solo.Must[conversation.Conversation](n, who, "conversation.get", conversation.GetRequest{Conversation: log}).Mentions
}

func inbox(n *solo.Node, who *solo.Person) (out []string) {
	for _, m := range solo.Must[feature.List[feature.Message]](n, who, "mention.list", mention.ListRequest{}).Items {
		out = append(out, m.Text)
	}
	return out
}

func wantCount(t *testing.T, n *solo.Node, what string, log protocol.Log, who *solo.Person, want int) {
	t.Helper()
	if got := unread(n, who, log); got != want {
		t.Errorf("%s: %s has %d unread mentions, want %d", what, who.Name, got, want)
	}
}

func wantInbox(t *testing.T, n *solo.Node, who *solo.Person, want ...string) {
	t.Helper()
	if got := inbox(n, who); !slices.Equal(got, want) {
		t.Errorf("%s's mentions: got %q, want %q", who.Name, got, want)
	}
}

func TestWhoIsMentionedCountsUntilItIsRead(t *testing.T) {
	n := start(t)
	ana, ben, cy := n.Account("ana"), n.Account("ben"), n.Account("cy")
	log := found(n, ana, ben, cy)
	id, err := write(n, ana, message.SendRequest{Conversation: log, Text: "é @Ben, @Cy and @Benjamin: ana@Ben @Dan", Mentions: ids(ben, cy)})
	must(t, err)
	wantCount(t, n, "mentioned", log, ben, 1)
	wantCount(t, n, "mentioned", log, cy, 1)
	wantCount(t, n, "the author", log, ana, 0)
	got := solo.Await(n, ben, "mention", func(m feature.Message) bool { return m.ID == id })
	raw, err := feature.Encode(got)
	if want := `"mentions":[{"account":"` + ben.ID.String() + `","from":3,"to":7},{"account":"` + cy.ID.String() + `","from":9,"to":12}]`; err != nil || !strings.Contains(string(raw), want) {
		t.Errorf("the message: got %s, %v, want it to hold %s", raw, err, want)
	}
	_, err = write(n, ana, message.SendRequest{Conversation: log, Text: "@Ben not meant"})
	must(t, err)
	wantCount(t, n, "named without being meant", log, ben, 1)
	second, err := write(n, cy, message.SendRequest{Conversation: log, Text: "@Ben?", Mentions: ids(ben)})
	must(t, err)
	wantCount(t, n, "mentioned again", log, ben, 2)
	wantInbox(t, n, ben, "@Ben?", "é @Ben, @Cy and @Benjamin: ana@Ben @Dan")
	solo.Must[feature.Nothing](n, ben, "receipt.read", receipt.ReadRequest{Conversation: log, Message: id})
	wantCount(t, n, "the first was read", log, ben, 1)
	solo.Must[feature.Nothing](n, ben, "receipt.read", receipt.ReadRequest{Conversation: log, Message: second})
	wantCount(t, n, "all was read", log, ben, 0)
	wantInbox(t, n, ben, "@Ben?", "é @Ben, @Cy and @Benjamin: ana@Ben @Dan")
	solo.Await(n, ben, "conversation", func(c conversation.Conversation) bool { return c.ID == log && c.Mentions == 0 })
}

func TestOnlyMembersAreMentioned(t *testing.T) {
	n := start(t)
	ana, ben, eve := n.Account("ana"), n.Account("ben"), n.Account("eve")
	log := found(n, ana, ben)
	_, err := write(n, ana, message.SendRequest{Conversation: log, Text: "@Eve @Ben @all", Mentions: ids(eve, ben)})
	must(t, err)
	n.Update(func(tx feature.Tx) error { // a node that lets it through
		_, err := n.Timeline.Append(tx, feature.Draft{Log: log, Author: ana.ID, Body: event.MessageSent{Content: "@Eve", Mentions: []event.Mention{{Account: eve.ID, To: 4}}}})
		return err
	})
	wantInbox(t, n, ben, "@Eve @Ben @all")
	wantInbox(t, n, eve)
	solo.Must[conversation.Conversation](n, eve, "conversation.create", conversation.CreateRequest{Kind: "group", Name: "Other"})
	wantInbox(t, n, eve)
}

func TestAPeerMentionsTheOtherOfADirectConversationAlone(t *testing.T) {
	n := talk(t)
	ana, ben, zoe := n.Account("ana"), n.Account("ben"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	if _, err := zoe.Writes(ana, event.MessageSent{Content: "@Ben @all @Ana", Mentions: []event.Mention{
		{Account: ben.ID, To: 4}, {Word: event.Everyone, From: 5, To: 9}, {Account: ana.ID, From: 10, To: 14}}}); err != nil {
		t.Fatal(err)
	}
	wantCount(t, n, "a peer's mention", log, ana, 1)
	wantInbox(t, n, ben)
	raw, err := feature.Encode(solo.Must[feature.List[message.Message]](n, ana, "message.list", message.ListRequest{Conversation: log}))
	if err != nil || strings.Count(string(raw), `"from"`) != 1 || !strings.Contains(string(raw), `"from":10,"to":14`) {
		t.Errorf("the peer's message: got %s, %v, want the mention of ana alone", raw, err)
	}
}

func TestEveryoneIsOneRowAndAsksForARole(t *testing.T) {
	n := start(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	var others []*solo.Person
	for i := range feature.SmallGroup - 2 {
		others = append(others, n.Account(protocol.Name("p"+string(rune('a'+i))+"x")))
	}
	log := found(n, ana, append(others, ben)...)
	_, err := write(n, ben, message.SendRequest{Conversation: log, Text: "plain"})
	must(t, err)
	before := n.Rows()
	_, err = write(n, ben, message.SendRequest{Conversation: log, Text: "plain again"})
	must(t, err)
	plain := n.Rows() - before
	before = n.Rows()
	_, err = write(n, ben, message.SendRequest{Conversation: log, Text: "@all: tea", All: true})
	must(t, err)
	if got := n.Rows() - before - plain; got != 2 {
		t.Errorf("@all in a group of %d: got %d rows beside those of a message, want 2", feature.SmallGroup, got)
	}
	wantCount(t, n, "@all", log, ana, 1)
	wantCount(t, n, "@all", log, others[3], 1)
	wantCount(t, n, "its author", log, ben, 0)
	_, err = write(n, ana, message.SendRequest{Conversation: log, Text: "@here: now, @Ben", Here: true, Mentions: ids(ben)})
	must(t, err)
	wantInbox(t, n, ben, "@here: now, @Ben")
	wantInbox(t, n, others[0], "@here: now, @Ben", "@all: tea")

	late := n.Account("late")
	solo.Must[member.Member](n, ana, "member.add", member.AddRequest{Conversation: log, Account: late.ID})
	wantCount(t, n, "before it joined", log, late, 0)
	wantInbox(t, n, late)
	if _, err := write(n, ben, message.SendRequest{Conversation: log, Text: "@all", All: true}); !errors.Is(err, message.ErrMentionAll) {
		t.Errorf("@all by a member of a large group: got %v, want %v", err, message.ErrMentionAll)
	}
	n.Update(func(tx feature.Tx) error { // a node that lets it through
		_, err := n.Timeline.Append(tx, feature.Draft{Log: log, Author: ben.ID, Body: event.MessageSent{Content: "@all", Mentions: []event.Mention{{Word: event.Everyone, To: 4}}}})
		return err
	})
	wantCount(t, n, "a word that its author might not say", log, late, 0)
	_, err = write(n, ana, message.SendRequest{Conversation: log, Text: "@all: welcome", All: true})
	must(t, err)
	wantCount(t, n, "the owner's", log, late, 1)
}

func TestAnEditChangesWhoIsMentioned(t *testing.T) {
	n := start(t)
	ana, ben, cy := n.Account("ana"), n.Account("ben"), n.Account("cy")
	log := found(n, ana, ben, cy)
	id, err := write(n, ana, message.SendRequest{Conversation: log, Text: "@Ben: tea", Mentions: ids(ben)})
	must(t, err)
	solo.Must[message.Sent](n, ana, "message.edit", message.EditRequest{Conversation: log, Message: id, Text: "@Cy: tea", Mentions: ids(cy)})
	wantCount(t, n, "no longer mentioned", log, ben, 0)
	wantCount(t, n, "mentioned by an edit", log, cy, 1)
	wantInbox(t, n, ben)
	wantInbox(t, n, cy, "@Cy: tea")
	solo.Must[message.Sent](n, ana, "message.edit", message.EditRequest{Conversation: log, Message: id, Text: "tea"})
	wantInbox(t, n, cy)
}

func TestAnEditWithMentionsMayComeBeforeItsMessage(t *testing.T) {
	n := talk(t)
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	held := zoe.Holds(ana, event.MessageSent{Content: "first"})
	first := zoe.Newest(log)
	if _, err := zoe.Writes(ana, event.MessageEdited{Message: first, Content: "@Ana", Mentions: []event.Mention{{Account: ana.ID, To: 4}}}); err != nil {
		t.Fatal(err)
	}
	wantCount(t, n, "an edit alone", log, ana, 0)
	if err := held(); err != nil {
		t.Fatal(err)
	}
	wantCount(t, n, "the message came", log, ana, 1)
	wantInbox(t, n, ana, "@Ana")
}

func TestMentionsAreProjectedAgainTheSame(t *testing.T) {
	n := start(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	log := found(n, ana, ben)
	for _, text := range []string{"@Ben one", "@here two", "@all three"} {
		_, err := write(n, ana, message.SendRequest{Conversation: log, Text: text, Mentions: ids(ben), Here: true, All: true})
		must(t, err)
	}
	n.Update(func(tx feature.Tx) error {
		realm, err := n.Ring.Conversation(tx, log)
		if err != nil {
			return err
		}
		err = tx.Scan(realm, realm.Key(storage.Mentions), storage.ScanOptions{}, func(k storage.Key, v []byte) (bool, error) {
			tx.Delete(k)
			return true, nil
		})
		return err
	})
	wantInbox(t, n, ben)
	n.Update(func(tx feature.Tx) error { _, err := n.Timeline.Rebuild(tx, log); return err })
	wantInbox(t, n, ben, "@all three", "@here two", "@Ben one")
	rows := n.Rows()
	n.Update(func(tx feature.Tx) error { _, err := n.Timeline.Rebuild(tx, log); return err })
	if got := n.Rows(); got != rows {
		t.Errorf("rows after another projection: got %d, want %d", got, rows)
	}
}

func TestMentionsComeInPages(t *testing.T) {
	n := start(t)
	ana, ben, cy := n.Account("ana"), n.Account("ben"), n.Account("cy")
	group, direct := found(n, ana, ben, cy), found(n, cy, ben)
	var want []string
	for i := range 7 {
		log, who := group, ana
		if i%2 == 1 {
			log, who = direct, cy
		}
		text := "@Ben " + string(rune('a'+i))
		_, err := write(n, who, message.SendRequest{Conversation: log, Text: text, Mentions: ids(ben)})
		must(t, err)
		want = append([]string{text}, want...)
	}
	var got []string
	for next, pages := "", 0; pages < 4; pages++ {
		page := solo.Must[feature.List[feature.Message]](n, ben, "mention.list", mention.ListRequest{Before: next, Limit: 3})
		for _, m := range page.Items {
			got = append(got, m.Text)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("pages of three: got %q, want %q", got, want)
	}
	if _, err := solo.Call[feature.List[feature.Message]](n, ben, "mention.list", mention.ListRequest{Before: "x"}); !errors.Is(err, feature.ErrBadRequest) {
		t.Errorf("a cursor that is none: got %v, want %v", err, feature.ErrBadRequest)
	}
}
