package draft_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/draft"
	"conclave/node/feature/message"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
)

func start(t *testing.T) (n *solo.Node, ana, bo *solo.Person, log protocol.Log) {
	n = solo.Start(t, message.Feature(), draft.Feature())
	ana, bo = n.Account("ana"), n.Account("bo")
	return n, ana, bo, n.Open(ana, bo)
}

func save(n *solo.Node, who *solo.Person, req draft.SaveRequest) draft.Saved {
	return solo.Must[draft.Saved](n, who, "draft.save", req)
}

func list(n *solo.Node, who *solo.Person) draft.Drafts {
	return solo.Must[draft.Drafts](n, who, "draft.list", draft.ListRequest{})
}

func TestADraftIsThereOnAllClientsUntilItEnds(t *testing.T) {
	n, ana, bo, log := start(t)
	m := solo.Must[message.Sent](n, bo, "message.send", message.SendRequest{Conversation: log, Text: "when?"})
	got := save(n, ana, draft.SaveRequest{Conversation: log, Text: "at \x00 five", ReplyTo: m.ID, Client: "one"})
	if !got.Taken || got.Draft.Revision != 1 {
		t.Errorf("first write: got %+v, want taken as revision 1", got)
	}
	told := solo.Await(n, ana, "draft", func(d draft.Draft) bool { return d.Revision == 1 })
	if told.Text != "at \x00 five" || told.Client != "one" || told.ReplyTo == nil || told.ReplyTo.ID != m.ID || told.ReplyTo.Text != "when?" {
		t.Errorf("frame: got %+v, want the text, the client and the answered message", told)
	}
	if all := list(n, ana); len(all.Items) != 1 || all.Items[0].Text != "at \x00 five" || all.Revision != 1 {
		t.Errorf("list: got %+v, want the draft", all)
	}
	if all := list(n, bo); len(all.Items) != 0 || len(solo.Told[draft.Draft](n, bo, "draft")) != 0 {
		t.Errorf("the other sees %+v, want nothing", all)
	}
	if again := save(n, ana, draft.SaveRequest{Conversation: log, Text: "at \x00 five", ReplyTo: m.ID, Client: "two", Revision: 1}); again.Draft.Revision != 1 {
		t.Errorf("the same text again: got revision %d, want 1: nothing was written", again.Draft.Revision)
	}
	solo.Must[feature.Nothing](n, ana, "draft.delete", draft.RemoveRequest{Conversation: log})
	solo.Await(n, ana, "draft", func(d draft.Draft) bool { return d.Revision == 2 && d.Text == "" && d.ReplyTo == nil })
	if all := list(n, ana); len(all.Items) != 0 || all.Revision != 2 {
		t.Errorf("list after the end: got %+v, want none at revision 2", all)
	}
}

func TestAStaleWriteIsRefusedWithTheNewerOne(t *testing.T) {
	n, ana, _, log := start(t)
	save(n, ana, draft.SaveRequest{Conversation: log, Text: "one", Client: "phone"})
	save(n, ana, draft.SaveRequest{Conversation: log, Text: "two", Client: "laptop", Revision: 1})
	if got := save(n, ana, draft.SaveRequest{Conversation: log, Text: "late", Client: "phone", Revision: 1}); got.Taken || got.Draft.Text != "two" || got.Draft.Revision != 2 {
		t.Errorf("stale write: got %+v, want a refusal with the newer draft", got)
	}
	if got := save(n, ana, draft.SaveRequest{Conversation: log, Text: "two and a half", Client: "laptop", Revision: 1}); !got.Taken || got.Draft.Revision != 3 {
		t.Errorf("a write after an answer that was lost: got %+v, want it taken", got)
	}
	save(n, ana, draft.SaveRequest{Conversation: log, Client: "laptop", Revision: 3})
	if got := save(n, ana, draft.SaveRequest{Conversation: log, Text: "two", Client: "phone", Revision: 2}); got.Taken || got.Draft.Text != "" || got.Draft.Revision != 4 {
		t.Errorf("a write that did not see the end: got %+v, want a refusal with nothing", got)
	}
	if got := save(n, ana, draft.SaveRequest{Conversation: log, Text: "anew", Client: "phone", Revision: 4}); !got.Taken || got.Draft.Revision != 5 {
		t.Errorf("a write that saw the end: got %+v, want it taken as revision 5", got)
	}
}

