package bridge

import (
	"net/http"
	"strings"
	"time"

	"conclave/node/feature"
)

// closing is the operation that ends a session.
const closing = "session.close"

// cookieKept is how long browsers keep the cookie; how long a session lives is the node's decision.
const cookieKept = 400 * 24 * time.Hour

// alike is how every Ed25519 peer id begins.
const alike = "12D3KooW"

// cookieName differs between nodes on one machine, since cookies do not know ports: it ends in the first 8 characters of the peer
// id that are not the same in all of them.
func cookieName(peer string) string {
	own := strings.TrimPrefix(peer, alike)
	return "__Host-conclave-" + own[:min(8, len(own))]
}

func (b *Bridge) setCookie(w http.ResponseWriter, token string) {
	http.SetCookie(w, b.newCookie(token, int(cookieKept.Seconds())))
}

func (b *Bridge) clearCookie(w http.ResponseWriter) {
	http.SetCookie(w, b.newCookie("", -1))
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
}

func (b *Bridge) newCookie(value string, age int) *http.Cookie {
	return &http.Cookie{
		Name: b.cookie, Value: value, Path: "/", MaxAge: age,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

// token finds the session token of a request; a bearer token wins over the cookie.
func (b *Bridge) token(r *http.Request) (token string, bearer bool) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if strings.EqualFold(scheme, "Bearer") {
			return strings.TrimSpace(token), true
		}
		return "", true
	}
	if c, err := r.Cookie(b.cookie); err == nil {
		return c.Value, false
	}
	return "", false
}

// endsOwn tells whether a call of session.close ends the session that makes it.
func endsOwn(r *http.Request, actor feature.Actor) bool {
	id := r.PathValue("id")
	return id == "current" || id == actor.Session
}
