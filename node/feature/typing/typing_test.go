package typing_test

import (
	"errors"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/contact"
	"conclave/node/feature/conversation"
	"conclave/node/feature/invite"
	"conclave/node/feature/member"
	"conclave/node/feature/message"
	"conclave/node/feature/privacy"
	"conclave/node/feature/typing"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
)

func start(t *testing.T) *solo.Node {
	return solo.Start(t, contact.Feature(), conversation.Feature(), member.Feature(), invite.Feature(), message.Feature(), privacy.Feature(), typing.Feature())
}

func writes(n *solo.Node, who *solo.Person, log protocol.Log) error {
	_, err := solo.Call[feature.Nothing](n, who, "typing.tell", typing.Request{Conversation: log})
	return err
}

func meet(n *solo.Node, a, b *solo.Person) protocol.Log {
	return solo.Must[contact.Contact](n, a, "contact.add", contact.LeadRequest{Link: b.Link()}).Conversation
}

func TestItIsToldEveryThreeSecondsAndOnlyToWhoIsThere(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := meet(n, ana, bo)
	for range 3 {
		if err := writes(n, ana, log); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(n.Delivery.Signals()); got != 1 {
		t.Errorf("signals at once: got %d, want 1", got)
	}
	if got := solo.Told[typing.Typing](n, bo, "typing"); len(got) != 0 {
		t.Errorf("told while no page is open: %+v", got)
	}
	n.Attend(bo, true)
	n.Attend(ana, true)
	n.Pass(typing.Every)
	if err := writes(n, ana, log); err != nil {
		t.Fatal(err)
	}
	got := solo.Told[typing.Typing](n, bo, "typing")
	if len(got) != 1 || got[0].Account != ana.ID || got[0].Name != "Ana" || got[0].For != 6 || got[0].Conversation != log {
		t.Errorf("told: got %+v, want Ana for 6 seconds", got)
	}
	if got := solo.Told[typing.Typing](n, ana, "typing"); len(got) != 0 {
		t.Errorf("who writes was told: %+v", got)
	}
}

func TestAGroupIsToldOfFourAtATime(t *testing.T) {
	n := start(t)
	owner := n.Account("ana")
	req := conversation.CreateRequest{Kind: "group", Name: "Gardeners"}
	people := []*solo.Person{owner}
	for _, name := range []protocol.Name{"bo", "cy", "di", "ed", "flo"} {
		p := n.Account(name)
		meet(n, owner, p)
		people = append(people, p)
		req.Members = append(req.Members, p.ID)
	}
	log := solo.Must[conversation.Conversation](n, owner, "conversation.create", req).ID
	for range 2 {
		before := len(n.Delivery.Signals())
		for _, p := range people {
			if err := writes(n, p, log); err != nil {
				t.Fatalf("%s: %v", p.Name, err)
			}
		}
		if got := len(n.Delivery.Signals()) - before; got != 4 {
			t.Errorf("signals of six people: got %d, want 4", got)
		}
		n.Pass(typing.Every)
	}
}

func TestWhoMayNotWriteTellsNothing(t *testing.T) {
	n := start(t)
	ana, bo, eve := n.Account("ana"), n.Account("bo"), n.Account("eve")
	log := meet(n, ana, bo)
	if err := writes(n, eve, log); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("in a foreign conversation: got %v, want %v", err, feature.ErrNotFound)
	}
	solo.Must[contact.Contact](n, ana, "contact.block", contact.OfRequest{Account: bo.ID})
	if err := writes(n, ana, log); err == nil {
		t.Error("to a person that is blocked: it was taken")
	}
	n.Attend(ana, true)
	if err := writes(n, bo, log); err == nil {
		t.Error("by a person that is blocked: it was taken")
	}
	if got := solo.Told[typing.Typing](n, ana, "typing"); len(got) != 0 {
		t.Errorf("told of a person that is blocked: %+v", got)
	}
}

func TestHidingIsMutual(t *testing.T) {
	n := start(t)
	ana, bo := n.Account("ana"), n.Account("bo")
	log := meet(n, ana, bo)
	n.Attend(ana, true)
	n.Attend(bo, true)
	off := false
	solo.Must[privacy.PrivacySettings](n, ana, "privacy.set", privacy.SetRequest{Typing: &off})
	for _, p := range []*solo.Person{ana, bo} {
		if err := writes(n, p, log); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []*solo.Person{ana, bo} {
		if got := solo.Told[typing.Typing](n, p, "typing"); len(got) != 0 {
			t.Errorf("%s was told %+v", p.Name, got)
		}
	}
}
