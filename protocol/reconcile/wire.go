package reconcile

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/bits"
)

// ErrMessage means that bytes are not a well-formed message.
var ErrMessage = errors.New("not a reconciliation message")

// MaxMessage is the number of bytes no message exceeds.
const MaxMessage = 60 << 10

const version = 0x61

type mode uint64

const (
	modeSkip mode = iota
	modeFingerprint
	modeList
)

// bound is a place between items: below it is what has a lower ord, or the same ord and an id below the prefix.
type bound struct {
	ord    uint64
	id     ID // the prefix, filled up with zeros
	length int
}

// infinite is above every item.
var infinite = bound{ord: math.MaxUint64}

func (b *bound) compare(other bound) int {
	return Item{b.ord, b.id}.compare(Item{other.ord, other.id})
}

func (b *bound) above(it *Item) bool {
	return it.Ord < b.ord || it.Ord == b.ord && bytes.Compare(it.ID[:], b.id[:]) < 0
}

// between returns the shortest bound that is above low and not above high, two neighbours.
func between(low, high *Item) bound {
	b := bound{ord: high.Ord}
	if low.Ord != high.Ord {
		return b
	}
	for b.length < len(b.id) {
		b.id[b.length] = high.ID[b.length]
		b.length++
		if low.ID[b.length-1] != high.ID[b.length-1] {
			break
		}
	}
	return b
}

func at(it *Item) bound { return bound{ord: it.Ord, id: it.ID, length: len(it.ID)} }

// span is one range of a message, from the bound before it up to and without its own.
type span struct {
	upto        bound
	mode        mode
	fingerprint [fingerprintSize]byte
	ids         []byte // 32 each; part of the message
}

// reader takes a message apart, allocating nothing.
type reader struct {
	rest []byte
	last bound
}

func newReader(message []byte) (*reader, error) {
	if len(message) > MaxMessage {
		return nil, fmt.Errorf("%d bytes: %w", len(message), ErrMessage)
	}
	if len(message) == 0 || message[0] != version {
		return nil, fmt.Errorf("not version 1: %w", ErrMessage)
	}
	return &reader{rest: message[1:]}, nil
}

func (r *reader) more() bool { return len(r.rest) > 0 }

// next reads one range.
func (r *reader) next() (s span, err error) {
	if s.upto, err = r.bound(); err != nil {
		return s, err
	}
	m, err := r.varint()
	if err != nil {
		return s, err
	}
	switch s.mode = mode(m); s.mode {
	case modeSkip:
	case modeFingerprint:
		b, err := r.take(fingerprintSize)
		if err != nil {
			return s, err
		}
		s.fingerprint = [fingerprintSize]byte(b)
	case modeList:
		n, err := r.varint()
		if err != nil {
			return s, err
		}
		if s.ids, err = r.take(n * 32); err != nil || n > MaxMessage/32 {
			return s, fmt.Errorf("a list of %d ids: %w", n, ErrMessage)
		}
	default:
		return s, fmt.Errorf("mode %d: %w", m, ErrMessage)
	}
	return s, nil
}

func (r *reader) bound() (b bound, err error) {
	delta, err := r.varint()
	if err != nil {
		return b, err
	}
	length, err := r.varint()
	if err != nil {
		return b, err
	}
	if length > uint64(len(b.id)) {
		return b, fmt.Errorf("a prefix of %d bytes: %w", length, ErrMessage)
	}
	prefix, err := r.take(length)
	if err != nil {
		return b, err
	}
	switch {
	case delta == 0 && length > 0:
		return b, fmt.Errorf("an infinite bound with a prefix: %w", ErrMessage)
	case delta == 0:
		b = infinite
	case r.last == infinite || delta-1 > LastOrd-min(r.last.ord, LastOrd):
		return b, fmt.Errorf("a bound past the end: %w", ErrMessage)
	default:
		b = bound{ord: r.last.ord + delta - 1, length: int(length)}
		copy(b.id[:], prefix)
	}
	if b.compare(r.last) < 0 {
		return b, fmt.Errorf("a bound below the one before: %w", ErrMessage)
	}
	r.last = b
	return b, nil
}

func (r *reader) take(n uint64) ([]byte, error) {
	if n > uint64(len(r.rest)) {
		return nil, fmt.Errorf("it ends early: %w", ErrMessage)
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b, nil
}

// varint reads a number in base 128, most significant digit first; only the shortest form is accepted.
func (r *reader) varint() (n uint64, err error) {
	for i, c := range r.rest {
		if i == 0 && c == 0x80 || n > math.MaxUint64>>7 {
			return 0, fmt.Errorf("a number too long: %w", ErrMessage)
		}
		n = n<<7 | uint64(c&0x7f)
		if c < 0x80 {
			r.rest = r.rest[i+1:]
			return n, nil
		}
	}
	return 0, fmt.Errorf("it ends in a number: %w", ErrMessage)
}

func appendVarint(b []byte, n uint64) []byte {
	for digits := (bits.Len64(n|1) - 1) / 7; digits > 0; digits-- {
		b = append(b, byte(n>>(7*digits))|0x80)
	}
	return append(b, byte(n&0x7f))
}
