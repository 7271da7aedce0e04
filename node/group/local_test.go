package group

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/storage"
)

func TestMembersOfOneNodeShareALog(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana, bob := w.person(0), w.sites[0].join()
	log := w.groupOf(w.sites[1])
	ana.act(log, &membership.Add{Account: bob.id})
	w.deliver()
	if got := ana.standing(log, bob.id); got != feature.GroupJoined {
		t.Fatalf("standing: got %q, want %q", got, feature.GroupJoined)
	}
	ana.ring.Lock(ana.id)
	bob.say(log, "from bob")
	w.deliver()
	w.person(1).say(log, "from b")
	w.deliver()
	if got := bob.texts(log); !slices.Equal(got, []string{"from bob", "from b"}) {
		t.Errorf("with ana locked, bob is shown %q, want both", got)
	}
	ana.unlock()
	ana.act(log, &membership.Remove{Account: bob.id})
	ana.ring.Lock(ana.id)
	err := ana.store.View(func(tx feature.Tx) error { _, err := ana.Conversation(tx, log); return err })
	if !errors.Is(err, feature.ErrLocked) {
		t.Errorf("with ana locked, bob opens the group: got %v, want %v", err, feature.ErrLocked)
	}
	if got := ana.standing(log, bob.id); got != feature.GroupRemoved {
		t.Errorf("standing: got %q, want %q", got, feature.GroupRemoved)
	}
}

func TestALockedMemberIsRemovedForGood(t *testing.T) {
	w := newWorld(t, "a")
	ana, bob := w.person(0), w.sites[0].join()
	log := ana.found(feature.NewGroup{})
	ana.act(log, &membership.Add{Account: bob.id})
	bob.ring.Lock(bob.id)
	ana.act(log, &membership.Remove{Account: bob.id})
	bob.unlock()
	ana.ring.Lock(ana.id)
	err := ana.store.View(func(tx feature.Tx) error { _, err := ana.Conversation(tx, log); return err })
	if !errors.Is(err, feature.ErrLocked) {
		t.Errorf("bob opens the group after unlocking: got %v, want %v", err, feature.ErrLocked)
	}
	ana.unlock()
	ana.act(log, &membership.Add{Account: bob.id})
	ana.ring.Lock(ana.id)
	if got := ana.state(log).Len(); got != 2 {
		t.Errorf("added again, bob sees %d members, want 2", got)
	}
}

func TestTheLastOneForgetsAGroup(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana, ben := w.person(0), w.person(1)
	log := w.groupOf(w.sites[1])
	ana.say(log, "one")
	w.deliver()
	forget := func() error { return ben.try(func(tx feature.Tx) error { return ben.Forget(tx, log, ben.id) }) }
	if err := forget(); !errors.Is(err, feature.ErrConflict) {
		t.Errorf("a member forgets: got %v, want %v", err, feature.ErrConflict)
	}
	ben.act(log, &membership.Leave{})
	if got := ben.standing(log, ben.id); got != feature.GroupLeft {
		t.Errorf("standing: got %q, want %q", got, feature.GroupLeft)
	}
	if got := ben.texts(log); !slices.Equal(got, []string{"one"}) {
		t.Errorf("who left is shown %q, want what was read", got)
	}
	w.deliver()
	if err := forget(); err != nil {
		t.Fatal(err)
	}
	for _, table := range []storage.Table{storage.Ops, storage.Proofs, storage.Chains, storage.Log, storage.LogIndex} {
		rows := 0
		if err := ben.store.Export(func(x storage.Table) bool { return x == table }, func(storage.Key, []byte) error { rows++; return nil }); err != nil {
			t.Fatal(err)
		}
		if rows > 0 {
			t.Errorf("table %s: got %d rows, want none", table, rows)
		}
	}
	ana.act(log, &membership.Add{Account: ben.id})
	w.deliver()
	ana.say(log, "two")
	w.deliver()
	if got := ben.texts(log); !slices.Equal(got, []string{"two"}) {
		t.Errorf("added again, ben is shown %q, want what came since", got)
	}
}

// run lets a node do what it does by itself, until done.
func (s *site) run(done func() bool) {
	s.w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	limit := time.After(time.Minute)
	for !done() {
		select {
		case <-limit:
			cancel()
			<-ended
			s.w.t.Fatalf("%s never did it", s.name)
		case <-time.After(5 * time.Millisecond):
		}
	}
	cancel()
	if err := <-ended; err != nil {
		s.w.t.Error(err)
	}
}

func TestALeaveIsFollowedByARemove(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, ben := w.person(0), w.person(1)
	log := w.groupOf(w.sites[1], w.sites[2])
	ana.act(log, &membership.Grant{Account: ben.id, Role: membership.Admin})
	w.deliver()
	eve := w.person(2)
	eve.act(log, &membership.Leave{})
	w.deliver()
	topic := ana.state(log).Topic()
	rank := func(s *site) (out []duty) {
		s.view(func(tx feature.Tx) (err error) { out, err = s.pending(tx, log); return err })
		return out
	}
	if a, b := rank(ana.site), rank(ben.site); len(a) != 1 || a[0] != (duty{ana.id, eve.id, 0}) || len(b) != 1 || b[0].rank != 1 {
		t.Fatalf("who is to remove: got %v and %v, want the owner first", a, b)
	}
	ana.run(func() bool { return ana.state(log).Topic() != topic })
	if got := rank(ana.site); len(got) > 0 {
		t.Errorf("still to do: %v", got)
	}
	w.deliver(eve.site)
	if got := rank(ben.site); len(got) > 0 {
		t.Errorf("b has still to do: %v", got)
	}
	w.same(log, ben.site)
	if got := eve.standing(log, eve.id); got != feature.GroupLeft {
		t.Errorf("standing of who left: got %q, want %q", got, feature.GroupLeft)
	}
}

