package net

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"conclave/protocol/net/frame"
)

// What a peer says of a request, and what Handlers.Serve says of one.
var (
	ErrNotFound = errors.New("not found")
	ErrRefused  = errors.New("refused")
	ErrTooMany  = errors.New("too many requests")
	// ErrInternal is a fault on the peer's side.
	ErrInternal = errors.New("fault at the peer")
)

// Call is a request of a peer.
type Call struct {
	From PeerID
	Kind string // 1 to 64 bytes
	Body []byte // at most MaxRequest
	// Nonce is what our Hello on this stream carried. A signed request is signed over it, so that a signature serves once and at
	// this node only.
	Nonce Nonce
}

// Request asks a peer, dialling it if need be, and returns its answer of at most MaxResponse bytes. It takes at most 30 s. The
// peer's refusal is one of ErrNotFound, ErrRefused, ErrTooMany and ErrInternal; other errors are of the way there.
func (h *Host) Request(ctx context.Context, to PeerID, kind string, body []byte) ([]byte, error) {
	return h.request(ctx, to, kind, func(*exchange) ([]byte, error) { return body, nil })
}

// RequestSigned is Request for a body that depends on the nonce in the responder's Hello; that costs a round trip more.
func (h *Host) RequestSigned(ctx context.Context, to PeerID, kind string, sign func(Nonce) ([]byte, error)) ([]byte, error) {
	return h.request(ctx, to, kind, func(x *exchange) ([]byte, error) {
		if err := x.meet(); err != nil {
			return nil, err
		}
		return sign(x.nonce)
	})
}

// exchange is one request on its stream, seen from the asking side.
type exchange struct {
	stream network.Stream
	reader *frame.Reader
	until  time.Time
	met    bool
	nonce  Nonce
}

// meet reads the responder's Hello, once.
func (x *exchange) meet() error {
	if x.met {
		return nil
	}
	hello, err := expect[frame.Hello](x.stream, x.reader, x.until)
	if err != nil {
		return err
	}
	x.met, x.nonce = true, hello.Nonce
	return nil
}

func (h *Host) request(ctx context.Context, to PeerID, kind string, body func(*exchange) ([]byte, error)) ([]byte, error) {
	p, err := to.decode()
	if err != nil {
		return nil, err
	}
	if !h.tasks.Enter() {
		return nil, errClosed
	}
	defer h.tasks.Leave()
	ctx, cancel := context.WithTimeout(ctx, h.times.request)
	defer cancel()
	h.stats.requestsOut.Add(1)
	s, err := h.stream(network.WithAllowLimitedConn(ctx, "request"), p, requests)
	h.note(p, err)
	if err != nil {
		return nil, fmt.Errorf("request %s of %s: %w", kind, to, err)
	}
	defer context.AfterFunc(ctx, func() { s.Reset() })()
	until, _ := ctx.Deadline()
	answer, err := h.exchange(&exchange{stream: s, reader: frame.NewReader(s, ackBuffer), until: until}, kind, body)
	if err != nil {
		s.Reset()
		h.judge(p, err)
		if timedOut(err) || ctx.Err() != nil {
			err = cmp.Or(ctx.Err(), context.DeadlineExceeded)
		}
		h.doubt(s.Conn(), err)
		return nil, fmt.Errorf("request %s of %s: %w", kind, to, err)
	}
	s.Close()
	return answer, nil
}

func (h *Host) exchange(x *exchange, kind string, body func(*exchange) ([]byte, error)) ([]byte, error) {
	b, err := body(x)
	if err != nil {
		return nil, err
	}
	if err := h.send(x.stream, frame.Request{Kind: kind, Body: b}); err != nil {
		return nil, err
	}
	if err := x.stream.CloseWrite(); err != nil {
		return nil, err
	}
	if err := x.meet(); err != nil {
		return nil, err
	}
	var answer []byte
	for range maxParts {
		part, err := expect[frame.Response](x.stream, x.reader, x.until)
		if err != nil {
			return nil, err
		}
		if err := outcome(part.Status); err != nil {
			return nil, err
		}
		answer = append(answer, part.Part...)
		if !part.More {
			return answer, nil
		}
	}
	return nil, fmt.Errorf("%w: a response of more than %d parts", frame.ErrBad, maxParts)
}

// answer serves one request of a peer.
func (h *Host) answer(ctx context.Context, s network.Stream, on Handlers) error {
	h.stats.requestsIn.Add(1)
	p := s.Conn().RemotePeer()
	nonce, err := h.greet(s)
	if err != nil {
		return err
	}
	r, done := reader(s, ackBuffer)
	defer done()
	asked, err := expect[frame.Request](s, r, time.Now().Add(h.times.hello))
	if err != nil {
		return err
	}
	var body []byte
	err = ErrTooMany
	if h.gate.mayRequest(p) {
		body, err = h.ask(ctx, on, Call{From: PeerID(p.String()), Kind: asked.Kind, Body: asked.Body, Nonce: nonce})
	} else {
		h.stats.requestsTurnedOff.Add(1)
	}
	if err == nil && len(body) > MaxResponse {
		h.log.Error("response too long", "kind", asked.Kind, "bytes", len(body))
		err = ErrInternal
	}
	if err != nil {
		return h.send(s, frame.Response{Status: status(err)})
	}
	for {
		n := min(len(body), frame.MaxBody)
		if err := h.send(s, frame.Response{Part: body[:n], More: n < len(body)}); err != nil {
			return err
		}
		if body = body[n:]; len(body) == 0 {
			return nil
		}
	}
}

func (h *Host) ask(ctx context.Context, on Handlers, call Call) (body []byte, err error) {
	if on.Serve == nil {
		return nil, ErrNotFound
	}
	ctx, cancel := context.WithTimeout(ctx, h.times.request)
	defer cancel()
	err = h.guard("a request", func() (err error) {
		body, err = on.Serve(ctx, call)
		return err
	})
	if err != nil && status(err) == frame.Internal {
		h.log.Warn("request went wrong", "kind", call.Kind, "error", err)
	}
	return body, err
}

func status(err error) frame.Status {
	switch {
	case errors.Is(err, ErrNotFound):
		return frame.NotFound
	case errors.Is(err, ErrRefused):
		return frame.NotAllowed
	case errors.Is(err, ErrTooMany):
		return frame.TooMany
	}
	return frame.Internal
}

func outcome(s frame.Status) error {
	switch s {
	case frame.OK:
		return nil
	case frame.NotFound:
		return ErrNotFound
	case frame.NotAllowed:
		return ErrRefused
	case frame.TooMany:
		return ErrTooMany
	}
	return ErrInternal
}
