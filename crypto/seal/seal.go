// Package seal holds the primitives that the rest of crypto/ is built from: authenticated encryption with a key we hold
// (Seal, Open), sealing to a public key (HPKE), key derivation and authentication under labels (Derive, MAC), checked
// X25519, Ed25519 and ML-KEM keys, padding to buckets, and chunked sealing of files (SPEC.md, conventions, padding, files).
//
// Promises: every public key is checked on import, a Diffie-Hellman result of zero is an error, every derivation starts with
// a label, nothing unauthenticated is ever released. It refuses unauthenticated modes, compression, and caller-made nonces.
//
// Everything is pure: randomness comes from the reader given, there is no clock, no I/O beyond the readers and writers
// passed to the file stream, and no goroutine. Functions are safe for concurrent use; a Writer or Reader is not.
package seal

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"
)

// Overhead is the length in bytes by which a box made by Seal exceeds its plaintext: a 24-byte nonce and a 16-byte tag.
const Overhead = chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead

// ErrOpen is returned for every box that does not open: wrong key, wrong associated data, truncated or changed bytes. It
// says no more on purpose.
var ErrOpen = errors.New("box does not open")

// Hidden is embedded in types that hold secrets: under every fmt verb they print as "[secret]".
type Hidden struct{}

// Format implements fmt.Formatter.
func (Hidden) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "[secret]") }

// Seal encrypts plaintext under key with XChaCha20-Poly1305 and a random nonce and binds ad to it. The box is
// nonce(24) || ciphertext || tag(16). It panics if rand fails, which crypto/rand.Reader never does.
func Seal(rand io.Reader, key *[32]byte, plaintext, ad []byte) []byte {
	return AppendSeal(nil, rand, key, plaintext, ad)
}

// AppendSeal is Seal that appends the box to dst; it does not allocate for the box if dst has len(plaintext)+Overhead bytes
// to spare. plaintext and dst must not overlap.
func AppendSeal(dst []byte, rand io.Reader, key *[32]byte, plaintext, ad []byte) []byte {
	dst = slices.Grow(dst, len(plaintext)+Overhead)
	n := len(dst)
	dst = dst[:n+chacha20poly1305.NonceSizeX]
	nonce := dst[n:]
	if _, err := io.ReadFull(rand, nonce); err != nil {
		panic(fmt.Sprintf("seal: no randomness: %v", err))
	}
	return xchacha(key).Seal(dst, nonce, plaintext, ad)
}

// Open opens a box made by Seal with the same key and associated data. The error is always ErrOpen.
func Open(key *[32]byte, box, ad []byte) ([]byte, error) {
	return AppendOpen(nil, key, box, ad)
}

// AppendOpen is Open that appends the plaintext to dst. On error it returns nil and leaves nothing of the plaintext in dst.
// box and dst must not overlap.
func AppendOpen(dst []byte, key *[32]byte, box, ad []byte) ([]byte, error) {
	if len(box) < Overhead {
		return nil, ErrOpen
	}
	nonce, ct := box[:chacha20poly1305.NonceSizeX], box[chacha20poly1305.NonceSizeX:]
	plain, err := xchacha(key).Open(dst, nonce, ct, ad)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func xchacha(key *[32]byte) cipher.AEAD {
	a, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		panic(err) // the key is 32 bytes by its type
	}
	return a
}
