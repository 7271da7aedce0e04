package bridge_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"conclave/bridge"
	"conclave/node/feature"
)

// everyRoute lists what the public listener answers, with success and with refusals.
func everyRoute(n *node, note string) []request {
	return []request{
		{"GET", "/", "", nil}, {"GET", "/c/some", "", nil}, {"POST", "/", "{}", nil}, {"GET", "/livez", "", nil}, {"GET", "/readyz", "", nil},
		{"GET", "/api/openapi.json", "", nil}, {"GET", "/api/docs", "", nil}, {"GET", "/api/docs/style.css", "", nil}, {"GET", "/api/", "", nil}, {"GET", "/api", "", nil},
		{"GET", "/api/v1/notes", "", nil}, {"GET", "/api/v1/notes", "", as("ana")}, {"PATCH", "/api/v1/notes", "", as("ana")},
		{"POST", "/api/v1/notes", "{}", as("ana")}, {"POST", "/api/v1/notes", `{"text":"a"}`, as("ana")}, {"POST", "/api/v1/notes", `a`, as("ana", "Content-Type", "text/plain")},
		{"GET", "/api/v1/notes/" + note, "", as("ana")}, {"GET", "/api/v1/notes/x", "", as("ana")}, {"DELETE", "/api/v1/admin/notes", "", as("ben")},
		{"POST", "/api/v1/fail/panic", `{"text":"x"}`, nil}, {"POST", "/api/v1/fail/error", `{"text":"x"}`, nil}, {"POST", "/api/v1/fail/error", `{"text":"busy"}`, nil},
		{"GET", "/api/v1/live", "", nil}, {"GET", "/api/v1/live", "", as("ana")}, {"GET", "/api/v1/live/events?token=x", "", as("ana")},
		{"GET", "/.well-known/conclave/v1/a/x", "", nil}, {"GET", "/api/v1//notes", "", nil}, {"GET", "/debug/pprof/", "", nil}, {"GET", "/metrics", "", nil},
		{"GET", "/", "", head("Host", "evil.example")}, {"POST", "/api/v1/notes", "{}", head("Sec-Fetch-Site", "cross-site")},
	}
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	pages := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte("<!doctype html>"))
	})
	n := newNode(t, func(c *bridge.Config) { c.Pages = pages })
	for _, r := range everyRoute(n, n.addNote(t, "ana", "a")) {
		res, _ := n.do(t, r)
		where := r.method + " " + r.path
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := res.Header.Get(name); got != want {
				t.Errorf("%s: got %s %q, want %q", where, name, got, want)
			}
		}
		policy := res.Header.Get("Content-Security-Policy")
		if !strings.HasPrefix(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: got the policy %q", where, policy)
		}
		if strings.HasPrefix(r.path, "/api/v1/") && res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got Cache-Control %q, want no-store", where, res.Header.Get("Cache-Control"))
		}
		if res.Header.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS over plain HTTP", where)
		}
		for name := range res.Header {
			if strings.HasPrefix(name, "Access-Control-") || name == "Server" || name == "X-Powered-By" {
				t.Errorf("%s: got a header %s", where, name)
			}
		}
	}
}

func TestPagesAndDocumentationHaveThePagePolicy(t *testing.T) {
	n := newNode(t)
	res, body := n.do(t, request{"GET", "/api/docs", "", nil})
	if res.Header.Get("Content-Security-Policy") != bridge.PagePolicy || !strings.Contains(body, "note.add") || strings.Contains(body, "<script") || strings.Contains(body, "style=") {
		t.Errorf("got %q with %s", res.Header.Get("Content-Security-Policy"), body)
	}
	if strings.Contains(body, "http://") || strings.Contains(body, "https://") {
		t.Errorf("the page loads from elsewhere: %s", body)
	}
}

