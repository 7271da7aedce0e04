package net

import (
	stdnet "net"
	"strings"
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

func TestANewConnectionEndsAnOlderOneThatIsDead(t *testing.T) {
	both := []string{"/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"}
	a := start(t, Config{Listen: both, times: times{probe: time.Second}}, Handlers{})
	key := newKey(t)
	b := start(t, Config{Listen: both, Key: key}, Handlers{})
	var silence func()
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
		at, off := relay(t, to.(*stdnet.UDPAddr))
		silence = off
		through, err := manet.FromNetAddr(at)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Connect(within(t), b.ID(), []string{through.String() + "/quic-v1/p2p/" + string(b.ID())}); err != nil {
			t.Fatal(err)
		}
	}
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
