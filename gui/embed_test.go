package gui

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func built() *site {
	return newSite(fstest.MapFS{
		"placeholder.html":        {Data: []byte("build me")},
		"app/index.html":          {Data: []byte("<title>frame</title>")},
		"app/theme.js":            {Data: []byte("theme")},
		"app/assets/main-1a2b.js": {Data: []byte("plain script")},
		"app/assets/main-1a2b.js.gz": {
			Data: []byte("compressed script"),
		},
		"app/.vite/manifest.json": {Data: []byte("{}")},
	})
}

func get(t *testing.T, h http.Handler, path string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPaths(t *testing.T) {
	cases := []struct {
		path   string
		status int
		body   string
		cache  string
	}{
		{"/", 200, "<title>frame</title>", "no-cache"},
		{"/c/c_abc", 200, "<title>frame</title>", "no-cache"},
		{"/settings/security", 200, "<title>frame</title>", "no-cache"},
		{"/theme.js", 200, "theme", "no-cache"},
		{"/assets/main-1a2b.js", 200, "plain script", "public, max-age=31536000, immutable"},
		{"/assets/main-gone.js", 404, "", ""},
		{"/missing.png", 404, "", ""},
		{"/api/v1/nothing", 404, "", ""},
		{"/.well-known/nothing", 404, "", ""},
		{"/.vite/manifest.json", 404, "", ""},
		{"/assets/main-1a2b.js.gz", 404, "", ""},
	}
	s := built()
	for _, c := range cases {
		t.Run(c.path, func(t *testing.T) {
			w := get(t, s, c.path)
			if w.Code != c.status {
				t.Fatalf("status: got %d, want %d", w.Code, c.status)
			}
			if got := w.Header().Get("Content-Security-Policy"); got != ContentSecurityPolicy {
				t.Errorf("policy: got %q, want %q", got, ContentSecurityPolicy)
			}
			if c.status != 200 {
				return
			}
			if got := w.Body.String(); got != c.body {
				t.Errorf("body: got %q, want %q", got, c.body)
			}
			if got := w.Header().Get("Cache-Control"); got != c.cache {
				t.Errorf("cache: got %q, want %q", got, c.cache)
			}
		})
	}
}

func TestCompressedForm(t *testing.T) {
	s := built()
	for header, want := range map[string]string{
		"gzip, br":      "compressed script",
		"br, gzip;q=1":  "compressed script",
		"br, gzip; q=0": "plain script",
		"br":            "plain script",
	} {
		w := get(t, s, "/assets/main-1a2b.js", "Accept-Encoding", header)
		if got := w.Body.String(); got != want {
			t.Errorf("Accept-Encoding %q: got %q, want %q", header, got, want)
		}
	}
	plain := get(t, s, "/assets/main-1a2b.js").Header().Get("ETag")
	packed := get(t, s, "/assets/main-1a2b.js", "Accept-Encoding", "gzip").Header().Get("ETag")
	if plain == packed {
		t.Errorf("both forms have the tag %s; want two", plain)
	}
}

func TestUnchangedAnswers304(t *testing.T) {
	s := built()
	tag := get(t, s, "/").Header().Get("ETag")
	w := get(t, s, "/c/c_x", "If-None-Match", `"other", W/`+tag)
	if w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("got %d with %d bytes, want 304 with none", w.Code, w.Body.Len())
	}
}

func TestOnlyReads(t *testing.T) {
	w := httptest.NewRecorder()
	built().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader("x")))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: got %d, Allow %q; want 405, GET, HEAD", w.Code, w.Header().Get("Allow"))
	}
}

func TestWithoutABuiltPage(t *testing.T) {
	s := newSite(fstest.MapFS{"placeholder.html": {Data: []byte("build me")}})
	for _, path := range []string{"/", "/setup"} {
		w := get(t, s, path)
		if w.Code != 200 || w.Body.String() != "build me" {
			t.Errorf("%s: got %d %q, want 200 and how to build", path, w.Code, w.Body)
		}
	}
}

// The binary must serve a frame whichever way it was built, and that frame
// must obey the policy it is sent with.
func TestEmbeddedFrameObeysThePolicy(t *testing.T) {
	w := get(t, Handler(), "/")
	if w.Code != 200 {
		t.Fatalf("status: got %d, want 200", w.Code)
	}
	body := strings.ToLower(w.Body.String())
	for _, banned := range []string{"<style", "style=", "<script>", "onclick=", "http://", "https://"} {
		if strings.Contains(body, banned) {
			t.Errorf("the frame holds %q, which the policy forbids", banned)
		}
	}
}