func TestHSTSOnlyUnderTLS(t *testing.T) {
	n := newNode(t, func(c *bridge.Config) {
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	res, _ := n.do(t, request{"GET", "/livez", "", head("X-Forwarded-Proto", "https")})
	if res.Header.Get("Strict-Transport-Security") == "" {
		t.Error("got no HSTS behind a trusted proxy that speaks TLS")
	}
	tls := httptest.NewTLSServer(n.b.Handler())
	defer tls.Close()
	secure, err := tls.Client().Get(tls.URL + "/livez")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = secure.Body.Close() }()
	if secure.Header.Get("Strict-Transport-Security") == "" {
		t.Error("got no HSTS under TLS")
	}
}

func TestOtherSitesMayNotCall(t *testing.T) {
	n := newNode(t, func(c *bridge.Config) { c.PublicURL = "https://node.example" })
	for name, h := range map[string]http.Header{
		"cross-site":        as("ana", "Sec-Fetch-Site", "cross-site"),
		"same-site":         as("ana", "Sec-Fetch-Site", "same-site"),
		"foreign origin":    as("ana", "Origin", "https://evil.example"),
		"null origin":       as("ana", "Origin", "null"),
		"suffix of ours":    as("ana", "Origin", "https://node.example.evil.example"),
		"other port":        as("ana", "Origin", "http://127.0.0.1:1"),
		"prefix of ours":    as("ana", "Origin", "https://evil-node.example"),
		"http for https":    as("ana", "Origin", "http://node.example"),
		"cross, our origin": as("ana", "Sec-Fetch-Site", "cross-site", "Origin", "https://node.example.evil"),
	} {
		t.Run(name, func(t *testing.T) {
			before := n.state()
			for _, op := range unsafeRoutes {
				n.refused(t, request{op.method, op.path, op.body, h}, 403, "cross_origin")
			}
			if got := n.state(); got != before {
				t.Errorf("the state changed to %s", got)
			}
		})
	}
	n.ok(t, request{"POST", "/api/v1/notes", `{"text":"a"}`, as("ana", "Sec-Fetch-Site", "same-origin")}, 201)
	n.ok(t, request{"POST", "/api/v1/notes", `{"text":"a"}`, as("ana", "Origin", n.srv.URL)}, 201)
	n.ok(t, request{"POST", "/api/v1/notes", `{"text":"a"}`, as("ana", "Origin", "https://node.example")}, 201)
	n.ok(t, request{"POST", "/api/v1/notes", `{"text":"a"}`, as("ana")}, 201)
}

var unsafeRoutes = []request{
	{"POST", "/api/v1/sessions", `{"name":"ana","passphrase":"correct horse"}`, nil},
	{"DELETE", "/api/v1/sessions/current", "", nil},
	{"POST", "/api/v1/notes", `{"text":"a"}`, nil},
	{"DELETE", "/api/v1/admin/notes", "", nil},
}

func TestForeignHostNamesOverLoopbackAreRefused(t *testing.T) {
	n := newNode(t, func(c *bridge.Config) { c.PublicURL, c.Hosts = "https://node.example", []string{"chat.lan:8420"} })
	for _, host := range []string{"evil.example", "evil.example:8420", "127.0.0.1.evil.example", "localhost.evil.example", "192.168.1.2", "0.0.0.0", "node.example.evil"} {
		n.refused(t, request{"GET", "/api/v1/whoami", "", head("Host", host)}, 421, "wrong_host")
		n.refused(t, request{"GET", "/", "", head("Host", host)}, 421, "wrong_host")
	}
	for _, host := range []string{"localhost", "localhost:8420", "127.0.0.1", "127.0.0.1:99", "[::1]:8420", "node.example", "NODE.example", "chat.lan", "chat.lan:1"} {
		n.ok(t, request{"GET", "/api/v1/whoami", "", head("Host", host)}, 200)
	}
}

func TestAdminListenerShowsMetricsToOwnPagesOnly(t *testing.T) {
	n := newNode(t, func(c *bridge.Config) {
		c.Figures = func() []feature.Figure {
			return []feature.Figure{{Name: "conclave_cats", Help: "Cats.", Value: 9}, {Name: "conclave_mice_total", Help: "Mice.", Value: 1.5}}
		}
	})
	n.addNote(t, "ana", "a")
	admin := httptest.NewServer(n.b.Admin())
	defer admin.Close()
	public := n.srv
	n.srv = admin
	for _, path := range []string{"/livez", "/readyz", "/debug/pprof/", "/metrics"} {
		n.ok(t, request{"GET", path, "", nil}, 200)
		n.refused(t, request{"GET", path, "", head("Host", "evil.example")}, 421, "wrong_host")
		n.refused(t, request{"GET", path, "", head("Sec-Fetch-Site", "cross-site")}, 403, "cross_origin")
	}
	body := n.ok(t, request{"GET", "/metrics", "", nil}, 200)
	for _, want := range []string{
		`conclave_http_requests_total{operation="note.add",status="201"} 1`, "# TYPE conclave_cats gauge\nconclave_cats 9\n",
		"# TYPE conclave_mice_total counter\nconclave_mice_total 1.5\n", "\nconclave_ready 1\n", "\ngo_goroutines ",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("got metrics %s, want %q", body, want)
		}
	}
	for _, want := range []string{"| `conclave_cats` | gauge | Cats. |\n", "| `conclave_mice_total` | counter | Mice. |\n", "| `conclave_ready` | gauge |"} {
		if doc := string(n.b.DescribeMetrics()); !strings.Contains(doc, want) {
			t.Errorf("got %s, want %q in it", doc, want)
		}
	}
	n.srv = public
	for _, path := range []string{"/debug/pprof/", "/metrics", "/debug/pprof/heap"} {
		n.refused(t, request{"GET", path, "", nil}, 404, "not_found")
	}
}
