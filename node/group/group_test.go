package group

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/timeline"
	"conclave/protocol"
	"conclave/protocol/membership"
)

func TestThreeNodesShareAGroup(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	a, b, c := w.sites[0], w.sites[1], w.sites[2]
	log := w.groupOf(b, c)
	w.same(log, b, c)
	for _, s := range w.sites {
		if got := s.standing(log, s.people[0].id); got != feature.GroupJoined {
			t.Errorf("standing on %s: got %q, want %q", s.name, got, feature.GroupJoined)
		}
	}
	w.person(1).say(log, "from b")
	w.deliver()
	w.person(2).say(log, "from c")
	w.deliver()
	w.person(0).say(log, "from a")
	w.deliver()
	want := []string{"from b", "from c", "from a"}
	for _, s := range w.sites {
		if got := s.texts(log); !slices.Equal(got, want) {
			t.Errorf("%s shows %q, want %q", s.name, got, want)
		}
	}
	var nodes []MemberNode
	var hosts []protocol.Account
	a.view(func(tx feature.Tx) (err error) {
		if nodes, err = a.Nodes(tx, log); err != nil {
			return err
		}
		hosts, err = a.Hosts(tx, log, "c")
		return err
	})
	if len(nodes) != 2 || nodes[0].Peer != "b" || nodes[1].Peer != "c" || !slices.Equal(hosts, []protocol.Account{w.person(2).id}) {
		t.Errorf("nodes of a: got %v with %v on c, want b and c", nodes, hosts)
	}
	var one, two [32]byte
	a.view(func(tx feature.Tx) (err error) { one, err = a.Topic(tx, log); return err })
	c.view(func(tx feature.Tx) (err error) { two, err = c.Topic(tx, log); return err })
	if one != two || one == [32]byte{} {
		t.Error("the topic secret of c is not that of a")
	}
	if got := len(c.moved); got == 0 || c.moved[got-1].Now.Role(w.person(2).id) != membership.Member {
		t.Errorf("c was told of %d moves, want the one that made it a member last", got)
	}
}

func TestARefusalSaysWhy(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	policy := membership.DefaultPolicy()
	policy.MaxMembers = 2
	ana, ben, eve := w.person(0), w.person(1), w.person(2)
	log := ana.found(feature.NewGroup{Policy: policy})
	ana.act(log, &membership.Add{Account: ben.id})
	w.deliver()
	for _, c := range []struct {
		name string
		who  *person
		body membership.Body
		want error
	}{
		{"a member adds", ben, &membership.Add{Account: eve.id}, feature.ErrForbidden},
		{"a member removes the owner", ben, &membership.Remove{Account: ana.id}, feature.ErrForbidden},
		{"the group is full", ana, &membership.Add{Account: eve.id}, feature.ErrConflict},
		{"a member already", ana, &membership.Add{Account: ben.id}, feature.ErrConflict},
		{"nothing to revoke", ana, &membership.Revoke{Account: ben.id}, feature.ErrConflict},
		{"the same policy", ana, &membership.SetPolicy{Policy: policy}, feature.ErrConflict},
		{"a stranger removes", ana, &membership.Remove{Account: eve.id}, feature.ErrConflict},
		{"nobody knows the account", ana, &membership.Add{Account: protocol.Account{9}}, feature.ErrNotFound},
		{"a second Create", ana, &membership.Create{}, feature.ErrForbidden},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := c.who.tryAct(log, c.body); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
	w.same(log, ben.site)
}

func TestNobodyIsAddedAgainstTheirWill(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana, ben := w.person(0), w.person(1)
	ben.refuse[ana.id] = true
	log := ana.found(feature.NewGroup{})
	ana.act(log, &membership.Add{Account: ben.id})
	wel := ana.mail[len(ana.mail)-1]
	err := ben.try(func(tx feature.Tx) error {
		x, err := protocol.DecodeWelcome(wel.item.Data)
		return errors.Join(err, ben.Welcomed(tx, ben.id, ana.id, x))
	})
	if !errors.Is(err, feature.ErrForbidden) {
		t.Errorf("a welcome from a stranger: got %v, want %v", err, feature.ErrForbidden)
	}
	ben.view(func(tx feature.Tx) error {
		logs, err := ben.Logs(tx)
		if len(logs) > 0 {
			t.Errorf("groups on b: got %d, want none", len(logs))
		}
		return err
	})
}

func TestATicketIsConsent(t *testing.T) {
	for name, c := range map[string]struct {
		sent  string
		later time.Duration
		want  error
	}{
		"the ticket asked with": {"ticket", time.Hour, nil},
		"another ticket":        {"nothing", time.Hour, feature.ErrForbidden},
		"too late":              {"ticket", expectFor + time.Hour, feature.ErrForbidden},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "a", "b")
			ana, ben := w.person(0), w.person(1)
			ben.refuse[ana.id] = true
			log := ana.found(feature.NewGroup{})
			ben.update(func(tx feature.Tx) error { return ben.Expect(tx, ben.id, log, []byte("ticket")) })
			w.now = w.now.Add(c.later)
			ana.update(func(tx feature.Tx) error {
				_, err := ana.Answer(tx, log, ana.id, ben.id, []byte(c.sent))
				return err
			})
			wel, err := protocol.DecodeWelcome(ana.mail[len(ana.mail)-1].item.Data)
			if err != nil {
				t.Fatal(err)
			}
			if err := ben.try(func(tx feature.Tx) error { return ben.Welcomed(tx, ben.id, ana.id, wel) }); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if c.want != nil {
				return
			}
			ben.fetch(ana.site)
			if got := ben.standing(log, ben.id); got != feature.GroupJoined {
				t.Errorf("standing: got %q, want %q", got, feature.GroupJoined)
			}
		})
	}
}

