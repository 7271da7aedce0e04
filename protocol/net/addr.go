package net

import (
	"slices"
	"strings"

	"github.com/libp2p/go-libp2p/core/peer"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"conclave/protocol/net/internal/wire"
)

// onlyQUIC keeps hole punching to QUIC: simultaneous TCP connects need a fixed port.
type onlyQUIC struct{}

func (onlyQUIC) FilterLocal(_ peer.ID, addrs []ma.Multiaddr) []ma.Multiaddr {
	return ma.FilterAddrs(addrs, func(a ma.Multiaddr) bool { return wire.Has(a, ma.P_QUIC_V1) })
}

func (f onlyQUIC) FilterRemote(p peer.ID, addrs []ma.Multiaddr) []ma.Multiaddr {
	return f.FilterLocal(p, addrs)
}

// Addrs returns the multiaddrs, each with /p2p/, under which others may reach the host: public ones first, and loopback only
// where there is nothing else.
func (h *Host) Addrs() []string { return wire.Tell(h.inner.Addrs(), string(h.id)) }

// Believable returns those of a peer's claimed addresses that this node may dial: TCP, QUIC or relayed, well-formed, at most
// 16, and on the loopback interface only if the claim came over it (SPEC.md, addresses).
func Believable(claimed []string, overLoopback bool) []string {
	var out []string
	for _, s := range claimed {
		a, err := ma.NewMultiaddr(s)
		if err != nil || !wire.Dialable(a) || manet.IsIPLoopback(a) && !overLoopback {
			continue
		}
		if out = append(out, s); len(out) == wire.MaxAddrs {
			break
		}
	}
	return out
}

// BelievableAfar returns those of the addresses that somebody claimed through another node, on which Believable would insist, and
// that are private only if that node, found at the address over, is private too: a stranger does not make this node call into its own network.
func BelievableAfar(claimed []string, over string) []string {
	at, err := ma.NewMultiaddr(over)
	near := err == nil && (manet.IsIPLoopback(at) || manet.IsPrivateAddr(at))
	return slices.DeleteFunc(Believable(claimed, err == nil && manet.IsIPLoopback(at)), func(s string) bool {
		a, err := ma.NewMultiaddr(s)
		return err != nil || !near && manet.IsPrivateAddr(a)
	})
}

// BelievableMailboxes are those multiaddrs with /p2p/ whose address, without it, is one that claims lets pass.
func BelievableMailboxes(all []string, claims func([]string) []string) (out []string) {
	for _, m := range all {
		if at, _, _ := strings.Cut(m, "/p2p/"); len(claims([]string{at})) > 0 {
			out = append(out, m)
		}
	}
	return out
}
