package outer

import (
	"io"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
	"conclave/protocol"
)

// passingBuckets are the lengths in bytes of what is sealed: who sees the frames learns no more of their content.
var passingBuckets = seal.Buckets{256, 1 << 10, 4 << 10, 16 << 10}

// MaxPassing is the most that SealPassing takes, in bytes.
const MaxPassing = 16<<10 - 4

// SealPassing seals what is told to the member nodes of a group and kept by nobody: under a key of the topic secret, so that it
// uses up no number of a sending chain, and bound to the group and to what kind of record it is. Every holder of the secret can
// make it; who said it is told by the connection it comes over. It fails for more than MaxPassing bytes (SPEC.md, passing facts).
func SealPassing(rand io.Reader, s Secret, gid protocol.Log, kind protocol.GroupKind, plain []byte) ([]byte, error) {
	padded, err := seal.Pad(plain, passingBuckets)
	if err != nil {
		return nil, err
	}
	return seal.Seal(rand, s.passing(gid), padded, passingPlace(gid, kind)), nil
}

// OpenPassing opens what SealPassing made with the same secret, group and kind. The error is always ErrRefused.
func OpenPassing(s Secret, gid protocol.Log, kind protocol.GroupKind, box []byte) ([]byte, error) {
	if len(box) > MaxPassing+4+seal.Overhead {
		return nil, ErrRefused
	}
	padded, err := seal.Open(s.passing(gid), box, passingPlace(gid, kind))
	if err != nil {
		return nil, ErrRefused
	}
	plain, err := seal.Unpad(padded, passingBuckets)
	if err != nil {
		return nil, ErrRefused
	}
	return plain, nil
}

func (s Secret) passing(gid protocol.Log) *[32]byte {
	return seal.DeriveKey(s[:], nil, "gpassing", gid[:])
}

func passingPlace(gid protocol.Log, kind protocol.GroupKind) []byte {
	return canon.Join("gpassing", append(append([]byte{}, gid[:]...), byte(kind)))
}
