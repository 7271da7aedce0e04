package thread_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/member"
	"conclave/node/feature/mention"
	"conclave/node/feature/message"
	"conclave/node/feature/receipt"
	"conclave/node/feature/thread"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

func start(t testing.TB) *solo.Node {
	return solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature(), message.Feature(), mention.Feature(), thread.Feature(), receipt.Feature())
}

// startTwo is a node without contacts, where everybody may write to everybody.
func startTwo(t testing.TB) *solo.Node {
	return solo.Start(t, conversation.Feature(), message.Feature(), mention.Feature(), thread.Feature(), receipt.Feature())
}

func found(n *solo.Node, owner *solo.Person, others ...*solo.Person) protocol.Log {
	req := conversation.CreateRequest{Kind: "group", Name: "Garden"}
	for _, p := range others {
		req.Members = append(req.Members, p.ID)
	}
	return solo.Must[conversation.Conversation](n, owner, "conversation.create", req).ID
}

func write(n *solo.Node, who *solo.Person, req message.SendRequest) protocol.EventID {
	return solo.Must[message.Sent](n, who, "message.send", req).ID
}

func send(n *solo.Node, who *solo.Person, log protocol.Log, text string) protocol.EventID {
	return write(n, who, message.SendRequest{Conversation: log, Text: text})
}

func answer(n *solo.Node, who *solo.Person, log protocol.Log, root protocol.EventID, text string) protocol.EventID {
	return write(n, who, message.SendRequest{Conversation: log, Text: text, Thread: root})
}

