package group

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"conclave/crypto/seal"
)

func BenchmarkEncrypt256(b *testing.B) {
	c := newChain(b)
	event := make([]byte, 256)
	id := sha256.Sum256(event)
	heads := [][32]byte{{1}, {2}}
	b.ReportAllocs()
	for b.Loop() {
		m, err := c.s.Seal(rand.Reader, heads, id, event)
		if err != nil {
			b.Fatal(err)
		}
		m.Encode()
	}
}

func BenchmarkDecrypt256(b *testing.B) {
	c := newChain(b)
	r := c.receiver(b)
	const batch = 1000
	msgs := make([][]byte, batch)
	event := make([]byte, 256)
	id := sha256.Sum256(event)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%batch == 0 {
			b.StopTimer()
			for j := range msgs {
				m, err := c.s.Seal(rand.Reader, [][32]byte{{1}, {2}}, id, event)
				if err != nil {
					b.Fatal(err)
				}
				msgs[j] = m.Encode()
			}
			b.StartTimer()
		}
		m, err := DecodeInner(msgs[i%batch])
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := r.Open(start, m, idOf); err != nil {
			b.Fatal(err)
		}
	}
}

// floorStep is two HMACs and a key derivation with the standard calls.
func floorStep(ck []byte) *[32]byte {
	m := hmac.New(sha256.New, ck)
	m.Write([]byte{1})
	seed := m.Sum(nil)
	m.Reset()
	m.Write([]byte{2})
	m.Sum(ck[:0])
	return seal.DeriveKey(seed, nil, "gmk", ck)
}

func BenchmarkFloorEncrypt256(b *testing.B) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	ck, event, at := make([]byte, 32), make([]byte, 512), make([]byte, 116)
	b.ReportAllocs()
	for b.Loop() {
		ct := seal.Seal(rand.Reader, floorStep(ck), event, at)
		digest := sha256.Sum256(ct)
		ed25519.Sign(key, digest[:])
	}
}

func BenchmarkFloorDecrypt256(b *testing.B) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	at := make([]byte, 116)
	ct := seal.Seal(rand.Reader, floorStep(make([]byte, 32)), make([]byte, 512), at)
	digest := sha256.Sum256(ct)
	sig := ed25519.Sign(key, digest[:])
	b.ReportAllocs()
	for b.Loop() {
		digest := sha256.Sum256(ct)
		if !ed25519.Verify(public, digest[:], sig) {
			b.Fatal("not verified")
		}
		if _, err := seal.Open(floorStep(make([]byte, 32)), ct, at); err != nil {
			b.Fatal(err)
		}
	}
}
