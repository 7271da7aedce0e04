// Package doubleratchet is the state machine of the double ratchet alone: root chain, two message chains, kept keys of
// messages that have not come (SPEC.md, pairwise ratchet). It seals nothing and knows no wire format, so that the session
// of package ratchet and the test that compares it with another implementation run the same code.
//
// A State is a value: every step returns the state that follows and leaves its receiver alone, so a caller that drops
// the result has changed nothing. Only the sending half of a turn is lazy: it waits for the next message to send.
package doubleratchet

import (
	"crypto/subtle"
	"errors"
	"io"
	"math"

	"conclave/crypto/internal/kdf"
)

// MaxSkip is how many messages one header may jump over.
const MaxSkip = 2000

var (
	// ErrTooFarAhead means that a header jumps over more than MaxSkip messages.
	ErrTooFarAhead = errors.New("message is too far ahead")
	// ErrReplay means that the key of a message was used before, or dropped as too old.
	ErrReplay = errors.New("message key was used or dropped")
	// ErrNoChain means that nothing can be sent before the first message of the peer has come.
	ErrNoChain = errors.New("no sending chain yet")
	// ErrExhausted means that a chain has reached its last number.
	ErrExhausted = errors.New("chain is exhausted")
	// ErrTurn means that a peer turned the ratchet out of turn: a new key of its may only answer a new key of ours.
	ErrTurn = errors.New("ratchet turned out of turn")
)

// Root derives root, chain and next header key: KDF_RK(rk, dh, extra, mix), extra being empty iff mix is 0.
type Root func(rk, dh [32]byte, extra []byte, mix uint32) (root, chain, nextHeader [32]byte)

// Header is what a message says of its place.
type Header struct {
	DH  [32]byte // the sender's ratchet key
	PN  uint32   // length of the sender's previous chain
	N   uint32   // number in this chain
	Mix uint32   // epoch mixed into the chain's root, 0 none
}

// Chain is one direction's message chain. Index 0 means that there is none.
type Chain struct {
	Index  uint32 // 1 for the first chain of this direction
	N      uint32 // number of the next message
	Mix    uint32
	Key    [32]byte
	Header [32]byte
}

// State is one party's side.
type State struct {
	Root       [32]byte
	Send, Recv Chain
	NextSend   [32]byte // header key of the next sending chain
	NextRecv   [32]byte
	DH         Key      // none while a turn is due
	Peer       [32]byte // the peer's ratchet key
	PN         uint32   // length of the previous sending chain
	Due        bool     // the sending half of a turn is due
	Kept       []Kept   // oldest chain first; never modified in place
}

// Initiator starts the side that knows the peer's signed prekey; it can send at once.
func Initiator(root Root, secret, header, nextRecv, signedPrekey [32]byte, own Key) (State, error) {
	shared, err := own.Shared(signedPrekey)
	if err != nil {
		return State{}, err
	}
	s := State{DH: own, Peer: signedPrekey, NextRecv: nextRecv}
	s.Send = Chain{Index: 1, Header: header}
	s.Root, s.Send.Key, s.NextSend = root(secret, shared, nil, 0)
	return s, nil
}

// Responder starts the side that owns the signed prekey; it sends after the first message has come.
func Responder(secret, nextRecv, nextSend [32]byte, signedPrekey Key) State {
	return State{Root: secret, NextRecv: nextRecv, NextSend: nextSend, DH: signedPrekey}
}

// Turn does the sending half of a turn, with fresh from rand and extra mixed in under the number mix. Only for a due turn.
func (s State) Turn(rand io.Reader, root Root, extra []byte, mix uint32) (State, error) {
	if !s.Due {
		return s, ErrTurn
	}
	own, err := NewKey(rand)
	if err != nil {
		return s, err
	}
	shared, err := own.Shared(s.Peer)
	if err != nil {
		return s, err
	}
	if s.Send.Index == math.MaxUint32 {
		return s, ErrExhausted
	}
	s.DH, s.PN, s.Due = own, s.Send.N, false
	s.Send = Chain{Index: s.Send.Index + 1, Mix: mix, Header: s.NextSend}
	s.Root, s.Send.Key, s.NextSend = root(s.Root, shared, extra, mix)
	return s, nil
}

