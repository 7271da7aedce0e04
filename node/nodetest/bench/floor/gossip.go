package floor

import (
	"context"
	"errors"
	"fmt"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/peer"
)

// Gossip is a number of hosts on one topic of gossipsub as it comes: signed messages, nothing stored, nothing sealed.
type Gossip struct {
	hosts  []host.Host
	topics []*pubsub.Topic
	stop   context.CancelFunc
}

// degree is how many neighbours each host dials; gossipsub makes its mesh of them.
const degree = 6

// NewGossip opens hosts. Each calls arrived for what another published, from a goroutine of its own.
func NewGossip(n int, arrived func(host int, data []byte)) (_ *Gossip, err error) {
	ctx, stop := context.WithCancel(context.Background())
	g := &Gossip{stop: stop}
	defer func() {
		if err != nil {
			err = errors.Join(err, g.Close())
		}
	}()
	for i := range n {
		h, err := newHost()
		if err != nil {
			return g, err
		}
		g.hosts = append(g.hosts, h)
		router, err := pubsub.NewGossipSub(ctx, h)
		if err != nil {
			return g, fmt.Errorf("open gossipsub: %w", err)
		}
		topic, err := router.Join("floor")
		if err != nil {
			return g, fmt.Errorf("join a topic: %w", err)
		}
		g.topics = append(g.topics, topic)
		sub, err := topic.Subscribe(pubsub.WithBufferSize(1024))
		if err != nil {
			return g, fmt.Errorf("subscribe: %w", err)
		}
		go func() {
			for {
				m, err := sub.Next(ctx)
				if err != nil {
					return
				}
				if m.ReceivedFrom != h.ID() {
					arrived(i, m.Data)
				}
			}
		}()
	}
	for i, h := range g.hosts {
		for k := 1; k <= min(n-1, degree); k++ {
			to := g.hosts[(i+k)%n]
			if err := h.Connect(ctx, peer.AddrInfo{ID: to.ID(), Addrs: to.Addrs()}); err != nil {
				return g, fmt.Errorf("connect: %w", err)
			}
		}
	}
	return g, g.meshed(ctx, min(n-1, pubsub.GossipSubDlo))
}

// meshed waits until every host has enough others in its mesh.
func (g *Gossip) meshed(ctx context.Context, enough int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, t := range g.topics {
		if err := t.Publish(ctx, []byte("ready"), pubsub.WithReadiness(pubsub.MinTopicSize(enough))); err != nil {
			return fmt.Errorf("make a mesh: %w", err)
		}
	}
	return nil
}

// Publish sends a message from one host to all others.
func (g *Gossip) Publish(ctx context.Context, from int, data []byte) error {
	return g.topics[from].Publish(ctx, data)
}

// Close ends all hosts.
func (g *Gossip) Close() error {
	g.stop()
	var errs []error
	for _, h := range g.hosts {
		errs = append(errs, h.Close())
	}
	return errors.Join(errs...)
}
