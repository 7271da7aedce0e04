package wire

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"

	"conclave/node/mailbox"
	"conclave/protocol/net"
)

// Guest implements node.Network: a host of another name at the same place, which answers nobody. It ends with the host.
func (h *Host) Guest() (mailbox.Guest, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	g, err := h.net.Host(key)
	if err != nil {
		return nil, err
	}
	g.of = h.id
	if !h.enter() {
		return nil, ErrClosed
	}
	go func() {
		defer h.tasks.Done()
		_ = g.Run(h.life, net.Handlers{
			Receive: func(_ context.Context, _ net.PeerID, puts []net.Put) []net.Code {
				codes := make([]net.Code, len(puts))
				for i := range codes {
					codes[i] = net.Refused
				}
				return codes
			},
			Serve: func(context.Context, net.Call) ([]byte, error) { return nil, net.ErrRefused },
		})
	}()
	return g, nil
}

// site is the host that is known to stand where this one does.
func (h *Host) site() net.PeerID {
	if h.of != "" {
		return h.of
	}
	return h.id
}
