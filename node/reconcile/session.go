package reconcile

import (
	"context"
	"sync"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	set "conclave/protocol/reconcile"
)

// What the answering side keeps of sessions.
const (
	sessionsEach = 2
	sessionsAll  = 64
	sessionItems = 2 << 20 // in all sessions together, about 40 bytes each
	sessionIdle  = time.Minute
)

// desk holds the sessions that this node answers.
type desk struct {
	mu       sync.Mutex // guards what follows
	sessions map[net.PeerID][]*session
	count    int
	items    int
}

type session struct {
	id    [16]byte
	log   protocol.Log
	items int
	used  time.Time // guarded by the desk

	mu    sync.Mutex // guards reply
	reply *set.Responder
}

func (c *Catcher) answerIDs(_ context.Context, from string, body []byte) ([]byte, error) {
	req, err := canon.Unmarshal[idsRequest](body)
	if err != nil {
		return nil, feature.ErrBadRequest
	}
	peer := net.PeerID(from)
	s := c.served.find(peer, req, c.Now())
	if s == nil {
		if s, err = c.begin(peer, req); err != nil {
			return nil, public(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	out, err := s.reply.Reply(req.Message)
	if err != nil {
		c.served.drop(peer, s)
		return nil, feature.ErrBadRequest
	}
	return out, nil
}

// begin opens a session over what both sides may read now.
func (c *Catcher) begin(peer net.PeerID, req idsRequest) (*session, error) {
	ranges, err := set.DecodeRanges(req.Ranges)
	if err != nil {
		return nil, feature.ErrNotFound // it ended, or never was
	}
	var all *set.Set
	if err := c.Store.View(func(tx feature.Tx) error {
		s, err := c.member(tx, req.Log, peer)
		if err != nil {
			return err
		}
		all, err = s.common(req.Log, ranges)
		return err
	}); err != nil {
		return nil, err
	}
	s := &session{id: req.Session, log: req.Log, items: all.Len(), used: c.Now(), reply: set.NewResponder(all, set.Options{})}
	if !c.served.add(peer, s) {
		return nil, feature.ErrTooMany
	}
	return s, nil
}

func (d *desk) find(peer net.PeerID, req idsRequest, now time.Time) *session {
	d.mu.Lock()
	defer d.mu.Unlock()
	for p, list := range d.sessions {
		for _, s := range list {
			if now.Sub(s.used) > sessionIdle {
				d.remove(p, s)
			}
		}
	}
	if len(req.Ranges) > 0 {
		return nil
	}
	for _, s := range d.sessions[peer] {
		if s.id == req.Session && s.log == req.Log {
			s.used = now
			return s
		}
	}
	return nil
}

// add takes a session in; the oldest of the same peer gives way. It returns false where there is no room.
func (d *desk) add(peer net.PeerID, s *session) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if list := d.sessions[peer]; len(list) >= sessionsEach {
		d.remove(peer, list[0])
	}
	if d.count >= sessionsAll || d.items+s.items > sessionItems {
		return false
	}
	d.sessions[peer] = append(d.sessions[peer], s)
	d.count++
	d.items += s.items
	return true
}

func (d *desk) drop(peer net.PeerID, s *session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.remove(peer, s)
}

// remove is drop for who holds the lock.
func (d *desk) remove(peer net.PeerID, s *session) {
	var rest []*session
	for _, x := range d.sessions[peer] {
		if x != s {
			rest = append(rest, x)
			continue
		}
		d.count--
		d.items -= s.items
	}
	if d.sessions[peer] = rest; len(rest) == 0 {
		delete(d.sessions, peer)
	}
}
