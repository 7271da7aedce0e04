package node

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/mailbox"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// calendar is a clock that tests move.
type calendar struct{ ahead atomic.Int64 }

func (c *calendar) now() time.Time       { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *calendar) pass(d time.Duration) { c.ahead.Add(int64(d)) }

// mailAt has the account of a node keep mailboxes, and waits until they do.
func (g *circle) mailAt(i int, keepers ...*Node) {
	g.t.Helper()
	var addresses []string
	for _, k := range keepers {
		addresses = append(addresses, k.Addresses()[0])
	}
	g.mailAtAddress(i, addresses...)
}

func (g *circle) mailAtAddress(i int, addresses ...string) {
	g.t.Helper()
	actor := feature.Actor{Account: g.who[i]}
	call[feature.List[mailbox.Item]](g.t, g.nodes[i], actor, "mailbox.set", mailbox.SetRequest{Addresses: addresses})
	g.until("the mailboxes keep", func() bool {
		items := call[feature.List[mailbox.Item]](g.t, g.nodes[i], actor, "mailbox.list", feature.Nothing{}).Items
		return !slices.ContainsFunc(items, func(m mailbox.Item) bool { return m.State != mailbox.Keeps })
	})
}

// knowsMailbox waits until a node was told where another one's account has its blobs kept.
func (g *circle) knowsMailbox(i, j int) {
	g.t.Helper()
	g.until("the other node knows the mailboxes", func() bool {
		found := false
		g.view(i, func(tx feature.Tx) error {
			return g.nodes[i].sessions.Pairs(tx, func(p session.Pair) bool {
				r, err := g.nodes[i].sessions.Route(tx, p)
				found = found || err == nil && p.Peer == g.who[j] && len(r.Mailboxes) > 0
				return !found
			})
		})
		return found
	})
}

// sayMany writes numbered messages of about a kilobyte, some of them in one transaction, and passes the time between them.
func (g *circle) sayMany(i, count int, clock *calendar, span time.Duration) (ids []protocol.EventID) {
	g.t.Helper()
	const together = 10
	for n := 0; n < count; n += together {
		g.update(i, func(tx feature.Tx) error {
			for m := n; m < min(n+together, count); m++ {
				text := fmt.Sprint("message ", m, " ", strings.Repeat("x", 600))
				e, err := g.nodes[i].timeline.Append(tx, feature.Draft{Log: g.log, Author: g.who[i], Body: event.MessageSent{Content: text}})
				if err != nil {
					return err
				}
				ids = append(ids, e.ID)
			}
			return nil
		})
		clock.pass(span * together / time.Duration(count))
	}
	return ids
}

