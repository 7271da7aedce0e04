package gossip

import (
	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/peer"
)

// subscriptions decides which topics the router remembers of a peer. A peer tells each once, perhaps before this node joins
// it, so unknown ones must be remembered too: as many as an honest host can have.
type subscriptions struct{ gate *gate }

// CanSubscribe is asked for this node's own topics.
func (subscriptions) CanSubscribe(name string) bool { return len(name) <= maxName }

// FilterIncomingSubscriptions keeps sound ones and refuses all of a frame that has too many.
func (s subscriptions) FilterIncomingSubscriptions(from peer.ID, all []*pb.RPC_SubOpts) (kept []*pb.RPC_SubOpts, err error) {
	known := s.gate.with(from, func(m *member) {
		for _, o := range all {
			name := o.GetTopicid()
			switch {
			case len(name) == 0 || len(name) > maxName:
				continue
			case !o.GetSubscribe():
				delete(m.topics, name)
			case m.topics[name]:
			case len(m.topics) >= MaxTopics && s.gate.limited:
				err = pubsub.ErrTooManySubscriptions
				return
			default:
				m.topics[name] = true
			}
			kept = append(kept, o)
		}
	})
	if !known {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return pubsub.FilterSubscriptions(kept, func(string) bool { return true }), nil
}
