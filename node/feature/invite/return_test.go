package invite_test

import (
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/conversation"
	"conclave/node/feature/invite"
	"conclave/node/feature/member"
	"conclave/node/nodetest/solo"
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
		if len(w) != 1 {
			t.Fatalf("welcomes: got %d, want 1", len(w))
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
