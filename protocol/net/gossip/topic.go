package gossip

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	"github.com/libp2p/go-libp2p/core/peer"

	"conclave/protocol/net"
	"conclave/protocol/net/internal/wire"
)

// Verdict is what the caller thinks of a message.
type Verdict int

// The verdicts. Only what no honest node of the topic would pass on is to be rejected: six such messages end the connection.
const (
	Ignore Verdict = iota // neither delivered nor passed on, nobody is blamed
	Accept                // delivered and passed on
	Reject                // as Ignore, and counted against the peer it came from
)

// Handlers are called for the messages of others on a topic.
type Handlers struct {
	// Validate judges a message before anything else happens to it. It is called at most 256 at a time and has 2 s, of
	// which waiting for its turn is a part; then ctx ends and the verdict is Ignore, as it is after a panic. from is who passed the message on, not its author.
	Validate func(ctx context.Context, from net.PeerID, topic string, data []byte) Verdict
	// Deliver takes a message that was accepted, one at a time for each topic, in the order they were accepted. Up to 1,024
	// wait for it in each topic and 32 MiB in all; what is above is lost to it. It must not change data.
	Deliver func(topic string, data []byte)
}

var (
	// ErrNobody means that no other node is on the topic, so the message was sent to nobody.
	ErrNobody = errors.New("nobody else is on this topic")
	// ErrNotJoined means that the topic was not joined or was left.
	ErrNotJoined = errors.New("topic not joined")
	// ErrClosed means that the host is closed.
	ErrClosed = errors.New("host for gossip closed")
)

// meshing is how long a message waits for somebody in the mesh while others listen to its topic.
const meshing = 250 * time.Millisecond

// topic is one that the host listens to.
type topic struct {
	name  string
	pub   *pubsub.Topic
	sub   *pubsub.Subscription
	calls wire.Tasks // of the handlers; closed once the topic is left

	// With Host.mu held:
	on    Handlers
	peers []peer.ID // expected on the topic; nil for all that are allowed
}

// Join listens to a topic until Leave. peers are the nodes expected there, which Run dials while there are too few; nil stands
// for all that are allowed. Joining again replaces peers and handlers.
func (h *Host) Join(name string, peers []net.PeerID, on Handlers) error {
	if len(name) == 0 || len(name) > maxName {
		return fmt.Errorf("topic name of %d bytes, want 1 to %d", len(name), maxName)
	}
	if on.Validate == nil || on.Deliver == nil {
		return errors.New("a topic needs both handlers")
	}
	expected, err := decodePeers(peers)
	if err != nil {
		return err
	}
	h.changing.Lock()
	defer h.changing.Unlock()
	if !h.tasks.Enter() {
		return ErrClosed
	}
	defer h.tasks.Leave()
	defer h.look()
	if h.replace(name, expected, on) {
		return nil
	}
	t := &topic{name: name, on: on, peers: expected}
	t.calls.Init()
	if err := h.join(t); err != nil {
		return fmt.Errorf("join a topic: %w", err)
	}
	t.calls.Enter()
	go func() {
		defer t.calls.Leave()
		h.deliver(t)
	}()
	return nil
}

func decodePeers(names []net.PeerID) (out []peer.ID, err error) {
	if names == nil {
		return nil, nil
	}
	out = make([]peer.ID, 0, len(names))
	for _, name := range names {
		p, err := peer.Decode(string(name))
		if err != nil {
			return nil, fmt.Errorf("peer id %q: %w", string(name), err)
		}
		out = append(out, p)
	}
	return out, nil
}

func (h *Host) replace(name string, peers []peer.ID, on Handlers) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[name]
	if t != nil {
		t.peers, t.on = peers, on
	}
	return t != nil
}

// join makes the topic known to the router, with h.changing held: the router calls back and takes h.mu itself.
func (h *Host) join(t *topic) (err error) {
	if len(h.names()) >= MaxTopics {
		return fmt.Errorf("more than %d topics", MaxTopics)
	}
	if t.pub, err = h.router.Join(t.name); err != nil {
		return err
	}
	if err = t.pub.SetScoreParams(topicScoreParams()); err != nil {
		t.pub.Close()
		return err
	}
	h.mu.Lock()
	h.topics[t.name] = t
	h.mu.Unlock()
	if t.sub, err = t.pub.Subscribe(pubsub.WithBufferSize(queue), pubsub.WithMessageFilter(h.admit)); err != nil {
		h.forget(t.name)
		t.pub.Close()
	}
	return err
}

// Leave stops listening to a topic; once it returns, neither handler runs for it. It must not be called by Deliver.
func (h *Host) Leave(name string) {
	h.changing.Lock()
	defer h.changing.Unlock()
	t := h.forget(name)
	if t == nil {
		return
	}
	t.calls.Close()
	t.sub.Cancel()
	t.calls.Wait()
	if err := t.pub.Close(); err != nil {
		h.log.Debug("a topic did not close", "error", err)
	}
}

func (h *Host) forget(name string) *topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[name]
	delete(h.topics, name)
	return t
}

func (h *Host) names() (out []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name := range h.topics {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// find returns a joined topic and its handlers of this moment.
func (h *Host) find(name string) (*topic, Handlers) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.topics[name]; t != nil {
		return t, t.on
	}
	return nil, Handlers{}
}

// Publish sends a message of 1 to MaxMessage bytes to the others on a joined topic. It waits up to 3 seconds for one of them
// to be there, a quarter of one for one in the mesh, and returns ErrNobody where there is none. A nil error means that the message was handed to neighbours, not that it arrived.
// The host's own handlers do not get it; publishing the same bytes twice within ten minutes sends them once. data must not be
// changed afterwards.
func (h *Host) Publish(ctx context.Context, name string, data []byte) error {
	if len(data) == 0 || len(data) > MaxMessage {
		return fmt.Errorf("message of %d bytes, want 1 to %d", len(data), MaxMessage)
	}
	if !h.tasks.Enter() {
		return ErrClosed
	}
	defer h.tasks.Leave()
	t, _ := h.find(name)
	if t == nil {
		return ErrNotJoined
	}
	wait := h.times.publish
	if len(t.pub.ListPeers()) > 0 {
		wait = min(wait, meshing)
	}
	short, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	go func() { // the router would hold up Leave as long as it waits for somebody
		select {
		case <-short.Done():
		case <-t.calls.Closed():
			cancel()
		}
	}()
	err := t.pub.Publish(short, data, pubsub.WithReadiness(pubsub.MinTopicSize(1)))
	if err != nil && ctx.Err() == nil && !t.calls.IsClosed() && len(t.pub.ListPeers()) > 0 {
		err = t.pub.Publish(ctx, data) // who was away is not taken back into the mesh for a minute, and listens all the same
	}
	switch {
	case err == nil:
		h.stats.published.Add(1)
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case t.calls.IsClosed():
		return ErrNotJoined
	case short.Err() != nil:
		return ErrNobody
	}
	return fmt.Errorf("publish: %w", err)
}
