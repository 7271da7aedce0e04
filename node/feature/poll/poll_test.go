package poll_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/feature/poll"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

func start(t testing.TB) *solo.Node { return solo.Start(t, message.Feature(), poll.Feature()) }

// lend gives a test the host of its node.
func lend(host **feature.Host) feature.Feature {
	return feature.Feature{Name: "lend", Install: func(h *feature.Host) { *host = h }}
}

func ask(n *solo.Node, who *solo.Person, log protocol.Log, p feature.SharedPoll) protocol.EventID {
	return solo.Must[message.Sent](n, who, "message.send", message.SendRequest{Conversation: log, Text: "When?", Poll: &p}).ID
}

func choose(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID, options ...int) error {
	_, err := solo.Call[poll.Poll](n, who, "poll.vote", poll.VoteRequest{Conversation: log, Message: id, Options: options})
	return err
}

func end(n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) error {
	_, err := solo.Call[poll.Poll](n, who, "poll.close", poll.CloseRequest{Conversation: log, Message: id})
	return err
}

// shown writes what a person is shown of a poll: "2: a 1 mine, b 1".
func shown(t testing.TB, n *solo.Node, who *solo.Person, log protocol.Log, id protocol.EventID) string {
	t.Helper()
	for _, m := range solo.Must[feature.List[message.Message]](n, who, "message.list", message.ListRequest{Conversation: log}).Items {
		if m.ID == id {
			return line(t, m)
		}
	}
	return "no such message"
}

func line(t testing.TB, m message.Message) string {
	t.Helper()
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var row struct{ Poll *poll.Poll }
	if err := json.Unmarshal(raw, &row); err != nil {
		t.Fatal(err)
	}
	if row.Poll == nil {
		return "no poll"
	}
	var options []string
	for _, o := range row.Poll.Options {
		one := fmt.Sprintf("%s %d", o.Text, o.Count)
		if o.Mine {
			one += " mine"
		}
		options = append(options, one)
	}
	out := fmt.Sprintf("%d: %s", row.Poll.Voters, strings.Join(options, ", "))
	if row.Poll.Closed {
		out += ", closed"
	}
	return out
}

