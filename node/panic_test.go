package node

import (
	"context"
	"sync"
	"testing"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// clumsy is a slice that panics on whatever it is told of after a commit, until it was told a few times.
type clumsy struct {
	mu    sync.Mutex
	left  map[string]int
	after map[string]int // calls since
	send  func(context.Context, protocol.Log, protocol.Account, fact) error
}

func (s *clumsy) stumble(where string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left[where] > 0 {
		s.left[where]--
		panic("what somebody wrote")
	}
	s.after[where]++
}

func (s *clumsy) calm(where string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left[where] == 0 && s.after[where] > 0
}

func (s *clumsy) feature() feature.Feature {
	return feature.Feature{Name: "clumsy", Install: func(h *feature.Host) {
		feature.Follow(h, func(context.Context, feature.Entry) { s.stumble("follow") })
		feature.OnProgress(h, func(context.Context, feature.Progress) { s.stumble("progress") })
		feature.CatchUp(h, "all", func(_ context.Context, e feature.Entry) error {
			if e.Kind == (event.MessageSent{}).Kind() {
				s.stumble("catch up")
			}
			return nil
		})
		s.send = feature.Signal(h, func(context.Context, protocol.Account, feature.Conversation, fact) error {
			s.stumble("signal")
			return nil
		})
	}}
}

func TestAClumsySliceDoesNotEndTheNode(t *testing.T) {
	s := &clumsy{left: map[string]int{"follow": 2, "progress": 2, "catch up": 2, "signal": 2}, after: map[string]int{}}
	other := &clumsy{after: map[string]int{}}
	a, b := openWith(t, "a", t.TempDir(), s.feature()), openWith(t, "b", t.TempDir(), other.feature())
	c := meet(t, a, b)
	c.delivered(a, c.send(a, c.alice, "one"))
	c.arrives(a, c.send(b, c.bob, "two"))
	c.until("all of the slice works again, and so does the node", func() bool {
		if err := other.send(t.Context(), c.log, c.bob, fact{"here"}); err != nil {
			t.Fatal(err)
		}
		c.arrives(a, c.send(b, c.bob, "more"))
		c.delivered(a, c.send(a, c.alice, "more"))
		return s.calm("follow") && s.calm("progress") && s.calm("catch up") && s.calm("signal")
	})
}
