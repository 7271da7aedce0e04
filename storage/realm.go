package storage

import (
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"sync"

	"golang.org/x/crypto/chacha20poly1305"
)

// Sizes in bytes: of a realm's prefix, of a hashed part of a key, and of what sealing adds to a value.
const (
	prefixSize = 16
	hashSize   = 16
	sealSize   = chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
	maxKey     = 255
)

// Realm is whose rows: a node's, an account's or a conversation's. It places and hashes their keys and seals their values.
// It is immutable and safe for concurrent use, and prints as [realm].
type Realm struct {
	prefix [prefixSize]byte
	index  [32]byte
	value  cipher.AEAD
	macs   sync.Pool // of hash.Hash keyed with index: keying one costs more than a key's hash
}

// NewRealm makes a realm from the prefix of its rows, the HMAC-SHA-256 key of its lookup keys and the XChaCha20-Poly1305 key
// of its values. Two realms with the same prefix share a name space.
func NewRealm(prefix [16]byte, index, value [32]byte) *Realm {
	aead, err := chacha20poly1305.NewX(value[:])
	if err != nil {
		panic(err) // only for a key of another length
	}
	return &Realm{prefix: prefix, index: index, value: aead}
}

// Format keeps the keys out of every log line.
func (*Realm) Format(f fmt.State, _ rune) { fmt.Fprint(f, "[realm]") }

// Key is the full key of a row, or the beginning of one: table byte, realm prefix, parts. The zero Key means none.
type Key string

// Table returns the table of the key.
func (k Key) Table() Table {
	if k == "" {
		return 0
	}
	return Table(k[0])
}

// After returns what follows prefix in k, nil if k does not begin with it.
func (k Key) After(prefix Key) []byte {
	if len(k) < len(prefix) || k[:len(prefix)] != prefix {
		return nil
	}
	return []byte(k[len(prefix):])
}

// Part is one component of a key behind the realm's prefix.
type Part struct {
	hashed bool
	bytes  []byte
}

// H is a part that hides its natural key: HMAC(index key, table || be32(len) || part ...)[:16].
func H(parts ...[]byte) Part {
	var natural []byte
	for _, p := range parts {
		natural = binary.BigEndian.AppendUint32(natural, uint32(len(p)))
		natural = append(natural, p...)
	}
	return Part{hashed: true, bytes: natural}
}

// U64 is a part that sorts as a number: eight bytes, big-endian.
func U64(n uint64) Part { return Part{bytes: binary.BigEndian.AppendUint64(nil, n)} }

// Fixed is a part as it is. All rows of a table must give it the same length, or one key could be the beginning of another.
func Fixed(b []byte) Part { return Part{bytes: append([]byte(nil), b...)} }

// Key returns the key of a row, or with fewer parts the prefix of a Scan.
func (r *Realm) Key(t Table, parts ...Part) Key {
	b := make([]byte, 0, 1+prefixSize+3*hashSize)
	b = append(b, byte(t))
	b = append(b, r.prefix[:]...)
	for _, p := range parts {
		if !p.hashed {
			b = append(b, p.bytes...)
			continue
		}
		b = append(b, r.hash(t, p.bytes)...)
	}
	return Key(b)
}

// hash is what stands in a key for its natural form.
func (r *Realm) hash(t Table, natural []byte) []byte {
	mac, ok := r.macs.Get().(hash.Hash)
	if !ok {
		mac = hmac.New(sha256.New, r.index[:])
	}
	defer r.macs.Put(mac)
	mac.Reset()
	mac.Write([]byte{byte(t)})
	mac.Write(natural)
	return mac.Sum(nil)[:hashSize]
}

// owns says whether k is a key of this realm.
func (r *Realm) owns(k Key) bool {
	return len(k) > prefixSize && len(k) <= maxKey && string(k[1:1+prefixSize]) == string(r.prefix[:])
}

// ad binds a value to its place and to the version of the seal.
func ad(k Key) []byte {
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(k)), Schema), k...)
}

func (r *Realm) seal(k Key, v []byte) []byte {
	out := make([]byte, chacha20poly1305.NonceSizeX, sealSize+len(v))
	rand.Read(out) // never fails: the runtime ends the process instead
	return r.value.Seal(out, out, v, ad(k))
}

func (r *Realm) open(k Key, sealed []byte) ([]byte, error) {
	if len(sealed) < sealSize {
		return nil, fmt.Errorf("table %s: %w", k.Table(), ErrCorrupt)
	}
	nonce, box := sealed[:chacha20poly1305.NonceSizeX], sealed[chacha20poly1305.NonceSizeX:]
	v, err := r.value.Open(nil, nonce, box, ad(k))
	if err != nil {
		return nil, fmt.Errorf("table %s: %w", k.Table(), ErrCorrupt)
	}
	return v, nil
}
