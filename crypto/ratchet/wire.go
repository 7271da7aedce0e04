package ratchet

import (
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"conclave/crypto/internal/doubleratchet"
)

// Sizes in bytes of the parts of a message (SPEC.md, pairwise ratchet):
//
//	message = nonce || sealed header || nonce || sealed body
const (
	sidSize       = 32
	nonceSize     = chacha20poly1305.NonceSizeX
	tagSize       = chacha20poly1305.Overhead
	headerSize    = 64
	headerUsed    = 32 + 3*4
	sealedHeader  = nonceSize + headerSize + tagSize
	bodyOffset    = sealedHeader + nonceSize
	overhead      = bodyOffset + tagSize
	smallestBody  = 256
	largestBody   = 128 << 10
	unusualBody   = 80 << 10 // the one bucket that is no power of two
	beforeUnusual = 64 << 10
)

// bucket returns the length a body of n bytes is padded to, or 0 if there is none.
func bucket(n int) int {
	if n > beforeUnusual && n <= unusualBody {
		return unusualBody
	}
	for b := smallestBody; b <= largestBody; b *= 2 {
		if n <= b {
			return b
		}
	}
	return 0
}

// plausible reports whether msg has the length of a message.
func plausible(msg []byte) bool {
	n := len(msg) - overhead
	return n > 0 && n <= largestBody && bucket(n) == n
}

// sealMessage makes the message. Its buffer begins with the session id, so that the additional data of both seals lies in one piece.
func sealMessage(rand io.Reader, sid, headerKey, seed *[32]byte, h doubleratchet.Header, payload []byte, ctl control) ([]byte, error) {
	size := bucket(lengthPrefix + bodySize(payload, ctl))
	if size == 0 {
		return nil, ErrTooLarge
	}
	buf := make([]byte, sidSize+overhead+size)
	copy(buf, sid[:])
	msg := buf[sidSize:]
	nonces := msg[bodyOffset : bodyOffset+2*nonceSize] // the body comes later
	if _, err := io.ReadFull(rand, nonces); err != nil {
		return nil, fmt.Errorf("read nonces: %w", err)
	}
	copy(msg, nonces[:nonceSize])
	copy(msg[sealedHeader:], nonces[nonceSize:])
	clear(nonces)

	header := msg[nonceSize : nonceSize+headerSize]
	putHeader(header, h)
	aead, err := chacha20poly1305.NewX(headerKey[:])
	if err != nil {
		return nil, err
	}
	aead.Seal(header[:0], msg[:nonceSize], header, buf[:sidSize])

	body := msg[bodyOffset : bodyOffset+size]
	putBody(body, payload, ctl)
	key := messageKey(seed)
	if aead, err = chacha20poly1305.NewX(key[:]); err != nil {
		return nil, err
	}
	aead.Seal(body[:0], msg[sealedHeader:bodyOffset], body, buf[:sidSize+sealedHeader])
	return msg, nil
}

// openMessage returns the parts of the body of msg, whose length is plausible.
func openMessage(sid, seed *[32]byte, msg []byte) ([]byte, control, error) {
	key := messageKey(seed)
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return nil, control{}, err
	}
	var ad [sidSize + sealedHeader]byte
	copy(ad[:], sid[:])
	copy(ad[sidSize:], msg)
	body, err := aead.Open(nil, msg[sealedHeader:bodyOffset], msg[bodyOffset:], ad[:])
	if err != nil {
		return nil, control{}, ErrUndecryptable
	}
	return readBody(body)
}

func openHeader(sid, key *[32]byte, msg []byte) (doubleratchet.Header, bool) {
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return doubleratchet.Header{}, false
	}
	b, err := aead.Open(make([]byte, 0, headerSize), msg[:nonceSize], msg[nonceSize:sealedHeader], sid[:])
	if err != nil {
		return doubleratchet.Header{}, false
	}
	return readHeader(b)
}

// putHeader writes dh || PN || N || mix || zeros into the 64 bytes of b.
func putHeader(b []byte, h doubleratchet.Header) {
	copy(b, h.DH[:])
	binary.BigEndian.PutUint32(b[32:], h.PN)
	binary.BigEndian.PutUint32(b[36:], h.N)
	binary.BigEndian.PutUint32(b[40:], h.Mix)
	clear(b[headerUsed:])
}

func readHeader(b []byte) (doubleratchet.Header, bool) {
	if len(b) != headerSize || [headerSize - headerUsed]byte(b[headerUsed:]) != [headerSize - headerUsed]byte{} {
		return doubleratchet.Header{}, false
	}
	return doubleratchet.Header{
		DH:  [32]byte(b),
		PN:  binary.BigEndian.Uint32(b[32:]),
		N:   binary.BigEndian.Uint32(b[36:]),
		Mix: binary.BigEndian.Uint32(b[40:]),
	}, true
}
