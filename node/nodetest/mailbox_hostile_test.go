package nodetest_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"io/fs"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/node/mailbox"
	peers "conclave/protocol/net"
)

// leaves stops the house, to come back at the same addresses.
func (h *house) leaves(c *houseConfig) {
	h.t.Helper()
	c.listen = nil
	for _, a := range h.Addresses() {
		at, _, _ := strings.Cut(a, "/p2p/")
		c.listen = append(c.listen, at)
	}
	h.end()
}

// killed starts a house on what lies in its folder at this moment, as after a kill, at the same addresses.
func (h *house) killed(c *houseConfig) *house {
	h.t.Helper()
	left := filepath.Join(h.t.TempDir(), "left")
	if err := os.CopyFS(left, os.DirFS(c.dir)); err != nil {
		h.t.Fatal(err)
	}
	if err := filepath.WalkDir(left, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		return os.Chmod(path, 0o600)
	}); err != nil {
		h.t.Fatal(err)
	}
	h.leaves(c)
	c.dir = left
	if err := os.Chmod(left, 0o700); err != nil {
		h.t.Fatal(err)
	}
	return newHouse(h.t, *c)
}

// keptByDefault waits until the mailboxes of the node keep for a guest who chose none.
func (g guest) keptByDefault() {
	g.t.Helper()
	g.until("the mailbox of the house keeps", func() bool {
		items := g.ask(200, "GET", "/me/mailboxes", nil).items()
		return len(items) == 1 && items[0]["state"] == "keeps" && items[0]["default"] == true
	})
}

func TestTheMailboxOfAHouseIsKilledAndReadsNothing(t *testing.T) {
	ck := houseConfig{dir: t.TempDir(), keeps: mailbox.Anyone}
	k := newHouse(t, ck)
	ca, cb := houseConfig{dir: t.TempDir()}, houseConfig{dir: t.TempDir(), mailboxAt: []string{k.address()}}
	a, b := newHouse(t, ca), newHouse(t, cb)
	ana, ben := a.founds("anakananary", "Ana Displaycanary"), b.founds("benkananary", "Ben Displaycanary")
	talk := ana.meets(ben)
	ben.keptByDefault()
	_, want := ana.saysMany(talk, "a-message-canary before", 1, "delivered")
	_, more := ben.saysMany(talk, "an-answer-canary before", 1, "delivered")
	want = append(want, more...)

	b.leaves(&cb)
	ids, more := ana.saysMany(talk, "a-message-canary", 10, "sent")
	want = append(want, more...)
	a.leaves(&ca)

	s := secrets{
		"text": "a-message-canary", "answer": "an-answer-canary", "name": "anakananary", "other name": "benkananary", "display name": "Displaycanary",
		"account": ana.acct, "other account": ben.acct, "conversation": talk, "message": ids[0], "sender's node": a.PeerID(),
	}
	logged := k.log.text()
	metrics := httptest.NewRecorder()
	k.Bridge.Admin().ServeHTTP(metrics, httptest.NewRequest("GET", "http://127.0.0.1/metrics", nil))
	k = k.killed(&ck)
	s.folder(t, ck.dir)

	ben = ben.comes(cb)
	ben.shows(talk, want)
	for what, text := range map[string]string{"log": logged, "log after the start": k.log.text(), "metrics": metrics.Body.String()} {
		for _, name := range s.found([]byte(text)) {
			t.Errorf("the mailbox's %s holds the %s:\n%s", what, name, lineWith(text, s[name]))
		}
	}
	k.end()
	ana = ana.comes(ca)
	ana.allAre(talk, ids, "delivered")
	ben.ask(204, "PUT", "/conversations/"+talk+"/read", map[string]string{"message": ids[len(ids)-1]})
	ana.allAre(talk, ids, "read")
}

// thief is a mailbox that keeps no rule: it says that it has everything, and hands over what it likes.
type thief struct {
	*peers.Host
	t *testing.T

	mu   sync.Mutex
	puts []peers.Put
}

