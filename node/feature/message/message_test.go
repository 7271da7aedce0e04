package message_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/message"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

type page = feature.List[message.Message]

func start(t testing.TB, more ...feature.Feature) *solo.Node {
	return solo.Start(t, append(more, message.Feature())...)
}

func send(n *solo.Node, who *solo.Person, log protocol.Log, text string) protocol.EventID {
	return solo.Must[message.Sent](n, who, "message.send", message.SendRequest{Conversation: log, Text: text}).ID
}

func list(n *solo.Node, who *solo.Person, req message.ListRequest) page {
	return solo.Must[page](n, who, "message.list", req)
}

func texts(p page) (out []string) {
	for _, m := range p.Items {
		out = append(out, m.Text)
	}
	return out
}

func wantError(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got %v, want %v", what, err, want)
	}
}

func TestAMessageIsShownToBothByteForByte(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	text := "  e\u0301 \u202e\x00\x1b[31m <b>&amp;</b>\r\n\t "
	id := send(n, ana, log, text)
	for _, who := range []*solo.Person{ana, bo} {
		p := list(n, who, message.ListRequest{Conversation: log})
		if len(p.Items) != 1 || p.Next != "" {
			t.Fatalf("%s's page: got %d items, next %q; want 1 and none", who.Name, len(p.Items), p.Next)
		}
		m := p.Items[0]
		if m.ID != id || m.Author != ana.ID || m.Conversation != log || m.Kind != message.KindText || !m.SentAt.Equal(n.Now()) {
			t.Errorf("%s's message: got %+v", who.Name, m)
		}
		if m.Text != text {
			t.Errorf("%s's text: got %q, want %q", who.Name, m.Text, text)
		}
		told := solo.Await(n, who, "message", func(m message.Message) bool { return m.ID == id })
		if told.Text != text {
			t.Errorf("%s was told %q, want %q", who.Name, told.Text, text)
		}
	}
}

func TestWrongTextsAreRefusedAndChangeNothing(t *testing.T) {
	n := start(t)
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Account("eve")
	log := n.Open(ana, bo)
	longest := strings.Repeat("é", protocol.MaxText/2)
	for name, c := range map[string]struct {
		who  *solo.Person
		log  protocol.Log
		text string
		want error
	}{
		"empty":                       {ana, log, "", feature.ErrTextEmpty},
		"one byte too long":           {ana, log, longest + "x", feature.ErrTextTooLong},
		"not UTF-8":                   {ana, log, "a\xff", feature.ErrNotUTF8},
		"a conversation of others":    {eve, log, "hi", feature.ErrNotFound},
		"a conversation of nobody":    {ana, protocol.Log{1}, "hi", feature.ErrNotFound},
		"a conversation never opened": {ana, ana.With(eve), "hi", feature.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := solo.Call[message.Sent](n, c.who, "message.send", message.SendRequest{Conversation: c.log, Text: c.text})
			wantError(t, "message.send", err, c.want)
		})
	}
	if got := list(n, ana, message.ListRequest{Conversation: log}); len(got.Items) != 0 {
		t.Errorf("messages after refusals: got %q, want none", texts(got))
	}
	send(n, ana, log, longest)
	n.Ring.Lock(ana.ID)
	_, err := solo.Call[message.Sent](n, ana, "message.send", message.SendRequest{Conversation: log, Text: "hi"})
	wantError(t, "message.send of a locked account", err, feature.ErrLocked)
}

func TestAForeignConversationCannotBeRead(t *testing.T) {
	n := start(t)
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Account("eve")
	log := n.Open(ana, bo)
	id := send(n, ana, log, "secret")
	_, err := solo.Call[page](n, eve, "message.list", message.ListRequest{Conversation: log})
	wantError(t, "message.list", err, feature.ErrNotFound)
	_, err = solo.Call[message.Sent](n, eve, "message.retry", message.RetryRequest{Conversation: log, Message: id})
	wantError(t, "message.retry", err, feature.ErrNotFound)
	if got := solo.Told[message.Message](n, eve, "message"); len(got) != 0 {
		t.Errorf("a stranger was told %+v", got)
	}
}

func TestHiddenConversationsAreNeitherShownNorTold(t *testing.T) {
	n := start(t, feature.Feature{Name: "hide", Install: func(h *feature.Host) {
		feature.Sight(h, func(_ feature.Tx, local protocol.Account, c feature.Conversation) error {
			if local == c.Members[1] {
				return feature.ErrNotFound
			}
			return nil
		})
	}})
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	id := send(n, ana, log, "hello")
	solo.Await(n, ana, "message", func(m message.Message) bool { return m.ID == id })
	_, err := solo.Call[page](n, bo, "message.list", message.ListRequest{Conversation: log})
	wantError(t, "message.list", err, feature.ErrNotFound)
	_, err = solo.Call[message.Sent](n, bo, "message.send", message.SendRequest{Conversation: log, Text: "hi"})
	wantError(t, "message.send", err, feature.ErrNotFound)
	if got := solo.Told[message.Message](n, bo, "message"); len(got) != 0 {
		t.Errorf("told of a hidden conversation: %+v", got)
	}
}

