package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"conclave/crypto/vault"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/feature/contact"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

func (c cast) state(n *Node, id protocol.EventID) (state feature.State, reason string) {
	c.t.Helper()
	if err := n.store.View(func(tx feature.Tx) (err error) {
		state, reason, err = n.delivery.State(tx, c.log, id)
		return err
	}); err != nil {
		c.t.Fatal(err)
	}
	return state, reason
}

func (c cast) becomes(n *Node, id protocol.EventID, want feature.State) {
	c.t.Helper()
	c.until("the message becomes "+string(want), func() bool {
		got, _ := c.state(n, id)
		return got == want
	})
}

// hasInOrder fails unless a node shows exactly these events.
func (c cast) hasInOrder(n *Node, want []protocol.EventID) {
	c.t.Helper()
	var page []feature.Entry
	if err := n.store.View(func(tx feature.Tx) (err error) {
		page, err = n.timeline.Page(tx, c.log, feature.Range{Kinds: []string{"message.sent"}})
		return err
	}); err != nil {
		c.t.Fatal(err)
	}
	if len(page) != len(want) {
		c.t.Fatalf("messages: got %d, want %d", len(page), len(want))
	}
	for i, e := range page {
		if e.ID != want[i] || e.Gap {
			c.t.Fatalf("message %d: got %q (gap %v), want another one", i, e.Body, e.Gap)
		}
	}
}

func TestOrderIsKeptOverReconnects(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, "a", ""), open(t, "b", dir)
	c := meet(t, a, b)
	var sent []protocol.EventID
	say := func(n int) {
		for range n {
			sent = append(sent, c.send(a, c.alice, fmt.Sprint(len(sent))))
		}
	}
	say(1)
	c.delivered(a, sent[0]) // now each knows where the other is
	for range 3 {
		say(20)
		stop(t, b) // somewhere in the middle of them
		say(20)
		b = open(t, "b", dir)
		say(5)
	}
	c.delivered(a, sent[len(sent)-1])
	for _, id := range sent {
		c.delivered(a, id)
	}
	c.hasInOrder(b, sent)
	c.same(a, b)
}

