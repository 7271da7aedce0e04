package export_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/export"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/feature/receipt"
	"conclave/node/feature/settings"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
)

// document is what an export is read as.
type document struct {
	Version       int
	Account       struct{ Acct protocol.Account }
	Data          map[string]json.RawMessage
	Conversations []struct {
		ID       protocol.Log
		Kind     string
		Messages []struct{ Text, Kind string }
	}
	Complete bool
}

func start(t *testing.T) *solo.Node {
	return solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature(), message.Feature(), receipt.Feature(), settings.Feature(), export.Feature())
}

func of(t *testing.T, n *solo.Node, who *solo.Person) (document, string) {
	t.Helper()
	var out bytes.Buffer
	if err := solo.Must[export.Export](n, who, "export.get", feature.Nothing{}).Stream(t.Context(), &out); err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(out.Bytes(), &d); err != nil {
		t.Fatalf("the export of %s is no JSON: %v", who.Name, err)
	}
	return d, out.String()
}

func (d document) texts(log protocol.Log) (out []string) {
	for _, c := range d.Conversations {
		for _, m := range c.Messages {
			if c.ID == log && m.Kind == "text" {
				out = append(out, m.Text)
			}
		}
	}
	return out
}

func send(n *solo.Node, who *solo.Person, log protocol.Log, text string) {
	solo.Must[message.Sent](n, who, "message.send", message.SendRequest{Conversation: log, Text: text})
}

func TestAnExportHoldsEverythingOfTheAccountAndNothingOfOthers(t *testing.T) {
	n := start(t)
	ana, bo, cy := n.Account("ana"), n.Account("bo"), n.Account("cy")
	talk := solo.Must[contact.Contact](n, ana, "contact.add", contact.LeadRequest{Link: bo.Link()}).Conversation
	other := solo.Must[contact.Contact](n, bo, "contact.add", contact.LeadRequest{Link: cy.Link()}).Conversation
	group := solo.Must[conversation.Conversation](n, ana, "conversation.create", conversation.CreateRequest{Kind: "group", Name: "Ring", Members: []protocol.Account{bo.ID}}).ID
	const many = 450 // more than two batches
	for i := range many {
		send(n, []*solo.Person{ana, bo}[i%2], talk, fmt.Sprintf("direct %03d", i))
	}
	for i := range 250 {
		send(n, bo, group, fmt.Sprintf("group %03d", i))
	}
	send(n, bo, other, "a secret of bo and cy")
	solo.Must[settings.Page](n, bo, "page.set", settings.PageRequest{Language: new(string("fr"))})

	d, raw := of(t, n, ana)
	if d.Version != 1 || !d.Complete || d.Account.Acct != ana.ID || len(d.Conversations) != 2 {
		t.Errorf("got version %d, complete %v, of %v, %d conversations; want 1, true, Ana's, 2", d.Version, d.Complete, d.Account.Acct, len(d.Conversations))
	}
	for log, want := range map[protocol.Log]int{talk: many, group: 250} {
		got := d.texts(log)
		if len(got) != want {
			t.Errorf("got %d messages, want %d", len(got), want)
			continue
		}
		for i, text := range got {
			if !strings.HasSuffix(text, fmt.Sprintf(" %03d", i)) {
				t.Errorf("message %d: got %q, want them in their order", i, text)
				break
			}
		}
	}
	for _, name := range []string{"contacts", "folders", "kept", "notifications", "page"} {
		if len(d.Data[name]) == 0 {
			t.Errorf("the export has no %s", name)
		}
	}
	for _, secret := range []string{"a secret of bo and cy", cy.ID.String(), other.String(), `"fr"`} {
		if strings.Contains(raw, secret) {
			t.Errorf("the export of Ana holds %q of others", secret)
		}
	}
	if d, _ := of(t, n, bo); len(d.Conversations) != 3 || len(d.texts(other)) != 1 {
		t.Errorf("the export of Bo has %d conversations, %d messages with Cy; want 3 and 1", len(d.Conversations), len(d.texts(other)))
	}
}

func TestWhatIsClearedIsNotExported(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	talk := solo.Must[contact.Contact](n, ana, "contact.add", contact.LeadRequest{Link: bo.Link()}).Conversation
	send(n, bo, talk, "before")
	solo.Must[feature.Nothing](n, ana, "conversation.clear", conversation.GetRequest{Conversation: talk})
	send(n, bo, talk, "behind")
	d, raw := of(t, n, ana)
	if got := d.texts(talk); len(got) != 1 || got[0] != "behind" || strings.Contains(raw, "before") {
		t.Errorf("got %q, want what came behind the clearing only", got)
	}
}

var errGone = errors.New("the client went away")

// narrow takes so many bytes.
type narrow struct{ left int }

func (w *narrow) Write(b []byte) (int, error) {
	if len(b) > w.left {
		return 0, errGone
	}
	w.left -= len(b)
	return len(b), nil
}

// once runs a second export while it is written to.
type once struct {
	io.Writer
	again func()
}

func (w *once) Write(b []byte) (int, error) {
	if w.again != nil {
		again := w.again
		w.again = nil
		again()
	}
	return w.Writer.Write(b)
}

func TestAnExportEndsWithItsReaderAndRunsOnce(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	talk := solo.Must[contact.Contact](n, ana, "contact.add", contact.LeadRequest{Link: bo.Link()}).Conversation
	for range 20 {
		send(n, bo, talk, strings.Repeat("x", 10_000))
	}
	asked := solo.Must[export.Export](n, ana, "export.get", feature.Nothing{})
	if err := asked.Stream(t.Context(), &narrow{left: 100_000}); !errors.Is(err, errGone) {
		t.Errorf("a client that goes away: got %v, want %v", err, errGone)
	}
	var second error
	w := &once{Writer: io.Discard, again: func() { second = asked.Stream(t.Context(), io.Discard) }}
	if err := asked.Stream(t.Context(), w); err != nil || !errors.Is(second, feature.ErrTooMany) {
		t.Errorf("two at once: got %v and %v, want none and %v", err, second, feature.ErrTooMany)
	}
}
