package net

import (
	"bytes"
	"crypto/ed25519"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
	"github.com/quic-go/quic-go"

	"conclave/protocol/net/internal/wire"
)

func TestQUICAgreesOnAPostQuantumKey(t *testing.T) {
	a, b := start(t, Config{Listen: quicOnly}, Handlers{}), start(t, Config{Listen: quicOnly}, Handlers{})
	connect(t, a, b)
	var conn *quic.Conn
	if !a.inner.Network().ConnsToPeer(b.inner.ID())[0].As(&conn) {
		t.Fatal("no QUIC connection")
	}
	if got := conn.ConnectionState().TLS.CurveID; got != tls.X25519MLKEM768 {
		t.Errorf("got %v, want %v", got, tls.X25519MLKEM768)
	}
}

// TestTCPAgreesOnAPostQuantumKey reads the choice in the server's hello, which TLS 1.3 sends in the clear.
func TestTCPAgreesOnAPostQuantumKey(t *testing.T) {
	b := start(t, Config{}, Handlers{})
	var seen lockedBuffer
	via := tap(t, b.inner.Addrs()[0], &seen)
	a := start(t, Config{}, Handlers{}) // closed before the tap
	if err := a.Connect(within(t), b.ID(), []string{via}); err != nil {
		t.Fatal(err)
	}
	// Extension key_share (0x0033) of 1,124 bytes: group 0x11ec, X25519MLKEM768, and a share of 1,120.
	share := []byte{0x00, 0x33, 0x04, 0x64, 0x11, 0xec, 0x04, 0x60}
	if !bytes.Contains(seen.bytes(), share) {
		t.Errorf("no X25519MLKEM768 share in the %d bytes of the answer", len(seen.bytes()))
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}

// tap forwards one TCP connection to an address and keeps what the server sends.
func tap(t *testing.T, to ma.Multiaddr, seen io.Writer) string {
	t.Helper()
	target, err := manet.ToNetAddr(to)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var copies sync.WaitGroup
	t.Cleanup(func() { l.Close(); copies.Wait() })
	copies.Go(func() {
		client, err := l.Accept()
		if err != nil {
			return
		}
		defer client.Close()
		server, err := net.Dial("tcp", target.String())
		if err != nil {
			return
		}
		defer server.Close()
		copies.Go(func() {
			io.Copy(server, client)
			server.Close()
		})
		io.Copy(client, io.TeeReader(server, seen))
	})
	at, err := manet.FromNetAddr(l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return at.String()
}

func TestDiallingPrefersTCPThenQUICThenRelays(t *testing.T) {
	relayed := "/ip4/1.2.3.4/tcp/1/p2p/12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN/p2p-circuit"
	var addrs []ma.Multiaddr
	for _, s := range []string{relayed, "/ip4/1.2.3.4/udp/1/quic-v1", "/ip6/::2/tcp/1", "/ip4/1.2.3.4/tcp/1"} {
		addrs = append(addrs, ma.StringCast(s))
	}
	var got []string
	for _, r := range wire.Rank(addrs) {
		got = append(got, r.Delay.String()+" "+r.Addr.String())
	}
	want := []string{"0s /ip6/::2/tcp/1", "0s /ip4/1.2.3.4/tcp/1", "50ms /ip4/1.2.3.4/udp/1/quic-v1", "500ms " + relayed}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := (onlyQUIC{}).FilterRemote("", addrs); len(got) != 1 || !wire.Has(got[0], ma.P_QUIC_V1) {
		t.Errorf("hole punching: got %v, want QUIC alone", got)
	}
}

func TestBelievableAddresses(t *testing.T) {
	far, near := "/ip4/1.2.3.4/tcp/8422", "/ip4/127.0.0.1/tcp/8422"
	claimed := []string{
		far, near, "/ip6/::1/udp/8422/quic-v1", "/ip4/127.1.2.3/tcp/1", "/ip4/0.0.0.0/tcp/1", "/dns4/example.org/tcp/8422", "nonsense", "",
		"/ip4/1.2.3.4/tcp/1/ws", "/ip4/1.2.3.4/udp/1/quic-v1/webtransport", "/ip4/1.2.3.4/udp/1", "/unix/tmp/x", "/ip6zone/x/ip6/fe80::1/tcp/1",
	}
	if got, want := Believable(claimed, false), []string{far, "/dns4/example.org/tcp/8422"}; !slices.Equal(got, want) {
		t.Errorf("from afar: got %q, want %q", got, want)
	}
	if got := Believable(claimed, true); len(got) != 5 || got[1] != near {
		t.Errorf("over loopback: got %q, want the loopback addresses too", got)
	}
	private := "/ip4/192.168.1.2/tcp/8422"
	for over, want := range map[string][]string{
		"": {far}, "/ip4/1.2.3.5/tcp/1": {far}, "/ip4/10.0.0.1/tcp/1": {far, private}, "/ip4/127.0.0.1/tcp/1": {far, near, private},
	} {
		if got := BelievableAfar([]string{far, near, private}, over); !slices.Equal(got, want) {
			t.Errorf("through a node at %q: got %q, want %q", over, got, want)
		}
	}
	if got := Believable(slices.Repeat([]string{far}, 100), false); len(got) != wire.MaxAddrs {
		t.Errorf("got %d addresses, want %d", len(got), wire.MaxAddrs)
	}
}

func TestLoopbackIsDialledOnlyWhereItWasGiven(t *testing.T) {
	g := newGate(true, times{}.orDefault())
	p, near, far := peer.ID("p"), ma.StringCast("/ip4/127.0.0.1/tcp/1"), ma.StringCast("/ip4/1.2.3.4/tcp/1")
	if g.InterceptAddrDial(p, near) || !g.InterceptAddrDial(p, far) {
		t.Error("a stranger's loopback address is dialled, or another one is not")
	}
	if g.allowLoopback(p, true); !g.InterceptAddrDial(p, near) {
		t.Error("a loopback address that was given is not dialled")
	}
	if g.allowLoopback(p, false); g.InterceptAddrDial(p, near) {
		t.Error("a loopback address is dialled after it was replaced")
	}
}

func TestGateRemembersABoundedNumberOfPeers(t *testing.T) {
	g := newGate(true, times{}.orDefault())
	blocked := peer.ID("blocked")
	for range badPerMinute + 1 {
		g.offence(blocked)
	}
	for i := range maxConducts + 100 {
		g.mayRequest(peer.ID(strings.Repeat("p", i%64) + string(rune(i))))
	}
	if got := len(g.conducts); got > maxConducts {
		t.Errorf("got %d, want at most %d", got, maxConducts)
	}
	if !g.isBlocked(blocked) {
		t.Error("a flood of peers lifted a block")
	}
}

func TestConnectRefusesWrongAddresses(t *testing.T) {
	a, b := start(t, Config{}, Handlers{}), start(t, Config{}, Handlers{})
	other := b.Addrs()[0]
	for name, c := range map[string]struct {
		to    PeerID
		addrs []string
	}{
		"nonsense":             {b.ID(), []string{"nonsense"}},
		"another peer's":       {mustID(t), []string{other}},
		"a kind not spoken":    {b.ID(), []string{"/ip4/1.2.3.4/tcp/1/ws"}},
		"too many":             {b.ID(), slices.Repeat([]string{other}, wire.MaxAddrs+1)},
		"its own":              {a.ID(), nil},
		"no id":                {"", nil},
		"an RSA key's id":      {"QmcgpsyWgH8Y8ajJz1Cu72KnS5uo2Aa2LpzU7kinSupNKC", nil},
		"an endless id":        {PeerID(strings.Repeat("1", 1000)), nil},
		"nobody at an address": {mustID(t), []string{"/ip4/127.0.0.1/tcp/1"}},
	} {
		if err := a.Connect(within(t), c.to, c.addrs); err == nil {
			t.Errorf("%s: connected", name)
		}
	}
	if err := a.Connect(within(t), b.ID(), []string{strings.Split(other, "/p2p/")[0]}); err != nil {
		t.Errorf("without /p2p/: %v", err)
	}
	if !a.Connected(b.ID()) || !a.OverLoopback(b.ID()) {
		t.Error("got no connection over loopback")
	}
}

func mustID(t *testing.T) PeerID {
	t.Helper()
	key := newKey(t)
	id, err := PeerOf(key.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	pub, err := id.PublicKey()
	if err != nil || !pub.Equal(key.Public()) {
		t.Fatalf("got key %x, %v, want %x", pub, err, key.Public())
	}
	if again, err := ParsePeerID(string(id)); err != nil || again != id {
		t.Fatalf("got %s, %v, want %s", again, err, id)
	}
	return id
}

func TestBackOffDoublesUpToAnHour(t *testing.T) {
	h := start(t, Config{}, Handlers{})
	s := h.slot("p")
	for n, want := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second} {
		h.failed("p", s, false, 0)
		if got := time.Until(s.until); got < want*3/4 || got > want*5/4 {
			t.Errorf("failure %d: got %v, want about %v", n+1, got, want)
		}
	}
	for range 100 {
		h.failed("p", s, false, 0)
	}
	if got := time.Until(s.until); got < backoffMax*3/4 || got > backoffMax*5/4 {
		t.Errorf("after many: got %v, want about %v", got, backoffMax)
	}
	h.failed("p", s, true, 0)
	if got := time.Until(s.until); got > 3*time.Second {
		t.Errorf("after a lane that worked: got %v, want about 2s", got)
	}
}

func TestWhileThePeerIsConnectedTheBackOffStaysShort(t *testing.T) {
	a, b := start(t, Config{}, Handlers{}), start(t, Config{}, Handlers{})
	connect(t, a, b)
	s := a.slot(b.inner.ID())
	for range 20 {
		a.failed(b.inner.ID(), s, false, 0)
	}
	if got := time.Until(s.until); got > backoffMet*5/4 {
		t.Errorf("after many failures: got %v, want at most about %v", got, backoffMet)
	}
}
