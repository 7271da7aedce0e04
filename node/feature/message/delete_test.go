package message_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/feature/receipt"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

func remove(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID, whom string) error {
	_, err := solo.Call[feature.Nothing](n, who, "message.delete", message.DeleteRequest{Conversation: log, Message: id, For: whom})
	return err
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// row returns how a message is listed.
func row(t *testing.T, n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) message.Message {
	t.Helper()
	for _, m := range list(n, who, message.ListRequest{Conversation: log}).Items {
		if m.ID == id {
			return m
		}
	}
	t.Fatalf("%s is not shown the message", who.Name)
	return message.Message{}
}

func wantTombstone(t *testing.T, n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID, by *solo.Person) {
	t.Helper()
	m := row(t, n, who, log, id)
	if m.Kind != message.KindDeleted || m.Text != "" || m.Deleted == nil || m.Deleted.By != by.ID {
		t.Errorf("%s is shown %+v (%+v), want that %s deleted it", who.Name, m, m.Deleted, by.Name)
	}
}

// holds tells whether a text stands in any row of a log, opened.
func holds(n *solo.Node, log protocol.Log, text string) (found bool) {
	n.Update(func(tx feature.Tx) error {
		realm, err := n.Ring.Conversation(tx, log)
		if err != nil {
			return err
		}
		for _, table := range storage.Tables() {
			if err := tx.Scan(realm, realm.Key(table), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
				found = found || bytes.Contains(v, []byte(text))
				return true, nil
			}); err != nil {
				return err
			}
		}
		return nil
	})
	return found
}

func history32(n *solo.Node, log protocol.Log) (hash [32]byte) {
	n.Update(func(tx feature.Tx) (err error) {
		hash, _, err = n.Timeline.History(tx, log)
		return err
	})
	return hash
}

func TestADeletedMessageLeavesATombstoneAndNoText(t *testing.T) {
	n := start(t, receipt.Feature())
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Account("eve")
	log := n.Open(ana, bo)
	id := send(n, ana, log, "first secret")
	must(t, edit(n, ana, log, id, "second secret"))
	answer := solo.Must[message.Sent](n, bo, "message.send", message.SendRequest{Conversation: log, Text: "why?", ReplyTo: id}).ID
	wantError(t, "the other", remove(n, bo, log, id, "everyone"), message.ErrNotYoursToDelete)
	wantError(t, "a stranger", remove(n, eve, log, id, "everyone"), feature.ErrNotFound)
	wantError(t, "no such message", remove(n, ana, log, protocol.EventID{7}, "everyone"), feature.ErrNotFound)
	wantError(t, "for nobody", remove(n, ana, log, id, "nobody"), message.ErrForWhom)
	before := history32(n, log)

	must(t, remove(n, ana, log, id, "everyone"))
	for _, who := range []*solo.Person{ana, bo} {
		wantTombstone(t, n, who, log, id, ana)
		solo.Await(n, who, "message", func(m message.Message) bool { return m.ID == id && m.Kind == message.KindDeleted })
		if q := row(t, n, who, log, answer).ReplyTo; q == nil || !q.Deleted || q.Text != "" {
			t.Errorf("the reply quotes %+v to %s, want that what it answers is deleted", q, who.Name)
		}
	}
	if holds(n, log, "secret") {
		t.Error("the text is still in the store")
	}
	if got := n.Delivery.Recalled(); len(got) != 1 || got[0] != id {
		t.Errorf("recalled: got %v, want the message", got)
	}
	_, err := solo.Call[feature.List[message.Version]](n, bo, "message.edits", message.EditsRequest{Conversation: log, Message: id})
	wantError(t, "its history", err, feature.ErrNotFound)
	wantError(t, "an edit", edit(n, ana, log, id, "x"), feature.ErrNotFound)
	wantError(t, "once more", remove(n, ana, log, id, "everyone"), feature.ErrNotFound)
	n.Update(func(tx feature.Tx) error {
		e, err := n.Timeline.Get(tx, log, id)
		if err == nil && (e.ID != id || !e.Erased()) {
			t.Errorf("the row of the message: got %+v, want it erased with its id", e)
		}
		return err
	})
	n.Update(func(tx feature.Tx) error {
		_, err := n.Timeline.Rebuild(tx, log)
		return err
	})
	wantTombstone(t, n, bo, log, id, ana)
	if before == history32(n, log) {
		t.Error("the history does not tell of the deletion")
	}
}

