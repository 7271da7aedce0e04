package solo_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/message"
	"conclave/node/feature/receipt"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

func start(t testing.TB) *solo.Node {
	return solo.Start(t, contact.Feature(), conversation.Feature(), message.Feature(), receipt.Feature())
}

func send(n *solo.Node, who *solo.Person, log protocol.Log, text string) protocol.EventID {
	n.Pass(time.Second)
	return solo.Must[message.Sent](n, who, "message.send", message.SendRequest{Conversation: log, Text: text}).ID
}

func read(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) {
	n.Pass(time.Second)
	solo.Must[feature.Nothing](n, who, "receipt.read", receipt.ReadRequest{Conversation: log, Message: id})
}

func rows(n *solo.Node, who *solo.Person, log protocol.Log) (out []string) {
	for _, m := range solo.Must[feature.List[message.Message]](n, who, "message.list", message.ListRequest{Conversation: log}).Items {
		out = append(out, fmt.Sprintf("%s %s: %s", m.Kind, m.State, m.Text))
	}
	return out
}

func wantRows(t *testing.T, n *solo.Node, who *solo.Person, log protocol.Log, want ...string) {
	t.Helper()
	if got := rows(n, who, log); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s sees\n%q, want\n%q", who.Name, got, want)
	}
}

func get(n *solo.Node, who *solo.Person, log protocol.Log) conversation.Conversation {
	return solo.Must[conversation.Conversation](n, who, "conversation.get", conversation.GetRequest{Conversation: log})
}

func TestTwoPeopleMeetByLinkAndTalk(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := solo.Must[contact.Contact](n, ana, "contact.add", contact.LeadRequest{Link: bo.Link()}).Conversation
	solo.Await(n, ana, "message", func(m message.Message) bool { return m.Kind == message.KindNotice && m.Text == "Bo accepted." })
	first := send(n, ana, log, "hello")
	n.Delivery.Reaches(first, ana, log, feature.Delivered, "")
	if c := get(n, bo, log); c.Unread != 1 || c.Name != "Ana" || c.Last == nil || c.Last.Text != "hello" || c.Contact != feature.ContactAccepted {
		t.Errorf("Bo's list shows %+v", c)
	}
	wantRows(t, n, bo, log, "notice delivered: Ana used your contact link.", "notice sending: You accepted.", "text delivered: hello")
	read(n, bo, log, first)
	told := solo.Await(n, ana, "message.state", func(c message.StateChange) bool { return c.ID == first && c.State == feature.Read })
	if !told.ReadAt.Equal(n.Now()) {
		t.Errorf("read at: got %v, want %v", told.ReadAt, n.Now())
	}
	solo.Await(n, bo, "conversation", func(c conversation.Conversation) bool { return c.ID == log && c.Unread == 0 && c.Last != nil })
	send(n, bo, log, "hi")
	wantRows(t, n, ana, log, "notice read: You used the contact link.", "notice delivered: Bo accepted.", "text read: hello", "text delivered: hi")
	if c := get(n, ana, log); c.Unread != 1 || c.Last.Text != "hi" {
		t.Errorf("Ana's list shows %+v", c)
	}
}

func TestNothingOfARequestIsShownBeforeItIsAccepted(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	eve.Writes(ana, event.ContactIntroduced{Name: "Eve", Address: "eve@far.example"})
	eve.Writes(ana, event.MessageSent{Content: "hello"})
	c := solo.Await(n, ana, "contact", func(c contact.Contact) bool { return c.Account == eve.ID })
	if c.Name != "Eve" || c.State != feature.ContactRequested || c.Address != "eve@far.example" {
		t.Errorf("request: got %+v", c)
	}
	for what, err := range map[string]error{
		"conversation.get": call(n, ana, "conversation.get", conversation.GetRequest{Conversation: c.Conversation}),
		"message.list":     call(n, ana, "message.list", message.ListRequest{Conversation: c.Conversation}),
		"message.send":     call(n, ana, "message.send", message.SendRequest{Conversation: c.Conversation, Text: "x"}),
		"conversation.create": call(n, ana, "conversation.create",
			conversation.CreateRequest{Kind: "direct", With: eve.ID}),
	} {
		if !errors.Is(err, feature.ErrNotFound) {
			t.Errorf("%s of a request: got %v, want %v", what, err, feature.ErrNotFound)
		}
	}
	if got := solo.Must[feature.List[conversation.Conversation]](n, ana, "conversation.list", conversation.ListRequest{}); len(got.Items) != 0 {
		t.Errorf("list: got %+v, want none", got.Items)
	}
	wantNoText(t, n, ana)
	solo.Must[contact.Contact](n, ana, "contact.accept", contact.OfRequest{Account: eve.ID})
	wantRows(t, n, ana, c.Conversation, "notice delivered: Eve asked to get in contact.", "text delivered: hello", "notice sending: You accepted.")
	told := solo.Await(n, ana, "conversation", func(c conversation.Conversation) bool {
		return c.With == eve.ID && c.Contact == feature.ContactAccepted
	})
	if told.Unread != 1 || told.Name != "Eve" {
		t.Errorf("the accepted conversation: got %+v", told)
	}
}

// wantNoText waits until everything logged so far was told, and checks that no text was.
func wantNoText(t *testing.T, n *solo.Node, who *solo.Person) {
	t.Helper()
	other := n.Account("other")
	solo.Must[contact.Contact](n, other, "contact.add", contact.LeadRequest{Link: who.Link()})
	solo.Await(n, who, "message", func(m message.Message) bool { return m.Author == other.ID })
	for _, m := range solo.Told[message.Message](n, who, "message") {
		if m.Kind == message.KindText {
			t.Errorf("%s was told a text of a request: %+v", who.Name, m)
		}
	}
}

