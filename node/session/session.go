// Package session loads and saves ratchet state inside the caller's transaction: what is sealed is saved together with the
// advanced state before a byte leaves, what is opened is saved together with it before it is acknowledged (SPEC.md,
// persistence rules).
//
// It knows pairs of devices, keeps at most five sessions of each, chooses the one to send with, starts new ones from prekey
// bundles, answers others' prekey messages, and makes and serves the prekeys of local accounts. It checks identities
// against the directory before any state comes to be, and knows no network.
//
// Everything takes a transaction of the store; there is one writer at a time, so nothing here is locked.
package session

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"conclave/crypto/canon"
	"conclave/crypto/identity"
	"conclave/crypto/ratchet"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/storage"
)

// Keys are what sessions need of the keyring.
type Keys interface {
	Node() *storage.Realm
	// Device returns the secrets of an unlocked account's device, or feature.ErrLocked.
	Device(protocol.Account) (feature.Device, error)
	// PutShredded puts a row of the node's realm under the account's vault and the shred layer, OpenShredded opens what a scan
	// found of one; both fail with feature.ErrLocked.
	PutShredded(tx feature.Tx, a protocol.Account, k storage.Key, v []byte) error
	OpenShredded(a protocol.Account, k storage.Key, v []byte) ([]byte, error)
}

// Identities are what sessions need of the directory.
type Identities interface {
	Log(feature.Tx, protocol.Account) (*identity.Log, error)
	// Preview returns the log as it would be after Merge, without changing anything.
	Preview(feature.Tx, protocol.Account, []identity.Signed) (*identity.Log, error)
	Merge(feature.Tx, protocol.Account, []identity.Signed) error
	Forked(feature.Tx, protocol.Account) bool
}

// Config is what Sessions are made of.
type Config struct {
	Keys       Keys
	Identities Identities
	// Secret tells whether somebody who asks for prekeys holds an account's contact link; such people get one-time keys.
	Secret func(feature.Tx, protocol.Account, []byte) bool
	// Routes are the addresses of this node that a peer device is told.
	Routes func() []string
	// Mailboxes are the nodes that keep blobs for an account, as its peers are told; nil where there are none.
	Mailboxes func(feature.Tx, protocol.Account) ([]string, error)
	// NewQueue is called after an account got a queue of its own for a pair; nil: nobody wants to know.
	NewQueue func(protocol.Account)
	Now      func() time.Time
	Random   io.Reader
}

// Sessions keeps the sessions of all local accounts. See the package comment.
type Sessions struct{ Config }

// New returns Sessions.
func New(c Config) *Sessions {
	if c.Random == nil {
		c.Random = rand.Reader
	}
	return &Sessions{c}
}

// Pair is a device of a local account and a device of another one.
type Pair struct {
	Own     protocol.Account
	OwnDev  protocol.Device
	Peer    protocol.Account
	PeerDev protocol.Device
}

// Part is the pair's part of a key.
func (p Pair) Part() storage.Part {
	return storage.H(p.Own[:], p.OwnDev[:], p.Peer[:], p.PeerDev[:])
}

// Errors of Seal and Open.
var (
	// ErrNoSession means that there is no session to send with: start one with Begin.
	ErrNoSession = errors.New("no session with the device")
	// ErrWait means that a content is too long for a first message; it can be sealed once the peer answered.
	ErrWait = errors.New("too long for a first message")
	// ErrUndecryptable means that no session opens a blob.
	ErrUndecryptable = errors.New("no session opens this")
	// ErrLater means that a blob is too far ahead of what was received: it may open when what is before it came.
	ErrLater = errors.New("too far ahead of what was received")
	// ErrUntrusted means that the sender's identity does not hold.
	ErrUntrusted = errors.New("the sender's identity does not hold")
)

const (
	// crossing is how close two sessions are created to count as made at the same time by both sides.
	crossing = 10 * time.Minute
	// unansweredFor is how long a session that the peer never answered is used.
	unansweredFor = 14 * 24 * time.Hour
)

// kept is a session as it lies in the store.
type kept struct {
	State  []byte   `cbor:"0,keyasint"`
	EK     [32]byte `cbor:"1,keyasint"`           // the initiator's ephemeral key, which names the handshake
	Offer  *offer   `cbor:"2,keyasint,omitempty"` // the initiator's, until the first answer
	Dead   bool     `cbor:"3,keyasint,omitempty"` // receives only
	LastIn uint64   `cbor:"4,keyasint"`           // Unix milliseconds of the newest successful opening, 0 for none
}

// live is a session in use inside a transaction.
type live struct {
	kept
	state *ratchet.State
	key   storage.Key
}

func (l *live) sid() [32]byte { return l.state.SID() }

func (s *Sessions) realm() *storage.Realm { return s.Keys.Node() }

