package sim

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"conclave/node/feature/conversation"
	"conclave/node/nodetest/wire"
	"conclave/protocol"
)

// A node whose only member was removed while it was away gets nothing more of the group and has nothing to send: it has to ask.
func TestWhoWasRemovedWhileAwayLearnsOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, overWire{wire.New(1, weather(1))})
		s := &story{world: w}
		defer func() {
			if err := w.close(); err != nil {
				t.Error(err)
			}
		}()
		for _, name := range []string{"ana", "ben"} {
			h := w.home(0)
			if err := h.start(); err != nil {
				t.Fatal(err)
			}
			if err := h.found(name); err != nil {
				t.Fatal(err)
			}
		}
		ana, ben := w.people[0], w.people[1]
		if err := ana.meet(ben); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		c, err := call[conversation.Conversation](ana.home, ana.actor(), "conversation.create",
			conversation.CreateRequest{Kind: "group", Name: "gardeners", Members: []protocol.Account{ben.acct}})
		if err != nil {
			t.Fatal(err)
		}
		s.group = c.ID
		time.Sleep(time.Minute)
		if !slices.Contains(s.members(ben.home), ben.acct) {
			t.Fatal("ben's node does not know that ben is a member")
		}
		w.ground.Break(ben.home.peer)
		s.expel(ana, ben)
		time.Sleep(time.Hour)
		if slices.Contains(s.members(ben.home), ben.acct) {
			t.Error("after an hour ben's node still takes ben for a member")
		}
	})
}
