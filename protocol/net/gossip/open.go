package gossip

import (
	"fmt"
	"math"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/x/rate"

	"conclave/protocol/net/internal/wire"
)

// meshsub is the one protocol spoken beside identify.
const meshsub = pubsub.GossipSubID_v12

// What peers may take together and each (SPEC.md, gossip). A TCP stream counts with its whole first window of 256 KiB against
// the memory, whether or not anything waits in it.
const (
	connections    = 512       // of all peers
	handshakes     = 64        // connections not yet authenticated
	perPeer        = 4         // connections of one peer
	perAddress     = 128       // connections of one address
	perNetwork     = 256       // connections of one IPv6 /48
	peerStreams    = 8         // in each direction with one peer
	gossipStreams  = 2         // one peer opened: one at work, one about to end
	memory         = 384 << 20 // bytes of windows for all peers
	peerMemory     = 4 << 20   // bytes of windows for one peer
	dialsPerMinute = 60        // connections a minute from one address, after a first perAddress
)

// Sockets is how many connections with peers a host has at most.
const Sockets = connections

// open makes the libp2p host, not yet listening. It asks nobody for its address and forwards nothing.
func open(cfg Config, dial time.Duration, g *gate) (host.Host, error) {
	options, err := wire.Options(cfg.Key, dial)
	if err != nil {
		return nil, err
	}
	resources, err := resources(!cfg.Unlimited)
	if err != nil {
		return nil, fmt.Errorf("set resource limits: %w", err)
	}
	low, high := connections/2, connections*3/4
	if cfg.Unlimited {
		low, high = math.MaxInt/2, math.MaxInt
	}
	trim, err := connmgr.NewConnManager(low, high, connmgr.WithGracePeriod(time.Minute))
	if err != nil {
		return nil, fmt.Errorf("make the connection manager: %w", err)
	}
	options = append(options, libp2p.ConnectionGater(g), libp2p.ResourceManager(resources), libp2p.ConnectionManager(trim),
		libp2p.DisableRelay(), libp2p.DisableIdentifyAddressDiscovery())
	if cfg.NAT {
		options = append(options, libp2p.NATPortMap())
	}
	inner, err := libp2p.New(options...)
	if err != nil {
		return nil, fmt.Errorf("make the host for gossip: %w", err)
	}
	return inner, nil
}

// resources returns the limits in numbers that do not depend on the machine.
func resources(limited bool) (network.ResourceManager, error) {
	if !limited {
		return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(rcmgr.InfiniteLimits), rcmgr.WithMetricsDisabled(),
			rcmgr.WithLimitPerSubnet([]rcmgr.ConnLimitPerSubnet{}, []rcmgr.ConnLimitPerSubnet{}),
			rcmgr.WithConnRateLimiters(&rate.Limiter{}))
	}
	defaults := rcmgr.DefaultLimits
	libp2p.SetDefaultServiceLimits(&defaults)
	const streams = connections * 2
	limits := rcmgr.PartialLimitConfig{
		System: rcmgr.ResourceLimits{
			Conns: connections, ConnsInbound: connections * 3 / 4, ConnsOutbound: connections, FD: connections,
			Streams: 2 * streams, StreamsInbound: streams, StreamsOutbound: streams, Memory: memory,
		},
		Transient: rcmgr.ResourceLimits{
			Conns: 2 * handshakes, ConnsInbound: handshakes, ConnsOutbound: handshakes, FD: 2 * handshakes,
			Streams: 4 * handshakes, StreamsInbound: 2 * handshakes, StreamsOutbound: 2 * handshakes, Memory: memory / 8,
		},
		PeerDefault: rcmgr.ResourceLimits{
			Conns: perPeer, ConnsInbound: perPeer, ConnsOutbound: perPeer, FD: perPeer,
			Streams: 2 * peerStreams, StreamsInbound: peerStreams, StreamsOutbound: peerStreams, Memory: peerMemory,
		},
		ProtocolPeer: map[protocol.ID]rcmgr.ResourceLimits{meshsub: {StreamsInbound: gossipStreams}},
	}
	return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(limits.Build(defaults.Scale(memory, connections))),
		rcmgr.WithMetricsDisabled(),
		rcmgr.WithLimitPerSubnet(
			[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 32, ConnCount: perAddress}},
			[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 56, ConnCount: perAddress}, {PrefixLength: 48, ConnCount: perNetwork}}),
		rcmgr.WithConnRateLimiters(wire.KnockRate(dialsPerMinute, perAddress)))
}
