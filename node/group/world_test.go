package group

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	chain "conclave/crypto/group"
	"conclave/crypto/identity"
	"conclave/crypto/vault"
	"conclave/node/directory"
	"conclave/node/feature"
	"conclave/node/keyring"
	"conclave/node/session"
	"conclave/node/timeline"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a number of nodes, each over a real store, keyring, directory and timeline, and what passes between them by hand.
type world struct {
	t     testing.TB
	now   time.Time
	sites []*site
}

// site is a node.
type site struct {
	*Groups
	w      *world
	name   string // its peer id
	folder string
	master *keyring.Master
	store  *storage.Store
	ring   *keyring.Keyring
	dir    *directory.Directory
	line   *timeline.Timeline
	people []*person
	refuse map[protocol.Account]bool // whom nobody here accepted as a contact
	moved  []feature.GroupMoved
	kept   int      // topic secrets that it was told of
	mail   []letter // what is on its way from here
}

// person is an account.
type person struct {
	*site
	id    protocol.Account
	dev   protocol.Device
	key   vault.Key
	acct  *identity.Founded
	chain *identity.Log
}

func newWorld(t testing.TB, names ...string) *world {
	t.Helper()
	w := &world{t: t, now: time.UnixMilli(1_800_000_000_000)}
	for i, name := range names {
		s := &site{w: w, name: name, folder: t.TempDir(), master: keyring.MasterFrom([32]byte{byte(i + 1)}), refuse: map[protocol.Account]bool{}}
		var err error
		if s.store, err = storage.Open(storage.Options{InMemory: true, Key: s.master.Store()}); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.store.Close() })
		s.open()
		w.sites = append(w.sites, s)
		s.join()
	}
	return w
}

// open puts a node around the store, as a start does.
func (s *site) open() {
	s.w.t.Helper()
	var err error
	if s.ring, err = keyring.New(s.folder, s.master, s.store); err != nil {
		s.w.t.Fatal(err)
	}
	now := func() time.Time { return s.w.now }
	s.dir = directory.New(directory.Config{Store: s.store, Realm: s.ring.Node(), Now: now})
	s.ring.LeaveWith(session.New(session.Config{Keys: s.ring, Identities: s.dir, Now: now}))
	s.Groups = New(Config{
		Store: s.store, Keys: s.ring, Identities: s.dir, Registry: s, Self: s.name, Now: now,
		Contacts:  func(_ feature.Tx, _, other protocol.Account) bool { return !s.refuse[other] },
		TopicKept: func() { s.kept++ },
	})
	reg := feature.NewRegistry()
	s.line = timeline.New(timeline.Config{
		Store: s.store, Registry: reg, Keys: s.ring, Local: s.dir.Local, Groups: s.Groups, Outbox: s,
		Clock: protocol.NewClock(now), Now: now, Random: rand.Reader,
	})
	s.With(s, s.line)
}

// restart opens the node again over the same store; its people are unlocked.
func (s *site) restart() {
	s.w.t.Helper()
	s.open()
	for _, p := range s.people {
		p.unlock()
	}
}

// join makes an account on a node, which all nodes learn of.
func (s *site) join() *person {
	t := s.w.t
	t.Helper()
	f, err := identity.NewAccount(rand.Reader, s.w.now, identity.Founding{PeerID: []byte(s.name)})
	if err != nil {
		t.Fatal(err)
	}
	p := &person{site: s, id: protocol.Account(f.Log.Account()), dev: protocol.Device(f.Device), acct: f, chain: f.Log}
	if p.key, err = vault.NewKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	s.update(func(tx feature.Tx) error {
		_, err := s.ring.Enrol(tx, p.id, p.key, feature.Device{ID: p.dev, AIK: f.AIK, DeviceKeys: f.Keys})
		return errors.Join(err, s.dir.Publish(tx, p.id, "someone", f.Log.From(0)))
	})
	p.unlock()
	s.people = append(s.people, p)
	for _, x := range s.w.sites {
		for _, other := range x.people {
			x.meet(p)
			s.meet(other)
		}
	}
	return p
}

func (p *person) unlock() {
	p.w.t.Helper()
	if err := p.ring.Unlock(context.Background(), p.id, p.key); err != nil {
		p.w.t.Fatal(err)
	}
	if err := p.ring.Collect(context.Background(), p.id); err != nil {
		p.w.t.Fatal(err)
	}
}

// meet learns somebody's identity log.
func (s *site) meet(p *person) {
	s.w.t.Helper()
	s.update(func(tx feature.Tx) error { return s.dir.Merge(tx, p.id, p.chain.From(0)) })
}

// device gives an account one more device, on a node, and revoke takes it.
func (p *person) device(peer string) identity.DeviceID {
	p.w.t.Helper()
	keys, err := identity.NewDeviceKeys(rand.Reader)
	if err != nil {
		p.w.t.Fatal(err)
	}
	d := keys.Device(p.chain.Account(), []byte(peer), identity.Secondary, p.w.now)
	p.edit(func(e *identity.Entry) { e.Devices = append(e.Devices, d) })
	return d.ID
}

