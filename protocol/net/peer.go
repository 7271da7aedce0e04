package net

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/libp2p/go-libp2p/core/crypto"
	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	"github.com/libp2p/go-libp2p/core/peerstore"
	ma "github.com/multiformats/go-multiaddr"
	manet "github.com/multiformats/go-multiaddr/net"

	"conclave/protocol/net/internal/wire"
)

// PeerID is the text form of a node's Ed25519 public key, as libp2p writes it (12D3KooW…).
type PeerID string

// ParsePeerID checks the text form. It refuses keys that are not Ed25519.
func ParsePeerID(s string) (PeerID, error) {
	id, err := PeerID(s).decode()
	return PeerID(id.String()), err
}

// PeerOf returns the PeerID of a node key.
func PeerOf(key ed25519.PublicKey) (PeerID, error) {
	pub, err := crypto.UnmarshalEd25519PublicKey(key)
	if err != nil {
		return "", fmt.Errorf("read a node key: %w", err)
	}
	id, err := peer.IDFromPublicKey(pub)
	return PeerID(id.String()), err
}

// PublicKey returns the node key that a PeerID stands for.
func (p PeerID) PublicKey() (ed25519.PublicKey, error) {
	id, err := p.decode()
	if err != nil {
		return nil, err
	}
	return keyOf(id)
}

func (p PeerID) decode() (peer.ID, error) {
	if len(p) > 64 {
		return "", fmt.Errorf("peer id of %d characters", len(p))
	}
	id, err := peer.Decode(string(p))
	if err != nil {
		return "", fmt.Errorf("peer id %q: %w", string(p), err)
	}
	if _, err := keyOf(id); err != nil {
		return "", fmt.Errorf("peer id %q: %w", string(p), err)
	}
	return id, nil
}

func keyOf(id peer.ID) (ed25519.PublicKey, error) {
	pub, err := id.ExtractPublicKey()
	if err != nil {
		return nil, err
	}
	if pub.Type() != crypto.Ed25519 {
		return nil, errors.New("not an Ed25519 key")
	}
	return pub.Raw()
}

// Connect makes sure of a direct connection, dialling if there is none. The addresses, at most 16, replace those known of the
// peer and are kept for later dials while the host lives; without any, the known ones are tried. The caller answers for
// where they come from: see Believable.
func (h *Host) Connect(ctx context.Context, to PeerID, addrs []string) error {
	p, err := to.decode()
	if err != nil {
		return err
	}
	if p == h.inner.ID() {
		return errors.New("connect to itself")
	}
	if len(addrs) > 0 {
		known, loopback, err := wire.ParseAddrs(p, addrs)
		if err != nil {
			return err
		}
		h.inner.Peerstore().ClearAddrs(p)
		h.inner.Peerstore().AddAddrs(p, known, peerstore.PermanentAddrTTL)
		h.gate.allowLoopback(p, loopback)
	}
	err = h.dial(ctx, p)
	h.note(p, err)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", to, err)
	}
	return nil
}

// Connected tells whether there is a direct connection with the peer.
func (h *Host) Connected(to PeerID) bool {
	p, err := to.decode()
	return err == nil && h.inner.Network().Connectedness(p) == network.Connected
}

// OverLoopback tells whether the peer is connected over the loopback interface, and so may claim addresses on it.
func (h *Host) OverLoopback(to PeerID) bool {
	p, err := to.decode()
	if err != nil {
		return false
	}
	return slices.ContainsFunc(h.inner.Network().ConnsToPeer(p), func(c network.Conn) bool {
		return manet.IsIPLoopback(c.RemoteMultiaddr())
	})
}

// PeerStatus is what a node's owner may see of a peer.
type PeerStatus struct {
	Peer      PeerID
	Connected bool
	Address   string        // of the connection in use, or the first known
	Inbound   bool          // the peer dialled
	Transport string        // tcp, quic-v1 or p2p-circuit; empty without a connection
	Since     time.Time     // of the connection
	LastError string        // of the last attempt to reach the peer, empty if it worked
	ErrorAt   time.Time     // of LastError
	Skew      time.Duration // the peer's clock minus ours when its last lane opened, 0 if unknown
}

// report is what happened when this node called a peer.
type report struct {
	err   string
	errAt time.Time
	skew  time.Duration
}

// maxReports bounds the peers of which something is remembered.
const maxReports = 4096

// note remembers how an attempt to reach a peer went.
func (h *Host) note(p peer.ID, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.report(p)
	r.err, r.errAt = "", time.Time{}
	if err != nil {
		r.err, r.errAt = err.Error(), time.Now()
	}
}

// report returns the report of a peer, with h.mu held.
func (h *Host) report(p peer.ID) *report {
	r := h.reports[p]
	if r == nil {
		if len(h.reports) >= maxReports {
			for other := range h.reports {
				delete(h.reports, other)
				break
			}
		}
		r = new(report)
		h.reports[p] = r
	}
	return r
}

// Peers returns the connected peers and those this node tried to reach, in order of their ids.
func (h *Host) Peers() []PeerStatus {
	all := make(map[peer.ID]*PeerStatus)
	h.mu.Lock()
	for p, r := range h.reports {
		all[p] = &PeerStatus{Peer: PeerID(p.String()), LastError: r.err, ErrorAt: r.errAt, Skew: r.skew}
	}
	h.mu.Unlock()
	for _, c := range h.inner.Network().Conns() {
		p := c.RemotePeer()
		s := all[p]
		if s == nil {
			s = &PeerStatus{Peer: PeerID(p.String())}
			all[p] = s
		}
		s.Connected = true
		s.Address, s.Inbound = c.RemoteMultiaddr().String(), c.Stat().Direction == network.DirInbound
		s.Transport, s.Since = transport(c), c.Stat().Opened
	}
	out := make([]PeerStatus, 0, len(all))
	for p, s := range all {
		if known := h.inner.Peerstore().Addrs(p); !s.Connected && len(known) > 0 {
			s.Address = known[0].String()
		}
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b PeerStatus) int { return cmp.Compare(a.Peer, b.Peer) })
	return out
}

func transport(c network.Conn) string {
	if wire.Has(c.RemoteMultiaddr(), ma.P_CIRCUIT) {
		return "p2p-circuit"
	}
	return c.ConnState().Transport
}
