package timeline_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"conclave/crypto/identity"
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/group"
	"conclave/node/keyring"
	"conclave/node/session"
	"conclave/node/timeline"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

// home is a node of one account with the keeper of groups that nodes have. Its outboxes keep what would be sent.
type home struct {
	store    *storage.Store
	line     *timeline.Timeline
	groups   *group.Groups
	me       *identity.Founded
	known    map[protocol.Account]*identity.Log
	ops      [][]byte
	welcomes []protocol.Welcome
	sealed   [][]byte
}

func (h *home) account() protocol.Account { return protocol.Account(h.me.Log.Account()) }

func (h *home) Log(_ feature.Tx, a protocol.Account) (*identity.Log, error) {
	if log := h.known[a]; log != nil {
		return log, nil
	}
	return nil, feature.ErrNotFound
}

func (h *home) Local(_ feature.Tx, a protocol.Account) bool { return a == h.account() }

func (h *home) Enqueue(feature.Tx, feature.Conversation, *protocol.Event) error { return nil }

func (h *home) EnqueueGroup(_ feature.Tx, _ feature.Conversation, _ *protocol.Event, inner []byte) error {
	h.sealed = append(h.sealed, inner)
	return nil
}

func (h *home) Op(_ feature.Tx, _ protocol.Log, op []byte) error {
	h.ops = append(h.ops, op)
	return nil
}

func (h *home) Brief(feature.Tx, protocol.Log, session.Pair) error { return nil }

func (h *home) Control(_ feature.Tx, _ session.Pair, items ...protocol.Item) error {
	for _, item := range items {
		if item.Kind != protocol.ItemWelcome {
			continue
		}
		w, err := protocol.DecodeWelcome(item.Data)
		if err != nil {
			return err
		}
		h.welcomes = append(h.welcomes, w)
	}
	return nil
}

// newHomes makes nodes whose accounts know one another.
func newHomes(t *testing.T, peers ...string) []*home {
	t.Helper()
	known := map[protocol.Account]*identity.Log{}
	homes := make([]*home, len(peers))
	for i, peer := range peers {
		me, err := identity.NewAccount(rand.Reader, time.Now(), identity.Founding{PeerID: []byte(peer)})
		if err != nil {
			t.Fatal(err)
		}
		homes[i] = &home{me: me, known: known}
		known[homes[i].account()] = me.Log
		homes[i].start(t, peer, byte(i+1))
	}
	return homes
}

func (h *home) start(t *testing.T, peer string, seed byte) {
	t.Helper()
	master := keyring.MasterFrom([32]byte{seed})
	var err error
	if h.store, err = storage.Open(storage.Options{InMemory: true, Key: master.Store()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.store.Close() })
	ring, err := keyring.New("", master, h.store)
	if err != nil {
		t.Fatal(err)
	}
	key, err := vault.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h.update(t, func(tx feature.Tx) error {
		_, err := ring.Enrol(tx, h.account(), key, feature.Device{ID: protocol.Device(h.me.Device), AIK: h.me.AIK, DeviceKeys: h.me.Keys})
		return err
	})
	if err := ring.Unlock(t.Context(), h.account(), key); err != nil {
		t.Fatal(err)
	}
	reg := feature.NewRegistry()
	h.groups = group.New(group.Config{
		Store: h.store, Keys: ring, Identities: h, Registry: reg, Self: peer, Now: time.Now,
		Contacts: func(feature.Tx, protocol.Account, protocol.Account) bool { return true },
	})
	h.line = timeline.New(timeline.Config{
		Store: h.store, Registry: reg, Keys: ring, Local: h.Local, Groups: h.groups, Outbox: h,
		Clock: protocol.NewClock(time.Now), Now: time.Now, Random: rand.Reader,
	})
	h.groups.With(h, h.line)
	feature.Install(reg, feature.Services{Store: h.store, Realms: ring, Timeline: h.line, Groups: h.groups}, feature.Feature{
		Name: "words", Install: func(f *feature.Host) { feature.Known[event.MessageSent](f); feature.Rows[event.MessageSent](f) },
	})
}

