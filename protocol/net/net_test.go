package net

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

const patience = time.Minute

var tcpOnly, quicOnly = []string{"/ip4/127.0.0.1/tcp/0"}, []string{"/ip4/127.0.0.1/udp/0/quic-v1"}

func newKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// start runs a host on the loopback interface until the test ends.
func start(t testing.TB, cfg Config, on Handlers) *Host {
	t.Helper()
	if cfg.Key == nil {
		cfg.Key = newKey(t)
	}
	if cfg.Listen == nil {
		cfg.Listen = tcpOnly
	}
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Run(context.Background(), on) }()
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return h
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func connect(t testing.TB, from, to *Host) {
	t.Helper()
	if err := from.Connect(within(t), to.ID(), to.Addrs()); err != nil {
		t.Fatal(err)
	}
}

func lane(t testing.TB, from, to *Host) *Lane {
	t.Helper()
	l, err := from.Lane(within(t), to.ID())
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func put(t testing.TB, l *Lane, blob []byte) *Pending {
	t.Helper()
	p, err := l.Put(within(t), Queue{1}, Token{}, blob)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func all(code Code) func(context.Context, PeerID, []Put) []Code {
	return func(_ context.Context, _ PeerID, puts []Put) []Code {
		codes := make([]Code, len(puts))
		for i := range codes {
			codes[i] = code
		}
		return codes
	}
}

// ledger writes down what arrives.
type ledger struct {
	mu      sync.Mutex
	numbers []uint64
	from    map[PeerID]bool
}

func (g *ledger) receive(_ context.Context, from PeerID, puts []Put) []Code {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.from == nil {
		g.from = make(map[PeerID]bool)
	}
	g.from[from] = true
	for _, p := range puts {
		g.numbers = append(g.numbers, binary.BigEndian.Uint64(p.Blob))
	}
	return make([]Code, len(puts))
}

func TestPutsArriveInOrderBothWays(t *testing.T) {
	for name, listen := range map[string][]string{"tcp": tcpOnly, "quic-v1": quicOnly} {
		t.Run(name, func(t *testing.T) {
			var atA, atB ledger
			a := start(t, Config{Listen: listen}, Handlers{Receive: atA.receive})
			b := start(t, Config{Listen: listen}, Handlers{Receive: atB.receive})
			connect(t, a, b)
			const n = 1000
			var wg sync.WaitGroup
			for from, to := range map[*Host]*Host{a: b, b: a} {
				wg.Go(func() {
					l, err := from.Lane(within(t), to.ID())
					if err != nil {
						t.Error(err)
						return
					}
					var last *Pending
					for i := range uint64(n) {
						if last, err = l.Put(within(t), Queue{1}, Token{2}, binary.BigEndian.AppendUint64(nil, i)); err != nil {
							t.Error(err)
							return
						}
					}
					if code, err := last.Wait(within(t)); err != nil || code != Delivered {
						t.Errorf("last put: got %v, %v, want %v", code, err, Delivered)
					}
				})
			}
			wg.Wait()
			for g, from := range map[*ledger]*Host{&atA: b, &atB: a} {
				if len(g.numbers) != n || !g.from[from.ID()] {
					t.Fatalf("got %d puts from %v, want %d from %s", len(g.numbers), g.from, n, from.ID())
				}
				for i, got := range g.numbers {
					if got != uint64(i) {
						t.Fatalf("put %d: got number %d", i, got)
					}
				}
			}
			if s := b.Stats(); s.PutsIn != n || s.PutsOut != n || s.Acked != n || s.Batches > n {
				t.Errorf("got %+v, want %d puts in, out and acked", s, n)
			}
			if got := a.Peers()[0]; !got.Connected || got.Inbound || got.Transport != name || got.Peer != b.ID() || got.LastError != "" {
				t.Errorf("status: got %+v, want an outbound %s connection with %s", got, name, b.ID())
			}
		})
	}
}

func TestPutArrivesWhole(t *testing.T) {
	got := make(chan Put, 1)
	b := start(t, Config{}, Handlers{Receive: func(_ context.Context, _ PeerID, puts []Put) []Code {
		got <- puts[0]
		return []Code{Stored}
	}})
	a := start(t, Config{}, Handlers{})
	connect(t, a, b)
	blob := make([]byte, MaxBlob)
	rand.Read(blob)
	p, err := lane(t, a, b).Put(within(t), Queue{1, 2}, Token{3, 4}, blob)
	if err != nil {
		t.Fatal(err)
	}
	if code, err := p.Wait(within(t)); err != nil || code != Stored {
		t.Errorf("got %v, %v, want %v", code, err, Stored)
	}
	if g := <-got; g.Queue != (Queue{1, 2}) || g.Token != (Token{3, 4}) || string(g.Blob) != string(blob) {
		t.Errorf("got queue %x, token %x and %d bytes, not what was put", g.Queue, g.Token, len(g.Blob))
	}
	for _, n := range []int{0, MaxBlob + 1, windowBytes + 1} {
		if _, err := lane(t, a, b).Put(within(t), Queue{}, Token{}, make([]byte, n)); err == nil || errors.Is(err, ErrLost) {
			t.Errorf("blob of %d bytes: got %v, want a refusal", n, err)
		}
	}
}

func TestEachPutGetsItsOwnCode(t *testing.T) {
	codes := []Code{Delivered, Stored, Duplicate, Later, Refused}
	b := start(t, Config{}, Handlers{Receive: func(_ context.Context, _ PeerID, puts []Put) []Code {
		var out []Code
		for _, p := range puts {
			out = append(out, Code(p.Blob[0]))
		}
		return out
	}})
	a := start(t, Config{}, Handlers{})
	connect(t, a, b)
	l := lane(t, a, b)
	var pending []*Pending
	for _, c := range codes {
		pending = append(pending, put(t, l, []byte{byte(c)}))
	}
	for i, p := range pending {
		if got, err := p.Wait(within(t)); err != nil || got != codes[i] {
			t.Errorf("put %d: got %v, %v, want %v", i, got, err, codes[i])
		}
	}
}

func TestPutWaitsWhileTheWindowIsFull(t *testing.T) {
	for name, c := range map[string]struct{ size, fit int }{
		"frames": {1, windowFrames}, "bytes": {MaxBlob, windowBytes / MaxBlob},
	} {
		t.Run(name, func(t *testing.T) {
			open := make(chan struct{})
			b := start(t, Config{}, Handlers{Receive: func(ctx context.Context, from PeerID, puts []Put) []Code {
				<-open
				return all(Delivered)(ctx, from, puts)
			}})
			a := start(t, Config{}, Handlers{})
			connect(t, a, b)
			l, blob := lane(t, a, b), make([]byte, c.size)
			for range c.fit {
				put(t, l, blob)
			}
			short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
			defer cancel()
			if _, err := l.Put(short, Queue{}, Token{}, blob); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("put %d: got %v, want it to wait", c.fit+1, err)
			}
			close(open)
			if _, err := put(t, l, blob).Wait(within(t)); err != nil {
				t.Errorf("after the window opened: got %v", err)
			}
		})
	}
}

func TestCloseLeavesNothingRunning(t *testing.T) {
	before := goleak.IgnoreCurrent()
	for _, listen := range [][]string{tcpOnly, quicOnly} {
		var hosts []*Host
		var runs sync.WaitGroup
		for range 2 {
			h, err := New(Config{Key: newKey(t), Listen: listen})
			if err != nil {
				t.Fatal(err)
			}
			runs.Go(func() { h.Run(context.Background(), Handlers{Receive: all(Delivered)}) })
			hosts = append(hosts, h)
		}
		connect(t, hosts[0], hosts[1])
		if _, err := put(t, lane(t, hosts[0], hosts[1]), []byte("x")).Wait(within(t)); err != nil {
			t.Fatal(err)
		}
		for _, h := range hosts {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		}
		runs.Wait()
		if _, err := hosts[0].Lane(within(t), hosts[1].ID()); err == nil {
			t.Error("a closed host opened a lane")
		}
	}
	goleak.VerifyNone(t, before)
}

func TestOccupiedPortIsAnError(t *testing.T) {
	a := start(t, Config{}, Handlers{})
	addr := strings.Split(a.Addrs()[0], "/p2p/")[0]
	h, err := New(Config{Key: newKey(t), Listen: []string{tcpOnly[0], addr}})
	if err == nil {
		h.Close()
		t.Fatalf("listened on %s twice", addr)
	}
	if !strings.Contains(err.Error(), addr) {
		t.Errorf("got %q, want it to name %s", err, addr)
	}
}

func TestAnOpenHostTellsNoLoopbackAddressUnlessItHasNoOther(t *testing.T) {
	var everywhere []string
	for _, s := range DefaultListen {
		everywhere = append(everywhere, strings.Replace(s, "8422", "0", 1))
	}
	addrs := start(t, Config{Listen: everywhere}, Handlers{}).Addrs()
	if len(addrs) == 0 {
		t.Fatal("got no address")
	}
	loopback := 0
	for _, a := range addrs {
		if strings.HasPrefix(a, "/ip4/127.") || strings.HasPrefix(a, "/ip6/::1/") {
			loopback++
		}
	}
	if loopback != 0 && loopback != len(addrs) {
		t.Errorf("got loopback among others: %q", addrs)
	}
}
