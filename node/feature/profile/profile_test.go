package profile_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"conclave/crypto/identity"
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/feature/profile"
	"conclave/node/keyring"
	"conclave/node/timeline"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// world is the slice over a real store, keyring and timeline, with one local account.
type world struct {
	t        *testing.T
	store    *storage.Store
	ring     *keyring.Keyring
	reg      *feature.Registry
	host     *feature.Host
	timeline *timeline.Timeline
	me       protocol.Account
	key      vault.Key
	outbox   *outbox
	hidden   protocol.Log // that a Sight hides
}

var errOutbox = errors.New("no outbox")

type outbox struct{ broken bool }

func (o *outbox) Enqueue(feature.Tx, feature.Conversation, *protocol.Event) error {
	if o.broken {
		return errOutbox
	}
	return nil
}

func (o *outbox) EnqueueGroup(tx feature.Tx, c feature.Conversation, e *protocol.Event, _ []byte) error {
	return o.Enqueue(tx, c, e)
}

type directory struct{ feature.Directory }

func (directory) LocalAddress(n protocol.Name) protocol.Address {
	return protocol.NewAddress(n, "node.example")
}

type live struct{}

func (live) Watched(protocol.Account) bool { return true }

func (live) Attended(protocol.Account) bool { return true }

func (live) Tell([]protocol.Account, string, any)  {}
func (live) CloseSession(protocol.Account, string) {}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, reg: feature.NewRegistry(), outbox: &outbox{}}
	master := keyring.MasterFrom([32]byte{1})
	var err error
	if w.store, err = storage.Open(storage.Options{InMemory: true, Key: master.Store()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.store.Close() })
	if w.ring, err = keyring.New("", master, w.store); err != nil {
		t.Fatal(err)
	}
	w.timeline = timeline.New(timeline.Config{
		Store: w.store, Registry: w.reg, Keys: w.ring, Local: func(_ feature.Tx, a protocol.Account) bool { return a == w.me },
		Outbox: w.outbox, Clock: protocol.NewClock(time.Now), Now: time.Now, Random: rand.Reader,
	})
	s := feature.Services{
		Now: time.Now, Random: rand.Reader, Logger: slog.New(slog.DiscardHandler), Store: w.store, Realms: w.ring, Keys: w.ring,
		Timeline: w.timeline, Directory: directory{}, Live: live{},
	}
	feature.Install(w.reg, s, profile.Feature())
	feature.Install(w.reg, s, feature.Feature{Name: "test", Install: func(h *feature.Host) {
		w.host = h
		feature.Sight(h, func(_ feature.Tx, _ protocol.Account, c feature.Conversation) error {
			if c.Log == w.hidden {
				return feature.ErrNotFound
			}
			return nil
		})
	}})
	w.found()
	return w
}

