package gossip

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/network"
	"go.uber.org/goleak"

	"conclave/protocol/net"
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
func start(t testing.TB, cfg Config) *Host {
	t.Helper()
	if cfg.Key == nil {
		cfg.Key = newKey(t)
	}
	if cfg.Listen == nil {
		cfg.Listen = tcpOnly
	}
	if cfg.times.judge == 0 {
		cfg.times.judge = patience // a busy machine makes honest judges late
	}
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- h.Run(context.Background()) }()
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

// introduce has all hosts allow each other.
func introduce(hosts ...*Host) {
	all := make(map[net.PeerID][]string)
	for _, h := range hosts {
		all[h.ID()] = h.Addrs()
	}
	for _, h := range hosts {
		h.Allow(all)
	}
}

func within(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}

func accept(context.Context, net.PeerID, string, []byte) Verdict { return Accept }

// ledger counts what arrives.
type ledger struct {
	mu  sync.Mutex
	got map[string]int
}

func (l *ledger) deliver(_ string, data []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.got == nil {
		l.got = make(map[string]int)
	}
	l.got[string(data)]++
}

func (l *ledger) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.got)
}

// times is how often a message arrived.
func (l *ledger) times(data []byte) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.got[string(data)]
}

// repeated returns what arrived more than once.
func (l *ledger) repeated() (out []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for data, n := range l.got {
		if n > 1 {
			out = append(out, fmt.Sprintf("%x %d times", data, n))
		}
	}
	return out
}

func join(t testing.TB, h *Host, name string, on Handlers) {
	t.Helper()
	if on.Validate == nil {
		on.Validate = accept
	}
	if on.Deliver == nil {
		on.Deliver = func(string, []byte) {}
	}
	if err := h.Join(name, nil, on); err != nil {
		t.Fatal(err)
	}
}

// inMesh tells whether the host's mesh of the topic has as many neighbours, by asking the router as Publish does.
func inMesh(h *Host, name string, want int) (enough bool) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	t, _ := h.find(name)
	t.pub.Publish(ctx, nil, pubsub.WithReadiness(func(rt pubsub.PubSubRouter, name string) (bool, error) {
		enough = rt.EnoughPeers(name, want)
		cancel()
		return false, nil
	}))
	return enough
}

// meshed waits until every host knows enough others on the topic and has some of them in its mesh.
func meshed(t testing.TB, name string, hosts ...*Host) {
	t.Helper()
	others := len(hosts) - 1
	for _, h := range hosts {
		eventually(t, "a mesh", func() bool {
			on, _ := h.find(name)
			return len(on.pub.ListPeers()) >= min(others, enough) && inMesh(h, name, min(others, 3))
		})
	}
}

func publish(t testing.TB, h *Host, name string, data []byte) {
	t.Helper()
	if err := h.Publish(within(t), name, data); err != nil {
		t.Fatalf("publish: %v", err)
	}
}

func TestEveryMessageReachesEverybodyOnce(t *testing.T) {
	for _, n := range []int{2, 5, 10} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			const topic, each = "topic", 20
			hosts, ledgers := make([]*Host, n), make([]ledger, n)
			for i := range hosts {
				listen := tcpOnly
				if i%2 == 1 {
					listen = append(slices.Clone(tcpOnly), quicOnly...)
				}
				hosts[i] = start(t, Config{Listen: listen})
				join(t, hosts[i], topic, Handlers{Deliver: ledgers[i].deliver})
			}
			introduce(hosts...)
			meshed(t, topic, hosts...)
			var all sync.WaitGroup
			for i, h := range hosts {
				all.Go(func() {
					for k := range each {
						data := binary.BigEndian.AppendUint32([]byte{byte(i)}, uint32(k))
						if err := h.Publish(within(t), topic, data); err != nil {
							t.Errorf("publish: %v", err)
						}
					}
				})
			}
			all.Wait()
			want := each * (n - 1)
			for i := range ledgers {
				eventually(t, fmt.Sprintf("%d messages at host %d", want, i), func() bool { return ledgers[i].count() >= want })
			}
			copies, deliveries := uint64(0), uint64(0)
			for i, h := range hosts {
				if got := ledgers[i].repeated(); len(got) > 0 || ledgers[i].count() != want {
					t.Errorf("host %d: got %d messages, %d of them repeatedly (%v), want %d once", i, ledgers[i].count(), len(got), got, want)
				}
				s := h.Stats()
				copies, deliveries = copies+s.MessagesIn, deliveries+s.Delivered
				if s.Panics+s.Late+s.Rejected+s.PassedOver+s.Undelivered+s.Drops != 0 {
					t.Errorf("host %d: got %+v, want nothing wrong", i, s)
				}
			}
			t.Logf("%d hosts: %.2f copies a delivery", n, float64(copies)/float64(deliveries))
			if copies > deliveries*8 {
				t.Errorf("got %d copies for %d deliveries, want at most 8 each", copies, deliveries)
			}
		})
	}
}

