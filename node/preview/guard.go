package preview

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"syscall"
)

// guard is asked right before a connection is made, with the address that it goes to: what a name resolved to before, or resolves to next, does not matter.
func guard(allow func(netip.AddrPort) bool) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, network, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || !strings.HasPrefix(network, "tcp") {
			return fmt.Errorf("%w: %s %s is no address", ErrNone, network, address)
		}
		if allow != nil && allow(to) {
			return nil
		}
		if to.Port() != 80 && to.Port() != 443 {
			return fmt.Errorf("%w: port %d", ErrNone, to.Port())
		}
		if !public(to.Addr()) {
			return fmt.Errorf("%w: an address that is not public", ErrNone)
		}
		return nil
	}
}

// notPublic are stretches of addresses that are not of the public internet, or lead into IPv4 by a detour. Of IPv6 only 2000::/3 is public at all.
var notPublic = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
	"192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"168.63.129.16/32",                                // the metadata service of a large host
	"2001::/23",                                       // Teredo, ORCHID, benchmarks
	"2001:db8::/32", "2002::/16", "2620:4f:8000::/48", // documentation, 6to4, AS112
	"3fff::/20",
)

var (
	ipv6Public = netip.MustParsePrefix("2000::/3")
	// wellKnown are the endings by which hosts put IPv4 into IPv6 inside of 2000::/3 (ISATAP).
	isatap = []string{"00005efe", "02005efe"}
)

func prefixes(all ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(all))
	for i, p := range all {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

// public tells whether an address is one of the public internet.
func public(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" || a.Is4In6() || !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	if a.Is6() {
		raw := a.As16()
		middle := fmt.Sprintf("%x", raw[8:12])
		if !ipv6Public.Contains(a) || middle == isatap[0] || middle == isatap[1] {
			return false
		}
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}