func (h *home) update(t *testing.T, fn func(feature.Tx) error) {
	t.Helper()
	if err := h.store.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// say appends a message and returns it as it is sealed, with the chain's key for the one other node where that is owed it.
func (h *home) say(t *testing.T, log protocol.Log, text string) (inner, dist []byte) {
	t.Helper()
	h.update(t, func(tx feature.Tx) error {
		if _, err := h.line.Append(tx, feature.Draft{Log: log, Author: h.account(), Body: event.MessageSent{Content: text}}); err != nil {
			return err
		}
		dev := protocol.Device(h.me.Device)
		data, chain, to, err := h.groups.Owed(tx, log, dev)
		for _, n := range to {
			dist = data
			err = errors.Join(err, h.groups.Giving(tx, log, chain, n.Peer, n.Devices[0].Device), h.groups.Gave(tx, log, chain, n.Peer))
		}
		return err
	})
	return h.sealed[len(h.sealed)-1], dist
}

// take opens and logs what another node sealed.
func (h *home) take(t *testing.T, from *home, log protocol.Log, inner, dist []byte) {
	t.Helper()
	h.update(t, func(tx feature.Tx) error {
		if dist != nil {
			if err := h.groups.Accept(tx, from.account(), protocol.Device(from.me.Device), dist); err != nil {
				return err
			}
		}
		e, stamp, err := h.groups.Open(tx, log, inner)
		if err != nil {
			return err
		}
		return h.line.IngestGroup(tx, e, stamp)
	})
}

func (h *home) history(t *testing.T, log protocol.Log) (hash [32]byte, n int) {
	t.Helper()
	if err := h.store.View(func(tx feature.Tx) (err error) {
		hash, n, err = h.line.History(tx, log)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return hash, n
}

func TestTwoNodesKeepOneHistoryOfAGroup(t *testing.T) {
	homes := newHomes(t, "peer of a", "peer of b")
	a, b := homes[0], homes[1]
	var log protocol.Log
	a.update(t, func(tx feature.Tx) error {
		c, err := a.groups.Found(tx, a.account(), feature.NewGroup{Policy: membership.DefaultPolicy()})
		if err != nil {
			return err
		}
		log = c.Log
		_, err = a.groups.Act(tx, log, a.account(), &membership.Add{Account: b.account()})
		return err
	})
	if len(a.welcomes) != 1 {
		t.Fatalf("welcomes: got %d, want 1", len(a.welcomes))
	}
	b.update(t, func(tx feature.Tx) error {
		if err := b.groups.Welcomed(tx, b.account(), a.account(), a.welcomes[0]); err != nil {
			return err
		}
		taken, err := b.groups.TakeOps(tx, log, append([][]byte{a.welcomes[0].Create}, a.ops...))
		if err == nil && len(taken.Added) < 1 {
			t.Errorf("operations taken: got %+v, want the Add at least", taken)
		}
		return err
	})
	inner, dist := a.say(t, log, "from a")
	b.take(t, a, log, inner, dist)
	inner, dist = b.say(t, log, "from b")
	a.take(t, b, log, inner, dist)
	both := func(events int) {
		t.Helper()
		want, n := a.history(t, log)
		got, m := b.history(t, log)
		if got != want || n != events || m != events {
			t.Errorf("histories: got %d and %d events, equal %v, want %d on both", n, m, got == want, events)
		}
	}
	both(2)

	// One is removed and goes on talking until its node hears of that.
	before := len(a.ops)
	a.update(t, func(tx feature.Tx) error {
		_, err := a.groups.Act(tx, log, a.account(), &membership.Remove{Account: b.account()})
		return err
	})
	inner, dist = b.say(t, log, "too late")
	a.take(t, b, log, inner, dist)
	if _, n := a.history(t, log); n != 2 {
		t.Errorf("events of the group where the removal is known: got %d, want 2", n)
	}
	if _, n := b.history(t, log); n != 3 {
		t.Errorf("events where it is not: got %d, want 3", n)
	}
	b.update(t, func(tx feature.Tx) error {
		_, err := b.groups.TakeOps(tx, log, a.ops[before:])
		return err
	})
	both(2)
}