func TestWhatComesAfterItsDeletionIsNeverWrittenDown(t *testing.T) {
	n := start(t, receipt.Feature())
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	_, err := zoe.Writes(ana, event.MessageSent{Content: "hello"})
	must(t, err)
	arrive := zoe.Holds(ana, event.MessageSent{Content: "secret"})
	_, err = zoe.Writes(ana, event.MessageSent{Content: "after"})
	must(t, err)
	var id protocol.EventID
	n.Update(func(tx feature.Tx) error {
		missing, err := n.Timeline.Missing(tx, log)
		if len(missing) == 1 {
			id = missing[0]
		}
		return err
	})
	_, err = zoe.Writes(ana, event.MessageEdited{Message: id, Content: "early secret"})
	must(t, err)
	late := zoe.Holds(ana, event.MessageEdited{Message: id, Content: "late secret"})
	_, err = zoe.Writes(ana, event.MessageDeleted{Message: id})
	must(t, err)
	must(t, late())
	must(t, arrive())
	wantTombstone(t, n, ana, log, id, zoe)
	if holds(n, log, "secret") {
		t.Error("the text is in the store")
	}
	wantTexts(t, "texts", texts(list(n, ana, message.ListRequest{Conversation: log})), "hello", "", "after")
}

func TestAPeersDeletionOfAnotherAuthorsMessageChangesNothing(t *testing.T) {
	n := start(t)
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	id := send(n, ana, log, "mine")
	for range 2 {
		if _, err := zoe.Writes(ana, event.MessageDeleted{Message: id}); err != nil {
			t.Fatalf("zoe's deletion: %v, want it kept: a node that lacks the message cannot tell whose it is", err)
		}
	}
	wantTexts(t, "texts", texts(list(n, ana, message.ListRequest{Conversation: log})), "mine")
	if _, err := zoe.WritesRaw(ana, "message.deleted", []byte{0xa0}); err == nil {
		t.Error("a deletion of nothing was taken")
	}
	must(t, remove(n, ana, log, id, "everyone"))
	wantTombstone(t, n, ana, log, id, ana)
}

func TestModeratorsDeleteWhatPeopleBelowThemWrote(t *testing.T) {
	n := solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature(), message.Feature(), receipt.Feature())
	ana, ben, cy, dan := n.Account("ana"), n.Account("ben"), n.Account("cy"), n.Account("dan")
	group := solo.Must[conversation.Conversation](n, ana, "conversation.create",
		conversation.CreateRequest{Kind: "group", Name: "Garden", Members: []protocol.Account{ben.ID, cy.ID, dan.ID}}).ID
	for _, p := range []*solo.Person{ben, cy} {
		solo.Must[member.Member](n, ana, "member.role", member.RoleRequest{Conversation: group, Account: p.ID, Role: "moderator"})
	}
	hers, his, theirs := send(n, ana, group, "of the owner"), send(n, ben, group, "of a moderator"), send(n, dan, group, "of a member")
	wantError(t, "a member what the owner wrote", remove(n, dan, group, hers, "everyone"), message.ErrNotYoursToDelete)
	wantError(t, "a moderator what the owner wrote", remove(n, cy, group, hers, "everyone"), message.ErrNotYoursToDelete)
	wantError(t, "a moderator what another wrote", remove(n, cy, group, his, "everyone"), message.ErrNotYoursToDelete)
	unread := solo.Must[conversation.Conversation](n, ana, "conversation.get", conversation.GetRequest{Conversation: group}).Unread
	must(t, remove(n, cy, group, theirs, "everyone"))
	wantTombstone(t, n, dan, group, theirs, cy)
	now := solo.Must[conversation.Conversation](n, ana, "conversation.get", conversation.GetRequest{Conversation: group})
	if now.Unread != unread-1 || now.Last == nil || now.Last.ID != his {
		t.Errorf("the list: got %d unread and %+v, want one less than %d and the message before", now.Unread, now.Last, unread)
	}
	must(t, remove(n, ana, group, his, "everyone"))
	wantTombstone(t, n, ben, group, his, ana)
	must(t, remove(n, ana, group, hers, "everyone"))
	if holds(n, group, "of a m") || holds(n, group, "of the owner") {
		t.Error("a text is still in the store")
	}
}

