package session

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"io"
	"testing"
	"time"

	"go.uber.org/goleak"

	"conclave/crypto/identity"
	"conclave/crypto/ratchet"
	"conclave/crypto/vault"
	"conclave/node/directory"
	"conclave/node/feature"
	"conclave/node/keyring"
	"conclave/protocol"
	"conclave/storage"
)

func TestMain(m *testing.M) {
	if err := flag.Set("rapid.checks", "30"); err != nil { // each makes sessions of its own
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

// side is a node with one account, over a real store, keyring and directory, without a network.
type side struct {
	*Sessions
	store  *storage.Store
	ring   *keyring.Keyring
	dir    *directory.Directory
	master *keyring.Master
	key    vault.Key
	acct   protocol.Account
	dev    protocol.Device
	now    *time.Time
}

// open puts a node around a store.
func (s *side) open(t testing.TB) {
	t.Helper()
	var err error
	if s.ring, err = keyring.New("", s.master, s.store); err != nil {
		t.Fatal(err)
	}
	clock := func() time.Time { return *s.now }
	s.dir = directory.New(directory.Config{Store: s.store, Realm: s.ring.Node(), Now: clock})
	s.Sessions = New(Config{
		Keys: s.ring, Identities: s.dir, Now: clock, Random: rand.Reader,
		Routes: func() []string { return []string{"/ip4/192.0.2.1/tcp/8422"} },
		Secret: func(_ feature.Tx, _ protocol.Account, secret []byte) bool { return bytes.Equal(secret, linkSecret) },
	})
}

var linkSecret = []byte("sixteen bytes...")

func newStore(t testing.TB, m *keyring.Master) *storage.Store {
	t.Helper()
	store, err := storage.Open(storage.Options{InMemory: true, Key: m.Store()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	return store
}

func newSide(t testing.TB, now *time.Time, id byte) *side {
	t.Helper()
	s := &side{now: now, master: keyring.MasterFrom([32]byte{id})}
	s.store = newStore(t, s.master)
	s.open(t)
	f, err := identity.NewAccount(rand.Reader, *now, identity.Founding{PeerID: []byte{id}})
	if err != nil {
		t.Fatal(err)
	}
	if s.key, err = vault.NewKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	s.acct, s.dev = protocol.Account(f.Log.Account()), protocol.Device(f.Device)
	s.update(t, func(tx feature.Tx) error {
		_, err := s.ring.Enrol(tx, s.acct, s.key, feature.Device{ID: s.dev, AIK: f.AIK, DeviceKeys: f.Keys})
		return errors.Join(err, s.dir.Publish(tx, s.acct, "someone", f.Log.From(0)))
	})
	s.unlock(t)
	s.update(t, func(tx feature.Tx) error { return s.Stock(tx, s.acct) })
	return s
}

func (s *side) unlock(t testing.TB) {
	t.Helper()
	if err := s.ring.Unlock(context.Background(), s.acct, s.key); err != nil {
		t.Fatal(err)
	}
}

// pair is two sides that know one another's identity.
type pair struct {
	a, b *side
	now  *time.Time
}

func newPair(t testing.TB) *pair {
	t.Helper()
	now := time.UnixMilli(1_800_000_000_000)
	p := &pair{now: &now, a: newSide(t, &now, 1), b: newSide(t, &now, 2)}
	p.a.learn(t, p.b)
	p.b.learn(t, p.a)
	return p
}

func (s *side) learn(t testing.TB, other *side) {
	t.Helper()
	var chain []identity.Signed
	other.view(t, func(tx feature.Tx) error {
		log, err := other.dir.Log(tx, other.acct)
		chain = log.From(0)
		return err
	})
	s.update(t, func(tx feature.Tx) error { return s.dir.Merge(tx, other.acct, chain) })
}

func (s *side) update(t testing.TB, fn func(feature.Tx) error) {
	t.Helper()
	if err := s.store.Update(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func (s *side) view(t testing.TB, fn func(feature.Tx) error) {
	t.Helper()
	if err := s.store.View(fn); err != nil {
		t.Fatal(err)
	}
}

func (s *side) to(o *side) Pair {
	return Pair{Own: s.acct, OwnDev: s.dev, Peer: o.acct, PeerDev: o.dev}
}

// prekeys asks the other side for prekeys and verifies them.
func (s *side) prekeys(t testing.TB, o *side, secret []byte) (Material, error) {
	t.Helper()
	answer, err := o.Serve(o.store)(context.Background(), "peer of "+s.acct.String(), PrekeyRequest(Pair{Own: s.acct, OwnDev: s.dev, Peer: o.acct, PeerDev: o.dev}, secret))
	if err != nil {
		t.Fatal(err)
	}
	var log *identity.Log
	s.view(t, func(tx feature.Tx) (err error) { log, err = s.dir.Log(tx, o.acct); return err })
	return s.Verify(log, o.dev, answer)
}

func (s *side) begin(t testing.TB, o *side, secret []byte) Material {
	t.Helper()
	m, err := s.prekeys(t, o, secret)
	if err != nil {
		t.Fatal(err)
	}
	s.update(t, func(tx feature.Tx) error { return s.Begin(tx, s.to(o), m) })
	return m
}

func text(s string) protocol.Item { return protocol.Item{Kind: protocol.ItemEvent, Data: []byte(s)} }

func (s *side) seal(t testing.TB, o *side, words string) Sealed {
	t.Helper()
	out, err := s.trySeal(o, words)
	if err != nil {
		t.Fatalf("seal %q: %v", words, err)
	}
	return out
}

func (s *side) trySeal(o *side, words string) (out Sealed, err error) {
	err = s.store.Update(context.Background(), func(tx feature.Tx) (err error) {
		out, err = s.Seal(tx, s.to(o), ratchet.Content, text(words))
		return err
	})
	return out, err
}

func admitAll(protocol.Account) error { return nil }

// take opens what was sent to a queue, and returns the texts in it.
func (s *side) take(x Sealed) (words []string, got Opened, err error) {
	err = s.store.Update(context.Background(), func(tx feature.Tx) error {
		in, err := s.Inlet(tx, x.Queue, x.Token)
		if err != nil {
			return err
		}
		got, err = s.Open(tx, in, x.Blob, admitAll)
		return err
	})
	for _, it := range got.Items {
		if it.Kind == protocol.ItemEvent {
			words = append(words, string(it.Data))
		}
	}
	return words, got, err
}

func (s *side) want(t testing.TB, x Sealed, words string) Opened {
	t.Helper()
	got, opened, err := s.take(x)
	if err != nil || len(got) != 1 || got[0] != words {
		t.Fatalf("open: got %q, %v, want %q", got, err, words)
	}
	return opened
}

// meet makes a session that both sides have used.
func (p *pair) meet(t testing.TB) {
	t.Helper()
	p.a.begin(t, p.b, nil)
	p.b.want(t, p.a.seal(t, p.b, "hello"), "hello")
	p.a.want(t, p.b.seal(t, p.a, "hello back"), "hello back")
}

// clone is the node as it would be after a copy of its committed state was put in its place.
func (s *side) clone(t testing.TB) *side {
	t.Helper()
	type row struct{ k, v []byte }
	var rows []row
	if err := s.store.Export(func(storage.Table) bool { return true }, func(k storage.Key, sealed []byte) error {
		rows = append(rows, row{[]byte(k), bytes.Clone(sealed)})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	out := *s
	out.store = newStore(t, s.master)
	if err := out.store.Import(context.Background(), func() (k, v []byte, err error) {
		if len(rows) == 0 {
			return nil, nil, io.EOF
		}
		r := rows[0]
		rows = rows[1:]
		return r.k, r.v, nil
	}); err != nil {
		t.Fatal(err)
	}
	out.dir = directory.New(directory.Config{Store: out.store, Realm: out.ring.Node(), Now: out.Now})
	c := out.Config
	c.Identities = out.dir
	out.Sessions = New(c)
	return &out
}

// rows is everything in the store, for comparing bit for bit.
func (s *side) rows(t testing.TB) map[storage.Key]string {
	t.Helper()
	out := map[storage.Key]string{}
	if err := s.store.Export(func(storage.Table) bool { return true }, func(k storage.Key, sealed []byte) error {
		out[k] = string(sealed)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *side) sessions(t testing.TB, o *side) (out []*live) {
	t.Helper()
	s.view(t, func(tx feature.Tx) (err error) { out, err = s.all(tx, s.to(o)); return err })
	return out
}