func TestWhatIsNotPermittedIsNotSent(t *testing.T) {
	blocked := &feature.Error{Status: 403, Code: "blocked"}
	n := start(t, feature.Feature{Name: "block", Install: func(h *feature.Host) {
		feature.Permit(h, func(feature.Tx, protocol.Account, feature.Conversation) error { return blocked })
	}})
	ana, bo := n.Account("ana"), n.Account("bo")
	_, err := solo.Call[message.Sent](n, ana, "message.send", message.SendRequest{Conversation: n.Open(ana, bo), Text: "hi"})
	wantError(t, "message.send", err, blocked)
}

func TestPagesHoldEveryMessageOnce(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	var want []string
	for i := range 23 {
		want = append(want, fmt.Sprint(i))
		send(n, []*solo.Person{ana, bo}[i%2], log, want[i])
	}
	for _, limit := range []int{1, 5, 22, 23, 24, 200} {
		var got []string
		req := message.ListRequest{Conversation: log, Limit: limit}
		for {
			p := list(n, ana, req)
			if len(p.Items) > limit {
				t.Fatalf("page of %d: got %d items", limit, len(p.Items))
			}
			got = append(texts(p), got...)
			if p.Next == "" {
				break
			}
			req.Before = p.Next
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("pages of %d: got %v, want %v", limit, got, want)
		}
	}
	if got := len(list(n, ana, message.ListRequest{Conversation: log}).Items); got != 23 {
		t.Errorf("page without a limit: got %d, want all 23", got)
	}
	items := list(n, ana, message.ListRequest{Conversation: log}).Items
	for i, m := range items[1:] {
		if m.Place == "" || items[i].Place >= m.Place {
			t.Errorf("place of message %d: got %q behind %q, want texts that sort as the messages stand", i+1, m.Place, items[i].Place)
		}
	}
}

func TestWhatShowsNothingTakesNoPlaceInPages(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	for i := range 40 {
		var body event.Body = event.ProfileChanged{Name: "Eve"}
		if i%4 == 0 {
			body = event.MessageSent{Content: fmt.Sprint(i)}
		}
		if _, err := eve.Writes(ana, body); err != nil {
			t.Fatalf("write: %v", err)
		}
	}
	p := list(n, ana, message.ListRequest{Conversation: ana.With(eve), Limit: 4})
	if got, want := fmt.Sprint(texts(p)), "[24 28 32 36]"; got != want {
		t.Errorf("page: got %s, want %s", got, want)
	}
	p = list(n, ana, message.ListRequest{Conversation: ana.With(eve), Limit: 8, Before: p.Next})
	if got, want := fmt.Sprint(texts(p)), "[0 4 8 12 16 20]"; got != want || p.Next != "" {
		t.Errorf("page before: got %s, next %q; want %s and none", got, p.Next, want)
	}
}

func TestWrongPagesAreRefused(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	for _, req := range []message.ListRequest{
		{Limit: -1}, {Limit: 201}, {Before: "x"}, {Before: "!!!"}, {Before: strings.Repeat("A", 64)}, {Before: strings.Repeat("A", 63)},
	} {
		req.Conversation = log
		_, err := solo.Call[page](n, ana, "message.list", req)
		wantError(t, fmt.Sprintf("%+v", req), err, feature.ErrBadRequest)
	}
}

func TestUnknownKindsNeedANewerVersion(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	if _, err := eve.WritesRaw(ana, "poll.opened", []byte{0xa0}); err != nil {
		t.Fatalf("write: %v", err)
	}
	p := list(n, ana, message.ListRequest{Conversation: ana.With(eve)})
	if len(p.Items) != 1 || p.Items[0].Kind != message.KindUnknown || p.Items[0].Text != "" {
		t.Errorf("page: got %+v, want one unknown without a text", p.Items)
	}
}

