package net

import (
	"context"
	"fmt"
	"slices"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	"github.com/libp2p/go-libp2p/p2p/net/swarm"
	mss "github.com/multiformats/go-multistream"
)

// dial makes sure of a connection. When the peer is the first to connect, nothing more is waited for: it may be where it cannot
// be dialled, or at an address of which nobody knows yet.
func (h *Host) dial(ctx context.Context, p peer.ID) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h.mu.Lock()
	if s := h.slots[p]; s != nil {
		defer context.AfterFunc(s.met, func() {
			if len(h.direct(p)) > 0 {
				cancel()
			}
		})()
	}
	h.mu.Unlock()
	if len(h.direct(p)) > 0 {
		return nil
	}
	if s, ok := h.inner.Network().(*swarm.Swarm); ok {
		s.Backoff().Clear(p) // when to try is decided here and by the caller
	}
	err := h.inner.Connect(ctx, peer.AddrInfo{ID: p})
	if len(h.direct(p)) > 0 {
		return nil
	}
	return err
}

// direct are the connections with a peer that lead to it without a relay, the newest last.
func (h *Host) direct(p peer.ID) (out []network.Conn) {
	for _, c := range h.inner.Network().ConnsToPeer(p) {
		if !c.Stat().Limited && !c.IsClosed() {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b network.Conn) int { return a.Stat().Opened.Compare(b.Stat().Opened) })
	return out
}

// stream opens a stream to a peer. Of several connections it takes the newest: an older one may be what is left of a peer that
// died, and libp2p would prefer it for the streams that are stuck on it.
func (h *Host) stream(ctx context.Context, p peer.ID, id protocol.ID) (network.Stream, error) {
	conns := h.direct(p)
	if len(conns) < 2 {
		return h.inner.NewStream(ctx, p, id)
	}
	ctx, cancel := context.WithTimeout(ctx, h.times.hello)
	defer cancel()
	s, err := conns[len(conns)-1].NewStream(ctx)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { s.Reset() })
	_, err = mss.SelectOneOf([]protocol.ID{id}, s)
	if err == nil {
		err = s.SetProtocol(id)
	}
	if !stop() {
		err = ctx.Err()
	}
	if err != nil {
		s.Reset()
		h.doubt(s.Conn(), err)
		return nil, fmt.Errorf("agree on a protocol: %w", err)
	}
	return s, nil
}
