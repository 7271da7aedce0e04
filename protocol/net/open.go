package net

import (
	"fmt"
	"math"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/p2p/net/connmgr"
	"github.com/libp2p/go-libp2p/p2p/protocol/holepunch"

	"conclave/protocol/net/internal/wire"
)

// open makes the libp2p host, not yet listening.
func open(cfg Config, g *gate) (host.Host, error) {
	options, err := wire.Options(cfg.Key, orReal(cfg.times.dial))
	if err != nil {
		return nil, err
	}
	var bounds network.ResourceManager = &network.NullResourceManager{}
	if cfg.Simulated == nil {
		if bounds, err = resources(!cfg.Unlimited); err != nil {
			return nil, fmt.Errorf("set resource limits: %w", err)
		}
	}
	low, high := strangerPlaces*3/4, strangerPlaces*7/8 // below what strangers may take, so that their places become free again
	if cfg.Unlimited {
		low, high = math.MaxInt/2, math.MaxInt
	}
	trim, err := connmgr.NewConnManager(low, high, connmgr.WithGracePeriod(time.Minute))
	if err != nil {
		return nil, fmt.Errorf("make the connection manager: %w", err)
	}
	options = append(options, libp2p.ConnectionGater(g), libp2p.ResourceManager(bounds), libp2p.ConnectionManager(trim))
	if cfg.Simulated != nil {
		options = append(options, cfg.Simulated)
	}
	reach, err := reachability(cfg)
	if err != nil {
		return nil, err
	}
	inner, err := libp2p.New(append(options, reach...)...)
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
