// Package raw says any bytes on the protocols of a host, for tests of nodes: it keeps none of the rules.
package raw

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"time"

	"github.com/libp2p/go-libp2p"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	"conclave/protocol/net/internal/wire"
)

// Host is a peer of its own that dials and listens nowhere. It is safe for concurrent use.
type Host struct{ inner host.Host }

// New returns a host with a key made for it.
func New() (*Host, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	options, err := wire.Options(key, 10*time.Second)
	if err != nil {
		return nil, err
	}
	h, err := libp2p.New(append(options, libp2p.NoListenAddrs, libp2p.ResourceManager(&network.NullResourceManager{}), libp2p.DisableRelay())...)
	if err != nil {
		return nil, fmt.Errorf("make a host: %w", err)
	}
	return &Host{h}, nil
}

// ID is the text form of the host's key.
func (h *Host) ID() string { return h.inner.ID().String() }

// Say connects with the host at an address that ends with /p2p/, writes to a stream of a protocol, and reads until the other side
// ends it or the context ends.
func (h *Host) Say(ctx context.Context, address, on string, data []byte) error {
	to, err := peer.AddrInfoFromString(address)
	if err != nil {
		return fmt.Errorf("address %q: %w", address, err)
	}
	if err := h.inner.Connect(ctx, *to); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	s, err := h.inner.NewStream(ctx, to.ID, protocol.ID(on))
	if err != nil {
		return fmt.Errorf("open a stream: %w", err)
	}
	defer s.Reset()
	if end, ok := ctx.Deadline(); ok {
		if err := s.SetDeadline(end); err != nil {
			return err
		}
	}
	if _, err := s.Write(data); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if _, err := io.Copy(io.Discard, s); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return nil
}

// Close ends all connections.
func (h *Host) Close() error { return h.inner.Close() }