func get(n *solo.Node, who *solo.Person, log protocol.Log, root protocol.EventID) thread.Thread {
	return solo.Must[thread.Thread](n, who, "thread.get", thread.GetRequest{Conversation: log, Message: root})
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// said writes the texts of a thread, "root: one; two".
func said(n *solo.Node, who *solo.Person, log protocol.Log, root protocol.EventID) string {
	return line(get(n, who, log, root))
}

func line(page thread.Thread) string {
	out := "none"
	if page.Root != nil {
		out = page.Root.Text + string(map[bool]string{true: "(deleted)"}[page.Root.Kind == message.KindDeleted])
	}
	var texts []string
	for _, m := range page.Items {
		texts = append(texts, m.Text+string(map[bool]string{true: "(deleted)"}[m.Kind == message.KindDeleted]))
	}
	return out + ": " + strings.Join(texts, "; ")
}

// rows writes the conversation, "0 text; 1 text".
func rows(n *solo.Node, who *solo.Person, log protocol.Log) string {
	page := solo.Must[feature.List[message.Message]](n, who, "message.list", message.ListRequest{Conversation: log})
	var out []string
	for _, m := range page.Items {
		if m.Kind != message.KindNotice {
			out = append(out, m.Text)
		}
		if m.Ordinal == nil || *m.Ordinal >= page.Total {
			out = append(out, "without a number")
		}
	}
	return strings.Join(out, "; ")
}

// rollUp is what a message shows of its thread: "2 Ana Ben followed unread 1".
func rollUp(t testing.TB, n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) string {
	t.Helper()
	page := solo.Must[feature.List[message.Message]](n, who, "message.list", message.ListRequest{Conversation: log})
	for _, m := range page.Items {
		if m.ID != id {
			continue
		}
		raw, err := json.Marshal(m)
		must(t, err)
		var row struct {
			Answers *thread.Answers `json:"answers"`
		}
		must(t, json.Unmarshal(raw, &row))
		return text(row.Answers)
	}
	return "no such message"
}

func text(a *thread.Answers) string {
	if a == nil {
		return ""
	}
	out := fmt.Sprint(a.Count)
	for _, f := range a.Faces {
		out += " " + f.Name
	}
	if a.Followed {
		out += fmt.Sprint(" followed unread ", a.Unread)
	}
	return out
}

func followed(n *solo.Node, who *solo.Person) string {
	list := solo.Must[thread.List](n, who, "thread.list", thread.ListRequest{})
	out := []string{fmt.Sprint(list.Unread)}
	for _, f := range list.Items {
		last := ""
		if f.Last != nil {
			last = f.Last.Text
		}
		out = append(out, fmt.Sprintf("%s>%s %d", f.Root.Text, last, f.Answers.Unread))
	}
	return strings.Join(out, "; ")
}

func talk(n *solo.Node, who *solo.Person, log protocol.Log) conversation.Conversation {
	return solo.Must[conversation.Conversation](n, who, "conversation.get", conversation.GetRequest{Conversation: log})
}

func named(n *solo.Node, log protocol.Log, viewer *solo.Person) {
	n.Until("all names are known", func() bool {
		for _, m := range solo.Must[feature.List[member.Member]](n, viewer, "member.list", member.ListRequest{Conversation: log}).Items {
			if feature.Nameless(m.Account, m.Name) {
				return false
			}
		}
		return true
	})
}

func TestAThreadStandsUnderItsRootAndNotInTheConversation(t *testing.T) {
	n := start(t)
	ana, ben, cy := n.Account("ana"), n.Account("ben"), n.Account("cy")
	log := found(n, ana, ben, cy)
	for _, p := range []*solo.Person{ana, ben, cy} {
		named(n, log, p)
	}
	root, other := send(n, ana, log, "seeds?"), send(n, ana, log, "plain")
	unread := talk(n, ben, log).Unread
	days := solo.Must[feature.List[message.Day]](n, ben, "message.days", message.DaysRequest{Conversation: log})
	first := answer(n, cy, log, root, "beans")
	second := write(n, cy, message.SendRequest{Conversation: log, Text: "and peas", Thread: root, ReplyTo: first})

	want(t, "the conversation", rows(n, ben, log), "seeds?; plain")
	want(t, "the thread", said(n, ben, log, root), "seeds?: beans; and peas")
	want(t, "of a message in it", said(n, ben, log, second), "seeds?: beans; and peas")
	want(t, "unread", talk(n, ben, log).Unread, unread)
	want(t, "the last line", talk(n, ben, log).Last.Text, "plain")
	after := solo.Must[feature.List[message.Day]](n, ben, "message.days", message.DaysRequest{Conversation: log})
	want(t, "the rows", after.Total, days.Total)
	want(t, "who does not follow", rollUp(t, n, ben, log, root), "2 Cy")
	want(t, "who wrote the root", rollUp(t, n, ana, log, root), "2 Cy followed unread 2")
	want(t, "who answered", rollUp(t, n, cy, log, root), "2 Cy followed unread 0")
	want(t, "a message without", rollUp(t, n, ana, log, other), "")
	if m := get(n, ben, log, root).Items[1]; m.Thread != root || m.ReplyTo == nil || m.ReplyTo.Text != "beans" {
		t.Errorf("a message of the thread: got %+v, want its thread and its quote", m)
	}
	solo.Await(n, ben, "message", func(m message.Message) bool { return m.ID == second && m.Thread == root })
	solo.Await(n, ana, "thread", func(f thread.Followed) bool {
		return f.ID == root && f.Answers.Unread == 2 && f.Last.Text == "and peas"
	})

	solo.Must[feature.Nothing](n, ana, "thread.read", thread.MarkRequest{Conversation: log, Message: root, Read: first})
	want(t, "half of it read", rollUp(t, n, ana, log, root), "2 Cy followed unread 1")
	want(t, "the mark of another", rollUp(t, n, cy, log, root), "2 Cy followed unread 0")
	answer(n, ana, log, root, "thanks")
	want(t, "who answers has read", rollUp(t, n, ana, log, root), "3 Ana Cy followed unread 0")
	want(t, "what came meanwhile", rollUp(t, n, cy, log, root), "3 Ana Cy followed unread 1")

	must(t, call(n, cy, "message.delete", message.DeleteRequest{Conversation: log, Message: second, For: "everyone"}))
	want(t, "one deleted", said(n, ben, log, root), "seeds?: beans; (deleted); thanks")
	want(t, "which counts as nothing", rollUp(t, n, ben, log, root), "2 Ana Cy")
	want(t, "the conversation", rows(n, ben, log), "seeds?; plain")
	solo.Await(n, ben, "message", func(m message.Message) bool {
		return m.ID == second && m.Kind == message.KindDeleted && m.Thread == root
	})
	must(t, call(n, ana, "message.delete", message.DeleteRequest{Conversation: log, Message: root, For: "everyone"}))
	want(t, "the root deleted", said(n, ben, log, root), "(deleted): beans; (deleted); thanks")
	want(t, "its tombstone", rollUp(t, n, ben, log, root), "2 Ana Cy")
	if _, err := solo.Call[message.Sent](n, ben, "message.send", message.SendRequest{Conversation: log, Text: "late", Thread: root}); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("an answer to a deleted root: got %v, want %v", err, feature.ErrNotFound)
	}
}

