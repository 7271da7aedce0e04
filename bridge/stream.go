package bridge

import (
	"net/http"
	"time"

	"conclave/node/feature"
)

// patience is how long one piece of a stream may wait for the client to take it. A stream as a whole may take as long as it is
// long, while its client reads.
const patience = 60 * time.Second

// stream writes a response that is written piece by piece. What fails in the middle ends the connection, since the status is
// gone: a client sees that the answer was cut short.
func (c *call) stream(status int, s feature.Streamer) {
	c.w.Header().Set("Content-Type", "application/json")
	c.sent = true
	w := &pieces{w: c.w, control: http.NewResponseController(c.w), status: status}
	err := s.Stream(c.r.Context(), w)
	if err != nil && !w.begun {
		c.w.Header().Del("Content-Type")
		c.fail(err)
		return
	}
	c.b.metrics.observe(c.rt.Name, status, c.b.Now().Sub(c.began))
	if err != nil {
		c.b.Logger.Warn("a stream was cut short", "operation", c.rt.Name, "err", redact(err))
		panic(http.ErrAbortHandler)
	}
}

// pieces gives each piece time of its own.
type pieces struct {
	w       http.ResponseWriter
	control *http.ResponseController
	status  int
	begun   bool
}

func (p *pieces) Write(b []byte) (int, error) {
	_ = p.control.SetWriteDeadline(time.Now().Add(patience)) // where the connection has none, it needs none
	if !p.begun {
		p.begun = true
		p.w.WriteHeader(p.status)
	}
	return p.w.Write(b)
}
