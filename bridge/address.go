package bridge

import (
	"net/http"
	"net/netip"
	"strings"
)

// remote is the address of the client: of the connection, or, behind trusted proxies, the last one that none of them has.
func (b *Bridge) remote(r *http.Request) netip.Addr {
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := at.Addr().Unmap().WithZone("")
	if !b.trusted(addr) {
		return addr
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return addr
		}
		addr = hop.Unmap().WithZone("")
		if !b.trusted(addr) {
			return addr
		}
	}
	return addr
}

func (b *Bridge) trusted(a netip.Addr) bool {
	for _, p := range b.TrustedProxies {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// encrypted tells whether the client's connection is under TLS, ours or a trusted proxy's.
func (b *Bridge) encrypted(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && b.trusted(at.Addr().Unmap()) && r.Header.Get("X-Forwarded-Proto") == "https"
}

// addressKey is what limits count by: an address, or the network that one subscriber has under IPv6.
func addressKey(a netip.Addr) string {
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