// found makes the local account, as the account slice does.
func (w *world) found() {
	w.t.Helper()
	f, err := identity.NewAccount(rand.Reader, time.Now(), identity.Founding{PeerID: []byte("peer")})
	if err != nil {
		w.t.Fatal(err)
	}
	if w.key, err = vault.NewKey(rand.Reader); err != nil {
		w.t.Fatal(err)
	}
	w.me = protocol.Account(f.Log.Account())
	w.update(func(tx feature.Tx) error {
		realm, err := w.ring.Enrol(tx, w.me, w.key, feature.Device{ID: protocol.Device(f.Device), AIK: f.AIK, DeviceKeys: f.Keys})
		if err != nil {
			return err
		}
		return w.host.Found(tx, feature.Founding{Account: w.me, Name: "ana", Display: "Ana", Realm: realm})
	})
	if err := w.ring.Unlock(w.t.Context(), w.me, w.key); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) update(fn func(feature.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(w.t.Context(), fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) open(other protocol.Account) (c feature.Conversation) {
	w.t.Helper()
	w.update(func(tx feature.Tx) (err error) {
		c, err = w.timeline.OpenDirect(tx, w.me, other)
		return err
	})
	return c
}

func (w *world) append(log protocol.Log, body event.Body) *protocol.Event {
	w.t.Helper()
	var e *protocol.Event
	w.update(func(tx feature.Tx) (err error) {
		e, err = w.timeline.Append(tx, feature.Draft{Log: log, Author: w.me, Body: body})
		return err
	})
	return e
}

// ingest logs an event of another account behind a parent.
func (w *world) ingest(c feature.Conversation, author protocol.Account, body event.Body, parent *protocol.Event) *protocol.Event {
	w.t.Helper()
	raw, err := event.Encode(body)
	if err != nil {
		w.t.Fatal(err)
	}
	h := protocol.Header{Log: c.Log, Kind: body.Kind(), Author: author, Ord: 1}
	if parent != nil {
		h.Ord, h.Parents = parent.Ord+1, []protocol.EventID{parent.ID}
	}
	e, err := protocol.NewEvent(rand.Reader, h, raw)
	if err != nil {
		w.t.Fatal(err)
	}
	w.update(func(tx feature.Tx) error { return w.timeline.Ingest(tx, c, e) })
	return e
}

func (w *world) card(of protocol.Account) (c feature.Card) {
	w.t.Helper()
	if err := w.store.View(func(tx feature.Tx) (err error) {
		c, err = w.host.Card(tx, w.me, of)
		return err
	}); err != nil {
		w.t.Fatalf("Card: %v", err)
	}
	return c
}

// told returns the names that we told in a log, oldest first.
func (w *world) told(log protocol.Log) (names []string) {
	w.t.Helper()
	if err := w.store.View(func(tx feature.Tx) error {
		entries, err := w.timeline.Page(tx, log, feature.Range{Kinds: []string{"profile.changed"}, Limit: 100})
		for _, e := range entries {
			b, err := event.Decode[event.ProfileChanged](e.Body)
			if err != nil {
				return err
			}
			names = append(names, b.Name+" "+b.Address)
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return names
}

func (w *world) set(name string) error {
	op, _ := w.reg.Operation("profile.set")
	_, err := op.Call(feature.WithActor(w.t.Context(), feature.Actor{Account: w.me}), profile.SetRequest{DisplayName: name})
	return err
}

func TestNameIsToldWhereTheAccountIntroducedItself(t *testing.T) {
	w := newWorld(t)
	friend, asking, hidden := w.open(protocol.Account{1}), w.open(protocol.Account{2}), w.open(protocol.Account{3})
	w.append(friend.Log, event.ContactIntroduced{Name: "Ana"})
	w.ingest(asking, protocol.Account{2}, event.ContactIntroduced{Name: "Asker"}, nil)
	w.append(hidden.Log, event.ContactIntroduced{Name: "Ana"})
	w.hidden = hidden.Log
	if err := w.set("Ana B."); err != nil {
		t.Fatalf("profile.set: %v", err)
	}
	if err := w.set("Ana B."); err != nil {
		t.Fatalf("profile.set again: %v", err)
	}
	if got := w.told(friend.Log); len(got) != 1 || got[0] != "Ana B. ana@node.example" {
		t.Errorf("told a contact: got %q, want the new name and the address, once", got)
	}
	for what, log := range map[string]protocol.Log{"who only asks": asking.Log, "a hidden conversation": hidden.Log} {
		if got := w.told(log); len(got) != 0 {
			t.Errorf("told %s: got %q, want nothing", what, got)
		}
	}
	if got, want := w.card(w.me), (feature.Card{Name: "Ana B.", Address: "ana@node.example"}); got != want {
		t.Errorf("own card: got %+v, want %+v", got, want)
	}
}

func TestNameIsToldAfterACrash(t *testing.T) {
	w := newWorld(t)
	friend := w.open(protocol.Account{1})
	w.append(friend.Log, event.ContactIntroduced{Name: "Ana"})
	w.outbox.broken = true
	if err := w.set("Ana B."); !errors.Is(err, errOutbox) {
		t.Fatalf("profile.set: got %v, want %v", err, errOutbox)
	}
	w.outbox.broken = false
	w.ring.Lock(w.me)
	if err := w.ring.Unlock(t.Context(), w.me, w.key); err != nil {
		t.Fatalf("Unlock: %v", err)
	}
	if got := w.told(friend.Log); len(got) != 1 {
		t.Errorf("told after unlocking: got %q, want the new name", got)
	}
}

func TestNamesOfOthers(t *testing.T) {
	w := newWorld(t)
	bo := protocol.Account{1}
	c := w.open(bo)
	if got := w.card(bo); got != (feature.Card{}) {
		t.Errorf("card of who said nothing: got %+v, want none", got)
	}
	first := w.append(c.Log, event.ContactIntroduced{Name: "Ana"})
	accepted := w.ingest(c, bo, event.ContactAccepted{Name: "Bo", Address: "bo@else.example"}, first)
	if got, want := w.card(bo), (feature.Card{Name: "Bo", Address: "bo@else.example"}); got != want {
		t.Errorf("card: got %+v, want %+v", got, want)
	}
	second := w.ingest(c, bo, event.MessageSent{Content: "hi"}, accepted)
	w.ingest(c, bo, event.ProfileChanged{Name: "Bo B."}, second)
	w.ingest(c, bo, event.ProfileChanged{Name: "an older name that came late"}, accepted)
	if got, want := w.card(bo).Name, "Bo B."; got != want {
		t.Errorf("name: got %q, want %q", got, want)
	}
	if err := w.store.View(func(tx feature.Tx) error {
		if got := w.host.NameOf(tx, w.me, protocol.Account{9}); got != "" {
			t.Errorf("name of a stranger: got %q, want none", got)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestSetRefusesWrongNames(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"", "a\nb", "\x7f", "\xff", strings.Repeat("ä", 65)} {
		if err := w.set(name); !errors.Is(err, feature.ErrBadRequest) {
			t.Errorf("profile.set %q: got %v, want %v", name, err, feature.ErrBadRequest)
		}
	}
	if got := w.card(w.me).Name; got != "Ana" {
		t.Errorf("name afterwards: got %q, want Ana", got)
	}
	w.ring.Lock(w.me)
	if err := w.set("Ana B."); !errors.Is(err, feature.ErrLocked) {
		t.Errorf("profile.set while locked: got %v, want %v", err, feature.ErrLocked)
	}
}
