package node

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/reconcile"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/protocol/net"
)

// BenchmarkCatchUp10000 is a node that missed 10,000 messages of a group and asks another for them.
func BenchmarkCatchUp10000(b *testing.B) {
	const missed = 10_000
	for b.Loop() {
		b.StopTimer()
		x, y := benchNode(b), benchNode(b)
		who, other := benchAccount(b, x), benchAccount(b, y)
		log := benchGroup(b, x, y, who, other)
		mute(x)
		for from := 0; from < missed; from += 500 {
			if err := x.store.Update(b.Context(), func(tx feature.Tx) error {
				for i := range 500 {
					body := event.MessageSent{Content: fmt.Sprintf("message %d of the ten thousand that were missed", from+i)}
					if _, err := x.timeline.Append(tx, feature.Draft{Log: log, Author: who, Body: body}); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				b.Fatal(err)
			}
		}
		var requests, bytes atomic.Int64
		y.catcher.Directory = counted{y.catcher.Directory, &requests, &bytes}
		b.StartTimer()
		start := time.Now()
		y.catcher.Behind(log, x.host.ID())
		for n := 0; n < missed; time.Sleep(5 * time.Millisecond) {
			if err := y.store.View(func(tx feature.Tx) (err error) {
				newest, err := y.timeline.Ends(tx, log)
				n = int(newest)
				return err
			}); err != nil {
				b.Fatal(err)
			}
			if time.Since(start) > 3*time.Minute {
				b.Fatalf("after three minutes: got %d messages, want %d", n, missed)
			}
		}
		b.ReportMetric(time.Since(start).Seconds(), "s/catch-up")
		b.ReportMetric(float64(requests.Load()), "requests")
		b.ReportMetric(float64(bytes.Load())/missed, "bytes/message")
	}
}

// counted counts what is asked of others, and what they answer.
type counted struct {
	reconcile.Directory
	requests, bytes *atomic.Int64
}

func (c counted) AskPeer(ctx context.Context, to protocol.Account, peer net.PeerID, kind string, body []byte) ([]byte, error) {
	out, err := c.Directory.AskPeer(ctx, to, peer, kind, body)
	c.requests.Add(1)
	c.bytes.Add(int64(len(body) + len(out)))
	return out, err
}

func benchNode(b *testing.B) *Node {
	b.Helper()
	n, err := Open(b.Context(), Config{Data: b.TempDir(), Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Cost: vault.Cost{Memory: 64, Passes: 1, Threads: 1}})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		<-done
		n.Close()
	})
	return n
}

func benchAccount(b *testing.B, n *Node) protocol.Account {
	b.Helper()
	o, _ := n.Registry().Operation("account.create")
	out, err := o.Call(b.Context(), account.CreateRequest{Name: "someone", Passphrase: "correct horse", SetupToken: n.SetupToken()})
	if err != nil {
		b.Fatal(err)
	}
	return out.(account.Opened).Account.Acct
}

// benchGroup makes a group of one account on each of two nodes, which know one another.
func benchGroup(b *testing.B, x, y *Node, who, other protocol.Account) (log protocol.Log) {
	b.Helper()
	must := func(err error) {
		b.Helper()
		if err != nil {
			b.Fatal(err)
		}
	}
	must(y.host.Connect(b.Context(), x.host.ID(), x.host.Addrs()))
	for _, pair := range []struct {
		from, to *Node
		acct     protocol.Account
	}{{x, y, who}, {y, x, other}} {
		must(pair.from.store.View(func(tx feature.Tx) error {
			l, err := pair.from.directory.Log(tx, pair.acct)
			if err != nil {
				return err
			}
			return pair.to.store.Update(b.Context(), func(tx feature.Tx) error {
				return errors.Join(pair.to.directory.Merge(tx, pair.acct, l.From(0)), pair.to.directory.SetAddresses(tx, pair.acct, pair.from.host.Addrs()))
			})
		}))
	}
	ticket := []byte("a ticket")
	policy := membership.DefaultPolicy()
	policy.History = membership.HistoryAll
	must(x.store.Update(b.Context(), func(tx feature.Tx) error {
		c, err := x.groups.Found(tx, who, feature.NewGroup{Policy: policy})
		log = c.Log
		return err
	}))
	must(y.store.Update(b.Context(), func(tx feature.Tx) error { return y.groups.Expect(tx, other, log, ticket) }))
	var add, create *membership.Op
	must(x.store.Update(b.Context(), func(tx feature.Tx) (err error) {
		if create, err = x.groups.Op(tx, log, membership.ID(log)); err != nil {
			return err
		}
		add, err = x.groups.Answer(tx, log, who, other, ticket)
		return err
	}))
	must(y.store.Update(b.Context(), func(tx feature.Tx) error {
		w := protocol.Welcome{Log: log, Create: create.Encode(), Add: protocol.EventID(add.ID), Ticket: ticket}
		if err := y.groups.Welcomed(tx, other, who, w); err != nil {
			return err
		}
		_, err := y.groups.TakeOps(tx, log, [][]byte{create.Encode(), add.Encode()})
		return err
	}))
	return log
}
