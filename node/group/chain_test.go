package group

import (
	"errors"
	"slices"
	"testing"
	"time"

	chain "conclave/crypto/group"
	"conclave/crypto/identity"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
)

func TestARemovedMemberReadsNothingSentAfter(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, eve := w.person(0), w.person(2)
	log := w.groupOf(w.sites[1], w.sites[2])
	before := ana.say(log, "before")
	w.deliver()
	ana.act(log, &membership.Remove{Account: eve.id})
	after := ana.say(log, "after")
	for _, m := range ana.mail {
		if m.to == "c" {
			t.Error("the new chain goes to the node of the removed member")
		}
	}
	w.deliver(eve.site) // eve keeps all that she had, and gets what others get all the same
	if chainOf(t, before) == chainOf(t, after) {
		t.Fatal("the chain was not replaced after the removal")
	}
	if err := eve.try(func(tx feature.Tx) error { return eve.read(tx, log, after) }); !errors.Is(err, ErrNoChain) {
		t.Errorf("eve opens what came after: got %v, want %v", err, ErrNoChain)
	}
	if got := w.person(1).texts(log); !slices.Equal(got, []string{"before", "after"}) {
		t.Errorf("b shows %q, want both", got)
	}
	if got := eve.texts(log); !slices.Equal(got, []string{"before"}) {
		t.Errorf("eve shows %q, want what was sent before", got)
	}
	var now, old [32]byte
	ana.view(func(tx feature.Tx) (err error) { now, err = ana.Topic(tx, log); return err })
	eve.view(func(tx feature.Tx) (err error) { old, err = eve.Topic(tx, log); return err })
	if now == old {
		t.Error("the topic secret is the one that the removed member has")
	}
	w.person(1).view(func(tx feature.Tx) error {
		got, err := w.person(1).Topic(tx, log)
		if got != now {
			t.Error("the new topic secret did not come to b")
		}
		return err
	})
}

func TestANewMemberReadsNothingSentBefore(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, eve := w.person(0), w.person(2)
	log := w.groupOf(w.sites[1])
	before := ana.say(log, "before")
	w.deliver()
	ana.act(log, &membership.Add{Account: eve.id})
	w.deliver()
	after := ana.say(log, "after")
	w.deliver()
	if chainOf(t, before) != chainOf(t, after) {
		t.Error("adding a member replaced the chain: it costs all others a key")
	}
	if err := eve.try(func(tx feature.Tx) error { return eve.read(tx, log, before) }); !errors.Is(err, ErrUnreadable) {
		t.Errorf("eve opens what came before: got %v, want %v", err, ErrUnreadable)
	}
	if got := eve.texts(log); !slices.Equal(got, []string{"after"}) {
		t.Errorf("eve shows %q, want what was sent after", got)
	}
}

func TestChainsAreReplaced(t *testing.T) {
	for name, c := range map[string]struct {
		then func(w *world, log protocol.Log)
		want bool // that it is
	}{
		"not for nothing":     {func(*world, protocol.Log) {}, false},
		"after seven days":    {func(w *world, _ protocol.Log) { w.now = w.now.Add(chain.RotateInterval) }, true},
		"not when one is new": {func(w *world, log protocol.Log) { w.person(0).act(log, &membership.Add{Account: w.person(2).id}) }, false},
		"after 200 messages": {func(w *world, log protocol.Log) {
			for range chain.RotateAfter - 1 {
				w.person(0).say(log, "x")
			}
		}, true},
		"when somebody left":      {func(w *world, log protocol.Log) { w.person(1).act(log, &membership.Leave{}) }, true},
		"when one was removed":    {func(w *world, log protocol.Log) { w.person(0).act(log, &membership.Remove{Account: w.person(1).id}) }, true},
		"not for a new device":    {func(w *world, _ protocol.Log) { w.person(1).device("elsewhere") }, false},
		"not for a mere revision": {func(w *world, _ protocol.Log) { w.person(1).edit(func(*identity.Entry) {}) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "a", "b", "c")
			log := w.groupOf(w.sites[1])
			first := chainOf(t, w.person(0).say(log, "first"))
			w.deliver()
			c.then(w, log)
			w.deliver()
			if got := chainOf(t, w.person(0).say(log, "next")) != first; got != c.want {
				t.Errorf("another chain: got %v, want %v", got, c.want)
			}
		})
	}
}

