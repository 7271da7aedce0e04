package net

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"log/slog"

	"github.com/libp2p/go-libp2p/core/network"
)

// Guest calls peers without saying which node it is: its key is made for it and thrown away with it, it listens nowhere, and
// takes no streams. The peer sees the network address all the same, unless a relay or a proxy hides it. Whoever wants what it
// does today and tomorrow not to be joined makes another one. A Guest is safe for concurrent use.
type Guest struct{ host *Host }

// NewGuest returns a guest. It holds sockets until Close.
func NewGuest(log *slog.Logger) (*Guest, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key for a guest: %w", err)
	}
	h, err := New(Config{Key: key, Listen: []string{}, Logger: log})
	if err != nil {
		return nil, err
	}
	h.inner.RemoveStreamHandler(envelopes)
	h.inner.RemoveStreamHandler(requests)
	h.inner.Network().SetStreamHandler(func(s network.Stream) { s.Reset() })
	return &Guest{h}, nil
}

// Connect is as that of a Host.
func (g *Guest) Connect(ctx context.Context, to PeerID, addrs []string) error {
	return g.host.Connect(ctx, to, addrs)
}

// Request is as that of a Host.
func (g *Guest) Request(ctx context.Context, to PeerID, kind string, body []byte) ([]byte, error) {
	return g.host.Request(ctx, to, kind, body)
}

// Lane is as that of a Host.
func (g *Guest) Lane(ctx context.Context, to PeerID) (*Lane, error) { return g.host.Lane(ctx, to) }

// Close ends its connections and waits until nothing of it runs any more.
func (g *Guest) Close() error { return g.host.Close() }
