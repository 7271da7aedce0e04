package directory

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// errForbidden is the address of something that no node is found at.
var errForbidden = errors.New("no node is asked at this address")

// newClient returns a client for the web servers of other nodes: it follows one redirect, to HTTPS only, uses no proxy, and checks each
// address after its name was resolved, so that no name can lead it to a cloud's metadata service or past the rule for loopback.
// Private networks are let through: organisations run their nodes there.
func newClient() *http.Client {
	dialer := &net.Dialer{Timeout: lookupTimeout, ControlContext: control}
	return &http.Client{
		Timeout: lookupTimeout,
		Transport: &http.Transport{
			MaxIdleConns: 16, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 16 << 10,
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				host, _, err := net.SplitHostPort(address)
				if err != nil {
					return nil, err
				}
				return dialer.DialContext(context.WithValue(ctx, nearKey{}, isLoopback(host)), network, address)
			},
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > 1 || r.URL.Scheme != "https" {
				return http.ErrUseLastResponse
			}
			return nil
		},
	}
}

// nearKey says in a dial's context whether the host was named as one of this machine.
type nearKey struct{}

func control(ctx context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errForbidden
	}
	near, _ := ctx.Value(nearKey{}).(bool)
	if !askable(at.Addr(), near) {
		return errForbidden
	}
	return nil
}

var (
	nat64  = netip.MustParsePrefix("64:ff9b::/96")
	sixTo4 = netip.MustParsePrefix("2002::/16")
)

// askable tells whether a node may be found at an address. near is whether it was named as one of this machine.
func askable(a netip.Addr, near bool) bool {
	a = a.Unmap()
	switch {
	case a.IsLoopback():
		return near
	case a.IsUnspecified(), a.IsMulticast(), a.IsLinkLocalUnicast(), a.Zone() != "":
		return false
	case nat64.Contains(a):
		b := a.As16()
		return askable(netip.AddrFrom4([4]byte(b[12:])), false)
	case sixTo4.Contains(a):
		b := a.As16()
		return askable(netip.AddrFrom4([4]byte(b[2:6])), false)
	}
	return a.IsValid()
}
