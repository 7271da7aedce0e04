package net

import (
	"fmt"
	"testing"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/protocol"
	ma "github.com/multiformats/go-multiaddr"
)

func TestConnectionsOfOneAddressAreLimited(t *testing.T) {
	from := ma.StringCast("/ip4/1.2.3.4/tcp/1")
	for name, c := range map[string]struct {
		limited bool
		want    int
	}{"limited": {true, perAddress}, "unlimited": {false, 2 * perAddress}} {
		t.Run(name, func(t *testing.T) {
			r, err := resources(c.limited)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var got int
			for ; got < 2*perAddress; got++ {
				conn, err := r.OpenConnection(network.DirInbound, true, from)
				if err != nil {
					break
				}
				if err := conn.SetPeer(peer.ID(fmt.Sprint(got))); err != nil {
					t.Fatalf("peer %d: %v", got, err)
				}
			}
			if got != c.want {
				t.Errorf("got %d peers at one address, want %d", got, c.want)
			}
		})
	}
}

func TestStreamsOfOnePeerAreLimited(t *testing.T) {
	for on, want := range map[protocol.ID]int{envelopes: envelopeStreams, requests: requestStreams} {
		t.Run(string(on), func(t *testing.T) {
			r, err := resources(true)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			var got int
			for ; got < peerStreamsIn; got++ {
				s, err := r.OpenStream("peer", network.DirInbound)
				if err != nil {
					t.Fatal(err)
				}
				if err := s.SetProtocol(on); err != nil {
					break
				}
			}
			if got != want {
				t.Errorf("got %d streams of one peer, want %d", got, want)
			}
		})
	}
}
