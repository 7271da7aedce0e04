package message_test

import (
	"fmt"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/conversation"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
)

func ordinals(p page) (out []int) {
	for _, m := range p.Items {
		out = append(out, *m.Ordinal)
	}
	return out
}

func wantRows(t *testing.T, what string, p page, from, to int) {
	t.Helper()
	if len(p.Items) != to-from {
		t.Fatalf("%s: got %v, want %d to %d", what, texts(p), from, to-1)
	}
	for i, m := range p.Items {
		if want := fmt.Sprint(from + i); m.Text != want || *m.Ordinal != from+i {
			t.Errorf("%s, item %d: got %q with ordinal %d, want %s", what, i, m.Text, *m.Ordinal, want)
		}
	}
}

func TestAPageIsEnteredAnywhere(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	if p := list(n, ana, message.ListRequest{Conversation: log, Day: "2026-01-01"}); len(p.Items) != 0 || p.Total != 0 {
		t.Errorf("a day of nothing: got %+v", p)
	}
	var ids []protocol.EventID
	for i := range 30 {
		ids = append(ids, send(n, ana, log, fmt.Sprint(i)))
		if i%10 == 9 {
			n.Pass(24 * time.Hour)
		}
	}
	solo.Must[message.Sent](n, ana, "message.edit", message.EditRequest{Conversation: log, Message: ids[3], Text: "3"}) // changes nothing
	solo.Must[message.Sent](n, ana, "message.edit", message.EditRequest{Conversation: log, Message: ids[3], Text: "three"})
	solo.Must[message.Sent](n, ana, "message.edit", message.EditRequest{Conversation: log, Message: ids[3], Text: "3"}) // takes no number
	req := message.ListRequest{Conversation: log, Limit: 6}
	at := func(n int) *int { return &n }

	newest := list(n, bo, req)
	wantRows(t, "the newest page", newest, 24, 30)
	if newest.Total != 30 || newest.Newer != "" || newest.Next == "" {
		t.Errorf("the newest page: got total %d, newer %q, next %q", newest.Total, newest.Newer, newest.Next)
	}
	req.Around = ids[12]
	middle := list(n, bo, req)
	wantRows(t, "around a message", middle, 9, 15)
	wantRows(t, "behind it", list(n, bo, message.ListRequest{Conversation: log, Limit: 6, After: middle.Newer}), 15, 21)
	wantRows(t, "before it", list(n, bo, message.ListRequest{Conversation: log, Limit: 6, Before: middle.Next}), 3, 9)
	req.Around = protocol.EventID{}
	for ordinal, want := range map[int][2]int{0: {0, 3}, 2: {0, 5}, 20: {17, 23}, 29: {26, 30}, 30: {24, 30}, 1 << 40: {24, 30}} {
		req.At = at(ordinal)
		wantRows(t, fmt.Sprint("at ", ordinal), list(n, bo, req), want[0], want[1])
	}
	req.At = nil
	last := list(n, bo, message.ListRequest{Conversation: log, Limit: 6, After: list(n, bo, message.ListRequest{Conversation: log, Limit: 6, At: at(24)}).Newer})
	if wantRows(t, "the end", last, 27, 30); last.Newer != "" || last.Next == "" {
		t.Errorf("the end: got newer %q, next %q", last.Newer, last.Next)
	}

	days := solo.Must[feature.List[message.Day]](n, bo, "message.days", message.DaysRequest{Conversation: log}).Items
	if len(days) != 3 || days[1].First != 10 || days[1].Count != 10 || days[2].First != 20 {
		t.Fatalf("days: got %+v", days)
	}
	req.Day = days[1].Day
	second := list(n, bo, req)
	wantRows(t, "a day", second, 10, 16)
	wantRows(t, "before a day", list(n, bo, message.ListRequest{Conversation: log, Limit: 6, Before: second.Next}), 4, 10)
	req.Day, req.Zone = days[0].Day, "Asia/Tokyo"
	wantRows(t, "a day elsewhere", list(n, bo, req), 0, 6)

	if p := list(n, bo, message.ListRequest{Conversation: log, Limit: 6, Unread: true}); p.Next != "" {
		t.Errorf("nothing was read: got ordinals %v", ordinals(p))
	}

	for what, bad := range map[string]message.ListRequest{
		"two ways":      {Day: "2026-01-01", Before: newest.Next},
		"no day":        {Day: "2026-02-31"},
		"no zone":       {Day: "2026-01-01", Zone: "Mars/Olympus"},
		"a path":        {Day: "2026-01-01", Zone: "../etc"},
		"zone alone":    {Zone: "UTC"},
		"no cursor":     {After: "AAAA"},
		"a wrong limit": {Limit: 201},
	} {
		bad.Conversation = log
		_, err := solo.Call[page](n, bo, "message.list", bad)
		wantError(t, what, err, feature.ErrBadRequest)
	}
	_, err := solo.Call[page](n, bo, "message.list", message.ListRequest{Conversation: log, Around: protocol.EventID{1}})
	wantError(t, "around nothing", err, feature.ErrNotFound)
}

func TestOrdinalsOfWhoJoinedLaterBeginThere(t *testing.T) {
	n := start(t, conversation.Feature(), member.Feature())
	ana, ben := n.Account("ana"), n.Account("ben")
	log := solo.Must[conversation.Conversation](n, ana, "conversation.create", conversation.CreateRequest{Kind: "group", Name: "Garden"}).ID
	for i := range 20 {
		send(n, ana, log, fmt.Sprint(i))
	}
	solo.Must[member.Member](n, ana, "member.add", member.AddRequest{Conversation: log, Account: ben.ID})
	var first protocol.EventID
	for i := range 10 {
		id := send(n, ana, log, fmt.Sprint(i))
		if i == 0 {
			first = id
		}
	}
	p := list(n, ben, message.ListRequest{Conversation: log, Around: first, Limit: 4})
	whole := list(n, ana, message.ListRequest{Conversation: log, Around: first, Limit: 4})
	got, of := ordinals(p), ordinals(whole)
	if p.Total >= whole.Total || p.Total < 10 || p.Total-got[len(got)-1] != whole.Total-of[len(of)-1] {
		t.Errorf("ordinals: got %v of %d, of the founder %v of %d", got, p.Total, of, whole.Total)
	}
	if zero := list(n, ben, message.ListRequest{Conversation: log, At: new(int), Limit: 4}); len(zero.Items) == 0 || *zero.Items[0].Ordinal > 1 {
		t.Errorf("at 0: got ordinals %v", ordinals(zero))
	}
}
