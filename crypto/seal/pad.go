package seal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"slices"
)

// Buckets is a rising list of the lengths in bytes that a padded message may have.
type Buckets []int

// The buckets of SPEC.md, padding. They are fixed: do not change them.
var (
	ContentBuckets   = Buckets{256, 512, 1 << 10, 2 << 10, 4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10, 80 << 10, 128 << 10}
	ControlBuckets   = Buckets{256}
	ControlPQBuckets = Buckets{2 << 10}
	PrekeyBuckets    = Buckets{8 << 10, 16 << 10, 32 << 10}
)

// padPrefix is the length of the length in front of a padded message.
const padPrefix = 4

var (
	// ErrTooLong is returned for a message that fits no bucket.
	ErrTooLong = errors.New("message fits no bucket")
	// ErrPadding is returned for a padded message that Pad did not make.
	ErrPadding = errors.New("malformed padding")
)

// Pad returns be32(len(b)) || b || zeros, as long as the smallest bucket that holds it.
func Pad(b []byte, buckets Buckets) ([]byte, error) {
	for _, size := range buckets {
		if padPrefix+len(b) <= size {
			out := make([]byte, size)
			binary.BigEndian.PutUint32(out, uint32(len(b)))
			copy(out[padPrefix:], b)
			return out, nil
		}
	}
	return nil, fmt.Errorf("pad %d bytes: %w", len(b), ErrTooLong)
}

// Unpad returns the message inside padded, without copying. The length must be one of the buckets and every byte of the
// padding zero. Which of several fitting buckets was chosen is the sender's business.
func Unpad(padded []byte, buckets Buckets) ([]byte, error) {
	if !slices.Contains(buckets, len(padded)) {
		return nil, ErrPadding
	}
	n := uint64(binary.BigEndian.Uint32(padded))
	if n > uint64(len(padded)-padPrefix) {
		return nil, ErrPadding
	}
	end := padPrefix + int(n)
	for _, b := range padded[end:] {
		if b != 0 {
			return nil, ErrPadding
		}
	}
	return padded[padPrefix:end:end], nil
}

// Padme returns the length to which a file of n bytes is padded: at most 12 % more, and only O(log log n) bits of n show.
func Padme(n uint64) uint64 {
	if n < 2 {
		return n
	}
	e := bits.Len64(n) - 1
	s := bits.Len(uint(e))
	mask := uint64(1)<<(e-s) - 1
	if n > ^uint64(0)-mask {
		return n
	}
	return (n + mask) &^ mask
}
