// Package ratchet is a session between two devices: the double ratchet with sealed headers, and an ML-KEM-768 secret mixed
// into its root every fifty messages or every day, so that it heals also from an attacker with a quantum computer (SPEC.md,
// pairwise ratchet).
//
// Bytes in, bytes out: the caller saves State.Marshal in the transaction that saves what Encrypt returned, before it sends,
// and what Decrypt returned, before it acknowledges. Encrypt and Decrypt change a State only when they succeed. Nothing
// of a message but its length bucket shows; messages may be lost, doubled and reordered within MaxSkip.
//
// A State is not safe for concurrent use.
package ratchet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"conclave/crypto/canon"
	"conclave/crypto/internal/doubleratchet"
	"conclave/crypto/internal/kdf"
	"conclave/crypto/seal"
)

const (
	// MaxSkip is how many messages one message may be ahead of the newest received, and how many missing ones are waited for.
	MaxSkip = doubleratchet.MaxSkip
	// KeptFor is how long a missing message can still be opened.
	KeptFor = 31 * 24 * time.Hour
)

var (
	// ErrUndecryptable means that a message is not of this session, or was changed on its way.
	ErrUndecryptable = errors.New("message does not open")
	// ErrTooFarAhead means that a message of this session is more than MaxSkip ahead: it may open later.
	ErrTooFarAhead = doubleratchet.ErrTooFarAhead
	// ErrReplay means that a message of this session was opened before, or came after its key was dropped.
	ErrReplay = doubleratchet.ErrReplay
	// ErrNoChain means that the responder cannot send before the initiator's first message has opened.
	ErrNoChain = doubleratchet.ErrNoChain
	// ErrTooLarge means that a payload does not fit its kind of message.
	ErrTooLarge = errors.New("payload is too large")
	// ErrMalformed means that an authentic message has no valid body; the session did not change.
	ErrMalformed = errors.New("malformed message body")
)

// Kind decides how large a payload may be.
type Kind int

const (
	Content Kind = iota // up to MaxContent bytes
	Control             // up to MaxControl bytes; always the smallest bucket, or 2 KiB when it carries a KEM key
)

// Seed is what the handshake agreed on; handshake.Agreement converts to it. It prints as [secret].
type Seed struct {
	seal.Hidden
	SK   [32]byte
	HKa  [32]byte
	NHKb [32]byte
	SID  [32]byte
}

// State is one device's side of a session. It prints as [secret].
type State struct {
	seal.Hidden
	initiator bool
	sid       [32]byte
	created   int64
	received  int64 // time of the last message received, 0 none
	core      doubleratchet.State
	pq        mixing
}

// NewInitiator starts the side that made the offer. spk is the responder's signed prekey, created the time written into
// the prekey message.
func NewInitiator(rand io.Reader, created time.Time, seed Seed, spk [32]byte) (*State, error) {
	own, err := doubleratchet.NewKey(rand)
	if err != nil {
		return nil, fmt.Errorf("start session: %w", err)
	}
	core, err := doubleratchet.Initiator(root, seed.SK, seed.HKa, seed.NHKb, spk, own)
	if err != nil {
		return nil, fmt.Errorf("start session: %w", err)
	}
	at := created.UnixMilli()
	return &State{initiator: true, sid: seed.SID, created: at, core: core, pq: mixing{since: at}}, nil
}

// NewResponder starts the side that owns the signed prekey spk. created is that of the prekey message.
func NewResponder(created time.Time, seed Seed, spk *seal.DHKey) *State {
	core := doubleratchet.Responder(seed.SK, seed.HKa, seed.NHKb, doubleratchet.KeyOf(spk))
	at := created.UnixMilli()
	return &State{sid: seed.SID, created: at, core: core, pq: mixing{since: at}}
}

// Encrypt returns the message that carries payload; it is 144 bytes longer than its bucket.
func (s *State) Encrypt(rand io.Reader, now time.Time, kind Kind, payload []byte) ([]byte, error) {
	if len(payload) > MaxContent || kind == Control && len(payload) > MaxControl {
		return nil, ErrTooLarge
	}
	next := *s
	if next.core.Due {
		extra, mix := next.pq.due()
		core, err := next.core.Turn(rand, root, extra, mix)
		if err != nil {
			return nil, fmt.Errorf("turn ratchet: %w", err)
		}
		next.core = core
		if mix != 0 {
			next.pq.mixed(now)
		}
	}
	core, header, seed, err := next.core.Advance()
	if err != nil {
		return nil, err
	}
	next.core = core
	ctl, err := next.pq.attach(rand, now, next.initiator)
	if err != nil {
		return nil, err
	}
	next.pq.count++
	msg, err := sealMessage(rand, &next.sid, &next.core.Send.Header, &seed, header, payload, ctl)
	if err != nil {
		return nil, err
	}
	*s = next
	return msg, nil
}

