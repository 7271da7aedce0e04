package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"conclave/node/nodetest"
)

// returnTime is how long a message may take that waited for a node, once that node serves again.
const returnTime = 15 * time.Second

// A node is killed, which over QUIC nobody hears of, and comes back where it was; sometimes it dies again as soon as it has
// called. What waited for it arrives soon, whatever had been tried while it was away.
func TestWhatWaitedArrivesSoonAfterTheReturn(t *testing.T) {
	if testing.Short() {
		t.Skip("killing takes its time")
	}
	for _, c := range []struct{ name, kinds string }{{"over QUIC", "quic"}, {"over both", "tcp quic"}} {
		t.Run(c.name, func(t *testing.T) {
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 0))
			ana, ben := newSide(t, "ana", peerAt(t, c.kinds)...), newSide(t, "ben", peerAt(t, c.kinds)...)
			talk, err := nodetest.Introduce(t.Context(), ana.now(), ben.now())
			if err != nil {
				t.Fatal(err)
			}
			before, _, err := ben.now().Messages(t.Context(), talk)
			if err != nil {
				t.Fatal(err)
			}
			for round := range 4 {
				ben.kill(t)
				for i := range 3 {
					if _, err := ana.now().Send(t.Context(), talk, fmt.Sprintf("while away %d", i), fmt.Sprintf("%d-%d", round, i)); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond) // the random moment
				if round%3 == 2 {
					ben.restart(t)
					time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond) // the random moment
					ben.kill(t)
				}
				ben.restart(t)
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), returnTime)
				err := ben.now().Has(ctx, talk, len(before)+3*(round+1))
				cancel()
				if err != nil {
					t.Fatalf("round %d: %v\nana: %s\nben: %s", round, err, ana.node.stderr.String(), ben.node.stderr.String())
				}
				t.Logf("round %d: %v after the return", round, time.Since(began).Round(time.Millisecond))
			}
		})
	}
}

// peerAt lets a node listen for peers over the given kinds of transport.
func peerAt(t *testing.T, kinds string) (args []string) {
	t.Helper()
	for _, kind := range strings.Fields(kinds) {
		at := anyPeer(t)
		if kind == "quic" {
			at[1] = strings.Replace(at[1], "/tcp/", "/udp/", 1) + "/quic-v1"
		}
		args = append(args, at...)
	}
	return args
}
