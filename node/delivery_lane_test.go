package node

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"sync"
	"testing"

	"conclave/crypto/canon"
	"conclave/node/delivery"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
)

// brittle is a network whose lanes end in the moment in which the first answer comes, while ends is above zero.
type brittle struct {
	Network
	mu   sync.Mutex
	ends int
	last *brittleLane
}

func (b *brittle) Lane(ctx context.Context, to net.PeerID) (delivery.Lane, error) {
	l, err := b.Network.Lane(ctx, to)
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.last == nil || b.last.Lane != l || b.last.broke() {
		b.last = &brittleLane{Lane: l, net: b, done: make(chan struct{})}
	}
	return b.last, nil
}

type brittleLane struct {
	delivery.Lane
	net  *brittle
	done chan struct{}
}

func (l *brittleLane) Done() <-chan struct{} { return l.done }

func (l *brittleLane) broke() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}

func (l *brittleLane) Put(ctx context.Context, q net.Queue, t net.Token, blob []byte) (delivery.Pending, error) {
	if l.broke() {
		return nil, net.ErrLost
	}
	p, err := l.Lane.Put(ctx, q, t, blob)
	if err != nil {
		return nil, err
	}
	return brittlePending{p, l}, nil
}

type brittlePending struct {
	delivery.Pending
	lane *brittleLane
}

// Result is the answer; the lane ends with it.
func (p brittlePending) Result() (net.Code, error) {
	p.lane.net.mu.Lock()
	defer p.lane.net.mu.Unlock()
	if p.lane.net.ends > 0 && !p.lane.broke() {
		p.lane.net.ends--
		close(p.lane.done)
	}
	return p.Pending.Result()
}

// An answer is written a little after it came. When the lane ends meanwhile, what it was about is offered again by itself: nobody
// has to send anything else, or to start the node anew.
func TestAnAnswerThatIsLostWithItsLaneIsAskedForAgain(t *testing.T) {
	b := &brittle{}
	a := openLike(t, "a", Config{Network: func(key ed25519.PrivateKey) (n Network, err error) {
		b.Network, err = Config{Listen: []string{"/ip4/127.0.0.1/tcp/0"}}.overSockets(key)
		return b, err
	}})
	c := meet(t, a, open(t, "b", ""))
	c.delivered(a, c.send(a, c.alice, "before"))
	everyRow(t, a)
	for i := range 5 {
		b.mu.Lock()
		b.ends = 1
		b.mu.Unlock()
		c.delivered(a, c.send(a, c.alice, fmt.Sprint(i)))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ends > 0 {
		t.Error("no lane ended")
	}
}

// What the peer kept for a locked account and cannot open is sealed anew when it asks, though everything was offered on this
// lane before.
func TestWhatAPeerKeptAndCannotOpenIsSentAgainOnTheSameLane(t *testing.T) {
	b := open(t, "b", "")
	c := meet(t, open(t, "a", ""), b)
	m := attack(t, b, c.bob)
	m.befriend()
	everyRow(t, b)
	kept := make(chan net.Put, 10)
	keep := func(p net.Put) net.Code {
		kept <- p
		return net.Stored
	}
	talk := cast{t: t, alice: m.acct, bob: c.bob, log: m.log}
	m.answer.Store(&keep)
	id := talk.send(b, c.bob, "to be kept")
	talk.becomes(b, id, feature.Sent)
	m.answer.Store(nil)
	retry := protocol.Retry{Envelope: protocol.EnvelopeIDOf((<-kept).Blob), Reason: 1}
	m.want(m.seal(protocol.Item{Kind: protocol.ItemRetry, Data: canon.MustMarshal(retry)}), net.Delivered)
	talk.delivered(b, id)
}
