package bridge_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"conclave/bridge"
)

const login = `{"name":"ben","passphrase":"correct horse"}`

func TestLoginSetsACookieThatOnlyThisNodeReads(t *testing.T) {
	n := newNode(t)
	res, body := n.do(t, request{"POST", "/api/v1/sessions", login, nil})
	var got struct{ Token string }
	if err := json.Unmarshal([]byte(body), &got); err != nil || res.StatusCode != 201 {
		t.Fatalf("got %d %s", res.StatusCode, body)
	}
	cookies := res.Cookies()
	if len(cookies) != 1 {
		t.Fatalf("got cookies %v, want one", cookies)
	}
	c := cookies[0]
	if c.Name != "__Host-conclave-Note" || c.Value != got.Token || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("got cookie %v", c.Raw)
	}
	n.ok(t, request{"GET", "/api/v1/notes", "", head("Cookie", c.Name+"="+c.Value)}, 200)
	n.refused(t, request{"GET", "/api/v1/notes", "", head("Cookie", "__Host-conclave-OTHERNOD="+c.Value)}, 401, "no_session")
	n.refused(t, request{"GET", "/api/v1/notes?token=" + c.Value, "", nil}, 401, "no_session")
}

func TestBearerWinsOverCookie(t *testing.T) {
	n := newNode(t)
	id := n.addNote(t, "ana", "hers")
	path := "/api/v1/notes/" + id
	n.ok(t, request{"GET", path, "", as("ana", "Cookie", "__Host-conclave-Note=token-ben")}, 200)
	n.refused(t, request{"GET", path, "", as("ben", "Cookie", "__Host-conclave-Note=token-ana")}, 404, "not_found")
	n.refused(t, request{"GET", path, "", as("nobody", "Cookie", "__Host-conclave-Note=token-ana")}, 401, "no_session")
}

func TestLogoutClearsTheBrowserAndEndsTheSession(t *testing.T) {
	n := newNode(t)
	res, _ := n.do(t, request{"DELETE", "/api/v1/sessions/current", "", as("ben")})
	if res.StatusCode != 204 || len(res.Cookies()) != 1 || res.Cookies()[0].MaxAge != -1 || res.Header.Get("Clear-Site-Data") == "" {
		t.Errorf("got %d with %v", res.StatusCode, res.Header)
	}
	n.refused(t, request{"GET", "/api/v1/notes", "", as("ben")}, 401, "no_session")
	n.do(t, request{"POST", "/api/v1/sessions", `{"name":"ana","passphrase":"correct horse"}`, nil})
	res, _ = n.do(t, request{"DELETE", "/api/v1/sessions/s-token-ana-1", "", as("ana")})
	if res.StatusCode != 204 || len(res.Cookies()) != 0 || res.Header.Get("Clear-Site-Data") != "" {
		t.Errorf("closing another session: got %d with %v, want the browser left alone", res.StatusCode, res.Header)
	}
}

func TestControlSocketCallsAsOwnerWithoutASession(t *testing.T) {
	n := newNode(t)
	n.addNote(t, "ana", "a")
	srv := httptest.NewServer(n.b.Control())
	defer srv.Close()
	n.srv = srv
	if got := n.ok(t, request{"GET", "/api/v1/whoami", "", nil}, 200); !strings.Contains(got, `"control":true`) {
		t.Errorf("got %s, want a call over the control socket", got)
	}
	n.ok(t, request{"DELETE", "/api/v1/admin/notes", "", nil}, 204)
	n.refused(t, request{"GET", "/api/v1/notes", "", as("ana")}, 403, "forbidden")
	n.refused(t, request{"GET", "/", "", nil}, 404, "not_found")
}