func TestASessionThatIsGoneIsReplacedAndNothingComesTwice(t *testing.T) {
	a, b := open(t, "a", ""), open(t, "b", "")
	c := meet(t, a, b)
	sent := []protocol.EventID{c.send(a, c.alice, "before")}
	c.delivered(a, sent[0])
	everyRow(t, a)
	if err := b.store.Update(t.Context(), func(tx feature.Tx) error {
		node := b.keys.Node()
		return tx.Scan(node, node.Key(storage.Sessions), storage.ScanOptions{KeysOnly: true}, func(k storage.Key, _ []byte) (bool, error) {
			tx.Delete(k)
			return true, nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		sent = append(sent, c.send(a, c.alice, fmt.Sprint("after ", i)))
	}
	for _, id := range sent {
		c.until("the message gets somewhere", func() bool {
			state, reason := c.state(a, id)
			if state == feature.Failed {
				t.Fatalf("a message failed: %s", reason)
			}
			return state == feature.Delivered
		})
	}
	c.hasInOrder(b, sent)
	back := c.send(b, c.bob, "an answer")
	c.arrives(a, back)
	c.delivered(b, back)
}

func TestAnswersAboutWhatWasTakenBackDoNotCount(t *testing.T) {
	b := open(t, "b", "")
	c := meet(t, open(t, "a", ""), b)
	m := attack(t, b, c.bob)
	m.befriend()
	everyRow(t, b)
	route := func() (r session.Route) {
		if err := b.store.View(func(tx feature.Tx) (err error) {
			r, err = b.sessions.Route(tx, session.Pair{Own: c.bob, OwnDev: m.pair.PeerDev, Peer: m.acct, PeerDev: m.dev})
			return err
		}); err != nil {
			t.Error(err)
		}
		return r
	}
	queued := make(chan struct{})
	seen := 0
	refuse := func(p net.Put) net.Code {
		if p.Blob[0] == protocol.BlobPrekey {
			return net.Delivered
		}
		<-queued
		if seen++; seen > 64 { // of another batch than the first: by now the rest was sealed again
			for end := time.Now().Add(time.Minute); time.Now().Before(end) && (route().Era == 0 || route().Backlog); {
				time.Sleep(time.Millisecond)
			}
		}
		return net.Refused
	}
	m.answer.Store(&refuse)
	talk := cast{t: t, alice: m.acct, bob: c.bob, log: m.log}
	var sent []protocol.EventID
	for i := range 120 {
		sent = append(sent, talk.send(b, c.bob, fmt.Sprint(i)))
	}
	close(queued)
	for _, id := range sent {
		talk.until("the message gets somewhere", func() bool {
			state, reason := talk.state(b, id)
			if state == feature.Failed {
				t.Fatalf("a message failed: %s", reason)
			}
			return state == feature.Delivered
		})
	}
	if seen <= 64 {
		t.Fatalf("messages refused: got %d, want several batches", seen)
	}
	if got := route().Era; got != 1 {
		t.Errorf("sessions given up: got %d, want 1", got)
	}
}

func TestASealedAccountTakesCiphertextInAndOpensItLater(t *testing.T) {
	a, b := open(t, "a", ""), open(t, "b", "")
	c := meet(t, a, b)
	c.delivered(a, c.send(a, c.alice, "before"))
	m := attack(t, b, c.bob)
	m.befriend()
	b.keys.Lock(c.bob)
	var sent []protocol.EventID
	for i := range 5 {
		sent = append(sent, c.send(a, c.alice, fmt.Sprint("while locked ", i)))
	}
	for _, id := range sent {
		c.becomes(a, id, feature.Sent)
	}
	item := m.says("honest, while locked", func(*protocol.Header) {})
	x := m.seal(item)
	m.want(x, net.Stored)
	m.leaves(noted, func() { m.want(x, net.Stored) })
	junk := x
	junk.Blob = bytes.Clone(x.Blob)
	junk.Blob[200] ^= 1
	junk.Queue = protocol.Queue(m.prekeys(false).Bundle.IntroQueue)
	m.leaves(noted, func() { m.want(junk, net.Refused) })
	m.leaves(noted, func() {
		big := junk
		big.Blob = make([]byte, protocol.MaxIntroBlob+1)
		m.want(big, net.Refused)
	})
	call[account.Opened](t, b, feature.Actor{}, "session.open", account.OpenRequest{Name: "bob", Passphrase: "correct horse"})
	for _, id := range sent {
		c.becomes(a, id, feature.Delivered)
		c.arrives(b, id)
	}
	m.want(x, net.Duplicate)
	e, err := protocol.DecodeEvent(item.Data)
	if err != nil {
		t.Fatal(err)
	}
	cast{t: t, log: m.log}.arrives(b, e.ID)
	c.same(a, b)
}

func TestWhoIsBlockedSeesSentAndLeavesNothing(t *testing.T) {
	a, b := open(t, "a", ""), open(t, "b", "")
	c := meet(t, a, b)
	c.delivered(a, c.send(a, c.alice, "before"))
	c.arrives(a, c.send(b, c.bob, "go away"))
	bob := feature.Actor{Account: c.bob}
	call[contact.Contact](t, b, bob, "contact.block", contact.OfRequest{Account: c.alice})
	before := everyRow(t, b)
	for range 3 {
		c.becomes(a, c.send(a, c.alice, "let me in"), feature.Sent)
	}
	after := everyRow(t, b)
	for k, v := range after {
		if before[k] != v {
			t.Errorf("a row of the table %s was written for somebody who is blocked", k.Table())
		}
	}
	call[contact.Contact](t, b, bob, "contact.unblock", contact.OfRequest{Account: c.alice})
	id := c.send(a, c.alice, "thank you")
	c.delivered(a, id)
	c.arrives(b, id)
}

func TestReceiptsAreCoalesced(t *testing.T) {
	b := open(t, "b", "")
	c := meet(t, open(t, "a", ""), b)
	m := attack(t, b, c.bob)
	m.befriend()
	everyRow(t, b)
	for len(m.heard) > 0 {
		m.hear()
	}
	const many = 200
	for i := range many {
		if err := b.store.Update(t.Context(), func(tx feature.Tx) error {
			return b.delivery.Receipt(tx, protocol.Receipt{Log: m.log, Account: c.bob, Read: &protocol.Place{Ord: uint64(i + 1)}, At: uint64(i)})
		}); err != nil {
			t.Fatal(err)
		}
	}
	var newest uint64
	count := 0
	c.until("the newest receipt comes", func() bool {
		select {
		case p := <-m.heard:
			count++
			m.update(func(tx feature.Tx) error {
				in, err := m.sessions.Inlet(tx, protocol.Queue(p.Queue), [16]byte(p.Token))
				if err != nil {
					return err
				}
				got, err := m.sessions.Open(tx, in, p.Blob, func(protocol.Account) error { return nil })
				for _, it := range got.Items {
					if r, err := protocol.DecodeReceipt(it.Data); it.Kind == protocol.ItemReceipt && err == nil && r.Read != nil {
						newest = max(newest, r.Read.Ord)
					}
				}
				return err
			})
		default:
		}
		return newest == many
	})
	if count > 4 {
		t.Errorf("messages for %d receipts: got %d, want at most 4", many, count)
	}
}

func TestWhatNobodyTakesFailsAfter45DaysAndCanBeRetried(t *testing.T) {
	var later atomic.Int64
	dir := t.TempDir()
	a := openAt(t, func() time.Time { return time.Now().Add(time.Duration(later.Load())) })
	b := open(t, "b", dir)
	c := meet(t, a, b)
	c.delivered(a, c.send(a, c.alice, "before"))
	stop(t, b)
	id := c.send(a, c.alice, "is anybody there?")
	expire := func(after time.Duration, want feature.State) {
		t.Helper()
		later.Store(int64(after))
		if err := a.delivery.Expire(t.Context()); err != nil {
			t.Fatal(err)
		}
		got, reason := c.state(a, id)
		if got != want || (reason != "") != (want == feature.Failed) {
			t.Errorf("after %v: got %s %q, want %s", after, got, reason, want)
		}
	}
	expire(protocol.OutboxKeep-time.Hour, feature.Sending)
	expire(protocol.OutboxKeep+time.Hour, feature.Failed)
	retry := func() error {
		return a.store.Update(t.Context(), func(tx feature.Tx) error { return a.delivery.Retry(tx, c.log, id) })
	}
	if err := retry(); err != nil {
		t.Fatal(err)
	}
	if got, _ := c.state(a, id); got != feature.Sending {
		t.Errorf("after a retry: got %s, want %s", got, feature.Sending)
	}
	if err := retry(); !errors.Is(err, feature.ErrNotFound) {
		t.Errorf("a retry of what did not fail: got %v, want %v", err, feature.ErrNotFound)
	}
	b = open(t, "b", dir)
	c.delivered(a, id)
	c.arrives(b, id)
}

// openAt is open with another clock.
func openAt(t *testing.T, now func() time.Time) *Node {
	t.Helper()
	n, err := Open(t.Context(), Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Cost: vault.Cost{Memory: 64, Passes: 1, Threads: 1}, Now: now, GroupListen: []string{}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := errors.Join(<-done, n.Close()); err != nil {
			t.Error(err)
		}
	})
	return n
}

func TestAPairThatIsPutOffHoldsNoOtherUp(t *testing.T) {
	b := open(t, "b", "")
	c := meet(t, open(t, "a", ""), b)
	owner := feature.Actor{Account: c.bob}
	invite := call[account.NewInvite](t, b, owner, "invite.create", account.InviteRequest{})
	bea := call[account.Opened](t, b, feature.Actor{}, "account.create", account.CreateRequest{Name: "bea", Passphrase: "correct horse", Invite: invite.Token}).Account.Acct
	m := attack(t, b, c.bob)
	m.befriend()
	everyRow(t, b)
	var held protocol.Queue
	m.view(func(tx feature.Tx) error {
		r, err := m.sessions.Route(tx, m.pair)
		held = r.Queue
		return err
	})
	putOff := func(p net.Put) net.Code {
		if protocol.Queue(p.Queue) == held {
			return net.Later
		}
		return net.Delivered
	}
	m.answer.Store(&putOff)
	waits := cast{t: t, alice: m.acct, bob: c.bob, log: m.log}
	stuck := waits.send(b, c.bob, "this is put off")
	goes := cast{t: t, alice: m.acct, bob: bea, log: protocol.DirectLog(m.acct, bea)}
	mallory := call[account.Me](t, m.Node, feature.Actor{Account: m.acct}, "me.get", feature.Nothing{})
	link, err := protocol.ParseLink(mallory.ContactLink)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.directory.Learn(t.Context(), feature.Lead{Link: &link}); err != nil {
		t.Fatal(err)
	}
	id := goes.send(b, bea, "this is not")
	goes.delivered(b, id)
	for range 10 {
		goes.delivered(b, goes.send(b, bea, "nor this"))
	}
	if got, _ := waits.state(b, stuck); got != feature.Sending {
		t.Errorf("what is put off: got %s, want %s", got, feature.Sending)
	}
	m.answer.Store(nil)
	waits.delivered(b, stuck)
	waits.until("no courier is left", func() bool {
		stacks := make([]byte, 4<<20)
		return !strings.Contains(string(stacks[:runtime.Stack(stacks, true)]), "delivery.(*courier).carry")
	})
}
