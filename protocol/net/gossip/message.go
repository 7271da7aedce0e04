package gossip

import (
	"context"
	"fmt"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"

	"conclave/protocol/net"
)

// validate is called by the router for each new message, up to 256 at a time, before it is delivered or passed on.
func (h *Host) validate(ctx context.Context, from peer.ID, m *pubsub.Message) pubsub.ValidationResult {
	if from == h.inner.ID() {
		return pubsub.ValidationAccept
	}
	if len(m.Data) == 0 || len(m.Data) > MaxMessage {
		return pubsub.ValidationReject
	}
	t, on := h.find(m.GetTopic())
	name := h.gate.name(from)
	if t == nil || name == "" || !t.calls.Enter() {
		return pubsub.ValidationIgnore
	}
	defer t.calls.Leave()
	if !h.affords(from, len(m.Data)) || !h.load.judged.take(len(m.Data)) {
		h.stats.passedOver.Add(1)
		return pubsub.ValidationIgnore
	}
	defer h.load.judged.give(len(m.Data))
	switch h.ask(ctx, on, name, t.name, m.Data) {
	case Accept:
		return pubsub.ValidationAccept
	case Reject:
		return pubsub.ValidationReject
	}
	return pubsub.ValidationIgnore
}

// ask waits for its turn to call Validate.
func (h *Host) ask(ctx context.Context, on Handlers, from net.PeerID, name string, data []byte) (verdict Verdict) {
	select {
	case h.load.judges <- struct{}{}:
		defer func() { <-h.load.judges }()
		h.guard("Validate", func() { verdict = on.Validate(ctx, from, name, data) })
	case <-ctx.Done():
	}
	if ctx.Err() != nil {
		h.stats.late.Add(1)
		return Ignore
	}
	return verdict
}

// admit tells the router whether an accepted message goes into the queue of its topic. It must not wait.
func (h *Host) admit(m *pubsub.Message) bool {
	if m.ReceivedFrom == h.inner.ID() {
		return false
	}
	if !h.load.waiting.take(len(m.Data)) {
		h.stats.undelivered.Add(1)
		return false
	}
	return true
}

// deliver hands over what waits in a topic's queue until it is left.
func (h *Host) deliver(t *topic) {
	for {
		m, err := t.sub.Next(context.Background())
		if err != nil {
			return
		}
		if _, on := h.find(t.name); !t.calls.IsClosed() && on.Deliver != nil {
			h.guard("Deliver", func() { on.Deliver(t.name, m.Data) })
			h.stats.delivered.Add(1)
		}
		h.load.waiting.give(len(m.Data))
	}
}

// guard runs what the caller gave and recovers from its panics. The log gets the type of the value, never the value: it may
// hold what a peer or a person wrote.
func (h *Host) guard(what string, fn func()) {
	defer func() {
		if v := recover(); v != nil {
			h.stats.panics.Add(1)
			h.log.Error("recovered from a panic", "in", what, "value", fmt.Sprintf("%T", v))
		}
	}()
	fn()
}
