package bridge

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// The content security policies: of pages, and of answers that no browser should show.
const (
	PagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' blob:; " +
		"media-src 'self' blob:; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; " +
		"frame-ancestors 'none'; require-trusted-types-for 'script'"
	apiPolicy = "default-src 'none'; frame-ancestors 'none'"
)

// secure sets the headers that every answer carries, and refuses host names that are not ours.
func (b *Bridge) secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer b.recover(w)
		setHeaders(w.Header(), isPage(r.URL.Path))
		if b.encrypted(r) {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !b.knownHost(r) {
			b.refuse(w, errHost)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func setHeaders(h http.Header, page bool) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if page {
		h.Set("Content-Security-Policy", PagePolicy)
		return
	}
	h.Set("Content-Security-Policy", apiPolicy)
	h.Set("Cache-Control", "no-store")
}

func isPage(path string) bool {
	if path == "/api/docs" || strings.HasPrefix(path, "/api/docs/") {
		return true
	}
	return path != "/api" && !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/.well-known/") && path != "/livez" && path != "/readyz"
}

// newProtection returns the protection against requests that other sites make in somebody's name, and the host of the public URL.
func newProtection(public string) (*http.CrossOriginProtection, string) {
	p := http.NewCrossOriginProtection()
	u, err := url.Parse(public)
	if public == "" || err != nil || u.Host == "" {
		return p, ""
	}
	if err := p.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
		return p, ""
	}
	return p, u.Host
}

// protect refuses what other sites may not do here.
func (b *Bridge) protect(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := b.csrf.Check(r); err != nil {
			b.refuse(w, errCrossOrigin)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ownOrigin tells whether a request comes from a page of this node.
func (b *Bridge) ownOrigin(r *http.Request) bool {
	u, err := url.Parse(r.Header.Get("Origin"))
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.Path != "" {
		return false
	}
	return strings.EqualFold(u.Host, r.Host) || b.public != "" && strings.EqualFold(u.Host, b.public)
}

// knownHost tells whether a request over loopback names us. A page of another site that made its name point here
// (DNS rebinding) is told apart by that name. Over other interfaces TLS does so.
func (b *Bridge) knownHost(r *http.Request) bool {
	if at, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && !isLoopback(at.String()) {
		return true
	}
	name := hostname(r.Host)
	if name == "localhost" || b.public != "" && strings.EqualFold(name, hostname(b.public)) {
		return true
	}
	if a, err := netip.ParseAddr(name); err == nil && a.IsLoopback() {
		return true
	}
	return slices.ContainsFunc(b.Hosts, func(h string) bool { return h != "" && strings.EqualFold(name, hostname(h)) })
}

func isLoopback(addr string) bool {
	at, err := netip.ParseAddrPort(addr)
	return err != nil || at.Addr().Unmap().IsLoopback()
}

// hostname takes the port and the brackets off a host.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}
