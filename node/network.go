package node

import (
	"context"
	"crypto/ed25519"
	"log/slog"

	"conclave/node/delivery"
	"conclave/node/directory"
	"conclave/node/mailbox"
	"conclave/protocol/net"
)

// Network is the host that a node talks through: one of protocol/net, or in simulations one without sockets, which has to keep
// the promises of net.Host and net.Lane.
type Network interface {
	delivery.Network
	directory.Network
	ID() net.PeerID
	// Offend counts an offence that the node noticed, and blocks a peer that goes on.
	Offend(net.PeerID)
	// Know tells which peers are no strangers: those cannot take the last places for connections from them.
	Know([]net.PeerID)
	// Guest makes a host that calls others without saying which node it is.
	Guest() (mailbox.Guest, error)
	Run(context.Context, net.Handlers) error
	Close() error
}

// overSockets makes the host of a node that is no simulation.
func (c Config) overSockets(key ed25519.PrivateKey) (Network, error) {
	h, err := net.New(net.Config{
		Key: key, Listen: c.Listen, Logger: c.Logger, Unlimited: c.Unlimited, NAT: c.NAT, Relays: c.Relays, Now: c.Now,
	})
	if err != nil {
		return nil, err
	}
	return Sockets{h, c.Logger}, nil
}

// Sockets is a host of protocol/net as a Network.
type Sockets struct {
	*net.Host
	Logger *slog.Logger
}

// Guest implements Network.
func (s Sockets) Guest() (mailbox.Guest, error) {
	g, err := net.NewGuest(s.Logger)
	if err != nil {
		return nil, err
	}
	return guest{g}, nil
}

type guest struct{ *net.Guest }

// Lane implements mailbox.Guest.
func (g guest) Lane(ctx context.Context, to net.PeerID) (delivery.Lane, error) {
	l, err := g.Guest.Lane(ctx, to)
	if err != nil {
		return nil, err
	}
	return lane{l}, nil
}

// Lane implements delivery.Network.
func (s Sockets) Lane(ctx context.Context, to net.PeerID) (delivery.Lane, error) {
	l, err := s.Host.Lane(ctx, to)
	if err != nil {
		return nil, err
	}
	return lane{l}, nil
}

type lane struct{ *net.Lane }

// Put implements delivery.Lane.
func (l lane) Put(ctx context.Context, q net.Queue, t net.Token, blob []byte) (delivery.Pending, error) {
	p, err := l.Lane.Put(ctx, q, t, blob)
	if err != nil {
		return nil, err
	}
	return p, nil
}