func TestAFailedTransactionLeavesTheGraphAsItWas(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana := w.person(0)
	log := w.groupOf(w.sites[1])
	before, told := ana.state(log), len(ana.moved)
	boom := errors.New("boom")
	for range 2 { // the second finds what the first left in memory
		err := ana.try(func(tx feature.Tx) error {
			if _, err := ana.Act(tx, log, ana.id, &membership.Add{Account: w.person(2).id}); err != nil {
				return err
			}
			c, err := ana.Conversation(tx, log)
			if err != nil || c.State.Role(w.person(2).id) == 0 {
				t.Errorf("inside of the transaction: got %v, want the new member", err)
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		if got := ana.state(log); got.Hash() != before.Hash() || len(ana.moved) != told {
			t.Error("a transaction that failed changed the group")
		}
	}
	ana.update(func(tx feature.Tx) error {
		c, err := ana.Conversation(tx, log)
		if err == nil && c.State.Len() != 2 {
			t.Errorf("members in the next transaction: got %d, want 2", c.State.Len())
		}
		return err
	})
	ana.act(log, &membership.Add{Account: w.person(2).id})
	w.deliver()
	w.same(log, w.sites[1], w.sites[2])
}

func TestARestartForgetsNothing(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana, ben := w.person(0), w.person(1)
	log := w.groupOf(w.sites[1])
	one := ana.say(log, "one")
	w.deliver()
	before := ana.state(log).Hash()
	ana.restart()
	ben.restart()
	if got := ana.state(log).Hash(); got != before {
		t.Errorf("state after a restart: got %x, want %x", got[:4], before[:4])
	}
	two := ana.say(log, "two")
	if chainOf(t, one) != chainOf(t, two) {
		t.Error("a restart began another chain")
	}
	w.deliver()
	if got := ben.texts(log); !slices.Equal(got, []string{"one", "two"}) {
		t.Errorf("shown: got %q, want both", got)
	}
	if err := ben.try(func(tx feature.Tx) error { return ben.read(tx, log, one) }); !errors.Is(err, ErrReplay) {
		t.Errorf("the first again: got %v, want %v", err, ErrReplay)
	}
}

func TestOperationsMayComeInAnyOrder(t *testing.T) {
	w := newWorld(t, "a", "b", "c")
	ana, ben := w.person(0), w.person(1)
	log := w.groupOf(w.sites[1])
	ana.act(log, &membership.Grant{Account: ben.id, Role: membership.Admin})
	w.deliver()
	for i := range 8 { // both sides act at once
		ana.act(log, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Name, Value: []byte{byte(i), 'a'}}}})
		ben.act(log, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Name, Value: []byte{byte(i), 'b'}}}})
		if i%3 == 0 {
			w.deliver()
		}
	}
	w.deliver()
	w.same(log, ben.site)
	ops := ana.ops(log)
	want := string(ana.state(log).Meta(membership.Name))
	for seed := range uint64(20) {
		s := newWorld(t, "c").sites[0]
		for _, p := range []*person{ana, ben} {
			s.meet(p)
		}
		s.update(func(tx feature.Tx) error { // as after a welcome
			if err := s.ring.NewConversation(tx, log, []protocol.Account{s.people[0].id}); err != nil {
				return err
			}
			return s.saveRow(tx, row{Log: log})
		})
		rng := rand.New(rand.NewPCG(seed, 7))
		mixed := slices.Clone(ops[1:])
		rng.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		s.update(func(tx feature.Tx) error { _, err := s.TakeOps(tx, log, ops[:1]); return err })
		for len(mixed) > 0 {
			n := 1 + rng.IntN(len(mixed))
			s.update(func(tx feature.Tx) error { _, err := s.TakeOps(tx, log, mixed[:n]); return err })
			mixed = mixed[n:]
		}
		if got := string(s.state(log).Meta(membership.Name)); got != want || s.state(log).Hash() != ana.state(log).Hash() {
			t.Fatalf("seed %d: name %q, want %q", seed, got, want)
		}
	}
}