func (s *Sessions) sessionKey(p Pair, sid [32]byte) storage.Key {
	return s.realm().Key(storage.Sessions, p.Part(), storage.Fixed(sid[:16]))
}

func (s *Sessions) save(tx feature.Tx, p Pair, l *live) error {
	l.state.Expire(s.Now())
	l.State = l.state.Marshal()
	if l.key == "" {
		l.key = s.sessionKey(p, l.sid())
	}
	if err := s.Keys.PutShredded(tx, p.Own, l.key, canon.MustMarshal(l.kept)); err != nil {
		return fmt.Errorf("save a session: %w", err)
	}
	return nil
}

// all loads the sessions of a pair, newest use first.
func (s *Sessions) all(tx feature.Tx, p Pair) ([]*live, error) {
	var out []*live
	prefix := s.realm().Key(storage.Sessions, p.Part())
	err := tx.Scan(s.realm(), prefix, storage.ScanOptions{}, func(k storage.Key, box []byte) (bool, error) {
		raw, err := s.Keys.OpenShredded(p.Own, k, box)
		if err != nil {
			return false, fmt.Errorf("load a session: %w", err)
		}
		row, err := canon.UnmarshalOwn[kept](raw)
		if err != nil {
			return false, fmt.Errorf("load a session: %w", err)
		}
		state, err := ratchet.Unmarshal(row.State)
		if err != nil {
			return false, fmt.Errorf("load a session: %w", err)
		}
		out = append(out, &live{kept: row, state: state, key: k})
		return true, nil
	})
	slices.SortFunc(out, func(a, b *live) int {
		return cmp.Or(cmp.Compare(b.LastIn, a.LastIn), b.state.Created().Compare(a.state.Created()), bytes.Compare(a.key.After(prefix), b.key.After(prefix)))
	})
	return out, err
}

// choose picks the session to send with: of those made at about the same time the one with the smallest id, so that both
// sides choose alike without asking; else the one that opened something last. While the peer's queue is not known, only
// prekey messages have a way there.
func (s *Sessions) choose(sessions []*live, r Route) *live {
	var best *live
	for _, l := range sessions {
		if l.Dead || l.Offer == nil && r.Peer == nil || l.Offer != nil && s.Now().Sub(l.state.Created()) > unansweredFor {
			continue
		}
		if best == nil {
			best = l
			continue
		}
		a, b := l.sid(), best.sid()
		if apart(l, best) <= crossing && bytes.Compare(a[:], b[:]) < 0 {
			best = l
		}
	}
	return best
}

func apart(a, b *live) time.Duration {
	return a.state.Created().Sub(b.state.Created()).Abs()
}

// prune keeps the five sessions of a pair that were used last.
func (s *Sessions) prune(tx feature.Tx, p Pair) error {
	sessions, err := s.all(tx, p)
	if err != nil {
		return err
	}
	slices.SortStableFunc(sessions, func(a, b *live) int {
		return cmp.Compare(max(b.LastIn, uint64(b.state.Created().UnixMilli())), max(a.LastIn, uint64(a.state.Created().UnixMilli())))
	})
	for _, l := range sessions[min(len(sessions), protocol.MaxSessions):] {
		tx.Delete(l.key)
	}
	return nil
}

// Expire drops the keys of messages that an unlocked account waited for long enough (SPEC.md, limits of the ratchet), in
// sessions that nothing is sent on too.
func (s *Sessions) Expire(tx feature.Tx, a protocol.Account) error {
	var pairs []Pair
	if err := s.Pairs(tx, func(p Pair) bool {
		if p.Own == a {
			pairs = append(pairs, p)
		}
		return true
	}); err != nil {
		return err
	}
	for _, p := range pairs {
		sessions, err := s.all(tx, p)
		if err != nil {
			return err
		}
		for _, l := range sessions {
			l.state.Expire(s.Now())
			if bytes.Equal(l.state.Marshal(), l.State) {
				continue
			}
			if err := s.save(tx, p, l); err != nil {
				return err
			}
		}
	}
	return nil
}

// Abandon makes all sessions of a pair receive only: the next message starts a new one.
func (s *Sessions) Abandon(tx feature.Tx, p Pair) error {
	sessions, err := s.all(tx, p)
	if err != nil {
		return err
	}
	for _, l := range sessions {
		if l.Dead {
			continue
		}
		l.Dead = true
		if err := s.save(tx, p, l); err != nil {
			return err
		}
	}
	return nil
}

// Ready tells whether there is a session to send with, and whether the peer answered on it.
func (s *Sessions) Ready(tx feature.Tx, p Pair) (ready, answered bool, err error) {
	sessions, err := s.all(tx, p)
	if err != nil {
		return false, false, err
	}
	r, err := s.Route(tx, p)
	if err != nil {
		return false, false, err
	}
	l := s.choose(sessions, r)
	return l != nil, l != nil && l.Offer == nil, nil
}
