// Package solo is a node without a network, for the stories of slices: store, keyring, directory, timeline and groups are real;
// delivery, watchers and the wire below the directory are recorders that a test reads and answers for.
// Accounts have profiles, and contact links without the slice that keeps them.
//
// Time stands still until a test moves it.
package solo

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"sync"
	"testing"
	"time"

	"conclave/node/alarm"
	"conclave/node/directory"
	"conclave/node/feature"
	"conclave/node/feature/profile"
	"conclave/node/group"
	"conclave/node/keyring"
	"conclave/node/timeline"
	"conclave/protocol"
	"conclave/storage"
)

// Host is the host part of this node's addresses.
const Host = "home.example"

// Node is the node. Its fields are those of a running one.
type Node struct {
	t         testing.TB
	Store     *storage.Store
	Ring      *keyring.Keyring
	Registry  *feature.Registry
	Directory *directory.Directory
	Timeline  *timeline.Timeline
	Groups    *group.Groups
	Delivery  *Delivery
	Alarms    *alarm.Clock
	Live      *Live
	Wire      *Wire
	Web       Web // what there is behind links
	services  feature.Services
	links     *links

	mu     sync.Mutex // guards what follows
	now    time.Time
	logged chan struct{} // closed and replaced at each event
}

// Start makes a node with slices, and runs it until the test ends.
func Start(t testing.TB, features ...feature.Feature) *Node {
	t.Helper()
	store, err := storage.Open(storage.Options{InMemory: true, Key: [32]byte{1}})
	if err != nil {
		t.Fatalf("open a store in memory: %v", err)
	}
	t.Cleanup(func() { store.Close() })
	n := &Node{t: t, Store: store, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), logged: make(chan struct{}), links: &links{secrets: map[protocol.Account][16]byte{}}}
	n.boot(features)
	return n
}

// boot makes everything above the store, as a start does.
func (n *Node) boot(features []feature.Feature) {
	n.t.Helper()
	ring, err := keyring.New("", keyring.MasterFrom([32]byte{2}), n.Store)
	if err != nil {
		n.t.Fatalf("make a keyring: %v", err)
	}
	n.Ring, n.Registry, n.Wire = ring, feature.NewRegistry(), &Wire{}
	n.Delivery, n.Live = newDelivery(n), newLive()
	n.Directory = directory.New(directory.Config{
		Store: n.Store, Realm: ring.Node(), Network: n.Wire, Host: func() string { return Host }, Now: n.Now, Logger: slog.New(slog.DiscardHandler),
	})
	n.Groups = group.New(group.Config{
		Store: n.Store, Keys: ring, Identities: n.Directory, Registry: n.Registry, Self: "solo", Now: n.Now,
		Contacts: func(feature.Tx, protocol.Account, protocol.Account) bool { return false },
	})
	n.Timeline = timeline.New(timeline.Config{
		Store: n.Store, Registry: n.Registry, Keys: ring, Local: n.Directory.Local, Groups: n.Groups, Outbox: n.Delivery,
		Clock: protocol.NewClock(n.Now), Now: n.Now, Random: rand.Reader,
	})
	n.Groups.With(n.Delivery, n.Timeline)
	n.Alarms = alarm.New(n.Store, ring.Node(), n.Registry, n.Now, slog.New(slog.DiscardHandler))
	n.Web = Web{}
	n.services = feature.Services{
		Now: n.Now, Random: rand.Reader, Logger: slog.New(slog.NewTextHandler(testLog{n.t}, nil)), Store: n.Store, Realms: ring, Keys: ring,
		Timeline: n.Timeline, Groups: n.Groups, Alarms: n.Alarms, Directory: n.Directory, Delivery: n.Delivery, Live: n.Live, Previews: n.Web,
	}
	bell := feature.Feature{Name: "bell", Install: func(h *feature.Host) { feature.Follow(h, n.ring) }}
	for _, f := range append([]feature.Feature{bell, n.links.feature(), profile.Feature()}, features...) {
		feature.Install(n.Registry, n.services, f)
	}
	ctx, stop := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	for _, run := range []func(context.Context) error{n.Timeline.Run, n.Registry.Run} {
		wg.Go(func() { run(ctx) })
	}
	n.t.Cleanup(func() { stop(); wg.Wait() })
}

// Now is the node's clock.
func (n *Node) Now() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.now
}

// Pass moves the clock.
func (n *Node) Pass(d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.now = n.now.Add(d)
}

// Update runs a transaction that must succeed.
func (n *Node) Update(fn func(feature.Tx) error) {
	n.t.Helper()
	if err := n.Store.Update(context.Background(), fn); err != nil {
		n.t.Fatalf("Update: %v", err)
	}
}

// Call runs an operation as a person, nil for nobody.
func Call[Res any](n *Node, who *Person, name string, req any) (Res, error) {
	n.t.Helper()
	return CallWith[Res](context.Background(), n, who, name, req)
}

// CallWith is Call with what a context carries besides.
func CallWith[Res any](ctx context.Context, n *Node, who *Person, name string, req any) (Res, error) {
	n.t.Helper()
	var zero Res
	op, ok := n.Registry.Operation(name)
	if !ok {
		n.t.Fatalf("there is no operation %s", name)
	}
	if who != nil {
		ctx = feature.WithActor(ctx, feature.Actor{Account: who.ID})
	}
	out, err := op.Call(ctx, req)
	if err != nil {
		return zero, err
	}
	res, ok := out.(Res)
	if !ok {
		n.t.Fatalf("%s: got a %T, want a %T", name, out, zero)
	}
	return res, nil
}

// Must is Call that must succeed.
func Must[Res any](n *Node, who *Person, name string, req any) Res {
	n.t.Helper()
	res, err := Call[Res](n, who, name, req)
	if err != nil {
		n.t.Fatalf("%s: %v", name, err)
	}
	return res
}

// Job runs repeated work now.
func (n *Node) Job(name string) {
	n.t.Helper()
	for _, j := range n.Registry.Jobs() {
		if j.Name == name {
			if err := j.Run(context.Background()); err != nil {
				n.t.Fatalf("%s: %v", name, err)
			}
			return
		}
	}
	n.t.Fatalf("there is no job %s", name)
}

// testLog writes the node's log to the test's.
type testLog struct{ t testing.TB }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Logf("%s", b)
	return len(b), nil
}

var _ io.Writer = testLog{}

// ring tells Until of an event.
func (n *Node) ring(context.Context, feature.Entry) {
	n.mu.Lock()
	defer n.mu.Unlock()
	close(n.logged)
	n.logged = make(chan struct{})
}

// Until waits until something is so. Events that are logged wake it; what has none is looked at now and then.
func (n *Node) Until(what string, so func() bool) {
	n.t.Helper()
	limit := time.After(time.Minute)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		n.mu.Lock()
		logged := n.logged
		n.mu.Unlock()
		if so() {
			return
		}
		select {
		case <-logged:
		case <-look.C:
		case <-limit:
			n.t.Fatalf("%s: this did not happen", what)
		}
	}
}

// Rows counts what lies in the store.
func (n *Node) Rows() (rows int) {
	n.t.Helper()
	all := func(storage.Table) bool { return true }
	if err := n.Store.Export(all, func(storage.Key, []byte) error { rows++; return nil }); err != nil {
		n.t.Fatalf("count rows: %v", err)
	}
	return rows
}
