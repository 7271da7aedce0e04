package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"

	"conclave/crypto/canon"
)

// Derive returns n bytes of HKDF-SHA-256(salt, ikm, info = L(context) || extra). A nil salt stands for 32 zero bytes. n is
// at most 8,160; more is a bug and panics.
func Derive(ikm, salt []byte, context string, extra []byte, n int) []byte {
	return expand(ikm, salt, canon.Join(context, extra), n)
}

// DeriveKey is Derive for one 32-byte key.
func DeriveKey(ikm, salt []byte, context string, extra []byte) *[32]byte {
	return (*[32]byte)(Derive(ikm, salt, context, extra, 32))
}

// MAC returns HMAC-SHA-256(key, L(context) || parts...). The parts are not separated: all but one need a fixed length.
func MAC(key []byte, context string, parts ...[]byte) [32]byte {
	return mac(key, canon.Label(context), parts...)
}

// CheckMAC reports in constant time whether tag is MAC(key, context, parts...) or its first len(tag) bytes. Tags shorter
// than 16 bytes are refused.
func CheckMAC(tag, key []byte, context string, parts ...[]byte) bool {
	if len(tag) < 16 || len(tag) > sha256.Size {
		return false
	}
	want := MAC(key, context, parts...)
	return hmac.Equal(tag, want[:len(tag)])
}

func expand(ikm, salt, info []byte, n int) []byte {
	out, err := hkdf.Key(sha256.New, ikm, salt, string(info), n)
	if err != nil {
		panic(err) // only n can be wrong, and n is ours
	}
	return out
}

func mac(key, first []byte, parts ...[]byte) [32]byte {
	h := hmac.New(sha256.New, key)
	h.Write(first)
	for _, p := range parts {
		h.Write(p)
	}
	var out [32]byte
	h.Sum(out[:0])
	return out
}