func want(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestVotesAreLastWords(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	one := ask(n, ana, log, feature.SharedPoll{Options: []string{"a", "b", "c"}})
	several := ask(n, ana, log, feature.SharedPoll{Options: []string{"a", "b", "c"}, Several: true})
	must(t, choose(n, bo, log, one, 1))
	must(t, choose(n, ana, log, one, 0))
	must(t, choose(n, bo, log, one, 2))
	must(t, choose(n, bo, log, several, 0, 2))
	want(t, "one choice", shown(t, n, ana, log, one), "2: a 1 mine, b 0, c 1")
	want(t, "several", shown(t, n, bo, log, several), "1: a 1 mine, b 0, c 1 mine")
	solo.Await(n, ana, "message", func(m message.Message) bool { return m.ID == several && line(t, m) == "1: a 1, b 0, c 1" })
	rows := n.Rows()
	must(t, choose(n, bo, log, several, 2, 0))
	if n.Rows() != rows {
		t.Errorf("the same again: got %d rows, want %d", n.Rows(), rows)
	}
	must(t, choose(n, bo, log, one))
	want(t, "taken back", shown(t, n, bo, log, one), "1: a 1, b 0, c 0")
	must(t, end(n, ana, log, one))
	want(t, "over", shown(t, n, bo, log, one), "1: a 1, b 0, c 0, closed")
	plain := solo.Must[message.Sent](n, ana, "message.send", message.SendRequest{Conversation: log, Text: "plain"}).ID
	eve := n.Account("eve")
	for what, c := range map[string]struct{ got, want error }{
		"a vote after the end":     {choose(n, bo, log, one, 1), poll.ErrOver},
		"two of one":               {choose(n, bo, log, ask(n, bo, log, feature.SharedPoll{Options: []string{"a", "b"}}), 0, 1), poll.ErrChoice},
		"an option too far":        {choose(n, bo, log, several, 3), feature.ErrBadRequest},
		"a negative one":           {choose(n, bo, log, several, -1), feature.ErrBadRequest},
		"too many":                 {choose(n, bo, log, several, make([]int, 4)...), feature.ErrBadRequest},
		"a plain message":          {choose(n, bo, log, plain, 0), feature.ErrNotFound},
		"no message":               {choose(n, bo, log, protocol.EventID{9}, 0), feature.ErrNotFound},
		"a stranger":               {choose(n, eve, log, several, 0), feature.ErrNotFound},
		"another's poll, to end":   {end(n, bo, log, several), poll.ErrNoEnder},
		"who voted, of an unnamed": {second(solo.Call[feature.List[poll.Voter]](n, ana, "poll.votes", poll.VotesRequest{Conversation: log, Message: one})), poll.ErrUnnamed},
		"an edit of a poll": {second(solo.Call[message.Sent](n, ana, "message.edit", message.EditRequest{Conversation: log, Message: several, Text: "x"})),
			message.ErrPollStays},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: got %v, want %v", what, c.got, c.want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestAPollThatCannotBeIsNotSent(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	for what, p := range map[string]feature.SharedPoll{
		"one option":     {Options: []string{"a"}},
		"thirteen":       {Options: strings.Split("abcdefghijklm", "")},
		"the same twice": {Options: []string{"a", "a"}},
		"an empty one":   {Options: []string{"a", ""}},
		"a long one":     {Options: []string{"a", strings.Repeat("é", 101)}},
		"over already":   {Options: []string{"a", "b"}, EndsAt: n.Now()},
		"over too late":  {Options: []string{"a", "b"}, EndsAt: n.Now().Add(400 * 24 * time.Hour)},
	} {
		if err := second(solo.Call[message.Sent](n, ana, "message.send", message.SendRequest{Conversation: log, Text: "?", Poll: &p})); !errors.Is(err, feature.ErrBadRequest) {
			t.Errorf("%s: got %v, want ErrBadRequest", what, err)
		}
	}
}

func TestVotesAfterTheTimeDoNotCount(t *testing.T) {
	var host *feature.Host
	n := solo.Start(t, message.Feature(), poll.Feature(), lend(&host))
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	id := ask(n, ana, log, feature.SharedPoll{Options: []string{"a", "b"}, EndsAt: n.Now().Add(time.Hour), Named: true})
	must(t, choose(n, bo, log, id, 0))
	n.Pass(2 * time.Hour)
	if err := choose(n, bo, log, id, 1); !errors.Is(err, poll.ErrOver) {
		t.Errorf("a late vote: got %v, want %v", err, poll.ErrOver)
	}
	n.Update(func(tx feature.Tx) error { // a node that does not look at the clock
		_, err := host.Timeline.Append(tx, feature.Draft{Log: log, Author: bo.ID, Body: event.PollVoted{Message: id, Choice: 2}})
		return err
	})
	want(t, "the late vote", shown(t, n, ana, log, id), "1: a 1, b 0")
	got := solo.Must[feature.List[poll.Voter]](n, ana, "poll.votes", poll.VotesRequest{Conversation: log, Message: id}).Items
	if len(got) != 1 || got[0].Account != bo.ID || fmt.Sprint(got[0].Options) != "[0]" {
		t.Errorf("who voted: got %+v, want bo for the first", got)
	}
}

func TestAVoteAndAnEndMayComeBeforeThePoll(t *testing.T) {
	n := start(t)
	ana, zoe := n.Account("ana"), n.Stranger("zoe")
	log := n.Open(ana, zoe)
	late := zoe.Holds(ana, event.MessageSent{Content: "?", Poll: &event.Poll{Options: []string{"a", "b"}}})
	id := zoe.Last(ana)
	for _, body := range []event.Body{event.PollVoted{Message: id, Choice: 8}, event.PollVoted{Message: id, Choice: 2}, event.PollVoted{Message: id, Choice: 3},
		event.PollClosed{Message: id}, event.PollVoted{Message: id, Choice: 1}} {
		if _, err := zoe.Writes(ana, body); err != nil {
			t.Fatal(err)
		}
	}
	must(t, late())
	want(t, "a vote before its poll, one that does not fit, one after the end", shown(t, n, ana, log, id), "1: a 0, b 1, closed")
	solo.Must[message.Sent](n, ana, "message.send", message.SendRequest{Conversation: log, Text: "thanks"})
	mine := ask(n, ana, log, feature.SharedPoll{Options: []string{"a", "b"}})
	if _, err := zoe.Writes(ana, event.PollClosed{Message: mine}); err != nil {
		t.Fatal(err)
	}
	want(t, "ended by who did not ask", shown(t, n, ana, log, mine), "0: a 0, b 0")
}

func TestModeratorsEndPollsAndVotersAreListed(t *testing.T) {
	var host *feature.Host
	n := solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature(), message.Feature(), poll.Feature(), lend(&host))
	ana, bo, cy := n.Account("ana"), n.Account("bo"), n.Account("cy")
	group := solo.Must[conversation.Conversation](n, ana, "conversation.create", conversation.CreateRequest{Kind: "group", Name: "G", Members: []protocol.Account{bo.ID, cy.ID}}).ID
	id := ask(n, bo, group, feature.SharedPoll{Options: []string{"a", "b"}, Named: true})
	for i, p := range []*solo.Person{ana, bo, cy} {
		must(t, choose(n, p, group, id, i%2))
	}
	var got []string
	next := ""
	for pages := 0; pages == 0 || next != ""; pages++ {
		page := solo.Must[feature.List[poll.Voter]](n, cy, "poll.votes", poll.VotesRequest{Conversation: group, Message: id, Limit: 2, Before: next})
		for _, v := range page.Items {
			got = append(got, fmt.Sprint(v.Account == bo.ID, v.Options))
		}
		next = page.Next
	}
	if len(got) != 3 || strings.Count(strings.Join(got, " "), "true [1]") != 1 || strings.Count(strings.Join(got, " "), "false [0]") != 2 {
		t.Errorf("who voted: got %v, want bo for the second, two for the first", got)
	}
	if err := second(solo.Call[feature.List[poll.Voter]](n, cy, "poll.votes", poll.VotesRequest{Conversation: group, Message: id, Before: "x"})); !errors.Is(err, feature.ErrBadRequest) {
		t.Errorf("a page of nothing: got %v, want ErrBadRequest", err)
	}
	n.Update(func(tx feature.Tx) error {
		_, err := host.Timeline.Append(tx, feature.Draft{Log: group, Author: cy.ID, Body: event.PollClosed{Message: id}})
		return err
	})
	want(t, "ended by a member", shown(t, n, ana, group, id), "3: a 2 mine, b 1")
	must(t, end(n, ana, group, id))
	want(t, "ended by the owner", shown(t, n, bo, group, id), "3: a 2, b 1 mine, closed")
}

