package reconcile

import (
	"context"
	"errors"
	"fmt"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/protocol/net"
)

// topic asks for the topic secret where nobody handed it over. Both sides hold the same operations, which these tips name: what
// they do not commit to is no answer.
func (r *round) topic(ctx context.Context, tips []protocol.EventID) error {
	var want [32]byte
	has := true
	if err := r.c.Store.View(func(tx feature.Tx) error {
		switch _, err := r.c.Groups.Topic(tx, r.w.log); {
		case errors.Is(err, feature.ErrNotFound):
			has = false
		case err != nil:
			return err
		}
		state, err := r.c.Groups.At(tx, r.w.log, tips)
		if err == nil {
			want = state.Topic()
		}
		return err
	}); err != nil || has {
		return err
	}
	a, err := ask[protocol.TopicSecret](ctx, r, kindTopic, topicRequest{Log: r.w.log})
	if errors.Is(err, feature.ErrNotFound) || errors.Is(err, feature.ErrForbidden) {
		return nil // it has none either, or does not know the question
	}
	if err != nil {
		return err
	}
	if a.Log != r.w.log || membership.TopicCommitment(a.Secret) != want {
		return fmt.Errorf("%w: a topic secret of something else", errBad)
	}
	return quiet(r.c.Store.Update(ctx, func(tx feature.Tx) error { return r.c.Groups.KeepTopic(tx, r.w.log, a.Secret) }))
}

func (c *Catcher) answerTopic(tx feature.Tx, peer net.PeerID, req topicRequest) (a protocol.TopicSecret, err error) {
	if _, err := c.member(tx, req.Log, peer); err != nil {
		return a, err
	}
	a.Log = req.Log
	a.Secret, err = c.Groups.Topic(tx, req.Log)
	return a, err
}
