// Package gui serves the web page that is built into the binary.
//
// It promises that the page is complete in itself: every script, style and
// picture comes from this handler, and the headers it sends forbid the rest.
// Without a built page (dist/app is made by gui/web and is not in git) it
// serves a text that says how to build one, so the module builds without Node.
// It refuses every method but GET and HEAD, and knows nothing of the API.
package gui

import (
	"embed"
	"io/fs"
	"net/http"
)

// ContentSecurityPolicy is the policy sent with every answer of Handler.
const ContentSecurityPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self' blob:; media-src 'self' blob:; font-src 'self'; manifest-src 'self'; worker-src 'self'; " +
	"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'"

//go:embed all:dist
var dist embed.FS

// Handler serves the web page. Paths that look like pages answer with the
// page's frame, so that a reload of any address inside the page works; paths
// that look like files answer 404 when there is no such file. It is safe for
// concurrent use.
func Handler() http.Handler {
	tree, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the name is a constant that the embed directive checks
	}
	return newSite(tree)
}

// SetSecurityHeaders writes ContentSecurityPolicy and its companions, which
// keep the page from being framed, sniffed or named to other sites.
func SetSecurityHeaders(h http.Header) {
	h.Set("Content-Security-Policy", ContentSecurityPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(self), microphone=(), geolocation=(self), payment=(), usb=()")
}