func (p *person) revoke(id identity.DeviceID) {
	p.w.t.Helper()
	p.edit(func(e *identity.Entry) {
		e.Devices = slices.DeleteFunc(e.Devices, func(d identity.Device) bool { return d.ID == id })
	})
}

func (p *person) edit(fn func(*identity.Entry)) {
	p.w.t.Helper()
	e := p.chain.Next(p.w.now)
	fn(&e)
	if _, err := p.chain.Extend(e.Sign(p.acct.AIK.Previous()), p.w.now); err != nil {
		p.w.t.Fatal(err)
	}
	for _, x := range p.w.sites {
		x.meet(p)
	}
}

func (s *site) update(fn func(feature.Tx) error) {
	s.w.t.Helper()
	if err := s.store.Update(context.Background(), fn); err != nil {
		s.w.t.Fatal(err)
	}
}

// try runs a transaction that may fail.
func (s *site) try(fn func(feature.Tx) error) error { return s.store.Update(context.Background(), fn) }

func (s *site) view(fn func(feature.Tx) error) {
	s.w.t.Helper()
	if err := s.store.View(fn); err != nil {
		s.w.t.Fatal(err)
	}
}

// GroupMoved implements Watchers.
func (s *site) GroupMoved(m feature.GroupMoved) { s.moved = append(s.moved, m) }

func (s *site) ops(log protocol.Log) (ops [][]byte) {
	s.w.t.Helper()
	s.view(func(tx feature.Tx) (err error) {
		ops, _, err = s.Ops(tx, log, nil, 1<<20)
		return err
	})
	return ops
}

// person returns the first account of the i-th node.
func (w *world) person(i int) *person { return w.sites[i].people[0] }

func (p *person) found(n feature.NewGroup) protocol.Log {
	p.w.t.Helper()
	if n.Policy == (membership.Policy{}) {
		n.Policy = membership.DefaultPolicy()
	}
	var c feature.Conversation
	p.update(func(tx feature.Tx) (err error) { c, err = p.Found(tx, p.id, n); return err })
	return c.Log
}

func (p *person) act(log protocol.Log, body membership.Body) *membership.Op {
	p.w.t.Helper()
	op, err := p.tryAct(log, body)
	if err != nil {
		p.w.t.Fatalf("%T: %v", body, err)
	}
	return op
}

func (p *person) tryAct(log protocol.Log, body membership.Body) (op *membership.Op, err error) {
	err = p.try(func(tx feature.Tx) (err error) { op, err = p.Act(tx, log, p.id, body); return err })
	return op, err
}

// say appends a message and returns what goes to the members.
func (p *person) say(log protocol.Log, text string) (inner []byte) {
	p.w.t.Helper()
	p.update(func(tx feature.Tx) error {
		_, err := p.line.Append(tx, feature.Draft{Log: log, Author: p.id, Body: event.MessageSent{Content: text}})
		return err
	})
	return p.mail[len(p.mail)-1].inner
}

func (s *site) state(log protocol.Log) (state *membership.State) {
	s.w.t.Helper()
	s.view(func(tx feature.Tx) error {
		c, err := s.Conversation(tx, log)
		state = c.State
		return err
	})
	return state
}

func (s *site) standing(log protocol.Log, a protocol.Account) (is feature.GroupStanding) {
	s.w.t.Helper()
	s.view(func(tx feature.Tx) (err error) { is, err = s.Standing(tx, log, a); return err })
	return is
}

// texts returns what is shown of a log.
func (s *site) texts(log protocol.Log) (out []string) {
	s.w.t.Helper()
	s.view(func(tx feature.Tx) error {
		page, err := s.line.Page(tx, log, feature.Range{})
		for _, e := range page {
			m, err := event.Decode[event.MessageSent](e.Body)
			if err != nil {
				return err
			}
			out = append(out, m.Content)
		}
		return err
	})
	return out
}

func (w *world) same(log protocol.Log, sites ...*site) {
	w.t.Helper()
	want := w.sites[0].state(log).Hash()
	for _, s := range sites {
		if got := s.state(log).Hash(); got != want {
			w.t.Errorf("state on %s: got %x, want %x as on %s", s.name, got[:4], want[:4], w.sites[0].name)
		}
	}
}

// groupOf has the first person found a group with the first person of each other node.
func (w *world) groupOf(sites ...*site) protocol.Log {
	w.t.Helper()
	log := w.person(0).found(feature.NewGroup{})
	for _, s := range sites {
		w.person(0).act(log, &membership.Add{Account: s.people[0].id})
	}
	w.deliver()
	return log
}

func chainOf(t testing.TB, inner []byte) chain.ChainID {
	t.Helper()
	m, err := chain.DecodeInner(inner)
	if err != nil {
		t.Fatal(err)
	}
	return m.Chain
}