func call(n *solo.Node, who *solo.Person, name string, req any) error {
	_, err := solo.Call[feature.Nothing](n, who, name, req)
	return err
}

func TestThreadsAreFollowedByThemselvesAndByHand(t *testing.T) {
	n := start(t)
	ana, ben, cy, di := n.Account("ana"), n.Account("ben"), n.Account("cy"), n.Account("di")
	log := found(n, ana, ben, cy, di)
	for _, p := range []*solo.Person{ana, cy} {
		named(n, log, p)
	}
	root := send(n, ana, log, "who comes?")
	must(t, call(n, di, "thread.follow", thread.Request{Conversation: log, Message: root}))
	write(n, ana, message.SendRequest{Conversation: log, Text: "@Ben?", Thread: root, Mentions: []protocol.Account{ben.ID}})
	want(t, "who is mentioned", followed(n, ben), "1; who comes?>@Ben? 1")
	want(t, "the mention counts", talk(n, ben, log).Mentions, 1)
	want(t, "by hand", followed(n, di), "1; who comes?>@Ben? 1")
	want(t, "who has nothing to do with it", followed(n, cy), "0")
	want(t, "the author", followed(n, ana), "0; who comes?>@Ben? 0")

	last := get(n, ben, log, root).Items[0].ID
	solo.Must[feature.Nothing](n, ben, "thread.read", thread.MarkRequest{Conversation: log, Message: root, Read: last})
	want(t, "the mention was read", talk(n, ben, log).Mentions, 0)
	want(t, "and is no more unread", followed(n, ben), "0; who comes?>@Ben? 0")
	solo.Await(n, ben, "thread", func(f thread.Followed) bool { return f.ID == root && f.Followed && f.Answers.Unread == 0 })

	must(t, call(n, ben, "thread.unfollow", thread.Request{Conversation: log, Message: root}))
	solo.Await(n, ben, "thread", func(f thread.Followed) bool { return f.ID == root && !f.Followed })
	must(t, call(n, di, "thread.unfollow", thread.Request{Conversation: log, Message: root}))
	answer(n, cy, log, root, "me")
	want(t, "unfollowed", followed(n, ben), "0")
	want(t, "unfollowed by hand", followed(n, di), "0")
	must(t, call(n, ben, "thread.follow", thread.Request{Conversation: log, Message: root}))
	want(t, "what was there is not new", followed(n, ben), "0; who comes?>me 0")
	answer(n, cy, log, root, "me too")
	want(t, "what comes is", followed(n, ben), "1; who comes?>me too 1")

	second := send(n, ben, log, "bread?")
	answer(n, ben, log, second, "mine")
	want(t, "unread first", followed(n, ben), "1; who comes?>me too 1; bread?>mine 0")
	page := solo.Must[thread.List](n, ben, "thread.list", thread.ListRequest{Limit: 1})
	next := solo.Must[thread.List](n, ben, "thread.list", thread.ListRequest{Limit: 1, Before: page.Next})
	if len(page.Items) != 1 || len(next.Items) != 1 || next.Items[0].ID != second || next.Next != "" {
		t.Errorf("pages of threads: got %+v and %+v, want one thread each", page, next)
	}
}

