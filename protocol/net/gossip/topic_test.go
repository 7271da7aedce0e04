package gossip

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"testing"
	"time"

	"conclave/protocol/net"
)

func TestVerdictsDecide(t *testing.T) {
	a, b, c := start(t, Config{}), start(t, Config{times: times{judge: 2 * time.Second}}), start(t, Config{})
	// A line: what b does not pass on never reaches c.
	a.Allow(map[net.PeerID][]string{b.ID(): b.Addrs()})
	b.Allow(map[net.PeerID][]string{a.ID(): a.Addrs(), c.ID(): c.Addrs()})
	c.Allow(map[net.PeerID][]string{b.ID(): b.Addrs()})
	verdicts := map[string]func(context.Context) Verdict{
		"accept": func(context.Context) Verdict { return Accept },
		"ignore": func(context.Context) Verdict { return Ignore },
		"reject": func(context.Context) Verdict { return Reject },
		"panic":  func(context.Context) Verdict { panic("at the validator") },
		"slow": func(ctx context.Context) Verdict {
			<-ctx.Done()
			return Accept
		},
	}
	var atB, atC ledger
	join(t, a, "topic", Handlers{})
	join(t, b, "topic", Handlers{Deliver: atB.deliver, Validate: func(ctx context.Context, from net.PeerID, topic string, data []byte) Verdict {
		if from != a.ID() || topic != "topic" {
			t.Errorf("got a message of %s on %q, want %s on %q", from, topic, a.ID(), "topic")
		}
		return verdicts[string(data)](ctx)
	}})
	join(t, c, "topic", Handlers{Deliver: atC.deliver})
	eventually(t, "a line", func() bool {
		return inMesh(a, "topic", 1) && inMesh(b, "topic", 2) && inMesh(c, "topic", 1)
	})
	for _, text := range []string{"ignore", "reject", "panic", "slow", "accept"} {
		publish(t, a, "topic", []byte(text))
	}
	eventually(t, "what was accepted, at c", func() bool { return atC.count() == 1 })
	eventually(t, "all verdicts", func() bool { s := b.Stats(); return s.Rejected == 1 && s.Ignored == 3 })
	if b, c := atB.times([]byte("accept")), atC.times([]byte("accept")); atB.count() != 1 || b != 1 || c != 1 {
		t.Errorf("got what was accepted %d and %d times among %d and %d messages, want it alone", b, c, atB.count(), atC.count())
	}
	if s := b.Stats(); s.Panics != 1 || s.Late != 1 || s.Accepted != 1 {
		t.Errorf("got %+v, want 1 panic, 1 late, 1 accepted", s)
	}
}

// TestASlowDeliverHoldsNobodyUp fills one topic's queue while another goes on.
func TestASlowDeliverHoldsNobodyUp(t *testing.T) {
	a, b := start(t, Config{Unlimited: true}), start(t, Config{Unlimited: true})
	introduce(a, b)
	open := make(chan struct{})
	goOn := sync.OnceFunc(func() { close(open) })
	t.Cleanup(goOn)
	var slow, fast ledger
	join(t, a, "slow", Handlers{})
	join(t, a, "fast", Handlers{})
	join(t, b, "slow", Handlers{Deliver: func(topic string, data []byte) {
		<-open
		slow.deliver(topic, data)
	}})
	join(t, b, "fast", Handlers{Deliver: fast.deliver})
	meshed(t, "slow", a, b)
	meshed(t, "fast", a, b)
	n := uint32(0)
	next := func() []byte {
		n++
		return binary.BigEndian.AppendUint32(nil, n)
	}
	eventually(t, "a full queue", func() bool {
		for range 100 {
			publish(t, a, "slow", next())
		}
		return b.Stats().Undelivered > 0
	})
	eventually(t, "a message of the other topic", func() bool {
		publish(t, a, "fast", next())
		return fast.count() > 0
	})
	if got := slow.count(); got != 0 {
		t.Errorf("got %d messages through a closed door, want none", got)
	}
	goOn()
	eventually(t, "nothing waits", func() bool { return b.Stats().Waiting == 0 })
	if got := slow.count(); got < queue {
		t.Errorf("got %d messages of the queue, want at least %d", got, queue)
	}
}

func TestNothingIsCalledAfterLeave(t *testing.T) {
	a, b := start(t, Config{}), start(t, Config{})
	introduce(a, b)
	var mu sync.Mutex
	left, after := false, 0
	seen := make(chan struct{}, 1)
	note := func() {
		mu.Lock()
		defer mu.Unlock()
		if left {
			after++
		}
		select {
		case seen <- struct{}{}:
		default:
		}
	}
	join(t, a, "topic", Handlers{})
	join(t, b, "topic", Handlers{
		Validate: func(context.Context, net.PeerID, string, []byte) Verdict { note(); return Accept },
		Deliver:  func(string, []byte) { note() },
	})
	meshed(t, "topic", a, b)
	ctx, stop := context.WithCancel(within(t))
	var flood sync.WaitGroup
	flood.Go(func() {
		for i := 0; ctx.Err() == nil; i++ {
			a.Publish(ctx, "topic", binary.BigEndian.AppendUint32(nil, uint32(i)))
		}
	})
	<-seen
	b.Leave("topic")
	mu.Lock()
	left = true
	mu.Unlock()
	was := b.Stats().MessagesIn
	eventually(t, "messages behind Leave", func() bool {
		return b.Stats().MessagesIn > was || errors.Is(a.Publish(ctx, "topic", []byte("x")), ErrNobody)
	})
	stop()
	flood.Wait()
	mu.Lock()
	defer mu.Unlock()
	if after != 0 {
		t.Errorf("got %d calls after Leave, want none", after)
	}
}

func TestJoiningAgainReplacesHandlers(t *testing.T) {
	a, b := start(t, Config{}), start(t, Config{})
	introduce(a, b)
	var first, second ledger
	join(t, a, "topic", Handlers{})
	join(t, b, "topic", Handlers{Deliver: first.deliver})
	join(t, b, "topic", Handlers{Deliver: second.deliver})
	meshed(t, "topic", a, b)
	publish(t, a, "topic", []byte("x"))
	eventually(t, "the message at the second handler", func() bool { return second.count() == 1 })
	if first.count() != 0 {
		t.Errorf("the first handler got %d messages, want none", first.count())
	}
	for name, err := range map[string]error{
		"no name":     b.Join("", nil, Handlers{Validate: accept, Deliver: first.deliver}),
		"long name":   b.Join(string(make([]byte, maxName+1)), nil, Handlers{Validate: accept, Deliver: first.deliver}),
		"no handlers": b.Join("other", nil, Handlers{}),
		"no peer id":  b.Join("other", []net.PeerID{"x"}, Handlers{Validate: accept, Deliver: first.deliver}),
	} {
		if err == nil {
			t.Errorf("%s: joined", name)
		}
	}
}