// The Leave ends the chain; the Remove that an officer follows it with ends nothing more.
func TestAFollowedLeaveReplacesAChainOnce(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana, ben := w.person(0), w.person(1)
	log := w.groupOf(w.sites[1])
	first := chainOf(t, ana.say(log, "first"))
	w.deliver()
	ben.act(log, &membership.Leave{})
	w.deliver()
	left := chainOf(t, ana.say(log, "after the Leave"))
	if left == first {
		t.Error("the chain that who left holds is used on")
	}
	topic := ana.state(log).Topic()
	ana.run(func() bool { return ana.state(log).Topic() != topic })
	if got := chainOf(t, ana.say(log, "after the Remove")); got != left {
		t.Error("a Remove that follows a Leave replaced the chain once more")
	}
	w.deliver(ben.site)
	ana.act(log, &membership.Add{Account: ben.id})
	w.deliver()
	ana.say(log, "back")
	w.deliver()
	ana.act(log, &membership.Remove{Account: ben.id})
	if got := chainOf(t, ana.say(log, "after a Remove by hand")); got == left {
		t.Error("the chain that who was removed holds is used on")
	}
}

func TestARevokedDeviceEndsAChain(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana, ben := w.person(0), w.person(1)
	log := w.groupOf(w.sites[1])
	second := ben.device("elsewhere")
	first := chainOf(t, ana.say(log, "first"))
	given := map[string]int{}
	for _, m := range ana.mail {
		given[m.to]++
	}
	if given["b"] != 1 || given["elsewhere"] != 1 {
		t.Errorf("keys given: got %v, want one to each node", given)
	}
	w.deliver()
	ben.revoke(second)
	if chainOf(t, ana.say(log, "next")) == first {
		t.Error("the chain that the revoked device holds is used on")
	}
	for _, m := range ana.mail {
		if m.to == "elsewhere" {
			t.Error("the new chain goes to the revoked device")
		}
	}
}

func TestHandingOutAChain(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, ben, eve := w.person(0), w.person(1), w.person(2)
	log := w.groupOf(w.sites[1])
	id := chainOf(t, ana.say(log, "one"))
	holds := func(peer string) (got bool) {
		ana.view(func(tx feature.Tx) (err error) { got, err = ana.Holds(tx, log, id, peer); return err })
		return got
	}
	dist := func(peer string) (d []byte, err error) {
		err = ana.store.View(func(tx feature.Tx) (err error) { d, err = ana.Dist(tx, log, id, peer); return err })
		return d, err
	}
	if holds("b") {
		t.Error("b holds a key that is on its way")
	}
	first, err := dist("b")
	if err != nil {
		t.Fatalf("the key for another device of b: %v", err)
	}
	ana.act(log, &membership.Add{Account: eve.id})
	ana.say(log, "two")
	if again, err := dist("b"); err != nil || string(again) != string(first) {
		t.Errorf("the key for b after c came: got %v, want the one before", err)
	}
	if late, err := dist("c"); err != nil || string(late) == string(first) {
		t.Errorf("the key for c: got %v, want another than b's", err)
	}
	w.deliver()
	if !holds("b") || !holds("c") {
		t.Errorf("after the acknowledgement: b %v, c %v, want both to hold it", holds("b"), holds("c"))
	}
	if _, err := dist("b"); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("a key that nobody lacks: got %v, want %v", err, feature.ErrNotFound)
	}
	if got := eve.texts(log); !slices.Equal(got, []string{"two"}) {
		t.Errorf("c shows %q, want the second", got)
	}
	if got := ben.texts(log); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("b shows %q, want both", got)
	}
	w.now = w.now.Add(46 * 24 * time.Hour)
	ana.update(func(tx feature.Tx) error { return ana.Expire(tx) })
	if holds("b") {
		t.Error("the hand-out outlives its time")
	}
}
