package nodetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// Site is a node as its clients see it.
type Site struct {
	base   string
	client *http.Client
}

// At is the node that serves a base URL, "http://127.0.0.1:8420".
func At(base string) *Site { return Over(base, nil) }

// Over is a node to whose base URL another way of dialling leads; nil for the usual.
func Over(base string, dial func(ctx context.Context, network, address string) (net.Conn, error)) *Site {
	return &Site{base: base, client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 16, DialContext: dial}}}
}

// Inside is a node in this process, whose handler is called without a network between.
func Inside(h http.Handler) *Site {
	return &Site{base: "http://localhost", client: &http.Client{Transport: direct{h}}}
}

// direct hands requests to a handler.
type direct struct{ handler http.Handler }

// RoundTrip implements http.RoundTripper.
func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RemoteAddr = "127.0.0.1:1"
	in.Host = in.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := &answer{header: http.Header{}, status: http.StatusOK}
	d.handler.ServeHTTP(w, in)
	return &http.Response{StatusCode: w.status, Header: w.header, Body: io.NopCloser(&w.body), Request: r}, nil
}

// answer takes what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// Refusal is a problem that a node answered.
type Refusal struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (r *Refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.Status, r.Code, r.Detail) }

// maxAnswer is the most that is read of an answer, bytes.
const maxAnswer = 64 << 20

// call puts one request of the API; nil for no body and for an answer that is not read. An idempotency key of "" is not sent.
func (s *Site) call(ctx context.Context, token, key, method, path string, req, res any) error {
	var body io.Reader
	if req != nil {
		raw, err := json.Marshal(req)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		body = bytes.NewReader(raw)
	}
	r, err := http.NewRequestWithContext(ctx, method, s.base+path, body)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	for name, value := range map[string]string{"Authorization": "Bearer " + token, "Idempotency-Key": key} {
		if value != "" && value != "Bearer " {
			r.Header.Set(name, value)
		}
	}
	if req != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if answer.StatusCode >= 300 {
		refusal := &Refusal{Status: answer.StatusCode, Detail: string(raw)}
		_ = json.Unmarshal(raw, refusal) // what is no problem is its own detail
		return fmt.Errorf("%s %s: %w", method, path, refusal)
	}
	if res == nil {
		return nil
	}
	if err := json.Unmarshal(raw, res); err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// Await asks again and again whether something is so, until it is or the context ends.
func Await(ctx context.Context, what string, is func() (bool, error)) error {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for {
		ok, err := is()
		if err != nil {
			return fmt.Errorf("wait until %s: %w", what, err)
		}
		if ok {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until %s: %w", what, context.Cause(ctx))
		case <-ticker.C:
		}
	}
}