// Decrypt returns the payload of msg. On any error the state is what it was.
func (s *State) Decrypt(now time.Time, msg []byte) ([]byte, error) {
	if !plausible(msg) {
		return nil, ErrUndecryptable
	}
	at, ok := s.locate(msg)
	if !ok {
		return nil, ErrUndecryptable
	}
	next := *s
	seed, err := next.receive(at, now)
	if err != nil {
		return nil, err
	}
	payload, ctl, err := openMessage(&next.sid, &seed, msg)
	if err != nil {
		return nil, err
	}
	next.pq.count++
	if err := next.pq.take(ctl, next.initiator, &next.sid); err != nil {
		return nil, err
	}
	next.received = now.UnixMilli()
	*s = next
	return payload, nil
}

// TrialOpen reports whether msg belongs to this session, by its header alone; it changes nothing.
func (s *State) TrialOpen(msg []byte) bool {
	if !plausible(msg) {
		return false
	}
	_, ok := s.locate(msg)
	return ok
}

// Expire drops the keys of missing messages that were waited for long enough.
func (s *State) Expire(now time.Time) { s.core = s.core.Expire(now.UnixMilli()) }

// located is an opened header and the chain whose key opened it.
type located struct {
	header doubleratchet.Header
	next   bool // the chain that begins with this header
	kept   int  // position of a kept chain, or -1
}

// locate tries the header keys: of kept chains, of the receiving chain, of the chain after it.
func (s *State) locate(msg []byte) (located, bool) {
	tried := false
	for i := range s.core.Kept {
		if h, ok := openHeader(&s.sid, &s.core.Kept[i].Header, msg); ok {
			return located{header: h, kept: i}, true
		}
		tried = tried || s.core.IsCurrent(i)
	}
	if s.core.Recv.Index != 0 && !tried {
		if h, ok := openHeader(&s.sid, &s.core.Recv.Header, msg); ok {
			return located{header: h, kept: -1}, true
		}
	}
	h, ok := openHeader(&s.sid, &s.core.NextRecv, msg)
	return located{header: h, next: true, kept: -1}, ok
}

// receive moves the state to the message at its place and returns the seed of its key.
func (s *State) receive(at located, now time.Time) (seed [32]byte, err error) {
	ms, expires := now.UnixMilli(), now.Add(KeptFor).UnixMilli()
	h := at.header
	switch {
	case at.next:
		extra, ok := s.pq.expected(h.Mix)
		if !ok {
			return seed, ErrUndecryptable
		}
		s.core, seed, err = s.core.Next(root, h, extra, ms, expires)
		if h.Mix != 0 {
			s.pq.mixed(now)
		}
	case at.kept >= 0 && !(s.core.IsCurrent(at.kept) && h.N >= s.core.Recv.N):
		if h.Mix != s.core.Kept[at.kept].Mix {
			return seed, ErrUndecryptable
		}
		s.core, seed, err = s.core.FromKept(at.kept, h.N, ms)
	default:
		if h.Mix != s.core.Recv.Mix {
			return seed, ErrUndecryptable
		}
		s.core, seed, err = s.core.Current(h.N, ms, expires)
	}
	if err != nil && !errors.Is(err, ErrReplay) && !errors.Is(err, ErrTooFarAhead) {
		err = fmt.Errorf("%w: %v", ErrUndecryptable, err)
	}
	return seed, err
}

var messageLabel = canon.Label("dr/mk")

// messageKey is the key of the message with this seed.
func messageKey(seed *[32]byte) [chacha20poly1305.KeySize]byte {
	return kdf.MessageKey(seed, messageLabel, nil)
}

// root is KDF_RK.
func root(rk, dh [32]byte, extra []byte, mix uint32) (next, chain, header [32]byte) {
	okm := seal.Derive(append(dh[:], extra...), rk[:], "dr/rk", binary.BigEndian.AppendUint32(nil, mix), 96)
	return [32]byte(okm[:32]), [32]byte(okm[32:64]), [32]byte(okm[64:])
}
