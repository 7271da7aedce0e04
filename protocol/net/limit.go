package net

import (
	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/protocol"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	"github.com/libp2p/go-libp2p/x/rate"

	"conclave/protocol/net/internal/wire"
)

// What peers may take together and each (SPEC.md, transport). A TCP stream counts with its whole first window of 256 KiB
// against the memory, whether or not anything waits in it.
const (
	connections     = 2048      // of all peers
	handshakes      = 128       // connections not yet authenticated
	perPeer         = 8         // connections of one peer
	perAddress      = 128       // connections of one address: an organisation behind one router
	perNetwork      = 256       // connections of one IPv6 /48
	streamsIn       = 1024      // all peers opened
	streamsOut      = 1024      // this node opened
	peerStreamsIn   = 64        // one peer opened
	peerStreamsOut  = 64        // this node opened to one peer
	envelopeStreams = 4         // one peer opened: one at work, the others about to end
	requestStreams  = 32        // one peer opened
	memory          = 640 << 20 // bytes of buffers for all peers
	peerMemory      = 48 << 20  // bytes of buffers for one peer
	dialsPerMinute  = 60        // connections a minute from one address, after a first perAddress
)

// Sockets is how many connections with peers a host has at most.
const Sockets = connections

// resources returns the limits in numbers that do not depend on the machine.
func resources(limited bool) (network.ResourceManager, error) {
	if !limited {
		return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(rcmgr.InfiniteLimits), rcmgr.WithMetricsDisabled(),
			rcmgr.WithLimitPerSubnet([]rcmgr.ConnLimitPerSubnet{}, []rcmgr.ConnLimitPerSubnet{}),
			rcmgr.WithConnRateLimiters(&rate.Limiter{}))
	}
	defaults := rcmgr.DefaultLimits
	libp2p.SetDefaultServiceLimits(&defaults)
	limits := rcmgr.PartialLimitConfig{
		System: rcmgr.ResourceLimits{
			Conns: connections, ConnsInbound: connections * 3 / 4, ConnsOutbound: connections, FD: connections,
			Streams: streamsIn + streamsOut, StreamsInbound: streamsIn, StreamsOutbound: streamsOut, Memory: memory,
		},
		Transient: rcmgr.ResourceLimits{
			Conns: 2 * handshakes, ConnsInbound: handshakes, ConnsOutbound: handshakes, FD: 2 * handshakes,
			Streams: 4 * handshakes, StreamsInbound: 2 * handshakes, StreamsOutbound: 2 * handshakes, Memory: memory / 8,
		},
		PeerDefault: rcmgr.ResourceLimits{
			Conns: perPeer, ConnsInbound: perPeer, ConnsOutbound: perPeer, FD: perPeer,
			Streams: peerStreamsIn + peerStreamsOut, StreamsInbound: peerStreamsIn, StreamsOutbound: peerStreamsOut, Memory: peerMemory,
		},
		ProtocolPeer: map[protocol.ID]rcmgr.ResourceLimits{
			envelopes: {StreamsInbound: envelopeStreams},
			requests:  {StreamsInbound: requestStreams},
		},
	}
	return rcmgr.NewResourceManager(rcmgr.NewFixedLimiter(limits.Build(defaults.Scale(memory, connections))),
		rcmgr.WithMetricsDisabled(),
		rcmgr.WithLimitPerSubnet(
			[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 32, ConnCount: perAddress}},
			[]rcmgr.ConnLimitPerSubnet{{PrefixLength: 56, ConnCount: perAddress}, {PrefixLength: 48, ConnCount: perNetwork}}),
		rcmgr.WithConnRateLimiters(wire.KnockRate(dialsPerMinute, perAddress)))
}
