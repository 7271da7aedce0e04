package node

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"conclave/crypto/vault"
	"conclave/node/delivery"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/protocol/net"
)

// sluice is the host of a node through which, while it is shut, only records of groups are pushed: whatever goes by a session is
// answered later, and nobody is asked about a group.
type sluice struct {
	Network
	shut atomic.Bool
}

func (s *sluice) Request(ctx context.Context, p net.PeerID, kind string, body []byte) ([]byte, error) {
	if s.shut.Load() && strings.HasPrefix(kind, "group.") {
		return nil, net.ErrLost
	}
	return s.Network.Request(ctx, p, kind, body)
}

func (s *sluice) Lane(ctx context.Context, p net.PeerID) (delivery.Lane, error) {
	l, err := s.Network.Lane(ctx, p)
	if err != nil {
		return nil, err
	}
	return gate{l, s}, nil
}

// gate is a lane through a sluice.
type gate struct {
	delivery.Lane
	s *sluice
}

func (g gate) Put(ctx context.Context, q net.Queue, token net.Token, blob []byte) (delivery.Pending, error) {
	if g.s.shut.Load() && blob[0] != protocol.BlobGroup {
		return turnedAway{}, nil
	}
	return g.Lane.Put(ctx, q, token, blob)
}

type turnedAway struct{}

func (turnedAway) Result() (net.Code, error) { return net.Later, nil }
func (turnedAway) Done() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}

// dammed opens a node behind a sluice. It does not gossip.
func dammed(t *testing.T, name string) (*Node, *sluice) {
	t.Helper()
	n, err := Open(t.Context(), Config{
		Listen: []string{"/ip4/127.0.0.1/tcp/0"}, GroupListen: []string{}, Cost: vault.Cost{Memory: 64, Passes: 1, Threads: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &sluice{Network: n.host}
	n.delivery.Network, n.directory.Network, n.catcher.Network = s, s, s
	starts(t, name, n)
	return n, s
}

// A message whose chain's key is not at the other node yet holds up neither operations nor what others say.
func TestAKeyThatIsLateHoldsUpItsChainAlone(t *testing.T) {
	a, sa := dammed(t, "a")
	b, sb := dammed(t, "b")
	g := gather(t, a, b, open(t, "c", ""))
	hello := g.say(0, "hello")
	g.arrives(1, hello)
	g.becomes(0, hello, feature.Delivered)
	before := b.Traffic().Later
	sa.shut.Store(true)
	sb.shut.Store(true)
	g.act(0, &membership.Remove{Account: g.who[2]}) // so the chain is replaced
	var ids []protocol.EventID
	for _, text := range []string{"one", "two"} {
		ids = append(ids, g.say(0, text))
		g.act(0, &membership.SetMeta{Fields: []membership.Field{{Key: membership.Name, Value: []byte(text)}}})
	}
	g.until("the operations overtake the messages", func() (is bool) {
		g.view(1, func(tx feature.Tx) error {
			c, err := b.groups.Conversation(tx, g.log)
			is = err == nil && string(c.State.Meta(membership.Name)) == "two"
			return err
		})
		return is
	})
	for _, id := range ids {
		if g.has(1, id) {
			t.Fatal("a message came without its key: nothing was held up")
		}
	}
	sa.shut.Store(false)
	for _, id := range ids {
		g.arrives(1, id)
		g.becomes(0, id, feature.Delivered)
	}
	if got := b.Traffic().Later - before; got != 0 {
		t.Errorf("blobs that the receiver put off: got %d, want none", got)
	}
}
