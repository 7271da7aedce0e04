package seal

import (
	"crypto/cipher"
	"encoding/binary"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"
)

// Sizes in bytes of a sealed file: salt, then chunks of which all but the last are full (SPEC.md, files).
const (
	SaltSize        = 16
	ChunkSize       = 64 << 10
	SealedChunkSize = ChunkSize + chacha20poly1305.Overhead
)

// ErrFile is returned for a sealed file that was truncated, extended, reordered, changed, or sealed under another key.
var ErrFile = errors.New("sealed file does not open")

// Chunks seals and opens the chunks of one file by index, for range reads; Writer and Reader stream a whole file. It is
// safe for concurrent use.
type Chunks struct {
	Hidden
	aead cipher.AEAD
}

// NewChunks derives the chunk key of a file from its 32-byte key and the salt that the sealed file starts with. A file key
// and salt pair seals one file only.
func NewChunks(fileKey *[32]byte, salt *[SaltSize]byte) *Chunks {
	return &Chunks{aead: chacha(DeriveKey(fileKey[:], salt[:], "file", nil))}
}

func chacha(key *[32]byte) cipher.AEAD {
	a, err := chacha20poly1305.New(key[:])
	if err != nil {
		panic(err) // the key is 32 bytes by its type
	}
	return a
}

// Seal appends the sealed chunk at index (from 0) to dst. All but the last chunk hold ChunkSize bytes.
func (c *Chunks) Seal(dst []byte, index uint64, last bool, plain []byte) []byte {
	nonce := chunkNonce(index, last)
	return c.aead.Seal(dst, nonce[:], plain, nil)
}

// Open appends the plaintext of a chunk to dst. The error is always ErrFile.
func (c *Chunks) Open(dst []byte, index uint64, last bool, sealed []byte) ([]byte, error) {
	n := len(sealed) - chacha20poly1305.Overhead
	if n < 0 || n > ChunkSize || (!last && n != ChunkSize) || (n == 0 && index > 0) {
		return nil, ErrFile
	}
	nonce := chunkNonce(index, last)
	out, err := c.aead.Open(dst, nonce[:], sealed, nil)
	if err != nil {
		return nil, ErrFile
	}
	return out, nil
}

// chunkNonce is be88(index) || last flag.
func chunkNonce(index uint64, last bool) (nonce [chacha20poly1305.NonceSize]byte) {
	binary.BigEndian.PutUint64(nonce[3:11], index)
	if last {
		nonce[11] = 1
	}
	return nonce
}