// A Leave overtakes the last message of its author on the way to the officer who follows it with a Remove.
func TestWhatWasSaidBeforeALeaveIsShownThoughItComesAfter(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana, eve := w.person(0), w.person(1)
	log := w.groupOf(w.sites[1])
	eve.say(log, "my last words")
	late := eve.mail
	eve.mail = nil
	eve.act(log, &membership.Leave{})
	w.deliver()
	topic := ana.state(log).Topic()
	ana.run(func() bool { return ana.state(log).Topic() != topic })
	for _, m := range late {
		ana.take(eve.site, m)
	}
	w.deliver()
	for _, s := range []*site{ana.site, eve.site} {
		if got := s.texts(log); !slices.Equal(got, []string{"my last words"}) {
			t.Errorf("%s shows %q, want what was said before the Leave", s.name, got)
		}
	}
}

func TestHistoryIsReadAsThePolicySays(t *testing.T) {
	for name, c := range map[string]struct {
		history membership.History
		since   time.Duration // after the first message
		want    []bool        // of two messages a minute apart, before the reader came
	}{
		"none":  {membership.HistoryNone, 0, []bool{false, false}},
		"all":   {membership.HistoryAll, 0, []bool{true, true}},
		"since": {membership.HistorySince, 30 * time.Second, []bool{false, true}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "a", "b")
			ana, ben := w.person(0), w.person(1)
			policy := membership.DefaultPolicy()
			policy.History = c.history
			if c.history == membership.HistorySince {
				policy.Since = uint64(w.now.Add(c.since).UnixMilli())
			}
			log := ana.found(feature.NewGroup{Policy: policy})
			ana.say(log, "one")
			w.now = w.now.Add(time.Minute)
			ana.say(log, "two")
			may := func() (out []bool) {
				ana.view(func(tx feature.Tx) error {
					for _, e := range ana.entries(log) {
						ok, err := ana.MayRead(tx, ben.id, e.Event)
						if err != nil {
							return err
						}
						out = append(out, ok)
					}
					return nil
				})
				return out
			}
			if got := may(); slices.Contains(got, true) {
				t.Errorf("a stranger may read %v, want nothing", got)
			}
			ana.act(log, &membership.Add{Account: ben.id})
			if got := may(); !slices.Equal(got, c.want) {
				t.Errorf("the new member may read %v, want %v", got, c.want)
			}
			ana.say(log, "three")
			if got := may(); !got[2] {
				t.Error("the new member may not read what came since")
			}
			ana.act(log, &membership.Remove{Account: ben.id})
			if got := may(); got[0] || got[1] || !got[2] {
				t.Errorf("once removed: may read %v, want what was sent while a member", got)
			}
		})
	}
}

func TestMessagesBeyondAFenceAreHidden(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, ben, eve := w.person(0), w.person(1), w.person(2)
	log := w.groupOf(w.sites[1], w.sites[2])
	eve.say(log, "seen")
	w.deliver()
	eve.say(log, "on its way")
	late := eve.mail
	eve.mail = nil
	ana.act(log, &membership.Remove{Account: eve.id})
	for _, m := range late { // ben gets the message before the removal, ana after it
		ben.take(eve.site, m)
	}
	if got := ben.texts(log); !slices.Equal(got, []string{"seen", "on its way"}) {
		t.Errorf("before the removal b shows %q, want both", got)
	}
	w.deliver()
	for _, m := range late {
		ana.take(eve.site, m)
	}
	for _, s := range []*site{ana.site, ben.site} {
		if got := s.texts(log); !slices.Equal(got, []string{"seen"}) {
			t.Errorf("%s shows %q, want what the remover had seen", s.name, got)
		}
	}
	if got := eve.standing(log, eve.id); got != feature.GroupRemoved {
		t.Errorf("standing of the removed: got %q, want %q", got, feature.GroupRemoved)
	}
}

func TestGroupsAreListedWhileLocked(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana, ben := w.person(0), w.person(1)
	log := ana.found(feature.NewGroup{})
	ana.act(log, &membership.Add{Account: ben.id})
	wel, err := protocol.DecodeWelcome(ana.mail[len(ana.mail)-1].item.Data)
	if err != nil {
		t.Fatal(err)
	}
	ben.update(func(tx feature.Tx) error { return ben.Welcomed(tx, ben.id, ana.id, wel) })
	ben.ring.Lock(ben.id)
	ben.view(func(tx feature.Tx) error {
		logs, err := ben.Logs(tx)
		joining, err2 := ben.Joining(tx)
		if !slices.Equal(logs, []protocol.Log{log}) || !slices.Equal(joining, []Joining{{log, ana.id}}) {
			t.Errorf("while locked: got %v and %v, want the group, joining", logs, joining)
		}
		return errors.Join(err, err2)
	})
	if got := ben.standing(log, ben.id); got != feature.GroupJoining {
		t.Errorf("standing: got %q, want %q", got, feature.GroupJoining)
	}
	err = ben.store.View(func(tx feature.Tx) error { _, err := ben.Heads(tx, log); return err })
	if !errors.Is(err, feature.ErrLocked) {
		t.Errorf("heads while locked: got %v, want %v", err, feature.ErrLocked)
	}
}