// The result is what the newest votes before the end say, whatever the order of arrival.
func TestTheResultIsThatOfTheLog(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		n := start(t)
		ana, zoe := n.Account("ana"), n.Stranger("zoe")
		log := n.Open(ana, zoe)
		var arrive []func() error
		arrive = append(arrive, zoe.Holds(ana, event.MessageSent{Content: "?", Poll: &event.Poll{Options: []string{"a", "b", "c"}, Several: true}}))
		id := zoe.Last(ana)
		var last event.Choice
		closed := false
		for range 12 {
			if r.IntN(8) == 0 {
				arrive, closed = append(arrive, zoe.Holds(ana, event.PollClosed{Message: id})), true
				continue
			}
			c := event.Choice(r.IntN(10))
			if arrive = append(arrive, zoe.Holds(ana, event.PollVoted{Message: id, Choice: c})); !closed && c < 8 {
				last = c
			}
		}
		r.Shuffle(len(arrive), func(i, j int) { arrive[i], arrive[j] = arrive[j], arrive[i] })
		for _, come := range arrive {
			must(t, come())
		}
		wanted := fmt.Sprintf("%d: a %d, b %d, c %d", min(1, last), last&1, last>>1&1, last>>2)
		if closed {
			wanted += ", closed"
		}
		want(t, fmt.Sprintf("seed %d", seed), shown(t, n, ana, log, id), wanted)
	}
}

func TestAForwardedPollIsANewOne(t *testing.T) {
	n := start(t)
	ana, bo, cy := n.Account("ana"), n.Account("bo"), n.Account("cy")
	from, to := n.Open(ana, bo), n.Open(bo, cy)
	id := ask(n, ana, from, feature.SharedPoll{Options: []string{"a", "b"}, EndsAt: n.Now().Add(time.Hour)})
	must(t, choose(n, bo, from, id, 0))
	n.Pass(2 * time.Hour)
	forwarded := solo.Must[feature.List[message.Forward]](n, bo, "message.forward", message.ForwardRequest{Conversation: from, Message: id, To: []protocol.Log{to}}).Items[0].ID
	want(t, "forwarded", shown(t, n, cy, to, forwarded), "0: a 0, b 0")
	must(t, choose(n, cy, to, forwarded, 1))
	must(t, end(n, bo, to, forwarded))
	want(t, "answered and ended by who forwarded it", shown(t, n, bo, to, forwarded), "1: a 0, b 1, closed")
	want(t, "the first one", shown(t, n, ana, from, id), "1: a 1, b 0")
}
