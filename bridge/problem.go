package bridge

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"conclave/node/feature"
)

// Problem is a refusal as clients get it (RFC 9457).
type Problem struct {
	Type      string       `json:"type" doc:"always about:blank; code tells problems apart"`
	Title     string       `json:"title"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail" doc:"one sentence for people"`
	Code      string       `json:"code" doc:"stable, for programs"`
	Errors    []FieldError `json:"errors,omitempty" doc:"what is wrong where"`
	RequestID string       `json:"request_id,omitempty" doc:"names the node's log entry, of internal errors"`
}

// FieldError says what is wrong with one field of a request.
type FieldError struct {
	Location string `json:"location" doc:"body.text, query.limit"`
	Message  string `json:"message"`
}

// Refusals that only this door gives.
var (
	errMethod      = &feature.Error{Status: 405, Code: "method_not_allowed", Detail: "This method is not possible here."}
	errMediaType   = &feature.Error{Status: 415, Code: "unsupported_media_type", Detail: "The body must be application/json."}
	errNotUTF8     = &feature.Error{Status: 400, Code: "not_utf8", Detail: "The text is not valid UTF-8."}
	errHost        = &feature.Error{Status: 421, Code: "wrong_host", Detail: "This node is not known by that host name."}
	errCrossOrigin = &feature.Error{Status: 403, Code: "cross_origin", Detail: "Requests from other sites are refused."}
	errUpgrade     = &feature.Error{Status: 426, Code: "upgrade_required", Detail: "This is a WebSocket; connect to it as one."}
	errStopping    = &feature.Error{Status: 503, Code: "restarting", Detail: "The node is stopping; try again in a moment.", Retry: 2 * time.Second}
	errInternal    = &feature.Error{Status: 500, Code: "internal", Detail: "Something went wrong in the node."}
)

// invalid is a refused request with what is wrong in it.
type invalid struct{ fields []FieldError }

func (e *invalid) Error() string { return feature.ErrBadRequest.Detail }
func (e *invalid) Unwrap() error { return feature.ErrBadRequest }

// problemOf turns a refusal into a problem; anything that is not one becomes a 500 without detail.
func problemOf(err error) Problem {
	refused := refusalOf(err)
	p := Problem{Type: "about:blank", Title: http.StatusText(refused.Status), Status: refused.Status, Detail: refused.Detail, Code: refused.Code}
	var inv *invalid
	if errors.As(err, &inv) {
		p.Errors = inv.fields
	}
	return p
}

// refusalOf is what a caller is told of an error.
func refusalOf(err error) *feature.Error {
	var refused *feature.Error
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.Is(err, context.DeadlineExceeded):
		return feature.ErrBusy
	case errors.Is(err, context.Canceled):
		return feature.ErrUnavailable
	}
	return errInternal
}

func writeProblem(w http.ResponseWriter, p Problem) {
	body, err := json.Marshal(p)
	if err != nil { // a Problem holds nothing that could fail
		body = []byte(`{}`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
}

// refuse answers a request that did not reach an operation.
func (b *Bridge) refuse(w http.ResponseWriter, err error) {
	setRetry(w, err)
	p := problemOf(err)
	if p.Status == http.StatusInternalServerError {
		p.RequestID = requestID()
		b.Logger.Error("request failed", "request", p.RequestID, "err", redact(err))
	}
	writeProblem(w, p)
	b.metrics.observe("none", p.Status, 0)
}

// fail answers a request that an operation, or the way to it, refused.
func (c *call) fail(err error) {
	c.sent = true
	setRetry(c.w, err)
	p := problemOf(err)
	if p.Status == http.StatusInternalServerError {
		p.RequestID = requestID()
		c.b.Logger.Error("operation failed", "operation", c.rt.Name, "request", p.RequestID, "err", redact(err))
	}
	writeProblem(c.w, p)
	c.b.metrics.observe(c.rt.Name, p.Status, c.b.Now().Sub(c.began))
}

func setRetry(w http.ResponseWriter, err error) {
	if refused := refusalOf(err); refused.Retry > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(refused.Retry.Seconds()))))
	}
}

func requestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}
