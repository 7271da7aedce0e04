package net

import (
	"context"
	"errors"
	stdnet "net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// relay carries datagrams to one address and back until it is silenced.
func relay(t *testing.T, to *stdnet.UDPAddr) (at *stdnet.UDPAddr, silence func()) {
	t.Helper()
	outer, err := stdnet.ListenUDP("udp4", &stdnet.UDPAddr{IP: stdnet.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	inner, err := stdnet.DialUDP("udp4", nil, to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { outer.Close(); inner.Close() })
	var silent atomic.Bool
	var client atomic.Pointer[stdnet.UDPAddr]
	go func() {
		buf := make([]byte, 1<<16)
		for {
			n, from, err := outer.ReadFromUDP(buf)
			if err != nil {
				return
			}
			client.Store(from)
			if !silent.Load() {
				_, _ = inner.Write(buf[:n])
			}
		}
	}()
	go func() {
		buf := make([]byte, 1<<16)
		for {
			n, err := inner.Read(buf)
			if err != nil {
				return
			}
			if c := client.Load(); c != nil && !silent.Load() {
				_, _ = outer.WriteToUDP(buf[:n], c)
			}
		}
	}()
	return outer.LocalAddr().(*stdnet.UDPAddr), func() { silent.Store(true) }
}

// throughRelay connects a with b over QUIC, until it is silenced: then neither hears of the other, nor of its end.
func throughRelay(t *testing.T, a, b *Host) (silence func()) {
	t.Helper()
	for _, addr := range b.Addrs() {
		if !strings.Contains(addr, "/udp/") {
			continue
		}
		whole, err := ma.NewMultiaddr(addr)
		if err != nil {
			t.Fatal(err)
		}
		plain, _ := ma.SplitFunc(whole, func(c ma.Component) bool { return c.Protocol().Code == ma.P_QUIC_V1 })
		to, err := manet.ToNetAddr(plain)
		if err != nil {
			t.Fatal(err)
		}
		at, silence := relay(t, to.(*stdnet.UDPAddr))
		through, err := manet.FromNetAddr(at)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Connect(within(t), b.ID(), []string{through.String() + "/quic-v1/p2p/" + string(b.ID())}); err != nil {
			t.Fatal(err)
		}
		return silence
	}
	t.Fatal("the host does not listen over QUIC")
	return nil
}

func TestANewConnectionEndsAnOlderOneThatIsDead(t *testing.T) {
	both := []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"}
	a := start(t, Config{Listen: both, times: times{probe: time.Second}}, Handlers{})
	key := newKey(t)
	b := start(t, Config{Listen: both, Key: key}, Handlers{})
	silence := throughRelay(t, a, b)
	silence() // a never hears that b ends
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = start(t, Config{Listen: both, Key: key}, Handlers{})
	if err := b.Connect(within(t), a.ID(), tcpAddrs(a)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "only the connection that lives is left", func() bool {
		conns := a.inner.Network().ConnsToPeer(b.inner.ID())
		return len(conns) == 1 && !strings.Contains(conns[0].RemoteMultiaddr().String(), "quic")
	})
}

func tcpAddrs(h *Host) (out []string) {
	for _, addr := range h.Addrs() {
		if strings.Contains(addr, "/tcp/") {
			out = append(out, addr)
		}
	}
	return out
}

// A peer dies without a word and comes back. Its old connection still looks alive, with streams that are stuck on it.
func TestALaneOpensOnTheNewestConnection(t *testing.T) {
	both := []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"}
	a := start(t, Config{Listen: both, times: times{ack: 3 * time.Second, hello: 5 * time.Second, backoff: time.Hour, probe: patience}}, Handlers{})
	key := newKey(t)
	b := start(t, Config{Listen: both, Key: key}, Handlers{Receive: all(Delivered)})
	silence := throughRelay(t, a, b)
	l := lane(t, a, b)
	if _, err := put(t, l, []byte("x")).Wait(within(t)); err != nil {
		t.Fatal(err)
	}
	silence()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := put(t, l, []byte("y")).Wait(within(t)); !errors.Is(err, ErrLost) {
		t.Fatalf("put to the dead peer: got %v, want ErrLost", err)
	}

	var stuck sync.WaitGroup
	defer stuck.Wait()
	asking, stop := context.WithCancel(t.Context())
	defer stop()
	for range 3 {
		stuck.Go(func() { _, _ = a.Request(asking, b.ID(), "x", nil) })
	}
	eventually(t, "requests that nobody answers", func() bool { return a.Stats().RequestsOut == 3 })

	again := start(t, Config{Listen: both, Key: key}, Handlers{Receive: all(Delivered)})
	if err := again.Connect(within(t), a.ID(), tcpAddrs(a)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the connection that the peer began", func() bool { return len(a.inner.Network().ConnsToPeer(again.inner.ID())) > 1 })
	if _, err := put(t, lane(t, a, again), []byte("y")).Wait(within(t)); err != nil {
		t.Errorf("put to the peer that came back: %v", err)
	}
	if _, err := a.Request(within(t), again.ID(), "x", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("request to the peer that came back: got %v, want ErrNotFound", err)
	}
}

func TestAConnectionThatDoesNotAnswerIsGivenUp(t *testing.T) {
	both := []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"}
	a := start(t, Config{Listen: both, times: times{ack: 200 * time.Millisecond, probe: 200 * time.Millisecond}}, Handlers{})
	b := start(t, Config{Listen: both}, Handlers{Receive: all(Delivered)})
	silence := throughRelay(t, a, b)
	l := lane(t, a, b)
	silence()
	begin := time.Now()
	put(t, l, []byte("x"))
	eventually(t, "the end of the connection", func() bool { return !a.Connected(b.ID()) })
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("got %v until the dead connection was given up, want well below the 30s that QUIC takes", took)
	}
}

// A wake that comes while an attempt fails is not lost with it.
func TestAPeerThatCallsWhileAnAttemptFailsIsTriedAgain(t *testing.T) {
	h := start(t, Config{times: times{backoff: time.Hour}}, Handlers{})
	s := h.slot("p")
	calls := h.calls(s)
	h.meet("p", true)
	h.failed("p", s, false, calls)
	if err := h.await(within(t), s); err != nil {
		t.Errorf("after a call during the attempt: got %v, want no back-off", err)
	}
	h.failed("p", s, false, h.calls(s))
	waits := make(chan error, 1)
	go func() { waits <- h.await(within(t), s) }()
	h.meet("p", true)
	if err := <-waits; err != nil {
		t.Errorf("a call during the back-off: got %v, want its end", err)
	}
}

func TestALaneThatComesBeforeRunWaitsForIt(t *testing.T) {
	b, err := New(Config{Key: newKey(t), Listen: tcpOnly})
	if err != nil {
		t.Fatal(err)
	}
	a := start(t, Config{times: times{backoff: time.Hour}}, Handlers{})
	connect(t, a, b)
	opened := make(chan error, 1)
	go func() {
		l, err := a.Lane(within(t), b.ID())
		if err == nil {
			_, err = put(t, l, []byte("x")).Wait(within(t))
		}
		opened <- err
	}()
	eventually(t, "the stream comes", func() bool { return b.Stats().StreamsIn > 0 || len(opened) > 0 })
	ended := make(chan error, 1)
	go func() { ended <- b.Run(context.Background(), Handlers{Receive: all(Delivered)}) }()
	if err := <-opened; err != nil {
		t.Errorf("lane to a host that was about to run: %v", err)
	}
	if err := errors.Join(b.Close(), <-ended); err != nil {
		t.Error(err)
	}
}
