package reconcile

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
)

// sum is a sum of ids modulo 2^256, each taken as a little-endian number.
type sum [4]uint64

const fingerprintSize = 16

func (s *sum) add(id *ID) {
	var carry uint64
	for i := range s {
		s[i], carry = bits.Add64(s[i], binary.LittleEndian.Uint64(id[8*i:]), carry)
	}
}

func (s *sum) sub(other *sum) {
	var borrow uint64
	for i := range s {
		s[i], borrow = bits.Sub64(s[i], other[i], borrow)
	}
}

func (s *sum) bytes() (b [32]byte) {
	for i := range s {
		binary.LittleEndian.PutUint64(b[8*i:], s[i])
	}
	return b
}

// fingerprint is the first 16 bytes of SHA-256(sum ‖ varint(count)).
func (s *sum) fingerprint(count uint64) [fingerprintSize]byte {
	b := s.bytes()
	hash := sha256.Sum256(appendVarint(b[:], count))
	return [fingerprintSize]byte(hash[:fingerprintSize])
}
