package node

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage/backup"
)

// running is what open starts and stop ends.
var running sync.Map // *Node → func(*testing.T)

func open(t *testing.T, name, dir string) *Node {
	t.Helper()
	return openWith(t, name, dir)
}

func openWith(t *testing.T, name, dir string, more ...feature.Feature) *Node {
	t.Helper()
	return openLike(t, name, Config{Data: dir, More: more})
}

// openLike opens a node on loopback, with cheap passphrases. It does not gossip: what gossips is tested by itself, here rows are counted.
func openLike(t *testing.T, name string, c Config) *Node {
	t.Helper()
	if c.Listen == nil {
		c.Listen = []string{"/ip4/127.0.0.1/tcp/0"}
	}
	c.GroupListen, c.Cost = []string{}, vault.Cost{Memory: 64, Passes: 1, Threads: 1}
	if os.Getenv("CONCLAVE_LOG") != "" {
		c.Logger = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", name)
	}
	n, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	starts(t, name, n)
	return n
}

// starts runs a node until the test ends or stop ends it.
func starts(t *testing.T, name string, n *Node) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	running.Store(n, func(t *testing.T) {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run %s: %v", name, err)
		}
		if err := n.Close(); err != nil {
			t.Errorf("close %s: %v", name, err)
		}
	})
	t.Cleanup(func() { stop(t, n) })
}

func stop(t *testing.T, n *Node) {
	t.Helper()
	if end, ok := running.LoadAndDelete(n); ok {
		end.(func(*testing.T))(t)
	}
}

func call[Res any](t *testing.T, n *Node, actor feature.Actor, op string, req any) Res {
	t.Helper()
	o, ok := n.Registry().Operation(op)
	if !ok {
		t.Fatalf("no operation %s", op)
	}
	out, err := o.Call(feature.WithActor(t.Context(), actor), req)
	if err != nil {
		t.Fatalf("%s: %v", op, err)
	}
	return out.(Res)
}

// cast is two people on two nodes who know one another.
type cast struct {
	t          *testing.T
	alice, bob protocol.Account
	log        protocol.Log
}

func meet(t *testing.T, a, b *Node) cast {
	t.Helper()
	make := func(n *Node, name string) protocol.Account {
		return call[account.Opened](t, n, feature.Actor{}, "account.create", account.CreateRequest{Name: name, Passphrase: "correct horse", SetupToken: n.SetupToken()}).Account.Acct
	}
	c := cast{t: t, alice: make(a, "alice"), bob: make(b, "bob")}
	me := call[account.Me](t, b, feature.Actor{Account: c.bob}, "me.get", feature.Nothing{})
	link, err := protocol.ParseLink(me.ContactLink)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.directory.Learn(t.Context(), feature.Lead{Link: &link}); err != nil {
		t.Fatal(err)
	}
	c.log = protocol.DirectLog(c.alice, c.bob)
	return c
}

func (c cast) send(n *Node, from protocol.Account, text string) (id protocol.EventID) {
	c.t.Helper()
	to := c.alice
	if from == c.alice {
		to = c.bob
	}
	if err := n.store.Update(c.t.Context(), func(tx feature.Tx) error {
		if _, err := n.timeline.OpenDirect(tx, from, to); err != nil {
			return err
		}
		e, err := n.timeline.Append(tx, feature.Draft{Log: c.log, Author: from, Body: event.MessageSent{Content: text}})
		if err == nil {
			id = e.ID
		}
		return err
	}); err != nil {
		c.t.Fatal(err)
	}
	return id
}

func (c cast) until(what string, is func() bool) {
	c.t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			c.t.Fatal("this did not happen: ", what)
		}
	}
}

func (c cast) arrives(n *Node, id protocol.EventID) {
	c.t.Helper()
	c.until("the message arrives", func() bool {
		return n.store.View(func(tx feature.Tx) error { _, err := n.timeline.Get(tx, c.log, id); return err }) == nil
	})
}