func TestAnswersMayComeBeforeTheirRoot(t *testing.T) {
	n := startTwo(t)
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	late := zoe.Holds(ana, event.MessageSent{Content: "root"})
	root := zoe.Last(ana)
	first, err := zoe.Writes(ana, event.MessageSent{Content: "early", Thread: root})
	must(t, err)
	want(t, "without its root", said(n, ana, log, root), "none: early")
	want(t, "no row", rows(n, ana, log), "")
	want(t, "nothing unread", talk(n, ana, log).Unread, 0)
	must(t, late())
	want(t, "with its root", said(n, ana, log, first), "root: early")
	want(t, "the root", rows(n, ana, log), "root")
	want(t, "the root's unread", talk(n, ana, log).Unread, 1)

	gone := zoe.Holds(ana, event.MessageSent{Content: "never seen", Thread: root})
	id := zoe.Last(ana)
	_, err = zoe.Writes(ana, event.MessageDeleted{Message: id, Thread: root})
	must(t, err)
	must(t, gone())
	want(t, "deleted before it came", said(n, ana, log, root), "root: early; (deleted)")
	want(t, "no tombstone in the conversation", rows(n, ana, log), "root")
}

func TestWhatNamesNoRootIsShownNowhereElse(t *testing.T) {
	n := startTwo(t)
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	root := send(n, ana, log, "root")
	one, err := zoe.Writes(ana, event.MessageSent{Content: "one", Thread: root})
	must(t, err)
	_, err = zoe.Writes(ana, event.MessageSent{Content: "forged", Thread: protocol.EventID{7}})
	must(t, err)
	nested, err := zoe.Writes(ana, event.MessageSent{Content: "nested", Thread: one})
	must(t, err)
	_, err = zoe.Writes(ana, event.MessageSent{Content: "@ana", Thread: one, Mentions: []event.Mention{{Account: ana.ID, To: 4}}})
	must(t, err)
	edit, err := zoe.Writes(ana, event.MessageEdited{Message: one, Content: "none"})
	must(t, err)
	_, err = zoe.Writes(ana, event.MessageSent{Content: "under an edit", Thread: edit})
	must(t, err)
	want(t, "the conversation", rows(n, ana, log), "root")
	want(t, "the thread", said(n, ana, log, root), "root: none")
	want(t, "threads", followed(n, ana), "1; root>none 1")
	want(t, "a root that is not here", said(n, ana, log, protocol.EventID{7}), "none: forged")
	want(t, "a root that is no message", said(n, ana, log, edit), "none: under an edit")
	for name, c := range map[string]struct {
		op   string
		req  any
		want error
	}{
		"a thread of a thread":            {"thread.get", thread.GetRequest{Conversation: log, Message: nested}, feature.ErrNotFound},
		"nothing there":                   {"thread.get", thread.GetRequest{Conversation: log, Message: protocol.EventID{8}}, feature.ErrNotFound},
		"a foreign conversation":          {"thread.get", thread.GetRequest{Conversation: protocol.Log{1}, Message: root}, feature.ErrNotFound},
		"too many":                        {"thread.get", thread.GetRequest{Conversation: log, Message: root, Limit: 201}, feature.ErrBadRequest},
		"both sides":                      {"thread.get", thread.GetRequest{Conversation: log, Message: root, Before: "a", After: "b"}, feature.ErrBadRequest},
		"no cursor":                       {"thread.get", thread.GetRequest{Conversation: log, Message: root, Before: "?"}, feature.ErrBadRequest},
		"read what is not of it":          {"thread.read", thread.MarkRequest{Conversation: log, Message: root, Read: root}, feature.ErrNotFound},
		"read of no thread":               {"thread.read", thread.MarkRequest{Conversation: log, Read: root}, feature.ErrNotFound},
		"read what is not here":           {"thread.read", thread.MarkRequest{Conversation: log, Message: root, Read: protocol.EventID{8}}, feature.ErrNotFound},
		"follow nothing":                  {"thread.follow", thread.Request{Conversation: log, Message: protocol.EventID{8}}, feature.ErrNotFound},
		"unfollow nothing":                {"thread.unfollow", thread.Request{Conversation: log, Message: protocol.EventID{8}}, feature.ErrNotFound},
		"a list of too many":              {"thread.list", thread.ListRequest{Limit: 101}, feature.ErrBadRequest},
		"a list behind nothing":           {"thread.list", thread.ListRequest{Before: "x"}, feature.ErrBadRequest},
		"a list behind something cut off": {"thread.list", thread.ListRequest{Before: "uAAAA"}, feature.ErrBadRequest},
		"an answer in a thread of it":     {"message.send", message.SendRequest{Conversation: log, Text: "x", Thread: one}, message.ErrNested},
		"an answer to what is not here":   {"message.send", message.SendRequest{Conversation: log, Text: "x", Thread: protocol.EventID{7}}, feature.ErrNotFound},
		"an answer under an edit":         {"message.send", message.SendRequest{Conversation: log, Text: "x", Thread: edit}, feature.ErrNotFound},
	} {
		rows := n.Rows()
		if _, err := solo.Call[any](n, ana, c.op, c.req); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		want(t, name+": rows", n.Rows(), rows)
	}
}

