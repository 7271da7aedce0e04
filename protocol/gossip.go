package protocol

import (
	"fmt"

	"conclave/crypto/canon"
)

// GossipHost tells where the gossip host of a node is, to nodes that share a group with it (SPEC.md, gossip between nodes). It
// is taken for the node that the sending device lives on, and for no other.
type GossipHost struct {
	Peer  string   `cbor:"0,keyasint"` // peer id of the gossip host, text
	Addrs []string `cbor:"1,keyasint"` // multiaddrs with /p2p/; none for a host that only dials
	Until uint64   `cbor:"2,keyasint"` // Unix milliseconds: its key is gone by then
}

// Bounds of a GossipHost.
const (
	MaxGossipAddrs = 8
	MaxGossipAddr  = 256 // bytes
	maxGossipPeer  = 64  // bytes
)

// Encode returns the one encoding.
func (h GossipHost) Encode() []byte { return canon.MustMarshal(h) }

// DecodeGossipHost reads one and checks its bounds. Whether the peer id and the addresses make sense it does not know.
func DecodeGossipHost(b []byte) (GossipHost, error) {
	if len(b) > MaxGossipAddrs*(MaxGossipAddr+8)+maxGossipPeer+64 {
		return GossipHost{}, fmt.Errorf("%w: a gossip host of %d bytes", ErrContent, len(b))
	}
	h, err := canon.Unmarshal[GossipHost](b)
	if err != nil {
		return GossipHost{}, fmt.Errorf("%w: %w", ErrContent, err)
	}
	sound := h.Peer != "" && len(h.Peer) <= maxGossipPeer && len(h.Addrs) <= MaxGossipAddrs
	for _, a := range h.Addrs {
		sound = sound && len(a) <= MaxGossipAddr
	}
	if !sound {
		return GossipHost{}, fmt.Errorf("%w: a gossip host out of bounds", ErrContent)
	}
	return h, nil
}
