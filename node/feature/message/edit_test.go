package message_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

func edit(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID, text string) error {
	_, err := solo.Call[message.Sent](n, who, "message.edit", message.EditRequest{Conversation: log, Message: id, Text: text})
	return err
}

func history(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) (out []string) {
	for _, v := range solo.Must[feature.List[message.Version]](n, who, "message.edits", message.EditsRequest{Conversation: log, Message: id}).Items {
		out = append(out, v.Text)
	}
	return out
}

func wantTexts(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestAnEditedMessageKeepsItsPlaceAndItsHistory(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	id := send(n, ana, log, "helo")
	send(n, bo, log, "hm?")
	n.Pass(time.Minute)
	for _, text := range []string{" hello\r\n", "hello"} {
		if err := edit(n, ana, log, id, text); err != nil {
			t.Fatalf("edit: %v", err)
		}
	}
	for _, who := range []*solo.Person{ana, bo} {
		p := list(n, who, message.ListRequest{Conversation: log})
		wantTexts(t, string(who.Name)+"'s page", texts(p), "hello", "hm?")
		if m := p.Items[0]; m.ID != id || !m.EditedAt.Equal(n.Now()) || !m.SentAt.Equal(n.Now().Add(-time.Minute)) {
			t.Errorf("%s's message: got %+v, want it where and when it was sent, edited now", who.Name, m)
		}
		wantTexts(t, string(who.Name)+"'s history", history(n, who, log, id), "helo", " hello\r\n", "hello")
		solo.Await(n, who, "message", func(m message.Message) bool { return m.ID == id && m.Text == "hello" && !m.EditedAt.IsZero() })
	}
	rows := n.Rows()
	if err := edit(n, ana, log, id, "hello"); err != nil || n.Rows() != rows {
		t.Errorf("the text that it has: got %v and %d rows, want no event beside %d", err, n.Rows(), rows)
	}
}

func TestOnlyItsAuthorEditsAMessage(t *testing.T) {
	n := start(t)
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Account("eve")
	log := n.Open(ana, bo)
	id := send(n, ana, log, "mine")
	wantError(t, "another", edit(n, bo, log, id, "x"), message.ErrNotYours)
	wantError(t, "a stranger", edit(n, eve, log, id, "x"), feature.ErrNotFound)
	wantError(t, "no such message", edit(n, ana, log, protocol.EventID{7}, "x"), feature.ErrNotFound)
	wantError(t, "no text", edit(n, ana, log, id, ""), feature.ErrTextEmpty)
	wantError(t, "too long", edit(n, ana, log, id, strings.Repeat("x", protocol.MaxText+1)), feature.ErrTextTooLong)
	wantError(t, "not UTF-8", edit(n, ana, log, id, "\xff"), feature.ErrNotUTF8)
	_, err := solo.Call[feature.List[message.Version]](n, eve, "message.edits", message.EditsRequest{Conversation: log, Message: id})
	wantError(t, "a stranger's look at the history", err, feature.ErrNotFound)
	wantTexts(t, "texts", texts(list(n, bo, message.ListRequest{Conversation: log})), "mine")
}

func TestAPeersEditOfAnotherAuthorsMessageChangesNothing(t *testing.T) {
	n := start(t)
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	id := send(n, ana, log, "mine")
	if _, err := zoe.Writes(ana, event.MessageEdited{Message: id, Content: "forged"}); err != nil {
		t.Fatalf("zoe's edit: %v, want it kept: a node that lacks the message cannot tell whose it is", err)
	}
	wantTexts(t, "texts", texts(list(n, ana, message.ListRequest{Conversation: log})), "mine")
	wantTexts(t, "history", history(n, ana, log, id), "mine")
	if _, err := zoe.WritesRaw(ana, "message.edited", []byte{0xa0}); err == nil {
		t.Error("an edit of nothing was taken")
	}
}

func TestAnEditMayComeBeforeItsMessage(t *testing.T) {
	n := start(t)
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	first, err := zoe.Writes(ana, event.MessageSent{Content: "first"})
	if err != nil {
		t.Fatal(err)
	}
	late := zoe.Holds(ana, event.MessageEdited{Message: first, Content: "older"})
	if _, err := zoe.Writes(ana, event.MessageEdited{Message: first, Content: "newer"}); err != nil {
		t.Fatal(err)
	}
	if err := late(); err != nil {
		t.Fatal(err)
	}
	wantTexts(t, "texts", texts(list(n, ana, message.ListRequest{Conversation: log})), "newer")
	wantTexts(t, "history", history(n, ana, log, first), "first", "older", "newer")
}

// What is shown depends on the order of the log alone: every order of arrival, and making the projections again, give the same.
func TestEditsAreProjectedAgainTheSame(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	id := send(n, ana, log, "a")
	for _, text := range []string{"b", "c", "d"} {
		if err := edit(n, ana, log, id, text); err != nil {
			t.Fatal(err)
		}
	}
	n.Update(func(tx feature.Tx) error {
		realm, err := n.Ring.Conversation(tx, log)
		if err != nil {
			return err
		}
		return tx.Scan(realm, realm.Key(storage.Edits), storage.ScanOptions{}, func(k storage.Key, _ []byte) (bool, error) {
			tx.Delete(k)
			return true, nil
		})
	})
	wantTexts(t, "without what was projected", texts(list(n, bo, message.ListRequest{Conversation: log})), "a")
	n.Update(func(tx feature.Tx) error {
		_, err := n.Timeline.Rebuild(tx, log)
		return err
	})
	wantTexts(t, "projected again", history(n, bo, log, id), "a", "b", "c", "d")
}

func TestTheListOfConversationsShowsWhatTheNewestMessageSaysNow(t *testing.T) {
	n := solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature(), message.Feature())
	ana, ben := n.Account("ana"), n.Account("ben")
	group := solo.Must[conversation.Conversation](n, ana, "conversation.create",
		conversation.CreateRequest{Kind: "group", Name: "Garden", Members: []protocol.Account{ben.ID}}).ID
	id := send(n, ben, group, "sed")
	if err := edit(n, ben, group, id, "seed"); err != nil {
		t.Fatal(err)
	}
	solo.Await(n, ana, "conversation", func(c conversation.Conversation) bool { return c.Last != nil && c.Last.Text == "seed" })

	yes := true
	solo.Must[conversation.Conversation](n, ana, "conversation.policy", conversation.PolicyRequest{Conversation: group, Announcement: &yes})
	if err := edit(n, ben, group, id, "weed"); !errors.Is(err, feature.ErrForbidden) {
		t.Errorf("an edit by who may not write any more: got %v, want %v", err, feature.ErrForbidden)
	}
}
