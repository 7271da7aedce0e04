package session

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
)

// keyPlace is where a message key stands: the session, whose messages, the chain and the number in it. That one place has one key, and no two the
// same, package ratchet shows.
type keyPlace struct {
	sid  [32]byte
	from protocol.Device
	mark [2]uint32
}

// placeOfLast is where the message stands that a side sealed last in a transaction.
func (s *side) placeOfLast(tx feature.Tx, o *side) (keyPlace, error) {
	all, err := s.all(tx, s.to(o))
	if err != nil {
		return keyPlace{}, err
	}
	r, err := s.Route(tx, s.to(o))
	if err != nil {
		return keyPlace{}, err
	}
	l := s.choose(all, r)
	if l == nil {
		return keyPlace{}, ErrNoSession
	}
	sent := l.state.Position().Sent
	return keyPlace{l.state.SID(), s.dev, [2]uint32{sent.Chain, sent.N - 1}}, nil
}

// Two nodes write to one another while transactions fail before their commit, blobs are lost and come late, sessions are given up, and the nodes
// start again with what they kept.
func TestNoMessageKeyLeavesANodeTwice(t *testing.T) {
	messages := 5_000
	if os.Getenv("CONCLAVE_NIGHTLY") != "" {
		messages = 200_000 // a million of them is the ratchet's
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 0))
	p := newPair(t)
	p.meet(t)
	used := map[keyPlace]int{}
	sides := [2]*side{p.a, p.b}
	var flying [2][]Sealed
	sent, opened, failed, again := 0, 0, 0, 0
	for sent < messages {
		who := draw.IntN(2)
		s, o := sides[who], sides[1-who]
		*p.now = p.now.Add(time.Duration(draw.IntN(30)) * time.Second)
		switch crash := draw.IntN(30) == 0; {
		case draw.IntN(messages/20) == 0:
			again++
			s.Sessions = New(s.Config)
		case draw.IntN(messages/10) == 0:
			s.update(t, func(tx feature.Tx) error { return s.Abandon(tx, s.to(o)) })
		case len(flying[who]) > 0 && draw.IntN(2) == 0:
			i := draw.IntN(min(len(flying[who]), 6))
			x := flying[who][i]
			if draw.IntN(10) != 0 {
				err := s.store.Update(context.Background(), func(tx feature.Tx) error {
					in, err := s.Inlet(tx, x.Queue, x.Token)
					if err == nil {
						_, err = s.Open(tx, in, x.Blob, admitAll)
					}
					if err == nil && crash {
						err = errCrash
					}
					return err
				})
				if errors.Is(err, errCrash) {
					continue // it is not acknowledged, and comes again
				}
				if err == nil {
					opened++
				}
			}
			flying[who] = slices.Delete(flying[who], i, i+1)
		default:
			var x Sealed
			var at keyPlace
			seal := func(tx feature.Tx) (err error) {
				if x, err = s.Seal(tx, s.to(o), 0, text(fmt.Sprint(sent))); err != nil {
					return err
				}
				if at, err = s.placeOfLast(tx, o); err == nil && crash {
					err = errCrash
				}
				return err
			}
			err := s.store.Update(context.Background(), seal)
			if errors.Is(err, ErrNoSession) {
				s.begin(t, o, nil)
				err = s.store.Update(context.Background(), seal)
			}
			if errors.Is(err, errCrash) {
				failed++
				continue
			}
			if err != nil {
				t.Fatalf("message %d: %v", sent, err)
			}
			if before, ok := used[at]; ok {
				t.Fatalf("message %d has the key of message %d: %v", sent, before, at.mark)
			}
			used[at] = sent
			sent++
			flying[1-who] = append(flying[1-who], x)
		}
	}
	t.Logf("%d messages sent, %d opened, %d transactions failed, %d starts", sent, opened, failed, again)
	if len(used) != sent || opened < sent/2 || failed == 0 || again == 0 {
		t.Errorf("%d keys of %d messages, %d opened, %d transactions failed, %d starts", len(used), sent, opened, failed, again)
	}
}
