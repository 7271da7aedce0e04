package node

import (
	"context"
	"crypto/ed25519"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"conclave/node/delivery"
	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/node/feature/typing"
	"conclave/protocol"
	"conclave/protocol/net"
)

// meter is a network that counts the signals of groups that leave it.
type meter struct {
	Sockets
	frames, bytes atomic.Int64
}

func (m *meter) Lane(ctx context.Context, to net.PeerID) (delivery.Lane, error) {
	l, err := m.Sockets.Lane(ctx, to)
	return meteredLane{l, m}, err
}

type meteredLane struct {
	delivery.Lane
	meter *meter
}

func (l meteredLane) Put(ctx context.Context, q net.Queue, t net.Token, blob []byte) (delivery.Pending, error) {
	if p, err := protocol.DecodeGroupPut(blob); err == nil && p.Kind == protocol.GroupSignal {
		l.meter.frames.Add(1)
		l.meter.bytes.Add(int64(len(blob)))
	}
	return l.Lane.Put(ctx, q, t, blob)
}

// Typing in a group of a thousand members on ten nodes costs a node a bounded number of frames, however many write at a time and
// however many members live on each node.
func TestTypingInALargeGroupCostsLittle(t *testing.T) {
	const nodes, most = 10, 4
	local := 40
	if os.Getenv("CONCLAVE_NIGHTLY") != "" {
		local = 1000 - nodes
	}
	var m meter
	var ahead atomic.Int64
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	all := []*Node{openLike(t, "a", Config{Now: now, Network: func(key ed25519.PrivateKey) (Network, error) {
		h, err := Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}, Unlimited: true}.overSockets(key)
		if err == nil {
			m.Sockets = h.(Sockets)
		}
		return &m, err
	}})}
	for range nodes - 1 {
		all = append(all, open(t, "n", ""))
	}
	g := gather(t, all...)
	g.crowd(0, local)
	typists := call[feature.List[account.Listed]](t, all[0], feature.Actor{Account: g.who[0], Owner: true}, "account.list", feature.Nothing{}).Items
	g.becomes(0, g.say(0, "hello"), feature.Delivered)
	var frames, bytes int64
	const windows = 3
	for range windows {
		ahead.Add(int64(typing.Every))
		for _, who := range typists {
			call[feature.Nothing](t, all[0], feature.Actor{Account: who.Acct}, "typing.tell", typing.Request{Conversation: g.log})
		}
	}
	frames, bytes = m.frames.Load(), m.bytes.Load()
	t.Logf("%d members on %d nodes, %d of them writing on one: %d frames of %d bytes in %v", local+nodes, nodes, len(typists), frames, bytes/max(frames, 1), windows*typing.Every)
	if want := int64(windows * most * (nodes - 1)); frames != want {
		t.Errorf("frames: got %d, want %d", frames, want)
	}
	if frames > 0 && bytes/frames > 400 {
		t.Errorf("bytes of a frame: got %d, want at most 400", bytes/frames)
	}
}
