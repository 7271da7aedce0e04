package invite_test

import (
	"bytes"
	"errors"
	"testing"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/feature/conversation"
	"conclave/node/feature/invite"
	"conclave/node/feature/member"
	"conclave/node/nodetest/solo"
	"conclave/protocol"
	"conclave/protocol/net"
)

// Ana leaves and follows the link again before Ben's node heard that she left.
func TestWhoLeftComesBackThoughTheOtherNodeHasNotHeardOfIt(t *testing.T) {
	a, b := start(t), start(t)
	ana, ben := a.Account("ana"), b.Account("ben")
	a.Meets(ben)
	b.Meets(ana)
	log := found(b, ben, "private")
	l := link(b, ben, invite.CreateRequest{Conversation: log})
	joins, hears := 0, 1
	a.Wire.Answer = func(kind string, body []byte) ([]byte, error) {
		out, err := a.Asks(b, ana, kind, body)
		if kind != "group.join" || err != nil {
			return out, err
		}
		if joins++; joins < hears {
			return out, nil
		}
		if joins == hears && hears > 1 {
			b.Update(func(tx feature.Tx) error {
				_, err := b.Groups.TakeOps(tx, log, a.Delivery.Ops())
				return err
			})
			return out, nil
		}
		w := b.Delivery.Welcomes()
		a.Update(func(tx feature.Tx) error {
			if err := a.Groups.Welcomed(tx, ana.ID, ben.ID, w[len(w)-1].Welcome); err != nil {
				return err
			}
			_, err := a.Groups.TakeOps(tx, log, b.Delivery.Ops())
			return err
		})
		return out, nil
	}
	if got, err := accept(a, ana, l.Link); err != nil || got.State != "joined" {
		t.Fatalf("the first time: got %+v, %v, want joined", got, err)
	}
	solo.Must[feature.Nothing](a, ana, "member.remove", member.OfRequest{Conversation: log, Account: ana.ID})
	joins, hears = 0, 2
	if got, err := accept(a, ana, l.Link); err != nil || got.State != "joined" {
		t.Fatalf("back again: got %+v, %v, want joined", got, err)
	}
	if joins != 3 {
		t.Errorf("requests to join: got %d, want 3", joins)
	}
	c := solo.Must[conversation.Conversation](a, ana, "conversation.get", conversation.GetRequest{Conversation: log})
	if c.Group.State != "joined" || members(b, ben, log) != 2 {
		t.Errorf("back again: got %q and %d members, want joined and 2", c.Group.State, members(b, ben, log))
	}
}

// The first answer is late: the welcome to the first request lets Ana in, though she asked a second time.
func TestAWelcomeToAnEarlierRequestCounts(t *testing.T) {
	a, b := start(t), start(t)
	ana, ben := a.Account("ana"), b.Account("ben")
	a.Meets(ben)
	b.Meets(ana)
	log := found(b, ben, "private")
	l := link(b, ben, invite.CreateRequest{Conversation: log})
	joins := 0
	a.Wire.Answer = func(kind string, body []byte) ([]byte, error) {
		out, err := a.Asks(b, ana, kind, body)
		if kind != "group.join" || err != nil {
			return out, err
		}
		if joins++; joins == 1 {
			return nil, net.ErrRefused
		}
		w := b.Delivery.Welcomes()
		if len(w) != 2 {
			t.Fatalf("welcomes: got %d, want one for each request", len(w))
		}
		a.Update(func(tx feature.Tx) error {
			if err := a.Groups.Welcomed(tx, ana.ID, ben.ID, w[0].Welcome); err != nil {
				return err
			}
			_, err := a.Groups.TakeOps(tx, log, b.Delivery.Ops())
			return err
		})
		return out, nil
	}
	if _, err := accept(a, ana, l.Link); err == nil {
		t.Fatal("an answer that was lost: got no error")
	}
	if got, err := accept(a, ana, l.Link); err != nil || got.State != "joined" {
		t.Fatalf("the second time: got %+v, %v, want joined", got, err)
	}
}

// The word that somebody was added may be lost, or the ticket that it answers to: whoever asks again is welcomed again, also by a
// link that is used up.
func TestAMemberThatAsksAgainIsWelcomedAgain(t *testing.T) {
	n := start(t)
	ana, far, mallory := n.Account("ana"), n.Stranger("far"), n.Stranger("mallory")
	log := found(n, ana, "private")
	parsed, err := protocol.ParseInvite(link(n, ana, invite.CreateRequest{Conversation: log, MaxUses: 1}).Link)
	if err != nil {
		t.Fatal(err)
	}
	req := joinRequest{Log: log, Secret: parsed.Secret[:], Account: far.ID, Name: "Far"}
	for _, ticket := range []byte{7, 8} {
		req.Ticket = bytes.Repeat([]byte{ticket}, 32)
		if _, err := far.Asks("group.join", canon.MustMarshal(req)); err != nil {
			t.Fatal(err)
		}
		w := n.Delivery.Welcomes()
		if last := w[len(w)-1]; len(w) != int(ticket)-6 || last.To != far.ID || !bytes.Equal(last.Ticket, req.Ticket) {
			t.Errorf("welcomes: got %+v, want one more, with ticket %d", w, ticket)
		}
	}
	if got := members(n, ana, log); got != 2 {
		t.Errorf("members: got %d, want 2", got)
	}
	req.Account, req.Name = mallory.ID, "Mallory"
	if _, err := mallory.Asks("group.join", canon.MustMarshal(req)); !errors.Is(err, net.ErrNotFound) {
		t.Errorf("somebody else by the link that is used up: got %v, want %v", err, net.ErrNotFound)
	}
}
