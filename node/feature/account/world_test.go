package account_test

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"conclave/crypto/identity"
	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/feature/profile"
	"conclave/node/keyring"
	"conclave/protocol"
	"conclave/storage"
)

// cheap makes Argon2id take microseconds.
var cheap = vault.Cost{Memory: 8, Passes: 1, Threads: 1}

const passphrase = "correct horse battery"

// world is the slice over a real store and a real keyring. Directory, Node and Live are the edges of a node that runs.
type world struct {
	t     *testing.T
	dir   string
	store *storage.Store
	ring  *keyring.Keyring
	reg   *feature.Registry
	host  *feature.Host
	live  *live
	clock *clock
	node  nodeInfo
	cost  vault.Cost
}

func newWorld(t *testing.T) *world { return newWorldAt(t, cheap) }

func newWorldAt(t *testing.T, cost vault.Cost) *world {
	t.Helper()
	w := &world{t: t, cost: cost, dir: t.TempDir(), clock: &clock{at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}}
	w.start()
	return w
}

// start opens the folder as a node does.
func (w *world) start() {
	w.t.Helper()
	master, err := keyring.OpenMaster(w.dir, rand.Reader)
	if err != nil {
		w.t.Fatalf("OpenMaster: %v", err)
	}
	if w.store, err = storage.Open(storage.Options{Dir: filepath.Join(w.dir, "store"), Key: master.Store()}); err != nil {
		w.t.Fatalf("open store: %v", err)
	}
	store := w.store
	w.t.Cleanup(func() { store.Close() })
	if w.ring, err = keyring.New(w.dir, master, w.store); err != nil {
		w.t.Fatalf("keyring: %v", err)
	}
	w.reg, w.live, w.node = feature.NewRegistry(), &live{}, nodeInfo{started: w.clock.Now()}
	s := feature.Services{
		Now: w.clock.Now, Random: rand.Reader, Logger: slog.New(slog.DiscardHandler), Store: w.store,
		Realms: w.ring, Keys: w.ring, Timeline: noLogs{}, Directory: directory{}, Live: w.live, Node: w.node,
	}
	feature.Install(w.reg, s, account.Feature(account.Options{Cost: w.cost}))
	feature.Install(w.reg, s, profile.Feature())
	feature.Install(w.reg, s, feature.Feature{Name: "test", Install: func(h *feature.Host) { w.host = h }})
	for _, fn := range w.reg.Starts() {
		if err := fn(w.t.Context()); err != nil {
			w.t.Fatalf("start: %v", err)
		}
	}
}

func (w *world) restart() {
	w.t.Helper()
	if err := w.store.Close(); err != nil {
		w.t.Fatalf("close store: %v", err)
	}
	w.start()
}

func (w *world) setupToken() string { return account.SetupToken(w.ring, w.node) }

// call calls an operation as somebody.
func call[Res any](w *world, who feature.Actor, name string, req any) (Res, error) {
	w.t.Helper()
	op, ok := w.reg.Operation(name)
	if !ok {
		w.t.Fatalf("there is no operation %s", name)
	}
	var zero Res
	out, err := op.Call(feature.WithActor(w.t.Context(), who), req)
	if err != nil {
		return zero, err
	}
	return out.(Res), nil
}

func must[Res any](w *world, who feature.Actor, name string, req any) Res {
	w.t.Helper()
	out, err := call[Res](w, who, name, req)
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	return out
}

// refused checks the code and the status of a refusal.
func refused(t *testing.T, what string, err error, status int, code string) {
	t.Helper()
	var e *feature.Error
	if !errors.As(err, &e) || e.Code != code || e.Status != status {
		t.Errorf("%s: got %v, want %d %s", what, err, status, code)
	}
}

var (
	stranger = feature.Actor{Remote: "203.0.113.7"}
	control  = feature.Actor{Control: true, Owner: true}
)

// owner claims the node.
func (w *world) owner() (account.Opened, feature.Actor) {
	w.t.Helper()
	o := must[account.Opened](w, stranger, "account.create", account.CreateRequest{
		Name: "olga", Passphrase: passphrase, DisplayName: "Olga O.", SetupToken: w.setupToken(),
	})
	return o, w.actor(o.Token)
}

// add makes another account, later.
func (w *world) add(name string) (account.Opened, feature.Actor) {
	w.t.Helper()
	w.clock.pass(time.Second)
	o := must[account.Opened](w, control, "account.create", account.CreateRequest{Name: name, Passphrase: passphrase})
	return o, w.actor(o.Token)
}

func (w *world) actor(token string) feature.Actor {
	w.t.Helper()
	a, err := w.reg.Authenticate(w.t.Context(), token)
	if err != nil {
		w.t.Fatalf("authenticate: %v", err)
	}
	a.Remote = stranger.Remote
	return a
}

func (w *world) login(name, pass string) (account.Opened, error) {
	w.t.Helper()
	return call[account.Opened](w, stranger, "session.open", account.OpenRequest{Name: name, Passphrase: pass})
}

func (w *world) ended(token string) bool {
	w.t.Helper()
	_, err := w.reg.Authenticate(w.t.Context(), token)
	if err != nil && !errors.Is(err, feature.ErrNoSession) {
		w.t.Errorf("authenticate: got %v, want %v", err, feature.ErrNoSession)
	}
	return err != nil
}

// clock is the node's time, which a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// live remembers which sessions' connections were ended, and which frames were sent.
type live struct {
	mu     sync.Mutex
	closed []string
	frames []string
}

func (l *live) Tell(_ []protocol.Account, frame string, _ any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.frames = append(l.frames, frame)
}

func (*live) Watched(protocol.Account) bool { return true }

func (*live) Attended(protocol.Account) bool { return true }

func (l *live) CloseSession(_ protocol.Account, session string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = append(l.closed, session)
}

func (l *live) has(session string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Contains(l.closed, session)
}

func (l *live) told(frame string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, f := range l.frames {
		if f == frame {
			n++
		}
	}
	return n
}

type nodeInfo struct{ started time.Time }

func (nodeInfo) PeerID() string       { return "12D3KooWTestTestTestTest" }
func (nodeInfo) Addresses() []string  { return nil }
func (nodeInfo) Version() string      { return "test" }
func (n nodeInfo) Started() time.Time { return n.started }
func (nodeInfo) DataDir() string      { return "" }
func (nodeInfo) Public() string       { return "https://node.example" }

// directory verifies what it is given to publish, as the real one does.
type directory struct{ feature.Directory }

func (directory) Publish(_ feature.Tx, a protocol.Account, _ protocol.Name, chain []identity.Signed) error {
	l, err := identity.Verify(chain, time.Now())
	if err != nil {
		return err
	}
	if protocol.Account(l.Account()) != a || len(l.Head().Devices) != 1 || l.Head().RecCommit == nil {
		return errors.New("not the log of a new account with a device and a recovery key")
	}
	return nil
}

func (directory) LocalAddress(n protocol.Name) protocol.Address {
	return protocol.NewAddress(n, "node.example")
}

func (directory) LinkFor(feature.Tx, protocol.Account) (string, []string, error) {
	return "https://node.example", nil, nil
}
func (directory) LinkRoute() (string, []string) { return "https://node.example", nil }

// noLogs is a node on which nobody talks.
type noLogs struct{ feature.Timeline }

func (noLogs) Logs(feature.Tx, protocol.Account) ([]protocol.Log, error) { return nil, nil }
