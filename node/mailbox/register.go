package mailbox

import (
	"context"
	"errors"
	"slices"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/net"
)

// requests are what mailboxes are asked for an account: its queues, and to tell of it.
func (o *Owner) requests(tx feature.Tx, a protocol.Account) (open []openRequest, self *presentation, all closeRequest, err error) {
	var pairs []session.Pair
	if err := o.Sessions.Pairs(tx, func(p session.Pair) bool {
		if p.Own == a {
			pairs = append(pairs, p)
		}
		return len(pairs) < MaxQueues
	}); err != nil {
		return nil, nil, all, err
	}
	for part := range slices.Chunk(pairs, openQueues) {
		var r openRequest
		for _, p := range part {
			route, err := o.Sessions.Route(tx, p)
			if err != nil {
				return nil, nil, all, err
			}
			r.Queues, r.Tokens = append(r.Queues, route.Queue), append(r.Tokens, TokenHash(route.Token))
			all.Queues = append(all.Queues, route.Queue)
		}
		open = append(open, r)
	}
	if len(open) == 0 { // it is asked all the same whether it would keep
		open = append(open, openRequest{Queues: []protocol.Queue{}, Tokens: [][32]byte{}})
	}
	self, intro, err := o.presents(tx, a)
	if self != nil {
		all.Queues = append(all.Queues, intro)
	}
	return open, self, all, err
}

// presents is what a mailbox tells of an account, nil while there is nothing to tell.
func (o *Owner) presents(tx feature.Tx, a protocol.Account) (self *presentation, intro protocol.Queue, err error) {
	log, err := o.Directory.Log(tx, a)
	if err != nil {
		return nil, intro, err
	}
	prekeys, err := o.Sessions.Prekeys(tx, a)
	if errors.Is(err, feature.ErrNotFound) {
		return nil, intro, nil // none were made yet
	}
	if err != nil {
		return nil, intro, err
	}
	bundle, err := session.BundleOf(log, prekeys, o.Now())
	if err != nil {
		return nil, intro, nil // they are too old: its person has to log in
	}
	return &presentation{Account: a, Chain: log.From(0), Prekeys: prekeys}, protocol.Queue(bundle.IntroQueue), nil
}

// askFor bounds one exchange with a mailbox.
const askFor = 30 * time.Second

// ask registers with one mailbox.
func (o *Owner) ask(ctx context.Context, address string, open []openRequest, self *presentation) error {
	return o.exchange(ctx, address, func(ctx context.Context, peer net.PeerID) error {
		for _, r := range open {
			raw, err := o.Network.Request(ctx, peer, KindOpen, canon.MustMarshal(r))
			if err != nil {
				return err
			}
			if _, err := canon.Unmarshal[openAnswer](raw); err != nil {
				return err
			}
		}
		if self == nil {
			return nil
		}
		if _, err := o.Network.Request(ctx, peer, KindPresent, canon.MustMarshal(self)); err != nil {
			o.Logger.Debug("a mailbox tells nobody of an account", "peer", peer, "err", err)
		}
		return nil
	})
}

// leave tells a mailbox that nothing more is to be kept.
func (o *Owner) leave(ctx context.Context, address string, all closeRequest) error {
	return o.exchange(ctx, address, func(ctx context.Context, peer net.PeerID) error {
		for part := range slices.Chunk(all.Queues, openQueues) {
			if _, err := o.Network.Request(ctx, peer, KindClose, canon.MustMarshal(closeRequest{part})); err != nil {
				return err
			}
		}
		return nil
	})
}

// exchange connects with a mailbox first.
func (o *Owner) exchange(ctx context.Context, address string, fn func(context.Context, net.PeerID) error) error {
	addr, peer, err := ParseAddress(address)
	if err != nil {
		return err
	}
	if peer == o.Network.ID() {
		return ErrSelf
	}
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	if !o.Network.Connected(peer) {
		if err := o.Network.Connect(ctx, peer, []string{addr}); err != nil {
			return err
		}
	}
	return fn(ctx, peer)
}
