package session

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Route is where the blobs of a pair go, and where its own come from. It lies in the node's realm: the outbox works while
// vaults are locked.
type Route struct {
	Pair    Pair
	Queue   protocol.Queue // ours, that the peer puts into
	Token   [16]byte
	Peer    *protocol.Queue // the peer's; nil until it told us: its intro queue then
	PeerTok [16]byte
	Intro   protocol.Queue // of the peer's bundle
	Told    bool           // our own queue was told in a session message
	Backlog bool           // something waits to be sealed: what is new waits behind it
	Era     uint64         // how often the sessions of the pair were given up
	// Mailboxes are where the peer's node has blobs kept while it cannot be reached, as multiaddrs with /p2p/.
	Mailboxes []string `cbor:"Mailboxes,omitempty"`
}

// Inlet is whose queue a queue is.
type Inlet struct {
	Account protocol.Account
	Device  protocol.Device
	Pair    *Pair // nil for the intro queue
	Token   [16]byte
}

func (s *Sessions) routeKey(p Pair) storage.Key { return s.realm().Key(storage.Pairs, p.Part()) }

func (s *Sessions) queueKey(q protocol.Queue) storage.Key {
	return s.realm().Key(storage.Queues, storage.H(q[:]))
}

// Route returns what is known of a pair, and makes its own queue the first time.
func (s *Sessions) Route(tx feature.Tx, p Pair) (Route, error) {
	r, err := storage.GetAs[Route](tx, s.realm(), s.routeKey(p))
	if err == nil || !errors.Is(err, storage.ErrNotFound) {
		return r, err
	}
	r = Route{Pair: p}
	rand.Read(r.Queue[:])
	rand.Read(r.Token[:])
	if !tx.Writable() {
		return r, nil
	}
	if s.NewQueue != nil {
		tx.OnCommit(func() { s.NewQueue(p.Own) })
	}
	if err := storage.PutAs(tx, s.realm(), s.queueKey(r.Queue), Inlet{Account: p.Own, Device: p.OwnDev, Pair: &p, Token: r.Token}); err != nil {
		return r, err
	}
	return r, s.SaveRoute(tx, r)
}

// Pairs calls fn with every pair that has a route, until it returns false.
func (s *Sessions) Pairs(tx feature.Tx, fn func(Pair) bool) error {
	return tx.Scan(s.realm(), s.realm().Key(storage.Pairs), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
		r, err := canon.Unmarshal[Route](v)
		if err != nil {
			return false, fmt.Errorf("read a route: %w", err)
		}
		return fn(r.Pair), nil
	})
}

// SaveRoute keeps a route.
func (s *Sessions) SaveRoute(tx feature.Tx, r Route) error {
	return storage.PutAs(tx, s.realm(), s.routeKey(r.Pair), r)
}

// Target is the queue and token for the next blob of a pair.
func (r Route) Target() (protocol.Queue, [16]byte) {
	if r.Peer != nil {
		return *r.Peer, r.PeerTok
	}
	return r.Intro, [16]byte{}
}

// Inlet finds whose queue a blob came to; feature.ErrNotFound for an unknown queue or a wrong token.
func (s *Sessions) Inlet(tx feature.Tx, q protocol.Queue, token [16]byte) (Inlet, error) {
	in, err := s.Named(tx, q)
	if err != nil {
		return Inlet{}, err
	}
	if in.Pair != nil && subtle.ConstantTimeCompare(in.Token[:], token[:]) != 1 {
		return Inlet{}, feature.ErrNotFound
	}
	return in, nil
}

// Named finds whose queue a queue is, whatever the token; feature.ErrNotFound for an unknown one.
func (s *Sessions) Named(tx feature.Tx, q protocol.Queue) (Inlet, error) {
	in, err := storage.GetAs[Inlet](tx, s.realm(), s.queueKey(q))
	if errors.Is(err, storage.ErrNotFound) {
		return Inlet{}, feature.ErrNotFound
	}
	return in, err
}

// own is what we tell the peer of a pair.
func (s *Sessions) own(tx feature.Tx, r Route) (protocol.Routes, error) {
	addrs := s.Routes()
	out := protocol.Routes{Queue: r.Queue, Token: r.Token, Addresses: append([]string{}, addrs[:min(len(addrs), protocol.MaxAddresses)]...)}
	if s.Mailboxes == nil {
		return out, nil
	}
	mailboxes, err := s.Mailboxes(tx, r.Pair.Own)
	out.Mailboxes = mailboxes[:min(len(mailboxes), protocol.MaxMailboxes)]
	return out, err
}

// TakeRoutes keeps where the peer wants its blobs.
func (s *Sessions) TakeRoutes(tx feature.Tx, p Pair, told protocol.Routes) error {
	r, err := s.Route(tx, p)
	if err != nil {
		return err
	}
	r.Peer, r.PeerTok, r.Mailboxes = &told.Queue, told.Token, told.Mailboxes
	return s.SaveRoute(tx, r)
}

// TellAgain is tellAgain for all pairs of an account, which it returns: where its blobs are kept has changed.
func (s *Sessions) TellAgain(tx feature.Tx, a protocol.Account) (out []Pair, err error) {
	if err := s.Pairs(tx, func(p Pair) bool {
		if p.Own == a {
			out = append(out, p)
		}
		return true
	}); err != nil {
		return nil, err
	}
	for _, p := range out {
		if err := s.tellAgain(tx, p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tellAgain makes the next message carry our queue: a peer that starts a new session may have lost it.
func (s *Sessions) tellAgain(tx feature.Tx, p Pair) error {
	r, err := s.Route(tx, p)
	if err != nil || !r.Told {
		return err
	}
	r.Told = false
	return s.SaveRoute(tx, r)
}