// Advance takes the next key of the sending chain.
func (s State) Advance() (State, Header, [32]byte, error) {
	if s.Send.Index == 0 {
		return s, Header{}, [32]byte{}, ErrNoChain
	}
	if s.Send.N == math.MaxUint32 {
		return s, Header{}, [32]byte{}, ErrExhausted
	}
	h := Header{DH: s.DH.Public(), PN: s.PN, N: s.Send.N, Mix: s.Send.Mix}
	var seed [32]byte
	seed, s.Send.Key = kdf.Step(&s.Send.Key)
	s.Send.N++
	return s, h, seed, nil
}

// Current takes the key of a message of the receiving chain, keeping the keys of those it jumps over until expires.
func (s State) Current(n uint32, now, expires int64) (State, [32]byte, error) {
	if n < s.Recv.N || s.Recv.Index == 0 {
		return s, [32]byte{}, ErrReplay
	}
	if n-s.Recv.N > MaxSkip {
		return s, [32]byte{}, ErrTooFarAhead
	}
	if n == math.MaxUint32 {
		return s, [32]byte{}, ErrExhausted
	}
	s = s.skip(n, now, expires)
	var seed [32]byte
	seed, s.Recv.Key = kdf.Step(&s.Recv.Key)
	s.Recv.N++
	return s, seed, nil
}

// Next does the receiving half of a turn and takes the key of a message of the new chain.
func (s State) Next(root Root, h Header, extra []byte, now, expires int64) (State, [32]byte, error) {
	if s.DH.IsZero() || s.Recv.Index == math.MaxUint32 {
		return s, [32]byte{}, ErrTurn
	}
	missed := uint64(h.N)
	if s.Recv.Index != 0 && h.PN > s.Recv.N {
		missed += uint64(h.PN - s.Recv.N)
	}
	if missed > MaxSkip {
		return s, [32]byte{}, ErrTooFarAhead
	}
	shared, err := s.DH.Shared(h.DH)
	if err != nil {
		return s, [32]byte{}, err
	}
	if s.Recv.Index != 0 && h.PN > s.Recv.N {
		s = s.skip(h.PN, now, expires)
	}
	s.Recv = Chain{Index: s.Recv.Index + 1, Mix: h.Mix, Header: s.NextRecv}
	s.Root, s.Recv.Key, s.NextRecv = root(s.Root, shared, extra, h.Mix)
	s.Peer, s.DH, s.Due = h.DH, Key{}, true
	return s.Current(h.N, now, expires)
}

// FromKept takes the kept key n of the chain at position i.
func (s State) FromKept(i int, n uint32, now int64) (State, [32]byte, error) {
	at, ok := s.Kept[i].find(n)
	if !ok || s.Kept[i].Keys[at].Expires <= now {
		return s, [32]byte{}, ErrReplay
	}
	seed := s.Kept[i].Keys[at].Seed
	s.Kept = without(s.Kept, i, at, now)
	return s, seed, nil
}

// IsCurrent reports whether the kept chain at position i is the receiving chain.
func (s *State) IsCurrent(i int) bool {
	return s.Recv.Index != 0 && subtle.ConstantTimeCompare(s.Kept[i].Header[:], s.Recv.Header[:]) == 1
}

func (s State) skip(until uint32, now, expires int64) State {
	if until == s.Recv.N {
		return s
	}
	keys := make([]Missing, 0, until-s.Recv.N)
	for s.Recv.N < until {
		var seed [32]byte
		seed, s.Recv.Key = kdf.Step(&s.Recv.Key)
		keys = append(keys, Missing{N: s.Recv.N, Expires: expires, Seed: seed})
		s.Recv.N++
	}
	s.Kept = keep(s.Kept, s.Recv, keys, now)
	return s
}