func TestADeletedMessageIsNotUnread(t *testing.T) {
	n := solo.Start(t, conversation.Feature(), message.Feature(), receipt.Feature())
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	unread := func() int {
		return solo.Must[conversation.Conversation](n, bo, "conversation.get", conversation.GetRequest{Conversation: log}).Unread
	}
	ids := []protocol.EventID{send(n, ana, log, "1"), send(n, ana, log, "2"), send(n, ana, log, "3")}
	must(t, remove(n, ana, log, ids[1], "everyone"))
	if got := unread(); got != 2 {
		t.Errorf("unread after one of three was deleted: got %d, want 2", got)
	}
	solo.Must[feature.Nothing](n, bo, "receipt.read", receipt.ReadRequest{Conversation: log, Message: ids[0]})
	if got := unread(); got != 1 {
		t.Errorf("unread after the first was read: got %d, want 1", got)
	}
	must(t, remove(n, ana, log, ids[0], "everyone"))
	if got := unread(); got != 1 {
		t.Errorf("unread after what was read was deleted: got %d, want 1", got)
	}
	must(t, remove(n, ana, log, ids[2], "everyone"))
	if got := unread(); got != 0 {
		t.Errorf("unread after all were deleted: got %d, want none", got)
	}
}

func TestManyEditsAreErasedInTurn(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	id := send(n, ana, log, "secret")
	for i := range 300 {
		must(t, edit(n, ana, log, id, strings.Repeat("secret", i%7+1)))
	}
	must(t, remove(n, ana, log, id, "everyone"))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- n.Alarms.Run(ctx) }()
	limit := time.After(time.Minute)
	for look := time.NewTicker(5 * time.Millisecond); holds(n, log, "secret"); {
		select {
		case <-look.C:
		case <-limit:
			t.Fatal("edits that were too many for one transaction are still there")
		}
	}
	cancel()
	must(t, <-done)
	wantTombstone(t, n, bo, log, id, ana)
}

func TestAMessageDeletedForMeIsShownToOthers(t *testing.T) {
	n := solo.Start(t, conversation.Feature(), message.Feature(), receipt.Feature())
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	first, id := send(n, ana, log, "first"), send(n, ana, log, "second")
	must(t, remove(n, bo, log, id, "me"))
	must(t, remove(n, bo, log, id, "me"))
	wantTexts(t, "bo's page", texts(list(n, bo, message.ListRequest{Conversation: log})), "first")
	wantTexts(t, "ana's page", texts(list(n, ana, message.ListRequest{Conversation: log})), "first", "second")
	solo.Await(n, bo, "message.concealed", func(c message.Concealed) bool { return c.ID == id && c.Conversation == log })
	if last := solo.Must[conversation.Conversation](n, bo, "conversation.get", conversation.GetRequest{Conversation: log}).Last; last == nil || last.ID != first {
		t.Errorf("the list shows bo %+v, want the message before", last)
	}
	wantError(t, "edits of it", func() error {
		_, err := solo.Call[feature.List[message.Version]](n, bo, "message.edits", message.EditsRequest{Conversation: log, Message: id})
		return err
	}(), feature.ErrNotFound)
	solo.Must[feature.Nothing](n, bo, "message.restore", message.RestoreRequest{Conversation: log, Message: id})
	wantTexts(t, "bo's page again", texts(list(n, bo, message.ListRequest{Conversation: log})), "first", "second")
	must(t, remove(n, ana, log, id, "everyone"))
	must(t, remove(n, bo, log, id, "me"))
	wantTexts(t, "bo's page without the tombstone", texts(list(n, bo, message.ListRequest{Conversation: log})), "first")
}