func TestOperationsOfStrangersWait(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana := w.person(0)
	log := w.groupOf(w.sites[1])
	s := newWorld(t, "c").sites[0]
	s.update(func(tx feature.Tx) error {
		if err := s.ring.NewConversation(tx, log, []protocol.Account{s.people[0].id}); err != nil {
			return err
		}
		return s.saveRow(tx, row{Log: log})
	})
	take := func() (got Taken) {
		s.update(func(tx feature.Tx) (err error) { got, err = s.TakeOps(tx, log, ana.ops(log)); return err })
		return got
	}
	if got := take(); !slices.Equal(got.Strangers, []protocol.Account{ana.id}) || len(got.Added) > 0 {
		t.Errorf("got %+v, want nothing taken and a stranger", got)
	}
	s.meet(ana)
	if got := take(); len(got.Added) != 2 || len(got.Strangers) > 0 {
		t.Errorf("got %+v, want both operations", got)
	}
	bad := slices.Clone(ana.act(log, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Name, Value: []byte("x")}}}).Encode())
	bad[len(bad)-1] ^= 1
	other := newWorld(t, "d").person(0)
	foreign := other.ops(other.found(feature.NewGroup{}))[0]
	s.meet(other)
	s.update(func(tx feature.Tx) error {
		got, err := s.TakeOps(tx, log, [][]byte{foreign, bad, {1, 2, 3}})
		if got.Refused != 3 || len(got.Added) > 0 {
			t.Errorf("of another group, badly signed and junk: got %+v, want all refused", got)
		}
		return err
	})
}

func TestOpsBeyond(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana := w.person(0)
	log := w.groupOf(w.sites[1])
	op := ana.act(log, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Name, Value: []byte("x")}}})
	ana.view(func(tx feature.Tx) error {
		ops, more, err := ana.Ops(tx, log, op.Parents, 1<<20)
		if err == nil && (len(ops) != 1 || more || string(ops[0]) != string(op.Encode())) {
			t.Errorf("beyond its parents: got %d, want the last operation", len(ops))
		}
		ops, more, err = ana.Ops(tx, log, []membership.ID{{1}}, 1)
		if err == nil && (len(ops) != 1 || !more) {
			t.Errorf("one byte at the most: got %d operations, more %v, want one and more", len(ops), more)
		}
		return err
	})
}

func TestAnEventOfUnknownHeadsWaits(t *testing.T) {
	w := newWorld(t, "a", "b")
	ana, ben := w.person(0), w.person(1)
	log := w.groupOf(w.sites[1])
	ana.say(log, "first")
	w.deliver()
	op := ana.act(log, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Name, Value: []byte("x")}}})
	inner := ana.say(log, "after")
	read := func() error { return ben.try(func(tx feature.Tx) error { return ben.read(tx, log, inner) }) }
	if err := read(); !errors.Is(err, timeline.ErrBehind) {
		t.Errorf("without the operation: got %v, want %v", err, timeline.ErrBehind)
	}
	ben.update(func(tx feature.Tx) error { _, err := ben.TakeOps(tx, log, [][]byte{op.Encode()}); return err })
	if err := read(); err != nil {
		t.Errorf("with the operation: %v", err)
	}
}
