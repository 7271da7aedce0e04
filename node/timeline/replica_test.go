package timeline

import (
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"conclave/crypto/identity"
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/keyring"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// replica is a timeline over a real store and keyring, on a node where the account alice is unlocked.
type replica struct {
	*Timeline
	store  *storage.Store
	ring   *keyring.Keyring
	alice  protocol.Account
	sent   []*protocol.Event // what Append gave to the outbox
	sealed [][]byte          // and that of groups
	now    time.Time
}

func (r *replica) Enqueue(_ feature.Tx, _ feature.Conversation, e *protocol.Event) error {
	r.sent = append(r.sent, e)
	return nil
}

func (r *replica) EnqueueGroup(tx feature.Tx, c feature.Conversation, e *protocol.Event, inner []byte) error {
	r.sealed = append(r.sealed, inner)
	return r.Enqueue(tx, c, e)
}

// newReplicas makes nodes that hold the same account, each with device keys of its own.
func newReplicas(t *testing.T, n int) []*replica {
	t.Helper()
	founded := newAccount(t)
	out := make([]*replica, n)
	for i := range out {
		out[i] = newReplica(t, founded, byte(i+1))
	}
	return out
}

func newAccount(t testing.TB) *identity.Founded {
	t.Helper()
	founded, err := identity.NewAccount(rand.Reader, time.Now(), identity.Founding{PeerID: []byte("peer")})
	if err != nil {
		t.Fatal(err)
	}
	return founded
}

func newReplica(t testing.TB, founded *identity.Founded, device byte) *replica {
	t.Helper()
	r := &replica{alice: protocol.Account(founded.Log.Account()), now: time.UnixMilli(1_800_000_000_000)}
	master := keyring.MasterFrom([32]byte{device})
	var err error
	if r.store, err = storage.Open(storage.Options{InMemory: true, Key: master.Store()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.store.Close() })
	if r.ring, err = keyring.New("", master, r.store); err != nil {
		t.Fatal(err)
	}
	r.enrol(t, founded, device)
	now := func() time.Time { return r.now }
	reg := feature.NewRegistry()
	r.Timeline = New(Config{
		Store: r.store, Registry: reg, Keys: r.ring, Local: func(_ feature.Tx, a protocol.Account) bool { return a == r.alice },
		Outbox: r, Clock: protocol.NewClock(now), Now: now, Random: rand.Reader,
	})
	feature.Install(reg, feature.Services{Store: r.store, Realms: r.ring}, notes)
	return r
}

// enrol makes an account live here, unlocked.
func (r *replica) enrol(t testing.TB, founded *identity.Founded, device byte) protocol.Account {
	t.Helper()
	key, err := vault.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	account := protocol.Account(founded.Log.Account())
	r.update(t, func(tx feature.Tx) error {
		_, err := r.ring.Enrol(tx, account, key, feature.Device{ID: protocol.Device{device}, AIK: founded.AIK, DeviceKeys: founded.Keys})
		return err
	})
	if err := r.ring.Unlock(t.Context(), account, key); err != nil {
		t.Fatal(err)
	}
	return account
}

// notes is a slice that keeps the text of every message that is shown under its place, refuses one text, and one of those who
// do not own a group.
var notes = feature.Feature{Name: "notes", Install: func(h *feature.Host) {
	feature.Rows[event.MessageSent](h)
	feature.Known[event.MessageEdited](h)
	feature.Guard(h, func(_ *protocol.Event, m event.MessageSent) error {
		if m.Content == "forbidden" {
			return feature.ErrNotValidated
		}
		return nil
	})
	feature.Project(h, func(tx feature.Tx, e feature.Entry, m event.MessageSent) error {
		realm, err := h.Realms.Conversation(tx, e.Log)
		if err != nil {
			return err
		}
		return tx.Put(realm, noteKey(realm, e.Place()), []byte(m.Content))
	})
	feature.Hidden(h, func(tx feature.Tx, e feature.Entry, _ event.MessageSent) error {
		realm, err := h.Realms.Conversation(tx, e.Log)
		if err != nil {
			return err
		}
		tx.Delete(noteKey(realm, e.Place()))
		return nil
	})
	feature.Rule(h, func(e *protocol.Event, then *membership.State, m event.MessageSent) error {
		if m.Content == "order" && then.Role(e.Author) < membership.Owner {
			return feature.ErrForbidden
		}
		return nil
	})
}}

func noteKey(r *storage.Realm, p protocol.Place) storage.Key {
	return r.Key(storage.Counters, storage.H(p.Bytes()))
}

func (r *replica) update(t testing.TB, fn func(feature.Tx) error) {
	t.Helper()
	if err := r.store.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

// talk is a conversation of alice with somebody, seen by one replica.
type talk struct {
	*replica
	c feature.Conversation
}

func (r *replica) with(t testing.TB, other protocol.Account) talk {
	t.Helper()
	out := talk{replica: r}
	r.update(t, func(tx feature.Tx) (err error) {
		out.c, err = r.OpenDirect(tx, r.alice, other)
		return err
	})
	return out
}

func (k talk) say(t testing.TB, text string) (e *protocol.Event) {
	t.Helper()
	k.update(t, func(tx feature.Tx) (err error) {
		e, err = k.Append(tx, feature.Draft{Log: k.c.Log, Author: k.alice, Body: event.MessageSent{Content: text}})
		return err
	})
	return e
}

// hear ingests an event and returns the refusal. What is written before a refusal stays: Ingest promises that it is nothing.
func (k talk) hear(t testing.TB, e *protocol.Event) (refusal error) {
	t.Helper()
	k.update(t, func(tx feature.Tx) error {
		refusal = k.Ingest(tx, k.c, e)
		if errors.Is(refusal, ErrDuplicate) || errors.Is(refusal, ErrRefused) {
			return nil
		}
		return refusal
	})
	return refusal
}

func (k talk) page(t testing.TB) (out []feature.Entry) {
	t.Helper()
	if err := k.store.View(func(tx feature.Tx) (err error) {
		out, err = k.Page(tx, k.c.Log, feature.Range{})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func (k talk) history(t testing.TB) (hash [32]byte, events int) {
	t.Helper()
	if err := k.store.View(func(tx feature.Tx) (err error) {
		hash, events, err = k.History(tx, k.c.Log)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return hash, events
}

func (k talk) heads(t testing.TB) []protocol.EventID {
	t.Helper()
	var out []protocol.EventID
	if err := k.store.View(func(tx feature.Tx) error {
		b, err := k.book(tx, k.c.Log)
		for _, h := range b.heads {
			out = append(out, h.ID)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// rows is everything in the store, for comparing bit for bit.
func (r *replica) rows(t testing.TB) map[storage.Key]string {
	t.Helper()
	out := map[storage.Key]string{}
	if err := r.store.Export(func(storage.Table) bool { return true }, func(k storage.Key, sealed []byte) error {
		out[k] = string(sealed)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// leaves are the events of a list that no other one names as a parent, in order.
func leaves(list []feature.Entry) []protocol.EventID {
	var out []protocol.EventID
	for _, e := range list {
		if !slices.ContainsFunc(list, func(c feature.Entry) bool { return slices.Contains(c.Parents, e.ID) }) {
			out = append(out, e.ID)
		}
	}
	return out
}

// forge makes an event that no Timeline made.
func (k talk) forge(t testing.TB, h protocol.Header, text string) *protocol.Event {
	t.Helper()
	body, err := event.Encode(event.MessageSent{Content: text})
	if err != nil {
		t.Fatal(err)
	}
	h.Log, h.Author = k.c.Log, k.c.Other(k.alice)
	if h.Kind == "" {
		h.Kind = event.MessageSent{}.Kind()
	}
	e, err := protocol.NewEvent(rand.Reader, h, body)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func randomAccount() (a protocol.Account) {
	rand.Read(a[:])
	return a
}