// kept counts what a node keeps for others.
func kept(t *testing.T, n *Node) (blobs, bytes int) {
	t.Helper()
	realm := n.keys.Node()
	if err := n.store.View(func(tx feature.Tx) error {
		return tx.Scan(realm, realm.Key(storage.Mailbox), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
			blobs, bytes = blobs+1, bytes+len(v)
			return true, nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return blobs, bytes
}

// A node is away for 29 days. Whoever writes meanwhile is gone when it comes back: all that is there is the mailbox.
func TestANodeThatWasAwayForAMonthCatchesUpFromItsMailbox(t *testing.T) {
	t.Parallel()
	count := 500
	if os.Getenv("CONCLAVE_NIGHTLY") != "" {
		count = 10_000
	}
	clock := &calendar{}
	homes := []Config{{Data: t.TempDir(), Now: clock.now}, {Data: t.TempDir(), Now: clock.now}}
	keeper := openLike(t, "keeper", Config{Mailbox: mailbox.Anyone, Now: clock.now})
	g := gather(t, openLike(t, "ana", homes[0]), openLike(t, "ben", homes[1]))
	g.mailAt(0, keeper)
	g.mailAt(1, keeper)
	g.becomes(0, g.say(0, "before"), feature.Delivered)
	g.becomes(1, g.say(1, "me too"), feature.Delivered)
	g.knowsMailbox(0, 1)
	g.knowsMailbox(1, 0)
	before := g.texts(0)

	stop(t, g.nodes[1])
	began := time.Now()
	want := slices.Concat(before, g.sayMany(0, count, clock, 29*24*time.Hour))
	g.untilWithin(5*time.Minute, "all is in the mailbox", func() bool { return g.state(0, want[len(want)-1]) == feature.Sent })
	blobs, bytes := kept(t, keeper)
	t.Logf("%d messages: %d blobs, %d bytes in the mailbox after %.1f s", count, blobs, bytes, time.Since(began).Seconds())
	told := figures(t, keeper)
	if told["conclave_mailbox_messages"] != float64(blobs) || told["conclave_mailbox_bytes"] != float64(bytes) || told["conclave_mailbox_stored_total"] < float64(blobs) || told["conclave_mailbox_nodes"] == 0 || told["conclave_mailbox_queues"] == 0 {
		t.Errorf("figures of the mailbox: got %v messages, %v bytes, %v stored, want those that are there", told["conclave_mailbox_messages"], told["conclave_mailbox_bytes"], told["conclave_mailbox_stored_total"])
	}
	if err := keeper.keeper.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop(t, g.nodes[0])

	began = time.Now()
	g.nodes[1] = openLike(t, "ben", homes[1])
	g.untilWithin(5*time.Minute, "all messages came", func() bool { return len(g.allTexts(1)) >= len(want) })
	t.Logf("%d messages caught up in %.1f s", count, time.Since(began).Seconds())
	if got := g.allTexts(1); !slices.Equal(got, want) {
		t.Errorf("messages after a month: got %d, want %d in their order", len(got), len(want))
	}
	if n := g.gaps(1); n != 0 {
		t.Errorf("gaps: got %d, want none", n)
	}
	g.until("the mailbox is empty", func() bool { n, _ := kept(t, keeper); return n == 0 })
	g.until("the receipts are on their way, before the answer", func() bool { return rowsIn(t, g.nodes[1], storage.Receipts) == 0 })
	answer := g.say(1, "I have read it all")
	g.mailed(1, clock, answer)
	stop(t, g.nodes[1])

	g.nodes[0] = openLike(t, "ana", homes[0])
	g.arrives(0, answer)
	for _, id := range want {
		g.becomes(0, id, feature.Delivered)
	}
}

// A node is away for 40 days, longer than any mailbox keeps and any row is offered: the members have what it missed.
func TestANodeThatWasAwayForFortyDaysCatchesUpFromTheMembers(t *testing.T) {
	t.Parallel()
	count := 500
	if os.Getenv("CONCLAVE_NIGHTLY") != "" {
		count = 10_000
	}
	clock := &calendar{}
	home := Config{Data: t.TempDir(), Now: clock.now}
	g := gather(t, openLike(t, "ana", Config{Now: clock.now}), openLike(t, "ben", home))
	g.becomes(0, g.say(0, "before"), feature.Delivered)
	g.becomes(1, g.say(1, "me too"), feature.Delivered)
	before := g.texts(0)

	stop(t, g.nodes[1])
	want := slices.Concat(before, g.sayMany(0, count, clock, 40*24*time.Hour))
	began := time.Now()
	g.nodes[1] = openLike(t, "ben", home)
	g.untilWithin(5*time.Minute, "all messages came", func() bool { return len(g.allTexts(1)) >= len(want) })
	t.Logf("%d messages caught up in %.1f s", count, time.Since(began).Seconds())
	if got := g.allTexts(1); !slices.Equal(got, want) {
		t.Errorf("messages after 40 days: got %d, want %d in their order", len(got), len(want))
	}
	if n := g.gaps(1); n != 0 {
		t.Errorf("gaps: got %d, want none", n)
	}
	answer := g.say(1, "I have read it all")
	g.arrives(0, answer)
	for _, id := range want {
		g.becomes(0, id, feature.Delivered)
	}
}

// allTexts is texts over all pages.
func (g *circle) allTexts(i int) (ids []protocol.EventID) {
	g.t.Helper()
	g.view(i, func(tx feature.Tx) error {
		for before := (protocol.Place{}); ; {
			page, err := g.nodes[i].timeline.Page(tx, g.log, feature.Range{Before: before})
			if err != nil || len(page) == 0 {
				return err
			}
			var part []protocol.EventID
			for _, e := range page {
				if e.Kind == "message.sent" {
					part = append(part, e.ID)
				}
			}
			ids, before = append(part, ids...), page[0].Place()
		}
	})
	return ids
}

func (g *circle) untilWithin(long time.Duration, what string, is func() bool) {
	g.t.Helper()
	for end := time.Now().Add(long); !is(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			g.t.Fatalf("%s: this did not happen in %v", what, long)
		}
	}
}
