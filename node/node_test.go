package node

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/protocol"
	"conclave/protocol/event"
)

func open(t *testing.T, name, dir string) *Node {
	t.Helper()
	var log *slog.Logger
	if os.Getenv("CONCLAVE_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", name)
	}
	n, err := Open(t.Context(), Config{Data: dir, Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Cost: vault.Cost{Memory: 64, Passes: 1, Threads: 1}, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run %s: %v", name, err)
		}
		if err := n.Close(); err != nil {
			t.Errorf("close %s: %v", name, err)
		}
	})
	return n
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

func TestTwoNodes(t *testing.T) {
	a, b := open(t, "a", t.TempDir()), open(t, "b", t.TempDir())
	start := time.Now()
	alice := call[account.Opened](t, a, feature.Actor{}, "account.create", account.CreateRequest{Name: "alice", Passphrase: "correct horse", SetupToken: a.SetupToken()})
	bob := call[account.Opened](t, b, feature.Actor{}, "account.create", account.CreateRequest{Name: "bob", Passphrase: "correct horse", SetupToken: b.SetupToken()})
	t.Log(time.Since(start))
	me := call[account.Me](t, b, feature.Actor{Account: bob.Account.Acct}, "me.get", feature.Nothing{})
	link, err := protocol.ParseLink(me.ContactLink)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.directory.Learn(t.Context(), feature.Lead{Link: &link}); err != nil {
		t.Fatal(err)
	}
	t.Log("learnt", time.Since(start))
	log := protocol.DirectLog(alice.Account.Acct, bob.Account.Acct)
	send := func(n *Node, from, to protocol.Account, text string) protocol.EventID {
		t.Helper()
		var id protocol.EventID
		if err := n.store.Update(t.Context(), func(tx feature.Tx) error {
			if _, err := n.timeline.OpenDirect(tx, from, to); err != nil {
				return err
			}
			e, err := n.timeline.Append(tx, feature.Draft{Log: log, Author: from, Body: event.MessageSent{Content: text}})
			if err == nil {
				id = e.ID
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return id
	}
	await := func(n *Node, id protocol.EventID) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
			err := n.store.View(func(tx feature.Tx) error {
				_, err := n.timeline.Get(tx, log, id)
				return err
			})
			if err == nil {
				return
			}
			if time.Now().After(end) {
				t.Fatal("the message did not come: ", err)
			}
		}
	}
	settle := func(n *Node, id protocol.EventID) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
			var state feature.State
			if err := n.store.View(func(tx feature.Tx) (err error) {
				state, _, err = n.delivery.State(tx, log, id)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if state == feature.Delivered {
				return
			}
			if time.Now().After(end) {
				t.Fatal("the message stays ", state)
			}
		}
	}
	id := send(a, alice.Account.Acct, bob.Account.Acct, "hello")
	await(b, id)
	settle(a, id)
	t.Log("first", time.Since(start))
	id = send(b, bob.Account.Acct, alice.Account.Acct, "hello back")
	await(a, id)
	settle(b, id)
	t.Log("back", time.Since(start))
	for i := range 200 {
		began := time.Now()
		id = send(a, alice.Account.Acct, bob.Account.Acct, "again")
		sent := time.Since(began)
		await(b, id)
		if i%40 == 0 {
			t.Log("again", sent, time.Since(began))
		}
	}
	settle(a, id)
	began := time.Now()
	for range 1000 {
		id = send(a, alice.Account.Acct, bob.Account.Acct, "burst")
	}
	t.Log("burst sent", time.Since(began))
	await(b, id)
	settle(a, id)
	t.Log("burst", time.Since(began))
}
