package net

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p/core/network"

	"conclave/protocol/net/frame"
)

func TestRequestBringsBackTheAnswer(t *testing.T) {
	for name, size := range map[string]int{
		"empty": 0, "small": 5, "one full part": frame.MaxBody, "two parts": frame.MaxBody + 1, "the longest": MaxResponse,
	} {
		t.Run(name, func(t *testing.T) {
			want := junk(size)
			var a *Host
			b := start(t, Config{}, Handlers{Serve: func(_ context.Context, c Call) ([]byte, error) {
				if c.From != a.ID() || c.Kind != "identity" || string(c.Body) != "who" || c.Nonce == (Nonce{}) {
					return nil, fmt.Errorf("unexpected call %+v", c)
				}
				return want, nil
			}})
			a = start(t, Config{}, Handlers{})
			connect(t, a, b)
			got, err := a.Request(within(t), b.ID(), "identity", []byte("who"))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("got %d bytes, %v, want %d", len(got), err, len(want))
			}
		})
	}
}

func TestSignedRequestSeesTheNonceOfTheResponder(t *testing.T) {
	b := start(t, Config{}, Handlers{Serve: func(_ context.Context, c Call) ([]byte, error) {
		if !bytes.Equal(c.Body, c.Nonce[:]) {
			return nil, ErrRefused
		}
		return c.Nonce[:], nil
	}})
	a := start(t, Config{}, Handlers{})
	connect(t, a, b)
	sign := func(n Nonce) ([]byte, error) { return n[:], nil }
	first, err := a.RequestSigned(within(t), b.ID(), "take", sign)
	if err != nil {
		t.Fatal(err)
	}
	second, err := a.RequestSigned(within(t), b.ID(), "take", sign)
	if err != nil || bytes.Equal(first, second) {
		t.Errorf("got nonce %x, %v, want another than %x", second, err, first)
	}
	if _, err := a.Request(within(t), b.ID(), "take", first); !errors.Is(err, ErrRefused) {
		t.Errorf("a replayed nonce: got %v, want %v", err, ErrRefused)
	}
	no := errors.New("no key")
	if _, err := a.RequestSigned(within(t), b.ID(), "take", func(Nonce) ([]byte, error) { return nil, no }); !errors.Is(err, no) {
		t.Errorf("got %v, want %v", err, no)
	}
}

func TestRequestTellsHowItFailed(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(context.Context, Call) ([]byte, error)
		want  error
	}{
		"not found":  {func(context.Context, Call) ([]byte, error) { return nil, fmt.Errorf("look up: %w", ErrNotFound) }, ErrNotFound},
		"refused":    {func(context.Context, Call) ([]byte, error) { return nil, ErrRefused }, ErrRefused},
		"too many":   {func(context.Context, Call) ([]byte, error) { return nil, ErrTooMany }, ErrTooMany},
		"own fault":  {func(context.Context, Call) ([]byte, error) { return nil, io.ErrUnexpectedEOF }, ErrInternal},
		"too long":   {func(context.Context, Call) ([]byte, error) { return make([]byte, MaxResponse+1), nil }, ErrInternal},
		"panic":      {func(context.Context, Call) ([]byte, error) { panic("secret") }, ErrInternal},
		"no handler": {nil, ErrNotFound},
	} {
		t.Run(name, func(t *testing.T) {
			b := start(t, Config{}, Handlers{Serve: c.serve})
			a := start(t, Config{}, Handlers{})
			connect(t, a, b)
			if got, err := a.Request(within(t), b.ID(), "x", nil); !errors.Is(err, c.want) || got != nil {
				t.Errorf("got %q, %v, want %v", got, err, c.want)
			}
		})
	}
}

func TestRequestsAboveTheirRateAreTurnedDown(t *testing.T) {
	b := start(t, Config{}, Handlers{Serve: func(context.Context, Call) ([]byte, error) { return nil, nil }})
	a := start(t, Config{}, Handlers{})
	c := start(t, Config{}, Handlers{})
	connect(t, a, b)
	connect(t, c, b)
	eventually(t, "a request is turned down", func() bool {
		_, err := a.Request(within(t), b.ID(), "x", nil)
		if err != nil && !errors.Is(err, ErrTooMany) {
			t.Fatal(err)
		}
		return err != nil
	})
	if _, err := c.Request(within(t), b.ID(), "x", nil); err != nil {
		t.Errorf("another peer: got %v, want an answer", err)
	}
	if got := b.Stats(); got.RequestsTooMany == 0 || got.RequestsIn < requestBurst {
		t.Errorf("got %d of %d turned down, want some after %d", got.RequestsTooMany, got.RequestsIn, requestBurst)
	}
}

func TestRequestEndsWithItsDeadline(t *testing.T) {
	b := start(t, Config{}, Handlers{Serve: func(ctx context.Context, _ Call) ([]byte, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}})
	a := start(t, Config{}, Handlers{})
	connect(t, a, b)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := a.Request(ctx, b.ID(), "x", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestEndlessResponseIsRefused(t *testing.T) {
	a := start(t, Config{}, Handlers{})
	liar := bare(t, a)
	liar.SetStreamHandler(requests, func(s network.Stream) {
		part := packets(t, frame.Response{More: true, Part: []byte("and so on")})
		_, err := s.Write(packets(t, frame.Hello{}))
		for err == nil {
			_, err = s.Write(part)
		}
	})
	if err := dial(t, liar, a); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Request(within(t), PeerID(liar.ID().String()), "x", nil); !errors.Is(err, frame.ErrBad) {
		t.Errorf("got %v, want %v", err, frame.ErrBad)
	}
}

func TestAPanicEndsOneStreamOnly(t *testing.T) {
	var log lockedBuffer
	b := start(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}, Handlers{
		Receive: func(ctx context.Context, from PeerID, puts []Put) []Code {
			if string(puts[0].Blob) == "poison" {
				panic("poison")
			}
			return all(Delivered)(ctx, from, puts)
		},
		Connected: func(PeerID) { panic("connected") },
	})
	a := start(t, Config{times: times{backoff: time.Millisecond}}, Handlers{})
	connect(t, a, b)
	if _, err := put(t, lane(t, a, b), []byte("poison")).Wait(within(t)); !errors.Is(err, ErrLost) {
		t.Errorf("poison: got %v, want ErrLost", err)
	}
	if code, err := put(t, lane(t, a, b), []byte("bread")).Wait(within(t)); err != nil || code != Delivered {
		t.Errorf("after it: got %v, %v, want %v", code, err, Delivered)
	}
	eventually(t, "both panics are counted", func() bool { return b.Stats().Panics == 2 })
	eventually(t, "both are logged", func() bool { return bytes.Count(log.bytes(), []byte("TestAPanicEndsOneStreamOnly.func")) == 2 })
	if bytes.Contains(log.bytes(), []byte("poison")) {
		t.Errorf("the log holds what the peer sent: %s", log.bytes())
	}
}

func TestWrongNumberOfCodesAcknowledgesNothing(t *testing.T) {
	b := start(t, Config{}, Handlers{Receive: func(context.Context, PeerID, []Put) []Code { return nil }})
	a := start(t, Config{}, Handlers{})
	connect(t, a, b)
	if code, err := put(t, lane(t, a, b), []byte("x")).Wait(within(t)); !errors.Is(err, ErrLost) {
		t.Errorf("got %v, %v, want ErrLost", code, err)
	}
}