func TestNoticesAndAddedFieldsCompleteAMessage(t *testing.T) {
	type mark struct {
		By []string  `json:"by"`
		At time.Time `json:"at"`
	}
	n := start(t, feature.Feature{Name: "mark", Install: func(h *feature.Host) {
		feature.Notice(h, func(_ feature.Tx, _ protocol.Account, _ feature.Entry, b event.ProfileChanged) (feature.Told, error) {
			return feature.Tell("now called "+b.Name, feature.Happening{Did: feature.DidRename, Word: b.Name}), nil
		})
		feature.Annotate(h, "mark", func(_ feature.Tx, _ protocol.Account, e feature.Entry) (*mark, error) {
			if e.Kind != "message.sent" {
				return nil, nil
			}
			return &mark{At: time.UnixMilli(1).UTC()}, nil
		})
	}})
	ana, eve := n.Account("ana"), n.Stranger("eve")
	eve.Writes(ana, event.ProfileChanged{Name: "Eva"})
	eve.Writes(ana, event.MessageSent{Content: "<hi>"})
	raw, err := feature.Encode(list(n, ana, message.ListRequest{Conversation: ana.With(eve)}))
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Items []map[string]any }
	if err := json.Unmarshal(raw, &got); err != nil || len(got.Items) != 2 {
		t.Fatalf("%s: %v", raw, err)
	}
	if got.Items[0]["kind"] != "notice" || got.Items[0]["text"] != "now called Eva" || got.Items[0]["mark"] != nil ||
		fmt.Sprint(got.Items[0]["notice"]) != "[map[did:renamed word:Eva]]" {
		t.Errorf("notice: got %v", got.Items[0])
	}
	if m := fmt.Sprint(got.Items[1]["mark"]); m != "map[at:1970-01-01T00:00:00.001Z by:[]]" || got.Items[1]["text"] != "<hi>" {
		t.Errorf("message: got %v", got.Items[1])
	}
	if !strings.Contains(string(raw), `"text":"<hi>"`) || !strings.Contains(string(raw), `"sent_at":"2026-03-01T12:00:00Z"`) {
		t.Errorf("got %s; want the text unescaped and times in UTC", raw)
	}
}

func TestStatesComeFromDeliveryAndFailuresCanBeRetried(t *testing.T) {
	n := start(t)
	ana, eve := n.Account("ana"), n.Stranger("eve")
	log := n.Open(ana, eve)
	id := send(n, ana, log, "hello")
	state := func() message.Message { return list(n, ana, message.ListRequest{Conversation: log}).Items[0] }
	if got := state(); got.State != feature.Sending || got.Reason != "" {
		t.Errorf("state: got %q %q, want sending", got.State, got.Reason)
	}
	retry := func(id protocol.EventID) error {
		_, err := solo.Call[message.Sent](n, ana, "message.retry", message.RetryRequest{Conversation: log, Message: id})
		return err
	}
	wantError(t, "retry what did not fail", retry(id), feature.ErrNotFound)
	wantError(t, "retry what is not there", retry(protocol.EventID{1}), feature.ErrNotFound)
	n.Delivery.Reaches(id, ana, log, feature.Failed, "the other node is gone")
	if got := state(); got.State != feature.Failed || got.Reason == "" {
		t.Errorf("state: got %q %q, want failed with a reason", got.State, got.Reason)
	}
	solo.Await(n, ana, "message.state", func(c message.StateChange) bool {
		return c.ID == id && c.Conversation == log && c.State == feature.Failed && c.Reason != ""
	})
	if err := retry(id); err != nil || len(n.Delivery.Retried()) != 1 || n.Delivery.Retried()[0] != id {
		t.Errorf("retry: got %v, %v", err, n.Delivery.Retried())
	}
	theirs, _ := eve.Writes(ana, event.MessageSent{Content: "hi"})
	wantError(t, "retry another's message", retry(theirs), feature.ErrNotFound)
}

func withKey(value string) context.Context {
	return feature.WithKey(context.Background(), feature.Key{Value: value})
}

func TestARepeatedCallHasOneEffect(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	call := func(who *solo.Person, key, text string, log protocol.Log) (protocol.EventID, error) {
		s, err := solo.CallWith[message.Sent](withKey(key), n, who, "message.send", message.SendRequest{Conversation: log, Text: text})
		return s.ID, err
	}
	first, err := call(ana, "k", "hello", log)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := call(ana, "k", "hello", log); err != nil || again != first {
		t.Errorf("the same call: got %v, %v; want %v", again, err, first)
	}
	_, err = call(ana, "k", "other", log)
	wantError(t, "another text", err, feature.ErrKeyMismatch)
	eve := n.Account("eve")
	_, err = call(ana, "k", "hello", n.Open(ana, eve))
	wantError(t, "another conversation", err, feature.ErrKeyMismatch)
	if id, err := call(bo, "k", "hello", log); err != nil || id == first {
		t.Errorf("another account's key: got %v, %v; want a new message", id, err)
	}
	if id, err := call(ana, "k2", "hello", log); err != nil || id == first {
		t.Errorf("another key: got %v, %v; want a new message", id, err)
	}
	if got := len(list(n, ana, message.ListRequest{Conversation: log}).Items); got != 3 {
		t.Errorf("messages: got %d, want 3", got)
	}
	n.Pass(23 * time.Hour)
	n.Job("message.forget keys")
	if again, err := call(ana, "k", "hello", log); err != nil || again != first {
		t.Errorf("the same call within a day: got %v, %v; want %v", again, err, first)
	}
	n.Pass(time.Hour)
	n.Job("message.forget keys")
	if id, err := call(ana, "k", "other", log); err != nil || id == first {
		t.Errorf("after a day: got %v, %v; want a new message", id, err)
	}
}
