package message_test

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/message"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

func forward(n *solo.Node, who *solo.Person, from protocol.Log, id protocol.EventID, attribution bool, to ...protocol.Log) (feature.List[message.Forward], error) {
	return solo.Call[feature.List[message.Forward]](n, who, "message.forward",
		message.ForwardRequest{Conversation: from, Message: id, To: to, Attribution: attribution})
}

func TestAMessageIsForwardedToSeveralConversations(t *testing.T) {
	n := start(t)
	ana, bo, cy, eve := n.Account("ana"), n.Account("bo"), n.Account("cy"), n.Account("eve")
	from, to, hers := n.Open(ana, bo), n.Open(ana, cy), n.Open(bo, eve)
	id := send(n, ana, from, "old")
	must(t, edit(n, ana, from, id, "new"))
	out, err := forward(n, ana, from, id, true, to, from, hers)
	must(t, err)
	if len(out.Items) != 3 || out.Items[0].ID.IsZero() || out.Items[1].ID.IsZero() || !out.Items[2].ID.IsZero() || out.Items[2].Code != feature.ErrNotFound.Code {
		t.Fatalf("forwarded: got %+v, want two new messages and a refusal for a conversation of others", out.Items)
	}
	m := row(t, n, cy, to, out.Items[0].ID)
	if m.Text != "new" || m.Author != ana.ID || m.Forwarded == nil || m.Forwarded.Name != ana.Display() {
		t.Errorf("cy is shown %+v (%+v), want the newest text with ana's name", m, m.Forwarded)
	}

	again, err := forward(n, cy, to, m.ID, true, to)
	must(t, err)
	if m := row(t, n, ana, to, again.Items[0].ID); m.Forwarded == nil || m.Forwarded.Name != ana.Display() {
		t.Errorf("forwarded again: got %+v, want the name of who wrote it first", m.Forwarded)
	}
	hidden, err := forward(n, cy, to, m.ID, false, to)
	must(t, err)
	if m := row(t, n, ana, to, hidden.Items[0].ID); m.Forwarded != nil || m.Text != "new" {
		t.Errorf("forwarded without its author: got %+v", m)
	}
	n.Update(func(tx feature.Tx) error {
		e, err := n.Timeline.Get(tx, to, hidden.Items[0].ID)
		if err == nil {
			if body, _ := event.Decode[event.MessageSent](e.Body); !reflect.DeepEqual(body, event.MessageSent{Content: "new"}) {
				t.Errorf("the body without its author: got %+v, want the text alone", body)
			}
		}
		return err
	})
}

func TestWrongForwardsAreRefused(t *testing.T) {
	n := start(t)
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Account("eve")
	log := n.Open(ana, bo)
	id := send(n, ana, log, "mine")
	many := make([]protocol.Log, 21)
	for i := range many {
		many[i][0] = byte(i)
	}
	for name, c := range map[string]struct {
		who  *solo.Person
		id   protocol.EventID
		to   []protocol.Log
		want error
	}{
		"nowhere":                  {ana, id, nil, message.ErrForwards},
		"to too many":              {ana, id, many, message.ErrForwards},
		"to one twice":             {ana, id, []protocol.Log{log, log}, message.ErrForwards},
		"a conversation of others": {eve, id, []protocol.Log{log}, feature.ErrNotFound},
		"no such message":          {ana, protocol.EventID{7}, []protocol.Log{log}, feature.ErrNotFound},
	} {
		_, err := forward(n, c.who, log, c.id, true, c.to...)
		wantError(t, name, err, c.want)
	}
	must(t, remove(n, ana, log, id, "everyone"))
	_, err := forward(n, bo, log, id, true, log)
	wantError(t, "what was deleted", err, feature.ErrNotFound)
}

func TestUrgentMessagesAreFewAndPassWhereTheReceiverAllows(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	press := func(p feature.Priority) (protocol.EventID, error) {
		sent, err := solo.Call[message.Sent](n, ana, "message.send", message.SendRequest{Conversation: log, Text: "now", Priority: p})
		return sent.ID, err
	}
	allow := func(from message.UrgentFrom) error {
		_, err := solo.Call[message.UrgentSetting](n, bo, "message.set_urgent", message.UrgentSetting{From: from})
		return err
	}
	if got := solo.Must[message.UrgentSetting](n, bo, "message.urgent", feature.Nothing{}); got.From != message.UrgentFromContacts {
		t.Errorf("whose urgent messages pass at first: got %q, want contacts", got.From)
	}
	wantError(t, "anybody's", allow("anybody"), message.ErrWhom)
	id, err := press(feature.Urgent)
	must(t, err)
	for from, passes := range map[message.UrgentFrom]bool{message.UrgentFromNobody: false, message.UrgentFromContacts: false, message.UrgentFromEverybody: true} {
		must(t, allow(from))
		if m := row(t, n, bo, log, id); m.Priority != feature.Urgent || m.Urgent != passes {
			t.Errorf("urgent from %s, of somebody who is no contact: got %q, passes %v; want %v", from, m.Priority, m.Urgent, passes)
		}
	}
	if m := row(t, n, ana, log, id); m.Urgent {
		t.Error("an own message passes do-not-disturb")
	}
	for range 2 {
		_, err = press(feature.Urgent)
		must(t, err)
	}
	_, err = press(feature.Urgent)
	var refused *feature.Error
	if !errors.As(err, &refused) || refused.Code != message.ErrTooUrgent.Code || refused.Retry <= 0 || refused.Retry > 10*time.Minute {
		t.Errorf("the fourth: got %v, want %v", err, message.ErrTooUrgent)
	}
	id, err = press(feature.Important)
	must(t, err)
	if m := row(t, n, bo, log, id); m.Priority != feature.Important || m.Urgent {
		t.Errorf("important: got %q, passes %v", m.Priority, m.Urgent)
	}
	_, err = press("very")
	wantError(t, "a priority that is none", err, message.ErrPriority)
	n.Pass(11 * time.Minute)
	_, err = press(feature.Urgent)
	must(t, err)
	_, err = press(feature.Urgent)
	wantError(t, "the second after one may go", err, message.ErrTooUrgent)
}
