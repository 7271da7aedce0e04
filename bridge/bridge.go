// Package bridge is the door for pages, apps and bots: it turns HTTP requests into operations of the registry, live frames into
// WebSocket messages and server-sent events, and describes it all as OpenAPI.
//
// It promises that an operation is called only by who may call it, with a request that was bounded, decoded strictly and
// validated; that every answer carries the security headers; that refusals are problem details with stable codes; and that
// neither logs nor errors tell what people wrote. It refuses cross-site requests, foreign host names on loopback, unknown
// fields and doubled keys. It holds no state that must survive a restart.
package bridge

import (
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"conclave/node/feature"
	"conclave/node/live"
)

// Config is what a bridge is made of. Registry, Live and PeerID are needed.
type Config struct {
	Registry *feature.Registry
	Live     *live.Hub
	PeerID   string

	PublicURL      string         // "https://node.example", empty where the node has no public name
	Hosts          []string       // further host names, with or without port, that requests over loopback may name
	TrustedProxies []netip.Prefix // whose X-Forwarded-For and X-Forwarded-Proto count
	Limits         bool           // rate limits hold

	Pages http.Handler // everything that is not the API, for GET and HEAD; nil for none
	Ready func() error // nil or an error while the node cannot serve; nil means always ready

	Logger  *slog.Logger
	Metrics *prometheus.Registry    // what /metrics shows; nil for the bridge's own
	Figures func() []feature.Figure // of the node, shown there too; nil for none
	Now     func() time.Time        // nil for the system's clock
	Ping    time.Duration           // between pings of a live connection, 0 for 30 s; sessions are checked again every tenth time
}

// Bridge serves the API of one node. Safe for concurrent use.
type Bridge struct {
	Config
	routes  []*route
	cookie  string
	csrf    *http.CrossOriginProtection
	public  string // host of the public URL
	limits  *limiter
	flights flights
	running running
	writing chan struct{} // holds an element for each request that changes something
	metrics *metrics
	openapi []byte
}

// New makes a bridge of everything that is registered. It panics where two slices contradict one another, as in a route that is
// taken: that is a mistake in the program.
func New(c Config) *Bridge {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Ping == 0 {
		c.Ping = 30 * time.Second
	}
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	b := &Bridge{Config: c, cookie: cookieName(c.PeerID), limits: newLimiter(c.Limits, c.Now), writing: make(chan struct{}, MaxWriting)}
	b.csrf, b.public = newProtection(c.PublicURL)
	b.metrics = newMetrics(c.Metrics, c.Live, b.serves, c.Figures)
	doc := newDocument()
	for _, op := range c.Registry.Operations() {
		b.routes = append(b.routes, newRoute(op, doc))
	}
	b.openapi = doc.encode(b.routes, c.Registry.Frames(), c.Registry.Added())
	return b
}

// Handler serves the public listener: the API, its description, live frames, health and the pages.
func (b *Bridge) Handler() http.Handler {
	mux := http.NewServeMux()
	b.serveHealth(mux)
	b.serveOperations(mux, b.serve)
	mux.HandleFunc("/api/", b.unknown)
	only(mux, http.MethodGet, "/api/openapi.json", b.serveOpenAPI)
	only(mux, http.MethodGet, "/api/docs", b.serveDocs)
	only(mux, http.MethodGet, "/api/docs/style.css", serveDocsStyle)
	only(mux, http.MethodGet, livePath, b.serveSocket)
	only(mux, http.MethodGet, eventsPath, b.serveEvents)
	mux.HandleFunc("/.well-known/", b.unknown)
	only(mux, http.MethodGet, "/", b.servePages)
	return b.secure(b.protect(mux))
}

// Control serves the same operations on the node's own control socket, which only the owner's user can open: Public and Owner
// operations, without sessions and limits. Operations that need an account's session are refused.
func (b *Bridge) Control() http.Handler {
	mux := http.NewServeMux()
	b.serveOperations(mux, b.serveControl)
	mux.HandleFunc("/", b.unknown)
	return mux
}

// OpenAPI returns the OpenAPI 3.1 description of the API. It is the same on every node with the same slices.
func (b *Bridge) OpenAPI() []byte { return b.openapi }

func (b *Bridge) servePages(w http.ResponseWriter, r *http.Request) {
	if b.Pages == nil {
		b.refuse(w, feature.ErrNotFound)
		return
	}
	b.Pages.ServeHTTP(w, r)
}