// clock is a clock that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestRateLimits(t *testing.T) {
	c := &clock{at: time.Unix(1_700_000_000, 0)}
	n := newNode(t, func(cfg *bridge.Config) { cfg.Limits, cfg.Now = true, c.now })
	add := request{"POST", "/api/v1/notes", `{"text":"a"}`, as("ana")}
	for i := range 30 {
		res, body := n.do(t, add)
		if res.StatusCode != 201 {
			t.Fatalf("message %d: got %d %s", i, res.StatusCode, body)
		}
		if i == 0 && (res.Header.Get("RateLimit-Limit") != "60" || res.Header.Get("RateLimit-Remaining") != "29" || res.Header.Get("RateLimit-Reset") != "1") {
			t.Errorf("got headers %v", res.Header)
		}
	}
	before := n.state()
	n.refused(t, add, 429, "too_many_requests")
	res, _ := n.do(t, add)
	if res.Header.Get("Retry-After") != "1" || res.Header.Get("RateLimit-Remaining") != "0" || n.state() != before {
		t.Errorf("got headers %v", res.Header)
	}
	n.ok(t, request{"POST", "/api/v1/notes", `{"text":"a"}`, as("ben")}, 201)
	n.ok(t, request{"GET", "/api/v1/notes", "", as("ana")}, 200)
	c.at = c.at.Add(time.Second)
	n.ok(t, add, 201)
	n.refused(t, add, 429, "too_many_requests")
}

func TestGuessingIsLimitedByAddressThatCannotBeForged(t *testing.T) {
	c := &clock{at: time.Unix(1_700_000_000, 0)}
	limited := func(cfg *bridge.Config) { cfg.Limits, cfg.Now = true, c.now }
	wrong := `{"name":"ana","passphrase":"wrong horse"}`
	n := newNode(t, limited)
	for i := range 10 {
		n.refused(t, request{"POST", "/api/v1/sessions", wrong, head("X-Forwarded-For", "10.0.0."+string(rune('0'+i)))}, 401, "wrong_credentials")
	}
	n.refused(t, request{"POST", "/api/v1/sessions", login, head("X-Forwarded-For", "10.0.0.99")}, 429, "too_many_requests")
	res, _ := n.do(t, request{"POST", "/api/v1/sessions", login, nil})
	if got := res.Header.Get("Retry-After"); got != "90" {
		t.Errorf("got Retry-After %q, want 90", got)
	}

	proxied := newNode(t, limited, func(cfg *bridge.Config) {
		cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.9.0.0/16")}
	})
	for i := range 12 {
		client := "203.0.113." + string(rune('0'+i%10)) + string(rune('0'+i/10))
		proxied.refused(t, request{"POST", "/api/v1/sessions", wrong, head("X-Forwarded-For", "1.1.1.1, "+client+", 10.9.0.1")}, 401, "wrong_credentials")
	}
	for range 10 {
		proxied.refused(t, request{"POST", "/api/v1/sessions", wrong, head("X-Forwarded-For", "2001:db8:1:2::1, 2001:db8:1:2::"+string(rune('1')))}, 401, "wrong_credentials")
	}
	proxied.refused(t, request{"POST", "/api/v1/sessions", wrong, head("X-Forwarded-For", "2001:db8:1:2:9::9")}, 429, "too_many_requests")
	if got := proxied.ok(t, request{"GET", "/api/v1/whoami", "", head("X-Forwarded-For", "6.6.6.6, 203.0.113.7, 10.9.0.1", "User-Agent", "phone")}, 200); !strings.Contains(got, `"remote":"203.0.113.7"`) || !strings.Contains(got, `"client":"phone"`) {
		t.Errorf("got %s, want the address before the trusted proxies", got)
	}
}

func TestAnonymousCallsAreLimited(t *testing.T) {
	c := &clock{at: time.Unix(1_700_000_000, 0)}
	n := newNode(t, func(cfg *bridge.Config) { cfg.Limits, cfg.Now = true, c.now })
	for range 30 {
		n.refused(t, request{"GET", "/api/v1/notes", "", as("nobody")}, 401, "no_session")
	}
	n.refused(t, request{"GET", "/api/v1/notes", "", as("nobody")}, 429, "too_many_requests")
	n.refused(t, request{"GET", "/api/v1/whoami", "", nil}, 429, "too_many_requests")
	n.ok(t, request{"GET", "/api/v1/notes", "", as("ana")}, 200)
}
