package nodetest

import (
	"context"
	"errors"

	"conclave/bridge"
	"conclave/crypto/vault"
	"conclave/node"
)

// Cheap is a cost of passphrases for stories: it protects nothing and takes no time.
var Cheap = vault.Cost{Memory: 64, Passes: 1, Threads: 1}

// Home is a node in this process that works until Close.
type Home struct {
	*node.Node
	*Site
	Bridge *bridge.Bridge

	stop context.CancelFunc
	done chan error
}

// Start opens a node on loopback and lets it run. Limits on calls are off; without a cost passphrases are cheap.
func Start(ctx context.Context, c node.Config) (*Home, error) {
	if c.Listen == nil {
		c.Listen = []string{"/ip4/127.0.0.1/tcp/0"}
	}
	if c.Cost == (vault.Cost{}) {
		c.Cost = Cheap
	}
	n, err := node.Open(ctx, c)
	if err != nil {
		return nil, err
	}
	b := bridge.New(bridge.Config{Registry: n.Registry(), Live: n.Live(), PeerID: n.PeerID(), Logger: c.Logger})
	h := &Home{Node: n, Bridge: b, Site: Inside(b.Handler()), done: make(chan error, 1)}
	ctx, h.stop = context.WithCancel(context.WithoutCancel(ctx))
	go func() { h.done <- n.Run(ctx) }()
	return h, nil
}

// Close stops the node and waits for it.
func (h *Home) Close() error {
	h.stop()
	err := <-h.done
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, h.Node.Close())
}
