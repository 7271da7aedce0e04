package ratchet

import (
	"crypto/mlkem"
	"encoding/binary"
	"errors"
	"fmt"

	"conclave/crypto/internal/doubleratchet"
)

const stateVersion = 1

// errState means that stored bytes are no state.
var errState = errors.New("malformed session state")

// Flags of a stored state.
const (
	flagInitiator = 1 << iota
	flagDue
	flagSend
	flagRecv
	flagKey
	flagsKnown = 1<<iota - 1
)

// Marshal returns the stored form of s: secret, deterministic, at most about 90 kB; it is 500 bytes while nothing is missing.
func (s *State) Marshal() []byte {
	c := &s.core
	b := make([]byte, 0, 512)
	b = append(b, stateVersion, s.flags())
	b = append(b, s.sid[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(s.created))
	b = binary.BigEndian.AppendUint64(b, uint64(s.received))
	b = append(b, c.Root[:]...)
	b = append(b, c.NextSend[:]...)
	b = append(b, c.NextRecv[:]...)
	b = append(b, c.Peer[:]...)
	b = binary.BigEndian.AppendUint32(b, c.PN)
	if !c.DH.IsZero() {
		seed, public := c.DH.Seed(), c.DH.Public()
		b = append(append(b, seed[:]...), public[:]...)
	}
	for _, chain := range []doubleratchet.Chain{c.Send, c.Recv} {
		if chain.Index != 0 {
			b = appendChain(b, chain)
		}
	}
	b = s.pq.append(b)
	b = append(b, byte(len(c.Kept)))
	for _, kept := range c.Kept {
		b = appendKept(b, kept)
	}
	return b
}

func (s *State) flags() byte {
	var f byte
	for flag, set := range map[byte]bool{
		flagInitiator: s.initiator,
		flagDue:       s.core.Due,
		flagSend:      s.core.Send.Index != 0,
		flagRecv:      s.core.Recv.Index != 0,
		flagKey:       !s.core.DH.IsZero(),
	} {
		if set {
			f |= flag
		}
	}
	return f
}

func appendChain(b []byte, c doubleratchet.Chain) []byte {
	b = binary.BigEndian.AppendUint32(b, c.Index)
	b = binary.BigEndian.AppendUint32(b, c.N)
	b = binary.BigEndian.AppendUint32(b, c.Mix)
	return append(append(b, c.Key[:]...), c.Header[:]...)
}

func appendKept(b []byte, k doubleratchet.Kept) []byte {
	b = binary.BigEndian.AppendUint32(b, k.Index)
	b = binary.BigEndian.AppendUint32(b, k.Mix)
	b = append(b, k.Header[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(k.Keys)))
	for _, key := range k.Keys {
		b = binary.BigEndian.AppendUint32(b, key.N)
		b = binary.BigEndian.AppendUint64(b, uint64(key.Expires))
		b = append(b, key.Seed[:]...)
	}
	return b
}

func (m *mixing) append(b []byte) []byte {
	b = append(b, byte(m.phase))
	b = binary.BigEndian.AppendUint32(b, m.epoch)
	b = binary.BigEndian.AppendUint32(b, m.count)
	b = binary.BigEndian.AppendUint64(b, uint64(m.since))
	b = binary.BigEndian.AppendUint64(b, uint64(m.healed))
	b = binary.BigEndian.AppendUint32(b, m.sent)
	switch m.phase {
	case offering:
		b = append(b, m.seed[:]...)
	case ready:
		b = append(b, m.secret[:]...)
	case answering:
		b = append(append(b, m.secret[:]...), m.answer...)
	}
	return b
}

// Unmarshal reads a stored state. It refuses every form but the one Marshal makes of it, except that it takes the public
// half of the ratchet key on trust.
func Unmarshal(b []byte) (*State, error) {
	r := stored{b: b}
	if r.byte() != stateVersion {
		return nil, fmt.Errorf("%w: version", errState)
	}
	flags := r.byte()
	s := &State{initiator: flags&flagInitiator != 0, sid: r.key(), created: r.int64(), received: r.int64()}
	c := &s.core
	c.Root, c.NextSend, c.NextRecv, c.Peer, c.PN = r.key(), r.key(), r.key(), r.key(), r.uint32()
	c.Due = flags&flagDue != 0
	if flags&flagKey != 0 {
		seed, public := r.key(), r.key()
		c.DH = doubleratchet.RestoreKey(seed, public)
		r.check(!c.DH.IsZero())
	}
	if flags&flagSend != 0 {
		c.Send = r.chain()
	}
	if flags&flagRecv != 0 {
		c.Recv = r.chain()
	}
	r.check(flags&^flagsKnown == 0 && c.Due == c.DH.IsZero() && (!c.Due || flags&flagRecv != 0))
	s.pq = r.mixing()
	r.kept(c)
	if r.failed || len(r.b) != 0 {
		return nil, errState
	}
	return s, nil
}

// stored takes fields from the front of b until one fails.
type stored struct {
	b      []byte
	failed bool
}

func (r *stored) check(ok bool) { r.failed = r.failed || !ok }

func (r *stored) take(n int) []byte {
	if len(r.b) < n {
		r.failed, r.b = true, nil
		return make([]byte, n)
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *stored) byte() byte     { return r.take(1)[0] }
func (r *stored) key() [32]byte  { return [32]byte(r.take(32)) }
func (r *stored) uint32() uint32 { return binary.BigEndian.Uint32(r.take(4)) }
func (r *stored) int64() int64   { return int64(binary.BigEndian.Uint64(r.take(8))) }

func (r *stored) chain() doubleratchet.Chain {
	c := doubleratchet.Chain{Index: r.uint32(), N: r.uint32(), Mix: r.uint32(), Key: r.key(), Header: r.key()}
	r.check(c.Index != 0)
	return c
}

func (r *stored) mixing() mixing {
	m := mixing{phase: phase(r.byte()), epoch: r.uint32(), count: r.uint32(), since: r.int64(), healed: r.int64(), sent: r.uint32()}
	switch m.phase {
	case idle:
		r.check(m.sent == 0)
	case offering:
		m.seed = [mlkem.SeedSize]byte(r.take(mlkem.SeedSize))
	case ready:
		r.check(m.sent == 0)
		m.secret = r.key()
	case answering:
		m.secret = r.key()
		m.answer = append([]byte(nil), r.take(mlkem.CiphertextSize768)...)
	default:
		r.failed = true
	}
	return m
}

// kept reads the kept keys, within the limits and in order.
func (r *stored) kept(c *doubleratchet.State) {
	chains := int(r.byte())
	r.check(chains <= doubleratchet.MaxKeptChains)
	total := 0
	for i := 0; i < chains && !r.failed; i++ {
		k := doubleratchet.Kept{Index: r.uint32(), Mix: r.uint32(), Header: r.key()}
		n := int(binary.BigEndian.Uint16(r.take(2)))
		total += n
		r.check(n > 0 && total <= doubleratchet.MaxKept && k.Index <= c.Recv.Index && k.Index != 0)
		r.check(i == 0 || k.Index > c.Kept[i-1].Index)
		for j := 0; j < n && !r.failed; j++ {
			key := doubleratchet.Missing{N: r.uint32(), Expires: r.int64(), Seed: r.key()}
			r.check(j == 0 || key.N > k.Keys[j-1].N)
			k.Keys = append(k.Keys, key)
		}
		c.Kept = append(c.Kept, k)
	}
}
