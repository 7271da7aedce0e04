package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// guard refuses requests that reach a listener for proxies in another way: they would show passphrases to the network.
func (v *service) guard(next http.Handler) http.Handler {
	if v.tlsCert != "" || len(v.proxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		at, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil || !v.fromProxy(at.Addr().Unmap().WithZone("")) {
			http.Error(w, "This address is for the proxy in front of the node only.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (v *service) fromProxy(a netip.Addr) bool {
	for _, p := range v.proxies {
		if p.Contains(a) {
			return true
		}
	}
	return a.IsLoopback()
}

// recheck is how often a certificate is looked at for a newer one.
const recheck = time.Minute

// certificate is the page's, read again when its file changes, so that renewing it needs no restart.
type certificate struct {
	cert, key string

	mu      sync.Mutex
	loaded  *tls.Certificate
	changed time.Time // of the file
	checked time.Time
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loaded != nil && time.Since(c.checked) < recheck {
		return c.loaded, nil
	}
	c.checked = time.Now()
	info, err := os.Stat(c.cert)
	if err == nil && c.loaded != nil && info.ModTime().Equal(c.changed) {
		return c.loaded, nil
	}
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	switch {
	case err == nil:
		c.loaded, c.changed = &pair, info.ModTime()
	case c.loaded == nil:
		return nil, fmt.Errorf("the certificate cannot be used: %w", err)
	}
	return c.loaded, nil // half a renewal: the old one goes on
}

// probe finds an address for peers that cannot be had, or that another process uses, before the data folder is touched.
func probe(flag string, addresses []string) error {
	for _, a := range addresses {
		network, address, ok := dialForm(a)
		if !ok {
			continue // the network says what is wrong with it
		}
		var err error
		if network == "tcp" {
			var l net.Listener
			if l, err = net.Listen(network, address); err == nil {
				err = l.Close()
			}
		} else {
			var c net.PacketConn
			if c, err = net.ListenPacket(network, address); err == nil {
				err = c.Close()
			}
		}
		if errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EADDRNOTAVAIL) && strings.HasPrefix(a, "/ip6/") {
			continue // a machine without IPv6, which the network passes over
		}
		if err != nil {
			return fmt.Errorf("%s %s cannot be used: %w", flag, a, cause(err))
		}
	}
	return nil
}

// dialForm turns the plain forms of a multiaddr, /ip4/A/tcp/P and /ip6/A/udp/P/…, into a network and an address.
func dialForm(multiaddr string) (network, address string, ok bool) {
	p := strings.Split(multiaddr, "/")
	if len(p) < 5 || p[1] != "ip4" && p[1] != "ip6" || p[3] != "tcp" && p[3] != "udp" {
		return "", "", false
	}
	if p[3] == "tcp" {
		return "tcp", net.JoinHostPort(p[2], p[4]), true
	}
	return "udp", net.JoinHostPort(p[2], p[4]), true
}

func onLoopback(addresses []string) bool {
	for _, a := range addresses {
		_, address, ok := dialForm(a)
		host, _, err := net.SplitHostPort(address)
		ip, bad := netip.ParseAddr(host)
		if !ok || err != nil || bad != nil || !ip.IsLoopback() {
			return false
		}
	}
	return true
}

// reachable is where this machine reaches a listener: one on all addresses is reached on loopback.
func reachable(a net.Addr) string {
	ap, err := netip.ParseAddrPort(a.String())
	if err != nil || !ap.Addr().IsUnspecified() {
		return a.String()
	}
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ap.Port()).String()
}

// cause is what went wrong without the steps that led there, in the words of the system.
func cause(err error) error {
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return errors.New("another process uses this address")
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return errors.New("this machine does not have this address")
	case errors.Is(err, syscall.EACCES):
		return errors.New("this user may not use this port")
	}
	return err
}