func (c cast) delivered(n *Node, id protocol.EventID) {
	c.t.Helper()
	c.until("the message is delivered", func() bool {
		var state feature.State
		if err := n.store.View(func(tx feature.Tx) (err error) {
			state, _, err = n.delivery.State(tx, c.log, id)
			return err
		}); err != nil {
			c.t.Fatal(err)
		}
		return state == feature.Delivered
	})
}

func (c cast) same(a, b *Node) {
	c.t.Helper()
	history := func(n *Node) (hash [32]byte, events int) {
		if err := n.store.View(func(tx feature.Tx) (err error) {
			hash, events, err = n.timeline.History(tx, c.log)
			return err
		}); err != nil {
			c.t.Fatal(err)
		}
		return hash, events
	}
	ha, na := history(a)
	hb, nb := history(b)
	if ha != hb {
		c.t.Errorf("the histories differ: %d and %d events", na, nb)
	}
}

func TestTwoPeopleOnTwoNodesTalk(t *testing.T) {
	a, b := open(t, "a", t.TempDir()), open(t, "b", t.TempDir())
	c := meet(t, a, b)
	id := c.send(a, c.alice, "hello")
	c.arrives(b, id)
	c.delivered(a, id)
	id = c.send(b, c.bob, "hello back")
	c.arrives(a, id)
	c.delivered(b, id)
	for range 300 {
		c.send(a, c.alice, "a word")
		id = c.send(b, c.bob, "and its answer")
	}
	c.arrives(a, id)
	last := c.send(a, c.alice, "the last word")
	c.arrives(b, last)
	c.delivered(a, last)
	c.delivered(b, id)
	c.same(a, b)
}

func TestARestoredNodeIsANewDeviceAndLosesNothing(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, "a", t.TempDir()), open(t, "b", dir)
	c := meet(t, a, b)
	c.delivered(a, c.send(a, c.alice, "before"))
	c.arrives(a, c.send(b, c.bob, "me too"))

	recipient, identity, err := backup.Passphrase("a long enough passphrase")
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	if err := b.Backup(t.Context(), &archive, []backup.Recipient{recipient}); err != nil {
		t.Fatal(err)
	}
	stop(t, b)
	waits := c.send(a, c.alice, "while you were gone")
	again := filepath.Join(t.TempDir(), "restored")
	if err := Restore(t.Context(), again, bytes.NewReader(archive.Bytes()), []backup.Identity{identity}); err != nil {
		t.Fatal(err)
	}
	if err := Restore(t.Context(), again, bytes.NewReader(archive.Bytes()), []backup.Identity{identity}); err == nil {
		t.Error("a backup was restored over a folder that is in use")
	}
	b2 := open(t, "b2", again)
	id := c.send(b2, c.bob, "back again")
	c.arrives(a, id)
	c.arrives(b2, waits)
	c.delivered(a, waits)
	c.delivered(b2, id)
	c.same(a, b2)
}

func TestAStoreThatWasRolledBackSendsOnNoOldSession(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, "a", t.TempDir()), open(t, "b", dir)
	c := meet(t, a, b)
	c.delivered(a, c.send(a, c.alice, "hello"))
	c.arrives(a, c.send(b, c.bob, "hello back"))
	stop(t, b)
	old := filepath.Join(t.TempDir(), "old")
	if err := os.CopyFS(old, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	chmod(t, old)
	b = open(t, "b", dir)
	for range 5 {
		c.delivered(b, c.send(b, c.bob, "what the copy does not know"))
	}
	stop(t, b)
	var eras uint64
	b = open(t, "b", old)
	id := c.send(b, c.bob, "from the copy")
	c.arrives(a, id)
	c.delivered(b, id)
	if err := b.store.View(func(tx feature.Tx) error {
		return b.sessions.Pairs(tx, func(p session.Pair) bool {
			r, err := b.sessions.Route(tx, p)
			if err != nil {
				t.Error(err)
			}
			eras += r.Era
			return true
		})
	}); err != nil {
		t.Fatal(err)
	}
	if eras == 0 {
		t.Error("the old session was sent on after a rollback")
	}
}

// chmod gives the copied key files the mode that they must have.
func chmod(t *testing.T, dir string) {
	t.Helper()
	for _, name := range []string{"node.key", "shred.key"} {
		if err := os.Chmod(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
