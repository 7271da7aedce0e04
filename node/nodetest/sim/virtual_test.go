package sim

import (
	"crypto/ed25519"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"conclave/node"
	"conclave/protocol/net/virtual"
)

// overQUIC is libp2p over packets in memory.
type overQUIC struct{ *virtual.Net }

func (o overQUIC) Host(key ed25519.PrivateKey) (node.Network, error) {
	h, err := o.Net.Host(key)
	if err != nil {
		return nil, err
	}
	return node.Sockets{Host: h}, nil
}

func TestStoriesEndAlikeOverQUIC(t *testing.T) {
	if *only >= 0 {
		tellOverQUIC(t, uint64(*only))
		return
	}
	for seed := range seeds(20) {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			t.Parallel()
			tellOverQUIC(t, uint64(seed))
		})
	}
}

func tellOverQUIC(t *testing.T, seed uint64) {
	synctest.Test(t, func(t *testing.T) {
		n := virtual.New(seed, 10*time.Millisecond, 50*time.Millisecond)
		defer n.Close()
		tell(t, seed, overQUIC{n}, nil)
	})
}
