// Package kdf is the symmetric chain shared by pairwise sessions and groups: one HMAC step per message and the message
// key of a step (SPEC.md, pairwise ratchet, state and KDFs). It does not allocate: a step is on the path of every message.
package kdf

import (
	"crypto/sha256"
	"crypto/subtle"
)

// Size is the length in bytes of every key here.
const Size = 32

// maxInput bounds what hmac takes: the longest is the info of a group message key.
const maxInput = 128

// Step is KDF_CK: the seed of this message and the next chain key. It is the one construction without a label.
func Step(ck *[Size]byte) (seed, next [Size]byte) {
	return hmac(ck, []byte{1}), hmac(ck, []byte{2})
}

// MessageKey is HKDF-SHA-256(ikm=seed, salt=nil, info=label||context, 32); label and context are at most 127 bytes together.
func MessageKey(seed *[Size]byte, label, context []byte) [Size]byte {
	var zero [Size]byte
	prk := hmac(&zero, seed[:])
	var buf [maxInput]byte
	in := append(append(append(buf[:0], label...), context...), 1)
	return hmac(&prk, in)
}

// hmac is HMAC-SHA-256 with a 32-byte key and an input of at most maxInput bytes, on the stack.
func hmac(key *[Size]byte, input []byte) [Size]byte {
	var inner [sha256.BlockSize + maxInput]byte
	var outer [sha256.BlockSize + Size]byte
	for i := range sha256.BlockSize {
		inner[i], outer[i] = 0x36, 0x5c
	}
	subtle.XORBytes(inner[:Size], inner[:Size], key[:])
	subtle.XORBytes(outer[:Size], outer[:Size], key[:])
	n := copy(inner[sha256.BlockSize:], input)
	if n != len(input) {
		panic("kdf: input too long")
	}
	digest := sha256.Sum256(inner[:sha256.BlockSize+n])
	copy(outer[sha256.BlockSize:], digest[:])
	return sha256.Sum256(outer[:])
}
