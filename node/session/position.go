package session

import (
	"context"
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/crypto/ratchet"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// KindPosition is the kind of request by which a device asks another how far it received, before it sends on sessions that
// it loaded from the disk: a peer that is ahead tells of a store that was rolled back (SPEC.md, persistence rules).
const KindPosition = "position"

// The queue and token of the pair show that the asker is the peer of it: nobody else was told them.
type positionRequest struct {
	Queue protocol.Queue `cbor:"0,keyasint"`
	Token [16]byte       `cbor:"1,keyasint"`
}

type position struct {
	_     struct{} `cbor:",toarray"`
	SID   [32]byte
	Chain uint32
	N     uint32
}

// PositionRequest encodes the question for a pair, nil where there is nothing to ask: no session that was sent on, or no queue.
func (s *Sessions) PositionRequest(tx feature.Tx, p Pair) ([]byte, error) {
	r, err := s.Route(tx, p)
	if err != nil || r.Peer == nil {
		return nil, err
	}
	sessions, err := s.all(tx, p)
	if err != nil || len(sessions) == 0 {
		return nil, err
	}
	return canon.Marshal(positionRequest{Queue: *r.Peer, Token: r.PeerTok})
}

// ServePosition answers such a question.
func (s *Sessions) ServePosition(store *storage.Store) func(context.Context, string, []byte) ([]byte, error) {
	return func(_ context.Context, _ string, body []byte) ([]byte, error) {
		req, err := canon.Unmarshal[positionRequest](body)
		if err != nil {
			return nil, feature.ErrBadRequest
		}
		out := []position{}
		err = store.View(func(tx feature.Tx) error {
			in, err := s.Inlet(tx, req.Queue, req.Token)
			if err != nil {
				return err
			}
			if in.Pair == nil {
				return feature.ErrNotFound
			}
			sessions, err := s.all(tx, *in.Pair)
			for _, l := range sessions {
				got := l.state.Position().Received
				out = append(out, position{SID: l.sid(), Chain: got.Chain, N: got.N})
			}
			return err
		})
		if errors.Is(err, feature.ErrLocked) {
			return nil, feature.ErrNotFound // nothing can be said now, and what the peer sends can be kept all the same
		}
		if err != nil {
			return nil, err
		}
		return canon.Marshal(out)
	}
}

// Behind tells whether a peer received more on some session than we remember to have sent.
func (s *Sessions) Behind(tx feature.Tx, p Pair, answer []byte) (bool, error) {
	said, err := canon.Unmarshal[[]position](answer)
	if err != nil {
		return false, fmt.Errorf("read a position: %w", err)
	}
	sessions, err := s.all(tx, p)
	if err != nil {
		return false, err
	}
	for _, l := range sessions {
		for _, at := range said {
			got := ratchet.Mark{Chain: at.Chain, N: at.N}
			if at.SID == l.sid() && !l.Dead && got.Compare(l.state.Position().Sent) > 0 {
				return true, nil
			}
		}
	}
	return false, nil
}