// TestALateJoinerGetsWhatIsPublishedAfter: of what came before it may get the last seconds.
func TestALateJoinerGetsWhatIsPublishedAfter(t *testing.T) {
	a, b, late := start(t, Config{}), start(t, Config{}), start(t, Config{})
	introduce(a, b, late)
	join(t, a, "topic", Handlers{})
	join(t, b, "topic", Handlers{})
	meshed(t, "topic", a, b)
	publish(t, a, "topic", []byte("before"))
	var atLate ledger
	join(t, late, "topic", Handlers{Deliver: atLate.deliver})
	meshed(t, "topic", a, b, late)
	publish(t, b, "topic", []byte("after"))
	eventually(t, "the message at the late joiner", func() bool { return atLate.times([]byte("after")) == 1 })
}

// TestALostStreamIsMended: the router forgets a peer's topics with the last stream to it, and the peer does not tell again.
func TestALostStreamIsMended(t *testing.T) {
	a, b := start(t, Config{}), start(t, Config{})
	introduce(a, b)
	var atA, atB ledger
	join(t, a, "topic", Handlers{Deliver: atA.deliver})
	join(t, b, "topic", Handlers{Deliver: atB.deliver})
	meshed(t, "topic", a, b)
	lost := false
	for _, c := range a.inner.Network().Conns() {
		for _, s := range c.GetStreams() {
			if s.Protocol() == meshsub && s.Stat().Direction == network.DirOutbound {
				s.Reset()
				lost = true
			}
		}
	}
	if !lost {
		t.Fatal("no stream to lose")
	}
	eventually(t, "a message to b", func() bool {
		a.Publish(within(t), "topic", []byte(rand.Text()))
		return atB.count() > 0
	})
	eventually(t, "a message to a", func() bool {
		b.Publish(within(t), "topic", []byte(rand.Text()))
		return atA.count() > 0
	})
	meshed(t, "topic", a, b)
}

func TestPublishToNobodyIsAnError(t *testing.T) {
	short := times{publish: 100 * time.Millisecond}
	a, b := start(t, Config{times: short}), start(t, Config{})
	ctx := within(t)
	if err := a.Publish(ctx, "topic", []byte("x")); !errors.Is(err, ErrNotJoined) {
		t.Errorf("not joined: got %v, want %v", err, ErrNotJoined)
	}
	join(t, a, "topic", Handlers{})
	if err := a.Publish(ctx, "topic", []byte("x")); !errors.Is(err, ErrNobody) {
		t.Errorf("alone: got %v, want %v", err, ErrNobody)
	}
	join(t, b, "topic", Handlers{})
	introduce(a, b)
	meshed(t, "topic", a, b)
	publish(t, a, "topic", []byte("x"))
	b.Leave("topic")
	eventually(t, "a knows that b left", func() bool { return errors.Is(a.Publish(ctx, "topic", []byte("y")), ErrNobody) })
	for _, n := range []int{0, MaxMessage + 1} {
		if err := a.Publish(ctx, "topic", make([]byte, n)); err == nil {
			t.Errorf("published %d bytes", n)
		}
	}
}

func TestTheLargestMessageArrives(t *testing.T) {
	a, b := start(t, Config{}), start(t, Config{})
	introduce(a, b)
	var atB ledger
	join(t, a, "topic", Handlers{})
	join(t, b, "topic", Handlers{Deliver: atB.deliver})
	meshed(t, "topic", a, b)
	data := make([]byte, MaxMessage)
	rand.Read(data)
	publish(t, a, "topic", data)
	eventually(t, "the message", func() bool { return atB.times(data) == 1 })
}

func TestCloseLeavesNothingRunning(t *testing.T) {
	before := goleak.IgnoreCurrent()
	for _, listen := range [][]string{tcpOnly, quicOnly} {
		var hosts []*Host
		var runs sync.WaitGroup
		for range 3 {
			h, err := New(Config{Key: newKey(t), Listen: listen})
			if err != nil {
				t.Fatal(err)
			}
			runs.Go(func() { h.Run(context.Background()) })
			join(t, h, "topic", Handlers{})
			hosts = append(hosts, h)
		}
		introduce(hosts...)
		meshed(t, "topic", hosts...)
		publish(t, hosts[0], "topic", []byte("x"))
		for _, h := range hosts {
			if err := h.Close(); err != nil {
				t.Error(err)
			}
		}
		runs.Wait()
		if err := hosts[0].Join("topic", nil, Handlers{Validate: accept, Deliver: func(string, []byte) {}}); !errors.Is(err, ErrClosed) {
			t.Errorf("join a closed host: got %v, want %v", err, ErrClosed)
		}
		if err := hosts[0].Publish(within(t), "topic", []byte("x")); !errors.Is(err, ErrClosed) {
			t.Errorf("publish on a closed host: got %v, want %v", err, ErrClosed)
		}
	}
	goleak.VerifyNone(t, before)
}
