package wire

import (
	"fmt"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"
)

// MaxAddrs bounds the addresses kept of one peer.
const MaxAddrs = 16

// How long dialling waits before it also tries the slower ways (SPEC.md, transport).
const (
	quicDelay  = 50 * time.Millisecond
	relayDelay = 500 * time.Millisecond
)

// Rank prefers TCP, which costs half the CPU of QUIC.
func Rank(addrs []ma.Multiaddr) []network.AddrDelay {
	out := make([]network.AddrDelay, 0, len(addrs))
	for _, a := range addrs {
		var delay time.Duration
		switch {
		case Has(a, ma.P_CIRCUIT):
			delay = relayDelay
		case Has(a, ma.P_QUIC_V1):
			delay = quicDelay
		}
		out = append(out, network.AddrDelay{Addr: a, Delay: delay})
	}
	slices.SortStableFunc(out, func(a, b network.AddrDelay) int { return int(a.Delay - b.Delay) })
	return out
}

// Tell returns addrs as texts, each with /p2p/ and id: public ones first, TCP before the others.
func Tell(addrs []ma.Multiaddr, id string) []string {
	addrs = slices.Clone(addrs)
	slices.SortStableFunc(addrs, func(a, b ma.Multiaddr) int { return distance(a) - distance(b) })
	out := make([]string, 0, len(addrs))
	for _, a := range addrs {
		out = append(out, a.String()+"/p2p/"+id)
	}
	return out
}

func distance(a ma.Multiaddr) int {
	n := 0
	if !manet.IsPublicAddr(a) {
		n += 2
	}
	if !Has(a, ma.P_TCP) {
		n++
	}
	return n
}

// WorthTelling leaves out loopback and link-local addresses unless there is nothing else.
func WorthTelling(addrs []ma.Multiaddr) []ma.Multiaddr {
	far := ma.FilterAddrs(addrs, func(a ma.Multiaddr) bool {
		return !manet.IsIPLoopback(a) && !manet.IsIP6LinkLocal(a)
	})
	if len(far) == 0 {
		return addrs
	}
	return far
}

// Dialable tells whether a is an address of a kind the hosts dial.
func Dialable(a ma.Multiaddr) bool {
	if len(a) == 0 || manet.IsIPUnspecified(a) {
		return false
	}
	switch a[0].Protocol().Code {
	case ma.P_IP4, ma.P_IP6, ma.P_DNS, ma.P_DNS4, ma.P_DNS6, ma.P_DNSADDR:
	default:
		return false
	}
	for _, c := range a {
		switch c.Protocol().Code {
		case ma.P_WS, ma.P_WSS, ma.P_WEBTRANSPORT, ma.P_WEBRTC, ma.P_WEBRTC_DIRECT:
			return false
		}
	}
	return Has(a, ma.P_TCP) || Has(a, ma.P_QUIC_V1) || a[0].Protocol().Code == ma.P_DNSADDR
}

// Has tells whether a names the protocol.
func Has(a ma.Multiaddr, protocol int) bool {
	return slices.ContainsFunc(a, func(c ma.Component) bool { return c.Protocol().Code == protocol })
}

// ParseAddrs reads addresses for p, with or without /p2p/, and tells whether one is on the loopback interface.
func ParseAddrs(p peer.ID, addrs []string) (out []ma.Multiaddr, loopback bool, err error) {
	if len(addrs) > MaxAddrs {
		return nil, false, fmt.Errorf("%d addresses of one peer, want at most %d", len(addrs), MaxAddrs)
	}
	for _, s := range addrs {
		a, err := ma.NewMultiaddr(s)
		if err != nil {
			return nil, false, fmt.Errorf("address %q: %w", s, err)
		}
		rest, owner := peer.SplitAddr(a)
		if owner != "" && owner != p {
			return nil, false, fmt.Errorf("address %q belongs to another peer", s)
		}
		if !Dialable(rest) {
			return nil, false, fmt.Errorf("address %q is of no kind this node dials", s)
		}
		loopback = loopback || manet.IsIPLoopback(rest)
		out = append(out, rest)
	}
	return out, loopback, nil
}