func TestThreadsHaveDraftsOfTheirOwn(t *testing.T) {
	n, ana, _, log := start(t)
	m := solo.Must[message.Sent](n, ana, "message.send", message.SendRequest{Conversation: log, Text: "root"})
	save(n, ana, draft.SaveRequest{Conversation: log, Text: "outside", Client: "one"})
	save(n, ana, draft.SaveRequest{Conversation: log, Text: "inside", Thread: m.ID, Client: "one"})
	solo.Must[feature.Nothing](n, ana, "draft.delete", draft.RemoveRequest{Conversation: log})
	if all := list(n, ana); len(all.Items) != 1 || all.Items[0].Text != "inside" || all.Items[0].Thread != m.ID {
		t.Errorf("list: got %+v, want the draft of the thread", all.Items)
	}
}

func TestWrongDraftsAreRefused(t *testing.T) {
	n, ana, bo, log := start(t)
	eve := n.Account("eve")
	foreign := solo.Must[message.Sent](n, bo, "message.send", message.SendRequest{Conversation: n.Open(bo, eve), Text: "secret"})
	for name, c := range map[string]struct {
		who  *solo.Person
		req  draft.SaveRequest
		want error
	}{
		"too long":                    {ana, draft.SaveRequest{Conversation: log, Text: strings.Repeat("x", protocol.MaxText+1)}, feature.ErrTooLarge},
		"not UTF-8":                   {ana, draft.SaveRequest{Conversation: log, Text: "\xff"}, feature.ErrBadRequest},
		"a conversation of others":    {eve, draft.SaveRequest{Conversation: log, Text: "x"}, feature.ErrNotFound},
		"answers a message elsewhere": {ana, draft.SaveRequest{Conversation: log, Text: "x", ReplyTo: foreign.ID}, feature.ErrNotFound},
		"a thread that is not there":  {ana, draft.SaveRequest{Conversation: log, Text: "x", Thread: protocol.EventID{1}}, feature.ErrNotFound},
	} {
		if _, err := solo.Call[draft.Saved](n, c.who, "draft.save", c.req); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	n.Ring.Lock(ana.ID)
	if _, err := solo.Call[draft.Drafts](n, ana, "draft.list", draft.ListRequest{}); !errors.Is(err, feature.ErrLocked) {
		t.Errorf("list of a locked account: got %v, want %v", err, feature.ErrLocked)
	}
}

func TestPagesHoldEveryDraftOnce(t *testing.T) {
	n, ana, _, _ := start(t)
	seen := map[string]int{}
	for i := range 60 {
		log := n.Open(ana, n.Stranger(protocol.Name(fmt.Sprintf("p%d", i))))
		save(n, ana, draft.SaveRequest{Conversation: log, Text: fmt.Sprint(i), Client: "one"})
	}
	for next := ""; ; {
		page := solo.Must[draft.Drafts](n, ana, "draft.list", draft.ListRequest{Before: next})
		for _, d := range page.Items {
			seen[d.Text]++
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if len(seen) != 60 {
		t.Errorf("pages: got %d drafts, want 60", len(seen))
	}
	for text, times := range seen {
		if times != 1 {
			t.Errorf("draft %s: shown %d times, want once", text, times)
		}
	}
	if _, err := solo.Call[draft.Drafts](n, ana, "draft.list", draft.ListRequest{Before: "zz"}); !errors.Is(err, feature.ErrBadRequest) {
		t.Errorf("a wrong cursor: got %v, want %v", err, feature.ErrBadRequest)
	}
}
