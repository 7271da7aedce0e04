package net

import (
	"context"
	"errors"
	"time"

	"github.com/libp2p/go-libp2p/core/network"
	mss "github.com/multiformats/go-multistream"
)

// A node that was killed and comes back connects anew, while this one may not have noticed that its old connection is dead:
// over QUIC nothing says so before half a minute has passed, and streams would still be opened on it. So whenever a peer has a
// new connection, its older ones must answer or are closed, and what begins meanwhile begins on the newest.

// probe asks the older connections of a peer for a sign of life when c begins.
func (h *Host) probe(c network.Conn) {
	for _, old := range h.inner.Network().ConnsToPeer(c.RemotePeer()) {
		if old.ID() != c.ID() {
			h.test(old)
		}
	}
}

// doubt asks a connection for a sign of life on which something took too long.
func (h *Host) doubt(c network.Conn, why error) {
	if timedOut(why) || errors.Is(why, errSilent) {
		h.test(c)
	}
}

// test closes a connection that does not answer.
func (h *Host) test(c network.Conn) {
	if !h.tasks.Enter() {
		return
	}
	go func() {
		defer h.tasks.Leave()
		if err := h.guard("a probe", func() error { return h.answers(c) }); err != nil {
			h.log.Debug("close a connection that does not answer", "peer", c.RemotePeer(), "err", err)
			c.Close()
		}
	}()
}

// answers opens a stream on one connection and waits until the other side agrees on its protocol, or says that it does not.
func (h *Host) answers(c network.Conn) error {
	ctx, cancel := context.WithTimeout(context.Background(), h.times.probe)
	defer cancel()
	s, err := c.NewStream(ctx)
	if err != nil {
		return err
	}
	defer s.Reset()
	defer context.AfterFunc(ctx, func() { s.Reset() })()
	if err := s.SetDeadline(time.Now().Add(h.times.probe)); err != nil {
		return err
	}
	if _, err := mss.SelectOneOf([]string{string(requests)}, s); err != nil && !errors.Is(err, mss.ErrNotSupported[string]{}) {
		return err
	}
	return nil
}
