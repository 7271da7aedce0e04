package message_test

import (
	"context"
	"strings"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/message"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

func reply(n *solo.Node, who *solo.Person, log protocol.Log, to protocol.EventID, text string) (protocol.EventID, error) {
	s, err := solo.Call[message.Sent](n, who, "message.send", message.SendRequest{Conversation: log, Text: text, ReplyTo: to})
	return s.ID, err
}

func quoteOf(t *testing.T, n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) message.Quote {
	t.Helper()
	for _, m := range list(n, who, message.ListRequest{Conversation: log}).Items {
		if m.ID == id && m.ReplyTo != nil {
			return *m.ReplyTo
		}
	}
	t.Fatalf("%s sees no reply %s", who.Name, id)
	return message.Quote{}
}

func TestAReplyQuotesWhatItsMessageSaysNow(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	id := send(n, ana, log, strings.Repeat("é", 300))
	answer, err := reply(n, bo, log, id, "yes")
	if err != nil {
		t.Fatal(err)
	}
	want := message.Quote{ID: id, Author: ana.ID, Text: strings.Repeat("é", 200)}
	for _, who := range []*solo.Person{ana, bo} {
		if got := quoteOf(t, n, who, log, answer); got != want {
			t.Errorf("%s sees the quote %+v, want %+v", who.Name, got, want)
		}
		solo.Await(n, who, "message", func(m message.Message) bool { return m.ID == answer && m.ReplyTo != nil && *m.ReplyTo == want })
	}
	if err := edit(n, ana, log, id, "short"); err != nil {
		t.Fatal(err)
	}
	if got := quoteOf(t, n, bo, log, answer).Text; got != "short" {
		t.Errorf("quote of an edited message: got %q, want what it says now", got)
	}
	if err := edit(n, ana, log, id, "**the end**: ||everybody|| [dies](https://evil.example)"); err != nil {
		t.Fatal(err)
	}
	if got, want := quoteOf(t, n, bo, log, answer).Text, "the end: ▒▒▒▒▒ dies (evil.example)"; got != want {
		t.Errorf("quote of a formatted message: got %q, want %q", got, want)
	}
	if m := list(n, bo, message.ListRequest{Conversation: log}).Items[0]; m.ReplyTo != nil {
		t.Errorf("a message that answers nothing: got the quote %+v", m.ReplyTo)
	}
}

func TestAReplyIsToAMessageThatItsAuthorSees(t *testing.T) {
	n := start(t)
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Account("eve")
	log, other := n.Open(ana, bo), n.Open(ana, eve)
	secret := send(n, eve, other, "secret")
	for name, id := range map[string]protocol.EventID{"of another conversation": secret, "of none": {7}} {
		_, err := reply(n, bo, log, id, "x")
		wantError(t, "a reply to a message "+name, err, feature.ErrNotFound)
	}
	if got := list(n, bo, message.ListRequest{Conversation: log}); len(got.Items) != 0 {
		t.Errorf("messages after refusals: got %q, want none", texts(got))
	}
}

// A peer can name anything: nothing of another conversation is shown for that.
func TestAPeersReplyToWhatIsNotHereQuotesNothing(t *testing.T) {
	n := start(t)
	ana, bo, zoe := n.Account("ana"), n.Account("bo"), n.Stranger("zoe")
	secret := send(n, bo, n.Open(ana, bo), "secret")
	log := n.Open(ana, zoe)
	id, err := zoe.Writes(ana, event.MessageSent{Content: "look", ReplyTo: secret})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := quoteOf(t, n, ana, log, id), (message.Quote{ID: secret, Deleted: true}); got != want {
		t.Errorf("the quote: got %+v, want %+v", got, want)
	}
}

func TestARepeatedReplyIsOneMessage(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	id := send(n, ana, log, "one?")
	ctx := feature.WithKey(context.Background(), feature.Key{Value: "k"})
	req := message.SendRequest{Conversation: log, Text: "yes", ReplyTo: id}
	var got [2]message.Sent
	for i := range got {
		var err error
		if got[i], err = solo.CallWith[message.Sent](ctx, n, bo, "message.send", req); err != nil {
			t.Fatal(err)
		}
	}
	if got[0] != got[1] {
		t.Errorf("sent twice: got %v, want one message", got)
	}
	req.ReplyTo = protocol.EventID{}
	_, err := solo.CallWith[message.Sent](ctx, n, bo, "message.send", req)
	wantError(t, "the same text in reply to nothing", err, feature.ErrKeyMismatch)
}

// A reply may come first: pages that show it without a quote are told once there is one.
func TestAReplyIsToldAgainOnceWhatItAnswersComes(t *testing.T) {
	n := start(t)
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	late := zoe.Holds(ana, event.MessageSent{Content: "first"})
	first := zoe.Newest(log)
	id, err := zoe.Writes(ana, event.MessageSent{Content: "second", ReplyTo: first})
	if err != nil {
		t.Fatal(err)
	}
	solo.Await(n, ana, "message", func(m message.Message) bool { return m.ID == id && m.ReplyTo != nil && m.ReplyTo.Deleted })
	if err := late(); err != nil {
		t.Fatal(err)
	}
	m := solo.Await(n, ana, "message", func(m message.Message) bool { return m.ID == id && m.ReplyTo != nil && !m.ReplyTo.Deleted })
	if want := (message.Quote{ID: first, Author: zoe.ID, Text: "first"}); *m.ReplyTo != want {
		t.Errorf("the quote: got %+v, want %+v", *m.ReplyTo, want)
	}
}
