// Package wire is what both hosts of a node do alike below their protocols: TLS over TCP and QUIC, listening, which addresses
// are worth dialling and telling, and how often one address may knock (SPEC.md, transport).
package wire

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	tls "github.com/libp2p/go-libp2p/p2p/security/tls"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	"github.com/libp2p/go-libp2p/x/rate"
	mux "github.com/libp2p/go-yamux/v5"
	ma "github.com/multiformats/go-multiaddr"
)

// userAgent is all that peers learn of the software.
const userAgent = "conclave/1"

// streamWindow is what a peer may send on one TCP stream ahead of its being read, in bytes.
const streamWindow = 1 << 20

// Options are those of every host. TLS is the only security: Noise has no post-quantum key agreement, and to offer both would
// let a man in the middle choose.
func Options(key ed25519.PrivateKey, dial time.Duration) ([]libp2p.Option, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, errors.New("a host needs an Ed25519 key")
	}
	identity, err := crypto.UnmarshalEd25519PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("read the node key: %w", err)
	}
	return []libp2p.Option{
		libp2p.Identity(identity),
		libp2p.UserAgent(userAgent),
		libp2p.ProtocolVersion(userAgent),
		libp2p.Security(tls.ID, tls.New),
		// A shared port would let a second node start on an occupied one; only QUIC punches holes, so TCP needs no fixed port.
		libp2p.Transport(tcp.NewTCPTransport, tcp.DisableReuseport()),
		libp2p.Transport(quic.NewTransport),
		libp2p.Muxer(yamux.ID, multiplexer()),
		libp2p.SwarmOpts(swarm.WithDialRanker(Rank)),
		libp2p.WithDialTimeout(dial),
		libp2p.AddrsFactory(WorthTelling),
		libp2p.Ping(false),
		libp2p.DisableMetrics(),
		libp2p.NoListenAddrs,
	}, nil
}

func multiplexer() *yamux.Transport {
	c := mux.DefaultConfig()
	c.MaxStreamWindowSize = streamWindow
	c.LogOutput = io.Discard
	c.ReadBufSize = 0                     // TLS already buffers
	c.MaxIncomingStreams = math.MaxUint32 // the resource manager counts them
	return (*yamux.Transport)(c)
}

// Listen opens every address or says which one cannot be, where libp2p would be content with one of them. An IPv6 address is
// passed over on machines without IPv6.
func Listen(n network.Network, addrs []string) error {
	for _, s := range addrs {
		a, err := ma.NewMultiaddr(s)
		if err != nil {
			return fmt.Errorf("listen address %q: %w", s, err)
		}
		err = n.Listen(a)
		if _, v6 := a.ValueForProtocol(ma.P_IP6); v6 == nil && lacksIPv6(err) {
			continue
		}
		if err != nil {
			return fmt.Errorf("listen on %s: %w", s, err)
		}
	}
	return nil
}

// Listenable tells whether a multiaddr has one of the forms that hosts listen on.
func Listenable(addr string) bool {
	a, err := ma.NewMultiaddr(addr)
	if err != nil {
		return false
	}
	var forms []int
	for _, p := range a.Protocols() {
		forms = append(forms, p.Code)
	}
	if len(forms) < 2 || forms[0] != ma.P_IP4 && forms[0] != ma.P_IP6 {
		return false
	}
	return slices.Equal(forms[1:], []int{ma.P_TCP}) || slices.Equal(forms[1:], []int{ma.P_UDP, ma.P_QUIC_V1})
}

func lacksIPv6(err error) bool {
	return errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EADDRNOTAVAIL)
}

// KnockRate bounds new connections by where they come from: perMinute from one address, after a first burst. The loopback
// interface is free.
func KnockRate(perMinute, burst int) *rate.Limiter {
	each := rate.Limit{RPS: float64(perMinute) / 60, Burst: burst}
	return &rate.Limiter{
		NetworkPrefixLimits: []rate.PrefixLimit{
			{Prefix: netip.MustParsePrefix("127.0.0.0/8")}, {Prefix: netip.MustParsePrefix("::1/128")},
		},
		SubnetRateLimiter: rate.SubnetLimiter{
			IPv4SubnetLimits: []rate.SubnetLimit{{PrefixLength: 32, Limit: each}},
			IPv6SubnetLimits: []rate.SubnetLimit{{PrefixLength: 56, Limit: each}},
			GracePeriod:      time.Minute,
		},
	}
}
