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

const patience = 30 * time.Second

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
	if got := atLate.count(); got != 1 {
		t.Errorf("got %d messages, want the one published after", got)
	}
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

func TestVerdictsDecide(t *testing.T) {
	a, b, c := start(t, Config{}), start(t, Config{}), start(t, Config{})
	// A line: what b does not pass on never reaches c.
	a.Allow(map[net.PeerID][]string{b.ID(): b.Addrs()})
	b.Allow(map[net.PeerID][]string{a.ID(): a.Addrs(), c.ID(): c.Addrs()})
	c.Allow(map[net.PeerID][]string{b.ID(): b.Addrs()})
	verdicts := map[string]func(context.Context) Verdict{
		"accept": func(context.Context) Verdict { return Accept },
		"ignore": func(context.Context) Verdict { return Ignore },
		"reject": func(context.Context) Verdict { return Reject },
		"panic":  func(context.Context) Verdict { panic("at the validator") },
		"slow": func(ctx context.Context) Verdict {
			<-ctx.Done()
			return Accept
		},
	}
	var atB, atC ledger
	join(t, a, "topic", Handlers{})
	join(t, b, "topic", Handlers{Deliver: atB.deliver, Validate: func(ctx context.Context, from net.PeerID, topic string, data []byte) Verdict {
		if from != a.ID() || topic != "topic" {
			t.Errorf("got a message of %s on %q, want %s on %q", from, topic, a.ID(), "topic")
		}
		return verdicts[string(data)](ctx)
	}})
	join(t, c, "topic", Handlers{Deliver: atC.deliver})
	eventually(t, "a line", func() bool {
		return inMesh(a, "topic", 1) && inMesh(b, "topic", 2) && inMesh(c, "topic", 1)
	})
	for _, text := range []string{"ignore", "reject", "panic", "slow", "accept"} {
		publish(t, a, "topic", []byte(text))
	}
	eventually(t, "what was accepted, at c", func() bool { return atC.count() == 1 })
	eventually(t, "all verdicts", func() bool { s := b.Stats(); return s.Rejected == 1 && s.Ignored == 3 })
	if b, c := atB.times([]byte("accept")), atC.times([]byte("accept")); atB.count() != 1 || b != 1 || c != 1 {
		t.Errorf("got what was accepted %d and %d times among %d and %d messages, want it alone", b, c, atB.count(), atC.count())
	}
	if s := b.Stats(); s.Panics != 1 || s.Late != 1 || s.Accepted != 1 {
		t.Errorf("got %+v, want 1 panic, 1 late, 1 accepted", s)
	}
}

// TestASlowDeliverHoldsNobodyUp fills one topic's queue while another goes on.
func TestASlowDeliverHoldsNobodyUp(t *testing.T) {
	a, b := start(t, Config{Unlimited: true}), start(t, Config{Unlimited: true})
	introduce(a, b)
	open := make(chan struct{})
	goOn := sync.OnceFunc(func() { close(open) })
	t.Cleanup(goOn)
	var slow, fast ledger
	join(t, a, "slow", Handlers{})
	join(t, a, "fast", Handlers{})
	join(t, b, "slow", Handlers{Deliver: func(topic string, data []byte) {
		<-open
		slow.deliver(topic, data)
	}})
	join(t, b, "fast", Handlers{Deliver: fast.deliver})
	meshed(t, "slow", a, b)
	meshed(t, "fast", a, b)
	n := uint32(0)
	next := func() []byte {
		n++
		return binary.BigEndian.AppendUint32(nil, n)
	}
	eventually(t, "a full queue", func() bool {
		for range 100 {
			publish(t, a, "slow", next())
		}
		return b.Stats().Undelivered > 0
	})
	eventually(t, "a message of the other topic", func() bool {
		publish(t, a, "fast", next())
		return fast.count() > 0
	})
	if got := slow.count(); got != 0 {
		t.Errorf("got %d messages through a closed door, want none", got)
	}
	goOn()
	eventually(t, "nothing waits", func() bool { return b.Stats().Waiting == 0 })
	if got := slow.count(); got < queue {
		t.Errorf("got %d messages of the queue, want at least %d", got, queue)
	}
}

func TestNothingIsCalledAfterLeave(t *testing.T) {
	a, b := start(t, Config{}), start(t, Config{})
	introduce(a, b)
	var mu sync.Mutex
	left, after := false, 0
	seen := make(chan struct{}, 1)
	note := func() {
		mu.Lock()
		defer mu.Unlock()
		if left {
			after++
		}
		select {
		case seen <- struct{}{}:
		default:
		}
	}
	join(t, a, "topic", Handlers{})
	join(t, b, "topic", Handlers{
		Validate: func(context.Context, net.PeerID, string, []byte) Verdict { note(); return Accept },
		Deliver:  func(string, []byte) { note() },
	})
	meshed(t, "topic", a, b)
	ctx, stop := context.WithCancel(within(t))
	var flood sync.WaitGroup
	flood.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			a.Publish(ctx, "topic", binary.BigEndian.AppendUint32(nil, uint32(i)))
		}
	})
	<-seen
	b.Leave("topic")
	mu.Lock()
	left = true
	mu.Unlock()
	was := b.Stats().MessagesIn
	eventually(t, "messages behind Leave", func() bool {
		return b.Stats().MessagesIn > was || errors.Is(a.Publish(ctx, "topic", []byte("x")), ErrNobody)
	})
	stop()
	flood.Wait()
	mu.Lock()
	defer mu.Unlock()
	if after != 0 {
		t.Errorf("got %d calls after Leave, want none", after)
	}
}

func TestJoiningAgainReplacesHandlers(t *testing.T) {
	a, b := start(t, Config{}), start(t, Config{})
	introduce(a, b)
	var first, second ledger
	join(t, a, "topic", Handlers{})
	join(t, b, "topic", Handlers{Deliver: first.deliver})
	join(t, b, "topic", Handlers{Deliver: second.deliver})
	meshed(t, "topic", a, b)
	publish(t, a, "topic", []byte("x"))
	eventually(t, "the message at the second handler", func() bool { return second.count() == 1 })
	if first.count() != 0 {
		t.Errorf("the first handler got %d messages, want none", first.count())
	}
	for name, err := range map[string]error{
		"no name":     b.Join("", nil, Handlers{Validate: accept, Deliver: first.deliver}),
		"long name":   b.Join(string(make([]byte, maxName+1)), nil, Handlers{Validate: accept, Deliver: first.deliver}),
		"no handlers": b.Join("other", nil, Handlers{}),
		"no peer id":  b.Join("other", []net.PeerID{"x"}, Handlers{Validate: accept, Deliver: first.deliver}),
	} {
		if err == nil {
			t.Errorf("%s: joined", name)
		}
	}
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