func TestAThreadIsPaged(t *testing.T) {
	n := startTwo(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	log := n.Open(ana, ben)
	root := send(n, ana, log, "count")
	for i := range 7 {
		answer(n, ben, log, root, fmt.Sprint(i))
	}
	ask := func(before, after string) thread.Thread {
		return solo.Must[thread.Thread](n, ana, "thread.get", thread.GetRequest{Conversation: log, Message: root, Before: before, After: after, Limit: 3})
	}
	last := ask("", "")
	middle := ask(last.Next, "")
	first := ask(middle.Next, "")
	want(t, "pages", line(last)+" "+line(middle)+" "+line(first), "count: 4; 5; 6 count: 1; 2; 3 count: 0")
	want(t, "the end", first.Next, "")
	want(t, "behind the first", line(ask("", first.Newer)), "count: 1; 2; 3")
	want(t, "behind the middle", line(ask("", middle.Newer)), "count: 4; 5; 6")
	want(t, "the newest", last.Newer, "")
	if talk(n, ben, log).Last.Text != "count" {
		t.Errorf("the last line: got %q, want the root", talk(n, ben, log).Last.Text)
	}
}

// What is shown of a thread depends on which events are shown alone: not on their order of arrival, nor on what was hidden meanwhile.
func TestThreadsConverge(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for round := range 20 {
		n := startTwo(t)
		ana, ben := n.Account("ana"), n.Account("ben")
		log := n.Open(ana, ben)
		root := send(n, ana, log, "?")
		var all []feature.Entry
		for i := range 20 {
			body := event.MessageSent{Content: fmt.Sprint(i), Thread: root}
			raw, err := event.Encode(body)
			must(t, err)
			author := []*solo.Person{ana, ben}[rng.IntN(2)]
			all = append(all, feature.Entry{Event: &protocol.Event{
				Header: protocol.Header{Log: log, Kind: body.Kind(), Author: author.ID, Ord: uint64(2 + rng.IntN(10)), HLC: uint64(i)}, ID: protocol.EventID{byte(i + 1)}, Body: raw,
			}})
		}
		hidden := rng.IntN(10)
		n.Update(func(tx feature.Tx) error {
			for _, i := range rng.Perm(len(all)) {
				if err := n.Registry.Apply(tx, all[i]); err != nil {
					return err
				}
			}
			for _, e := range all[:hidden] {
				if err := n.Registry.Withdraw(tx, e); err != nil {
					return err
				}
			}
			return n.Registry.Apply(tx, all[hidden]) // again
		})
		got := rollUp(t, n, ana, log, root) + rollUp(t, n, ben, log, root)
		wipe(n, log)
		n.Update(func(tx feature.Tx) error {
			for _, e := range all[hidden:] {
				if err := n.Registry.Apply(tx, e); err != nil {
					return err
				}
			}
			return nil
		})
		want(t, fmt.Sprint("round ", round), got, rollUp(t, n, ana, log, root)+rollUp(t, n, ben, log, root))
	}
}

func wipe(n *solo.Node, log protocol.Log) {
	n.Update(func(tx feature.Tx) error {
		realm, err := n.Ring.Conversation(tx, log)
		if err != nil {
			return err
		}
		return tx.Scan(realm, realm.Key(storage.Threads), storage.ScanOptions{KeysOnly: true}, func(k storage.Key, _ []byte) (bool, error) {
			tx.Delete(k)
			return true, nil
		})
	})
}

func TestThreadsAreProjectedAgainTheSame(t *testing.T) {
	n := startTwo(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	log := n.Open(ana, ben)
	root := send(n, ana, log, "a")
	answer(n, ben, log, root, "b")
	gone := answer(n, ben, log, root, "c")
	must(t, call(n, ben, "message.delete", message.DeleteRequest{Conversation: log, Message: gone, For: "everyone"}))
	before := rollUp(t, n, ana, log, root) + followed(n, ben)
	for _, dropped := range []bool{true, false} {
		if dropped {
			wipe(n, log)
		}
		n.Update(func(tx feature.Tx) error {
			_, err := n.Timeline.Rebuild(tx, log)
			return err
		})
		want(t, fmt.Sprint("projected again, dropped ", dropped), rollUp(t, n, ana, log, root)+followed(n, ben), before)
	}
	want(t, "the conversation", rows(n, ana, log), "a")
}

// However many answers are deleted behind them, those that are left are found.
func TestTombstonesHideNoLivingAnswers(t *testing.T) {
	for _, deleted := range []int{10, 120, 300} {
		n := start(t)
		ana, ben, cy := n.Account("ana"), n.Account("ben"), n.Account("cy")
		log := found(n, ana, ben, cy)
		for _, p := range []*solo.Person{ana, ben, cy} {
			named(n, log, p)
		}
		root := send(n, ana, log, "seeds?")
		answer(n, ben, log, root, "beans")
		last := answer(n, ana, log, root, "and peas")
		for range deleted {
			id := answer(n, cy, log, root, "no")
			must(t, call(n, cy, "message.delete", message.DeleteRequest{Conversation: log, Message: id, For: "everyone"}))
		}
		what := fmt.Sprint(deleted, " deleted: ")
		want(t, what+"the roll-up", rollUp(t, n, ben, log, root), "2 Ana Ben followed unread 1")
		list := solo.Must[thread.List](n, ben, "thread.list", thread.ListRequest{})
		if len(list.Items) != 1 || list.Items[0].Last == nil || list.Items[0].Last.ID != last {
			t.Errorf("%sthe list of threads: got %+v, want the last living answer", what, list.Items)
		}
		want(t, what+"who wrote nothing that is left", rollUp(t, n, cy, log, root), "2 Ana Ben")
	}
}

// What is said in a thread pushes nothing off the page of the conversation.
func TestALongThreadLeavesTheConversationItsPage(t *testing.T) {
	n := start(t)
	ana, ben := n.Account("ana"), n.Account("ben")
	log := found(n, ana, ben)
	first := send(n, ana, log, "first")
	root := send(n, ana, log, "seeds?")
	for range 600 {
		answer(n, ben, log, root, "beans")
	}
	last := send(n, ana, log, "last")
	for range 600 {
		answer(n, ben, log, root, "peas")
	}
	list := func(req message.ListRequest) feature.List[message.Message] {
		req.Conversation = log
		return solo.Must[feature.List[message.Message]](n, ben, "message.list", req)
	}
	page := list(message.ListRequest{Limit: 2})
	if len(page.Items) != 2 || page.Items[0].ID != root || page.Items[1].ID != last {
		t.Fatalf("the newest page: got %d messages, want the root and the last", len(page.Items))
	}
	page = list(message.ListRequest{Limit: 2, Before: page.Next})
	if at := len(page.Items); at == 0 || page.Items[at-1].ID != first || page.Next != "" {
		t.Fatalf("the page before: got %d messages and the next %q, want the first at its end and none", at, page.Next)
	}
	page = list(message.ListRequest{Limit: 2, Around: root})
	if len(page.Items) == 0 || page.Newer == "" {
		t.Fatalf("around the root: got %d messages, newer %q", len(page.Items), page.Newer)
	}
	page = list(message.ListRequest{Limit: 2, After: page.Newer})
	if len(page.Items) == 0 || page.Items[len(page.Items)-1].ID != last || page.Newer != "" {
		t.Errorf("behind the root: got %d messages and newer %q, want the last and none", len(page.Items), page.Newer)
	}
}
