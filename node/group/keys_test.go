package group

import (
	"errors"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

var errCrash = errors.New("the node dies here")

// The key of a group message follows from its chain and its number in it (SPEC.md, sender keys), so no pair of these may leave a node twice: not
// when transactions fail before their commit, when nodes start again, and when chains are replaced.
func TestNoGroupMessageKeyLeavesANodeTwice(t *testing.T) {
	messages := 1_000
	if os.Getenv("CONCLAVE_NIGHTLY") != "" {
		messages = 50_000
	}
	type place struct {
		chain chain.ChainID
		n     uint32
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 0))
	w := newWorld(t, "a", "b", "c")
	log := w.groupOf(w.sites[1], w.sites[2])
	cara := w.person(2).id
	used, of := map[place]int{}, map[chain.ChainID]bool{}
	sent, failed, inside := 0, 0, true
	deliver := func() {
		if inside {
			w.deliver()
		} else {
			w.deliver(w.sites[2])
		}
	}
	for sent < messages {
		p := w.person(draw.IntN(2))
		w.now = w.now.Add(time.Duration(draw.IntN(20)) * time.Second)
		crash := draw.IntN(25) == 0
		switch draw.IntN(messages / 10) {
		case 0:
			p.restart()
			continue
		case 1: // each removal replaces the chains of those who stay
			deliver()
			if inside {
				w.person(0).act(log, &membership.Remove{Account: cara})
				deliver()
				inside = false
			} else {
				w.person(0).act(log, &membership.Add{Account: cara})
				inside = true
				deliver()
			}
			continue
		}
		err := p.try(func(tx feature.Tx) error {
			_, err := p.line.Append(tx, feature.Draft{Log: log, Author: p.id, Body: event.MessageSent{Content: "a message"}})
			if err == nil && crash {
				err = errCrash
			}
			return err
		})
		if errors.Is(err, errCrash) {
			failed++ // nothing leaves a node that died before the commit
			continue
		}
		if err != nil {
			t.Fatalf("message %d: %v", sent, err)
		}
		last := p.mail[len(p.mail)-1]
		m, err := chain.DecodeInner(last.inner)
		if err != nil {
			t.Fatal(err)
		}
		at := place{m.Chain, m.N}
		if before, ok := used[at]; ok {
			t.Fatalf("message %d has the key of message %d: number %d of its chain", sent, before, m.N)
		}
		used[at], of[m.Chain] = sent, true
		sent++
		if draw.IntN(20) == 0 {
			deliver()
		}
	}
	deliver()
	t.Logf("%d messages on %d chains, %d transactions failed", sent, len(of), failed)
	if failed == 0 || len(of) < 4 {
		t.Errorf("%d transactions failed and %d chains were used: too few to say something", failed, len(of))
	}
	w.same(log, w.sites[1])
}
