package net

import (
	"fmt"
	"maps"

	"github.com/libp2p/go-libp2p/core/network"
	"github.com/libp2p/go-libp2p/core/peer"
	rcmgr "github.com/libp2p/go-libp2p/p2p/host/resource-manager"
	ma "github.com/multiformats/go-multiaddr"
)

// Who keeps places for whom. Peers that the node knows find room when strangers took all that strangers may have: connections that
// they begin are counted apart, and the addresses at which they were found may shake hands beside the others.
const (
	strangerPlaces = connections / 2 // connections that strangers began
	MaxKnown       = 16384           // peers that the node knows at the most
	maxReserved    = 4096            // addresses of such peers
	reservedOfPeer = 8               // addresses of one
)

// knownTag keeps the connections of known peers when there are too many.
const knownTag = "known"

// Know tells the host which peers the node knows, at most MaxKnown; it replaces what was told before. Strangers cannot take the
// last places for connections from them.
func (h *Host) Know(peers []PeerID) {
	known := make(map[peer.ID]bool, len(peers))
	for _, id := range peers[:min(len(peers), MaxKnown)] {
		if p, err := id.decode(); err == nil {
			known[p] = true
		}
	}
	was := h.gate.know(known)
	for p := range was {
		if !known[p] {
			h.inner.ConnManager().Unprotect(p, knownTag)
		}
	}
	for p := range known {
		if !was[p] {
			h.inner.ConnManager().Protect(p, knownTag)
		}
	}
	list := rcmgr.GetAllowlist(h.inner.Network().ResourceManager())
	if list == nil {
		return // nothing is bounded
	}
	reserved := h.found(known)
	h.mu.Lock()
	defer h.mu.Unlock()
	for key, a := range h.reserved {
		if reserved[key] == nil {
			_ = list.Remove(a) // it was taken once
		}
	}
	for key, a := range reserved {
		if h.reserved[key] != nil {
			continue
		}
		if err := list.Add(a); err != nil {
			h.log.Debug("keep a place for an address", "error", err)
			delete(reserved, key)
		}
	}
	h.reserved = reserved
}

// found are the addresses without ports at which peers were found, with their ids.
func (h *Host) found(peers map[peer.ID]bool) map[string]ma.Multiaddr {
	out := map[string]ma.Multiaddr{}
	for p := range peers {
		addrs := h.inner.Peerstore().Addrs(p)
		for _, c := range h.direct(p) {
			addrs = append(addrs, c.RemoteMultiaddr())
		}
		of := map[string]ma.Multiaddr{}
		for _, a := range addrs {
			host, _ := ma.SplitFirst(a)
			if host == nil || host.Protocol().Code != ma.P_IP4 && host.Protocol().Code != ma.P_IP6 || len(of) == reservedOfPeer {
				continue
			}
			at, err := ma.NewMultiaddr(fmt.Sprintf("%s/p2p/%s", host, p))
			if err == nil {
				of[at.String()] = at
			}
		}
		if len(out)+len(of) > maxReserved {
			return out
		}
		maps.Copy(out, of)
	}
	return out
}

// strangers counts the connections that unknown peers began.
func (h *Host) strangers() (n int) {
	for _, c := range h.inner.Network().Conns() {
		if c.Stat().Direction == network.DirInbound && !h.gate.knows(c.RemotePeer()) {
			n++
		}
	}
	return n
}

// know replaces the known peers and returns who they were.
func (g *gate) know(peers map[peer.ID]bool) (was map[peer.ID]bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	was, g.known = g.known, peers
	return was
}

func (g *gate) knows(p peer.ID) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.known[p]
}

// hasRoom tells whether a peer may begin another connection.
func (g *gate) hasRoom(p peer.ID) bool {
	g.mu.Lock()
	count, known := g.strangers, g.known[p]
	g.mu.Unlock()
	return !g.limited || known || count == nil || count() < g.places
}
