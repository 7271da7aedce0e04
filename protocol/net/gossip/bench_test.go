package gossip

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/libp2p/go-libp2p"
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/host"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	tls "github.com/libp2p/go-libp2p/p2p/security/tls"
	"github.com/libp2p/go-libp2p/p2p/transport/tcp"

	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/protocol/outer"
)

const benchBytes = 1024 // of an Inner, about a line of text

// spread publishes one message after another, each once all others of n have the one before, and reports how long that took.
func spread(b *testing.B, n int, publish func(from int, data []byte) error, arrived <-chan struct{}) {
	b.Helper()
	topic := outer.Topic(outer.Secret{1}, protocol.Log{2}, 3)
	keys := outer.Secret{1}.Keys()
	var took []time.Duration
	for b.Loop() {
		inner := binary.BigEndian.AppendUint64(make([]byte, benchBytes-8), uint64(len(took)))
		data, err := outer.Seal(rand.Reader, keys, topic, inner)
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if err := publish(len(took)%n, data); err != nil {
			b.Fatal(err)
		}
		for range n - 1 {
			select {
			case <-arrived:
			case <-time.After(patience):
				b.Fatalf("message %d did not reach everybody", len(took))
			}
		}
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

// BenchmarkPlainGossip is the floor: libp2p and gossipsub with the same meshes and queues, without limits, scores or validators.
func BenchmarkPlainGossip2(b *testing.B)  { plainGossip(b, 2) }
func BenchmarkPlainGossip10(b *testing.B) { plainGossip(b, 10) }
func BenchmarkPlainGossip30(b *testing.B) { plainGossip(b, 30) }

// BenchmarkGossip is this package, judging every message by the relay's key.
func BenchmarkGossip2(b *testing.B)  { ownGossip(b, 2) }
func BenchmarkGossip10(b *testing.B) { ownGossip(b, 10) }
func BenchmarkGossip30(b *testing.B) { ownGossip(b, 30) }

func plainGossip(b *testing.B, n int) {
	const name = "topic"
	hosts, topics := make([]host.Host, n), make([]*pubsub.Topic, n)
	arrived := make(chan struct{}, n)
	for i := range hosts {
		h, err := libp2p.New(libp2p.ListenAddrStrings(tcpOnly...), libp2p.Security(tls.ID, tls.New), libp2p.Transport(tcp.NewTCPTransport),
			libp2p.ResourceManager(&network.NullResourceManager{}), libp2p.DisableRelay(), libp2p.DisableMetrics())
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { h.Close() })
		router, err := pubsub.NewGossipSub(b.Context(), h, pubsub.WithGossipSubParams(meshParams(n)), pubsub.WithFloodPublish(true),
			pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign), pubsub.WithNoAuthor(), pubsub.WithMessageIdFn(messageID),
			pubsub.WithPeerOutboundQueueSize(queue), pubsub.WithValidateQueueSize(queue))
		if err != nil {
			b.Fatal(err)
		}
		topic, err := router.Join(name)
		if err != nil {
			b.Fatal(err)
		}
		sub, err := topic.Subscribe(pubsub.WithBufferSize(queue))
		if err != nil {
			b.Fatal(err)
		}
		go func() {
			for {
				m, err := sub.Next(b.Context())
				if err != nil {
					return
				}
				if m.ReceivedFrom != h.ID() {
					arrived <- struct{}{}
				}
			}
		}()
		hosts[i], topics[i] = h, topic
	}
	for i, h := range hosts {
		for k := 1; k <= min(n-1, enough)/2+1; k++ {
			to := hosts[(i+k)%n]
			if err := h.Connect(b.Context(), peer.AddrInfo{ID: to.ID(), Addrs: to.Addrs()}); err != nil {
				b.Fatal(err)
			}
		}
	}
	for _, topic := range topics {
		eventually(b, "a mesh", func() bool {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			ready := false
			topic.Publish(ctx, nil, pubsub.WithReadiness(func(rt pubsub.PubSubRouter, name string) (bool, error) {
				ready = rt.EnoughPeers(name, min(n-1, 3))
				cancel()
				return false, nil
			}))
			return ready
		})
	}
	spread(b, n, func(from int, data []byte) error { return topics[from].Publish(b.Context(), data) }, arrived)
}

func ownGossip(b *testing.B, n int) {
	name, relay := outer.Topic(outer.Secret{1}, protocol.Log{2}, 3), outer.Secret{1}.Keys().Relay
	hosts := make([]*Host, n)
	arrived := make(chan struct{}, n)
	for i := range hosts {
		hosts[i] = start(b, Config{Unlimited: true, Nodes: n})
		join(b, hosts[i], name, Handlers{
			Validate: func(_ context.Context, _ net.PeerID, topic string, data []byte) Verdict {
				if !outer.CheckRelay(relay, topic, data) {
					b.Error("a message that the relay refuses")
					return Reject
				}
				return Accept
			},
			Deliver: func(string, []byte) { arrived <- struct{}{} },
		})
	}
	introduce(hosts...)
	meshed(b, name, hosts...)
	spread(b, n, func(from int, data []byte) error { return hosts[from].Publish(b.Context(), name, data) }, arrived)
	copies, deliveries := uint64(0), uint64(0)
	for _, h := range hosts {
		s := h.Stats()
		copies, deliveries = copies+s.MessagesIn, deliveries+s.Delivered
	}
	b.ReportMetric(float64(copies)/float64(deliveries), "copies/delivery")
}
