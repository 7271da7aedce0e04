package net

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"math"
	"syscall"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/muxer/yamux"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	"github.com/libp2p/go-libp2p/p2p/protocol/holepunch"
	tls "github.com/libp2p/go-libp2p/p2p/security/tls"
	quic "github.com/libp2p/go-libp2p/p2p/transport/quic"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"
	mux "github.com/libp2p/go-yamux/v5"
	ma "github.com/multiformats/go-multiaddr"
)

// userAgent is all that peers learn of the software.
const userAgent = "conclave/1"

// streamWindow is what a peer may send on one TCP stream ahead of its being read, in bytes.
const streamWindow = 1 << 20

// open makes the libp2p host, not yet listening. TLS is the only security: Noise has no post-quantum key agreement, and to
// offer both would let a man in the middle choose.
func open(cfg Config, g *gate) (host.Host, error) {
	if len(cfg.Key) != ed25519.PrivateKeySize {
		return nil, errors.New("a host needs an Ed25519 key")
	}
	key, err := crypto.UnmarshalEd25519PrivateKey(cfg.Key)
	if err != nil {
		return nil, fmt.Errorf("read the node key: %w", err)
	}
	var bounds network.ResourceManager = &network.NullResourceManager{}
	if cfg.Simulated == nil {
		if bounds, err = resources(!cfg.Unlimited); err != nil {
			return nil, fmt.Errorf("set resource limits: %w", err)
		}
	}
	low, high := connections/2, connections*3/4
	if cfg.Unlimited {
		low, high = math.MaxInt/2, math.MaxInt
	}
	trim, err := connmgr.NewConnManager(low, high, connmgr.WithGracePeriod(time.Minute))
	if err != nil {
		return nil, fmt.Errorf("make the connection manager: %w", err)
	}
	options := []libp2p.Option{
		libp2p.Identity(key),
		libp2p.UserAgent(userAgent),
		libp2p.ProtocolVersion(userAgent),
		libp2p.Security(tls.ID, tls.New),
		libp2p.Transport(quic.NewTransport),
		libp2p.Muxer(yamux.ID, multiplexer()),
		libp2p.SwarmOpts(swarm.WithDialRanker(rank)),
		libp2p.WithDialTimeout(orReal(cfg.times.dial)),
		libp2p.ConnectionGater(g),
		libp2p.ResourceManager(bounds),
		libp2p.ConnectionManager(trim),
		libp2p.AddrsFactory(worthTelling),
		libp2p.Ping(false),
		libp2p.DisableMetrics(),
	}
	if cfg.Simulated != nil {
		options = append(options, cfg.Simulated)
	} else {
		// A shared port would let a second node start on an occupied one; only QUIC punches holes, so TCP needs no fixed port.
		options = append(options, libp2p.Transport(tcp.NewTCPTransport, tcp.DisableReuseport()))
	}
	reach, err := reachability(cfg)
	if err != nil {
		return nil, err
	}
	inner, err := libp2p.New(append(append(options, reach...), libp2p.NoListenAddrs)...)
	if err != nil {
		return nil, fmt.Errorf("make the network host: %w", err)
	}
	return inner, nil
}

func orReal(d time.Duration) time.Duration { return times{dial: d}.orDefault().dial }

// reachability are the options for nodes behind a router. Without them the host asks nobody for its address and forwards nothing.
func reachability(cfg Config) ([]libp2p.Option, error) {
	var relays []peer.AddrInfo
	for _, s := range cfg.Relays {
		info, err := peer.AddrInfoFromString(s)
		if err != nil {
			return nil, fmt.Errorf("relay address %q: %w", s, err)
		}
		relays = append(relays, *info)
	}
	if !cfg.NAT && len(relays) == 0 {
		return []libp2p.Option{libp2p.DisableRelay(), libp2p.DisableIdentifyAddressDiscovery()}, nil
	}
	options := []libp2p.Option{libp2p.EnableRelay()}
	if cfg.NAT {
		options = append(options, libp2p.NATPortMap(), libp2p.EnableAutoNATv2(),
			libp2p.EnableHolePunching(holepunch.WithAddrFilter(onlyQUIC{})))
	}
	if len(relays) > 0 {
		options = append(options, libp2p.EnableAutoRelayWithStaticRelays(relays))
	}
	return options, nil
}

func multiplexer() *yamux.Transport {
	c := mux.DefaultConfig()
	c.MaxStreamWindowSize = streamWindow
	c.LogOutput = io.Discard
	c.ReadBufSize = 0                     // TLS already buffers
	c.MaxIncomingStreams = math.MaxUint32 // the resource manager counts them
	return (*yamux.Transport)(c)
}

// listen opens every address or says which one cannot be, where libp2p would be content with one of them.
func listen(n network.Network, addrs []string) error {
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

func lacksIPv6(err error) bool {
	return errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EADDRNOTAVAIL)
}