func newThief(t *testing.T) *thief {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	h, err := peers.New(peers.Config{Key: key, Listen: []string{"/ip4/127.0.0.1/tcp/0"}})
	if err != nil {
		t.Fatal(err)
	}
	f := &thief{Host: h, t: t}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- h.Run(ctx, peers.Handlers{
			Receive: f.receive,
			Serve: func(context.Context, peers.Call) ([]byte, error) {
				return canon.Marshal(map[uint64]uint64{0: uint64(time.Now().Add(time.Hour).UnixMilli())})
			},
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		_ = h.Close()
	})
	return f
}

func (f *thief) receive(_ context.Context, _ peers.PeerID, puts []peers.Put) []peers.Code {
	f.mu.Lock()
	defer f.mu.Unlock()
	codes := make([]peers.Code, len(puts))
	for i, p := range puts {
		p.Blob = bytes.Clone(p.Blob)
		f.puts = append(f.puts, p)
		codes[i] = peers.Stored
	}
	return codes
}

func (f *thief) loot() []peers.Put {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.puts)
}

func (f *thief) handsOver(to peers.PeerID, what string, p peers.Put) {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), time.Minute)
	defer cancel()
	lane, err := f.Lane(ctx, to)
	if err != nil {
		f.t.Fatalf("%s: %v", what, err)
	}
	pending, err := lane.Put(ctx, p.Queue, peers.Token{}, p.Blob)
	if err != nil {
		f.t.Fatalf("%s: %v", what, err)
	}
	if code, err := pending.Wait(ctx); err != nil {
		f.t.Fatalf("%s: got %d, %v, want an answer", what, code, err)
	}
}

func TestAHostileMailboxLosesAndChangesNothing(t *testing.T) {
	f := newThief(t)
	ca, cb := houseConfig{dir: t.TempDir()}, houseConfig{dir: t.TempDir(), mailboxAt: f.Addrs()[:1]}
	a, b := newHouse(t, ca), newHouse(t, cb)
	ana, ben := a.founds("ana", "Ana"), b.founds("ben", "Ben")
	talk := ana.meets(ben)
	ben.keptByDefault()
	_, want := ana.saysMany(talk, "hello from ana", 1, "delivered")
	_, more := ben.saysMany(talk, "hello from ben", 1, "delivered")
	want = append(want, more...)

	b.leaves(&cb)
	ids, more := ana.saysMany(talk, "ana", 10, "sent")
	want = append(want, more...)
	a.leaves(&ca)
	loot := f.loot()
	if len(loot) < 10 {
		t.Fatalf("the mailbox got %d blobs, want 10 at least", len(loot))
	}

	ben = ben.comes(cb)
	home := peers.PeerID(ben.PeerID())
	ben.until("ben's node comes to its mailbox", func() bool { return f.Connected(home) })
	forged := loot[5]
	forged.Blob = bytes.Clone(forged.Blob)
	forged.Blob[len(forged.Blob)-1] ^= 1
	f.handsOver(home, "a changed blob", forged)
	f.handsOver(home, "a made up blob", peers.Put{Queue: loot[0].Queue, Blob: append([]byte{loot[0].Blob[0]}, bytes.Repeat([]byte{7}, 300)...)})
	f.handsOver(home, "a blob for nobody", peers.Put{Queue: peers.Queue{1}, Blob: loot[0].Blob})
	for round := range 2 {
		for i := len(loot) - 1; i >= 0; i-- {
			if i%3 == 1 {
				continue // it drops these
			}
			f.handsOver(home, "a blob, backwards", loot[i])
			if round == 1 {
				f.handsOver(home, "a blob again", loot[i])
			}
		}
	}
	seen := map[string]bool{}
	for _, text := range ben.all(talk) {
		if !slices.Contains(want, text) || seen[text] {
			t.Errorf("with a hostile mailbox ben reads %q, which nobody wrote, or wrote once", text)
		}
		seen[text] = true
	}
	if len(seen) < 3 || len(seen) >= len(want) {
		t.Errorf("ben reads %d of %d messages through the mailbox, want more than the two he had and fewer than all", len(seen), len(want))
	}

	ana = ana.comes(ca)
	ben.shows(talk, want)
	ana.allAre(talk, ids, "delivered")
	ana.shows(talk, want)
}
