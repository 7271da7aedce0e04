package conversation_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/conversation"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/event"
)

type shown = conversation.Conversation

// others answers what other slices know: who is hidden, and how much is unread.
type others struct {
	hidden protocol.Account
	unread atomic.Int32
	host   *feature.Host
}

func (o *others) feature() feature.Feature {
	return feature.Feature{Name: "others", Install: func(h *feature.Host) {
		o.host = h
		feature.Known[event.MessageSent](h)
		feature.Sight(h, func(_ feature.Tx, local protocol.Account, _ feature.Conversation) error {
			if local == o.hidden {
				return feature.ErrNotFound
			}
			return nil
		})
		feature.Unread(h, func(feature.Tx, protocol.Account, feature.Conversation) (int, error) {
			return int(o.unread.Load()), nil
		})
		feature.Standings(h, func(feature.Tx, protocol.Account, feature.Conversation) (feature.Standing, error) {
			return feature.Standing{State: feature.ContactAccepted, Name: "Told"}, nil
		})
	}}
}

func start(t *testing.T) (*solo.Node, *others) {
	o := &others{}
	o.unread.Store(7)
	return solo.Start(t, o.feature(), conversation.Feature()), o
}

func write(n *solo.Node, who *solo.Person, log protocol.Log, text string) {
	n.Update(func(tx feature.Tx) error {
		_, err := n.Timeline.Append(tx, feature.Draft{Log: log, Author: who.ID, Body: event.MessageSent{Content: text}})
		return err
	})
}

func list(n *solo.Node, who *solo.Person) []shown {
	return solo.Must[feature.List[shown]](n, who, "conversation.list", conversation.ListRequest{}).Items
}

func TestTheListIsNewestFirstAndCompleted(t *testing.T) {
	n, _ := start(t)
	ana, bo, cy := n.Account("ana"), n.Account("bo"), n.Account("cy")
	first, second := n.Open(ana, bo), n.Open(cy, ana)
	write(n, ana, first, "one")
	n.Pass(time.Minute)
	long := strings.Repeat("é", 250)
	write(n, cy, second, long)
	got := list(n, ana)
	if len(got) != 2 || got[0].ID != second || got[1].ID != first {
		t.Fatalf("list: got %+v, want the second conversation before the first", got)
	}
	c := got[0]
	if c.Kind != "direct" || c.With != cy.ID || c.Name != "Told" || c.Unread != 7 || c.Contact != feature.ContactAccepted || !c.Node.Connected {
		t.Errorf("conversation: got %+v", c)
	}
	if !c.UpdatedAt.Equal(n.Now()) || c.Last == nil || c.Last.Author != cy.ID || c.Last.State != feature.Delivered || !c.Last.SentAt.Equal(n.Now()) {
		t.Errorf("newest: got %+v at %v", c.Last, c.UpdatedAt)
	}
	if want := strings.Repeat("é", 200); c.Last.Text != want {
		t.Errorf("newest text: got %d bytes, want the first 200 characters", len(c.Last.Text))
	}
	if got[1].Last.State != feature.Sending {
		t.Errorf("state of an own message: got %q, want what delivery says", got[1].Last.State)
	}
	n.Pass(time.Second)
	write(n, bo, first, "two")
	n.Pass(time.Second)
	write(n, bo, first, "*two* ||and a half||")
	if got := list(n, ana)[0].Last.Text; got != "two ▒▒▒▒▒" {
		t.Errorf("newest text with marks: got %q, want none, and what is hidden covered", got)
	}
	if got := list(n, ana); got[0].ID != first {
		t.Error("a new message does not bring its conversation to the top")
	}
}

func TestOpeningIsCreatedOnce(t *testing.T) {
	n, _ := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := n.Open(ana, bo)
	req := conversation.CreateRequest{Kind: "direct", With: bo.ID}
	for _, want := range []int{201, 200} {
		c := solo.Must[shown](n, ana, "conversation.create", req)
		if c.Status() != want || c.ID != log || c.Last != nil {
			t.Errorf("conversation.create: got %v with %d, want %v with %d", c.ID, c.Status(), log, want)
		}
	}
	if c := solo.Must[shown](n, bo, "conversation.get", conversation.GetRequest{Conversation: log}); c.With != ana.ID {
		t.Errorf("conversation.get: got with %v, want Ana", c.With)
	}
}

func TestWrongConversationsAreRefused(t *testing.T) {
	n, o := start(t)
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Account("eve")
	log := n.Open(ana, bo)
	o.hidden = bo.ID
	create := func(kind string, with protocol.Account) func(*solo.Person) error {
		return func(who *solo.Person) error {
			_, err := solo.Call[shown](n, who, "conversation.create", conversation.CreateRequest{Kind: kind, With: with})
			return err
		}
	}
	get := func(log protocol.Log) func(*solo.Person) error {
		return func(who *solo.Person) error {
			_, err := solo.Call[shown](n, who, "conversation.get", conversation.GetRequest{Conversation: log})
			return err
		}
	}
	for name, c := range map[string]struct {
		who  *solo.Person
		call func(*solo.Person) error
		want error
	}{
		"with somebody who is no contact": {ana, create("direct", eve.ID), feature.ErrNotFound},
		"with nobody":                     {ana, create("direct", protocol.Account{}), feature.ErrNotFound},
		"with oneself":                    {ana, create("direct", ana.ID), feature.ErrConflict},
		"of another kind":                 {ana, create("group", bo.ID), feature.ErrBadRequest},
		"with who asks":                   {bo, create("direct", ana.ID), feature.ErrNotFound},
		"of others":                       {eve, get(log), feature.ErrNotFound},
		"of nobody":                       {ana, get(protocol.Log{1}), feature.ErrNotFound},
		"hidden":                          {bo, get(log), feature.ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.call(c.who); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	if got := list(n, bo); len(got) != 0 {
		t.Errorf("list of hidden conversations: got %+v, want none", got)
	}
}

func TestMembersAreToldWhatTheListShowsNow(t *testing.T) {
	n, o := start(t)
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Account("eve")
	log := n.Open(ana, bo)
	write(n, ana, log, "hello")
	for _, who := range []*solo.Person{ana, bo} {
		solo.Await(n, who, "conversation", func(c shown) bool { return c.ID == log && c.Last != nil && c.Last.Text == "hello" })
	}
	o.unread.Store(8)
	o.host.TellConversation(log)
	solo.Await(n, ana, "conversation", func(c shown) bool { return c.ID == log && c.Unread == 8 })
	if got := solo.Told[shown](n, eve, "conversation"); len(got) != 0 {
		t.Errorf("somebody else was told %+v", got)
	}
}
