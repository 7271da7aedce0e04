package net

import (
	"context"
	"sync"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	manet "github.com/multiformats/go-multiaddr/net"
)

// watch collects the peers whose connections changed until follow has told of them. It holds a peer once, so it cannot grow
// beyond the peers that are or were just connected.
type watch struct {
	mu      sync.Mutex
	changed map[peer.ID]bool
	order   []peer.ID
	wake    chan struct{}
}

func (w *watch) init() {
	w.changed, w.wake = make(map[peer.ID]bool), make(chan struct{}, 1)
}

func (w *watch) note(p peer.ID) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.changed[p] {
		w.changed[p] = true
		w.order = append(w.order, p)
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *watch) take() []peer.ID {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.order
	w.order = nil
	clear(w.changed)
	return out
}

// connected is called by the network and must not wait.
func (h *Host) connected(c network.Conn) {
	p := c.RemotePeer()
	if manet.IsIPLoopback(c.RemoteMultiaddr()) {
		h.gate.allowLoopback(p, true)
	}
	h.meet(p, c.Stat().Direction == network.DirInbound)
	h.watch.note(p)
	h.probe(c)
}

// follow tells of connections that begin and end, one at a time, until ctx ends.
func (h *Host) follow(ctx context.Context, on Handlers) {
	told := make(map[peer.ID]bool)
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.watch.wake:
		}
		for _, p := range h.watch.take() {
			is := h.inner.Network().Connectedness(p) == network.Connected
			if is == told[p] {
				continue
			}
			tell := on.Disconnected
			if is {
				told[p], tell = true, on.Connected
			} else {
				delete(told, p)
			}
			if tell != nil {
				// The guard has logged a panic; the next peer is still told of.
				_ = h.guard("a connection handler", func() error { tell(PeerID(p.String())); return nil })
			}
		}
	}
}