func call(n *solo.Node, who *solo.Person, name string, req any) error {
	op, _ := n.Registry.Operation(name)
	_, err := op.Call(feature.WithActor(context.Background(), feature.Actor{Account: who.ID}), req)
	return err
}

func TestBlockingStopsBothWaysAndKeepsTheHistory(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := solo.Must[contact.Contact](n, ana, "contact.add", contact.LeadRequest{Link: bo.Link()}).Conversation
	id := send(n, bo, log, "hello")
	solo.Must[contact.Contact](n, ana, "contact.block", contact.OfRequest{Account: bo.ID})
	for _, who := range []*solo.Person{ana, bo} {
		if err := call(n, who, "message.send", message.SendRequest{Conversation: log, Text: "x"}); !errors.Is(err, contact.ErrBlocked) {
			t.Errorf("%s sends: got %v, want %v", who.Name, err, contact.ErrBlocked)
		}
	}
	if c := get(n, ana, log); c.Contact != feature.ContactBlocked || c.Last.ID != id {
		t.Errorf("Ana's list shows %+v", c)
	}
}

func TestAPeersReadingIsToldForTheNewestMessages(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	eve.Writes(ana, event.ContactIntroduced{Name: "Eve", Secret: ana.Secret[:]})
	log := ana.With(eve)
	solo.Await(n, ana, "message", func(m message.Message) bool { return m.Text == "You accepted." })
	var ids []protocol.EventID
	for i := range 60 {
		ids = append(ids, send(n, ana, log, fmt.Sprint(i)))
	}
	var last protocol.Place
	n.Update(func(tx feature.Tx) error {
		e, err := n.Timeline.Get(tx, log, ids[59])
		last = e.Place()
		return err
	})
	if err := eve.Reads(log, last); err != nil {
		t.Fatal(err)
	}
	solo.Await(n, ana, "message.state", func(c message.StateChange) bool { return c.ID == ids[59] && c.State == feature.Read })
	told := map[protocol.EventID]bool{}
	for _, c := range solo.Told[message.StateChange](n, ana, "message.state") {
		told[c.ID] = true
	}
	if told[ids[0]] || !told[ids[30]] {
		t.Errorf("told of %d messages, the first %v, a late one %v; want the newest only", len(told), told[ids[0]], told[ids[30]])
	}
	for _, row := range rows(n, ana, log)[2:] {
		if row[:9] != "text read" {
			t.Errorf("row: got %q, want read", row)
		}
	}
	if err := eve.Reads(log, last); err != nil {
		t.Errorf("the same again: %v", err)
	}
	n.Delivery.Reaches(ids[59], ana, log, feature.Delivered, "")
	for _, c := range solo.Told[message.StateChange](n, ana, "message.state") {
		if c.ID == ids[59] && c.State != feature.Read {
			t.Errorf("told %q of a message that was read", c.State)
		}
	}
}

func BenchmarkListOf100ConversationsWith20Unread(b *testing.B) {
	n := start(b)
	ana := n.Account("ana")
	for i := range 100 {
		p := n.Account(protocol.Name(fmt.Sprintf("p%d", i)))
		log := solo.Must[contact.Contact](n, p, "contact.add", contact.LeadRequest{Link: ana.Link()}).Conversation
		for range 20 {
			send(n, p, log, "hello")
		}
	}
	b.ResetTimer()
	for range b.N {
		if got := solo.Must[feature.List[conversation.Conversation]](n, ana, "conversation.list", conversation.ListRequest{}); got.Items[0].Unread != 20 {
			b.Fatalf("unread: got %d, want 20", got.Items[0].Unread)
		}
	}
}

func BenchmarkSendToAnotherNode(b *testing.B) {
	n := start(b)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	log := solo.Must[contact.Contact](n, ana, "contact.add", contact.LeadRequest{Link: eve.Link()}).Conversation
	b.ResetTimer()
	for range b.N {
		send(n, ana, log, "hello")
	}
}

func BenchmarkReceiveFromAnotherNode(b *testing.B) {
	n := start(b)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	if _, err := eve.Writes(ana, event.ContactIntroduced{Name: "Eve", Secret: ana.Secret[:]}); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	for range b.N {
		if _, err := eve.Writes(ana, event.MessageSent{Content: "hello"}); err != nil {
			b.Fatal(err)
		}
	}
}

func TestWhatWasClearedUnreadIsNotCountedAgain(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := solo.Must[contact.Contact](n, ana, "contact.add", contact.LeadRequest{Link: bo.Link()}).Conversation
	solo.Await(n, ana, "message", func(m message.Message) bool { return m.Kind == message.KindNotice && m.Text == "Bo accepted." })
	for _, text := range []string{"one", "two", "three"} {
		send(n, bo, log, text)
	}
	for _, op := range []string{"conversation.clear", "conversation.delete"} {
		if op == "conversation.clear" {
			solo.Must[feature.Nothing](n, ana, op, conversation.GetRequest{Conversation: log})
		} else {
			solo.Must[feature.Nothing](n, ana, op, conversation.DeleteRequest{Conversation: log})
		}
		if c := get(n, ana, log); c.Unread != 0 || c.Last != nil {
			t.Errorf("after %s: got %d unread and %+v, want nothing", op, c.Unread, c.Last)
		}
		send(n, bo, log, "behind "+op)
		if c := get(n, ana, log); c.Unread != 1 || c.Last == nil || c.Last.Text != "behind "+op {
			t.Errorf("after %s and a message: got %d unread and %+v, want that one", op, c.Unread, c.Last)
		}
		wantRows(t, n, ana, log, "text delivered: behind "+op)
	}
	if got := rows(n, bo, log); len(got) != 7 {
		t.Errorf("the other sees %q, want everything", got)
	}
}
