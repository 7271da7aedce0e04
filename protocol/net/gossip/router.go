package gossip

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"log/slog"
	gonet "net"
	"time"

	pubsub "github.com/libp2p/go-libp2p-pubsub"
	pb "github.com/libp2p/go-libp2p-pubsub/pb"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"

	core "conclave/protocol"
)

// Parameters of the router (SPEC.md, gossip).
const (
	smallMesh    = 50 // nodes up to which meshes are narrow
	queue        = 1024
	validations  = 256 // at a time; what comes meanwhile waits, up to queue
	seenFor      = 10 * time.Minute
	scoredFor    = 2 * time.Minute // is remembered who passed a message on
	maxRPC       = core.MaxFrame   // bytes of one frame
	maxControl   = 64 << 10        // bytes of a frame that are not messages' data
	scoreAllowed = 10
	scoreOther   = -1000
	graylist     = -2500
)

func (h *Host) route(ctx context.Context, nodes int) (*pubsub.PubSub, error) {
	router, err := pubsub.NewGossipSub(ctx, watched{h.inner, h},
		pubsub.WithGossipSubProtocols([]protocol.ID{meshsub}, pubsub.GossipSubDefaultFeatures),
		pubsub.WithGossipSubParams(meshParams(nodes)),
		pubsub.WithPeerScore(h.scoreParams(), thresholds()),
		pubsub.WithPeerScoreInspect(h.judge, time.Second),
		pubsub.WithFloodPublish(true),
		pubsub.WithPeerExchange(false),
		pubsub.WithMessageSignaturePolicy(pubsub.StrictNoSign),
		pubsub.WithNoAuthor(),
		pubsub.WithMessageIdFn(messageID),
		pubsub.WithPeerOutboundQueueSize(queue),
		pubsub.WithValidateQueueSize(queue),
		pubsub.WithValidateThrottle(queue),
		pubsub.WithDefaultValidator(pubsub.ValidatorEx(h.validate),
			pubsub.WithValidatorConcurrency(queue), pubsub.WithValidatorTimeout(h.times.judge)),
		pubsub.WithMaxMessageSize(maxRPC),
		pubsub.WithMaxControlMessageSize(maxControl),
		pubsub.WithSeenMessagesTTL(seenFor),
		pubsub.WithSubscriptionFilter(subscriptions{h.gate}),
		pubsub.WithAppSpecificRpcInspector(h.inspect),
		pubsub.WithRawTracer(tracer{h}),
		// The router's log names topics.
		pubsub.WithLogger(slog.New(slog.DiscardHandler)),
		pubsub.WithRPCLogger(slog.New(slog.DiscardHandler)),
	)
	if err != nil {
		return nil, fmt.Errorf("make the gossip router: %w", err)
	}
	return router, nil
}

// messageID depends on nothing that a relay could change.
func messageID(m *pb.Message) string {
	s := sha256.New()
	io.WriteString(s, m.GetTopic())
	s.Write(m.GetData())
	return string(s.Sum(nil)[:20])
}

func meshParams(nodes int) pubsub.GossipSubParams {
	p := pubsub.DefaultGossipSubParams()
	if nodes <= smallMesh {
		p.D, p.Dlo, p.Dhi, p.Dscore, p.Dout = 4, 3, 6, 2, 1
	}
	p.HistoryLength, p.HistoryGossip = 10, 6
	return p
}

// scoreParams: P3, which counts missing deliveries, is off, for a quiet chat has none. P4, garbage, is quadratic: three pieces
// end gossip with a peer, four publishing to it, six everything.
func (h *Host) scoreParams() *pubsub.PeerScoreParams {
	return &pubsub.PeerScoreParams{
		Topics:        make(map[string]*pubsub.TopicScoreParams),
		TopicScoreCap: 100,
		AppSpecificScore: func(p peer.ID) float64 {
			if h.gate.allows(p) {
				return scoreAllowed
			}
			return scoreOther
		},
		AppSpecificWeight:           1,
		IPColocationFactorWeight:    -5,
		IPColocationFactorThreshold: 10,
		IPColocationFactorWhitelist: shared,
		BehaviourPenaltyWeight:      -10,
		BehaviourPenaltyThreshold:   6,
		BehaviourPenaltyDecay:       pubsub.ScoreParameterDecay(time.Hour),
		DecayInterval:               time.Second,
		DecayToZero:                 0.01,
		RetainScore:                 6 * time.Hour,
		SeenMsgTTL:                  scoredFor,
	}
}

func topicScoreParams() *pubsub.TopicScoreParams {
	return &pubsub.TopicScoreParams{
		TopicWeight:       1,
		TimeInMeshWeight:  0.01,
		TimeInMeshQuantum: time.Second,
		TimeInMeshCap:     100,

		FirstMessageDeliveriesWeight: 0.5,
		FirstMessageDeliveriesDecay:  pubsub.ScoreParameterDecay(10 * time.Minute),
		FirstMessageDeliveriesCap:    50,

		InvalidMessageDeliveriesWeight: -100,
		InvalidMessageDeliveriesDecay:  pubsub.ScoreParameterDecay(time.Hour),
	}
}

func thresholds() *pubsub.PeerScoreThresholds {
	return &pubsub.PeerScoreThresholds{
		GossipThreshold: -500, PublishThreshold: -1000, GraylistThreshold: graylist,
		AcceptPXThreshold: 1000, OpportunisticGraftThreshold: 1,
	}
}

// shared are networks where many honest nodes have one address.
var shared = networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
	"fc00::/7", "fe80::/10", "::1/128")

func networks(texts ...string) (out []*gonet.IPNet) {
	for _, s := range texts {
		_, n, err := gonet.ParseCIDR(s)
		if err != nil {
			panic(err) // written above
		}
		out = append(out, n)
	}
	return out
}
