package bridge

import (
	"net/http"
	"net/http/pprof"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Admin serves the listener for those who run the node, on loopback: metrics, profiles and health.
func (b *Bridge) Admin() http.Handler {
	mux := http.NewServeMux()
	b.serveHealth(mux)
	mux.Handle("GET /metrics", promhttp.HandlerFor(b.Metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer b.recover(w)
		setHeaders(w.Header(), false)
		if !b.knownHost(r) {
			b.refuse(w, errHost)
			return
		}
		if foreign(r) {
			b.refuse(w, errCrossOrigin)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// foreign tells whether a page of another site asks; unlike the protection against forged calls it counts reads too.
func foreign(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site"
}

// serveHealth says on both listeners whether the process lives, and whether it can serve.
func (b *Bridge) serveHealth(mux *http.ServeMux) {
	only(mux, http.MethodGet, "/livez", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") })
	only(mux, http.MethodGet, "/readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !b.serves() {
			plain(w, http.StatusServiceUnavailable, "not ready\n")
			return
		}
		plain(w, http.StatusOK, "ready\n")
	})
}

// serves tells whether the node takes calls.
func (b *Bridge) serves() bool { return !b.running.stops() && (b.Ready == nil || b.Ready() == nil) }

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text))
}
