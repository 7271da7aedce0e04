package bridge

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"conclave/node/feature"
)

// prefix stands before the path of an operation that does not name its own.
const prefix = "/api/v1"

// MaxWriting is how many requests that change something are served at a time. Each waits for the disk; where that is slower than what comes in,
// their number is what bounds the memory of the node, and who is refused learns when to come back.
const MaxWriting = 1024

// longest is how long an operation may take.
const longest = 60 * time.Second

// route is an operation with what is needed to call it over HTTP.
type route struct {
	feature.Operation
	path  string // with the prefix
	input *input
}

func newRoute(op feature.Operation, doc *document) *route {
	path := op.Path
	if !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/.well-known/") {
		path = prefix + path
	}
	return &route{Operation: op, path: path, input: newInput(op, path, doc)}
}

// serveOperations mounts every path once; the method is chosen here, so that a wrong one gets a problem.
func (b *Bridge) serveOperations(mux *http.ServeMux, serve func(http.ResponseWriter, *http.Request, *route)) {
	byPath := map[string]map[string]*route{}
	for _, rt := range b.routes {
		if byPath[rt.path] == nil {
			byPath[rt.path] = map[string]*route{}
		}
		if byPath[rt.path][rt.Method] != nil {
			panic("bridge: two operations at " + rt.Method + " " + rt.path)
		}
		byPath[rt.path][rt.Method] = rt
	}
	for path, methods := range byPath {
		allow := allowed(methods)
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			method := r.Method
			if method == http.MethodHead {
				method = http.MethodGet
			}
			rt := methods[method]
			if rt == nil {
				w.Header().Set("Allow", allow)
				b.refuse(w, errMethod)
				return
			}
			serve(w, r, rt)
		})
	}
}

func allowed(methods map[string]*route) string {
	var list []string
	for m := range methods {
		list = append(list, m)
		if m == http.MethodGet {
			list = append(list, http.MethodHead)
		}
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// only mounts a handler for one method of a path; GET serves HEAD too.
func only(mux *http.ServeMux, method, path string, fn http.HandlerFunc) {
	mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == method || method == http.MethodGet && r.Method == http.MethodHead {
			fn(w, r)
			return
		}
		w.Header().Set("Allow", allowed(map[string]*route{method: nil}))
		writeProblem(w, problemOf(errMethod))
	})
}

func (b *Bridge) unknown(w http.ResponseWriter, _ *http.Request) { b.refuse(w, feature.ErrNotFound) }

// serve answers a request to an operation on the public listener.
func (b *Bridge) serve(w http.ResponseWriter, r *http.Request, rt *route) {
	done, ok := b.running.begin()
	if !ok {
		b.refuse(w, errStopping)
		return
	}
	defer done()
	c := &call{b: b, w: w, r: r, rt: rt, began: b.Now()}
	defer c.recover()
	actor, err := b.admit(w, r, rt.Operation)
	if err != nil {
		c.fail(err)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		select {
		case b.writing <- struct{}{}:
			defer func() { <-b.writing }()
		default:
			c.fail(feature.ErrBusy)
			return
		}
	}
	c.run(actor)
}

func (b *Bridge) serveControl(w http.ResponseWriter, r *http.Request, rt *route) {
	c := &call{b: b, w: w, r: r, rt: rt, began: b.Now()}
	defer c.recover()
	if rt.Access == feature.Session {
		c.fail(feature.ErrForbidden.With("This needs the session of an account; it is not possible over the control socket."))
		return
	}
	c.run(feature.Actor{Owner: true, Control: true})
}

// call is one request to an operation.
type call struct {
	b     *Bridge
	w     http.ResponseWriter
	r     *http.Request
	rt    *route
	began time.Time
	sent  bool
}

func (c *call) run(actor feature.Actor) {
	req, digest, err := c.rt.input.decode(c.w, c.r)
	if err != nil {
		c.fail(err)
		return
	}
	ctx, cancel := context.WithTimeout(feature.WithActor(c.r.Context(), actor), longest)
	defer cancel()
	res, err := c.repeat(ctx, actor, req, digest)
	if err != nil {
		c.fail(err)
		return
	}
	c.answer(actor, res)
}

// answer writes the response of an operation.
func (c *call) answer(actor feature.Actor, res any) {
	status := c.rt.Status
	if s, ok := res.(feature.Statuser); ok && s.Status() != 0 {
		status = s.Status()
	}
	if o, ok := res.(feature.SessionOpener); ok && o.SessionToken() != "" && !actor.Control {
		c.b.setCookie(c.w, o.SessionToken())
	}
	if c.rt.Name == closing && endsOwn(c.r, actor) {
		c.b.clearCookie(c.w)
	}
	if _, none := res.(feature.Nothing); none || status == http.StatusNoContent {
		c.finish(http.StatusNoContent, nil)
		return
	}
	if p, ok := res.(feature.Served); ok {
		c.picture(status, p)
		return
	}
	if s, ok := res.(feature.Streamer); ok {
		c.stream(status, s)
		return
	}
	body, err := feature.Encode(res)
	if err != nil {
		c.fail(err)
		return
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.finish(status, body)
}

func (c *call) finish(status int, body []byte) {
	c.sent = true
	c.w.WriteHeader(status)
	if body != nil {
		_, _ = c.w.Write(body) // a client that went away is its own matter
	}
	c.b.metrics.observe(c.rt.Name, status, c.b.Now().Sub(c.began))
}
