package ratchet

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"testing"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"conclave/crypto/seal"
)

// steady is a session past its first turns and mixes, in which a sends to b.
func steady(b *testing.B) (*State, *State) {
	x, y := pair(b)
	for range 10 {
		wantOpen(b, y, start, encrypt(b, x, start, "x"), "x")
		wantOpen(b, x, start, encrypt(b, y, start, "y"), "y")
	}
	return x, y
}

func BenchmarkEncrypt256(b *testing.B) {
	x, _ := steady(b)
	payload := make([]byte, 256)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := x.Encrypt(rand.Reader, start, Content, payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecrypt256(b *testing.B) {
	x, y := steady(b)
	const batch = 1000
	msgs := make([][]byte, batch)
	payload := make([]byte, 256)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%batch == 0 {
			b.StopTimer()
			for j := range msgs {
				var err error
				if msgs[j], err = x.Encrypt(rand.Reader, start, Content, payload); err != nil {
					b.Fatal(err)
				}
			}
			b.StartTimer()
		}
		if _, err := y.Decrypt(start, msgs[i%batch]); err != nil {
			b.Fatal(err)
		}
	}
}

// floorStep is the symmetric step with nothing around it but the standard calls: two HMACs, one HKDF.
func floorStep(b *testing.B, ck []byte) (mk, next []byte) {
	m := hmac.New(sha256.New, ck)
	m.Write([]byte{1})
	seed := m.Sum(nil)
	m.Reset()
	m.Write([]byte{2})
	next = m.Sum(nil)
	mk, err := hkdf.Key(sha256.New, seed, nil, "conclave/1/dr/mk\x00", 32)
	if err != nil {
		b.Fatal(err)
	}
	return mk, next
}

// floorSeal seals with a random nonce.
func floorSeal(b *testing.B, key, plain, ad []byte) []byte {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		b.Fatal(err)
	}
	out := make([]byte, 24, 24+len(plain)+16)
	rand.Read(out)
	return aead.Seal(out, out, plain, ad)
}

func floorOpen(b *testing.B, key, box, ad []byte) []byte {
	aead, err := chacha20poly1305.NewX(key)
	if err != nil {
		b.Fatal(err)
	}
	plain, err := aead.Open(nil, box[:24], box[24:], ad)
	if err != nil {
		b.Fatal(err)
	}
	return plain
}

func BenchmarkFloorEncrypt256(b *testing.B) {
	ck, hk, header, body := make([]byte, 32), make([]byte, 32), make([]byte, headerSize), make([]byte, 512)
	ad := make([]byte, sidSize+sealedHeader)
	b.ReportAllocs()
	for b.Loop() {
		mk, next := floorStep(b, ck)
		floorSeal(b, hk, header, ad[:sidSize])
		floorSeal(b, mk, body, ad)
		ck = next
	}
}

func BenchmarkFloorDecrypt256(b *testing.B) {
	ck, hk := make([]byte, 32), make([]byte, 32)
	ad := make([]byte, sidSize+sealedHeader)
	mk, _ := floorStep(b, ck)
	header, body := floorSeal(b, hk, make([]byte, headerSize), ad[:sidSize]), floorSeal(b, mk, make([]byte, 512), ad)
	b.ReportAllocs()
	for b.Loop() {
		mk, _ := floorStep(b, ck)
		floorOpen(b, hk, header, ad[:sidSize])
		floorOpen(b, mk, body, ad)
	}
}

// Two messages, each of which turns the ratchet.
func BenchmarkPingPong(b *testing.B) {
	x, y := steady(b)
	payload := make([]byte, 256)
	b.ReportAllocs()
	for b.Loop() {
		for _, way := range [][2]*State{{x, y}, {y, x}} {
			msg, err := way[0].Encrypt(rand.Reader, start, Content, payload)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := way[1].Decrypt(start, msg); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// Two turns are two new keys and four exchanges; two messages are sealed and opened.
func BenchmarkFloorPingPong(b *testing.B) {
	peer, err := seal.NewDHKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	public := peer.Public()
	key, header, body := make([]byte, 32), make([]byte, headerSize), make([]byte, 512)
	ad := make([]byte, sidSize+sealedHeader)
	b.ReportAllocs()
	for b.Loop() {
		for range 2 {
			own, err := seal.NewDHKey(rand.Reader)
			if err != nil {
				b.Fatal(err)
			}
			for range 2 {
				shared, err := own.Shared(&public)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := hkdf.Key(sha256.New, shared[:], key, "root", 96); err != nil {
					b.Fatal(err)
				}
				floorStep(b, key)
			}
			h, c := floorSeal(b, key, header, ad[:sidSize]), floorSeal(b, key, body, ad)
			floorOpen(b, key, h, ad[:sidSize])
			floorOpen(b, key, c, ad)
		}
	}
}

// What the storage of a session costs beside its messages.
func BenchmarkStore(b *testing.B) {
	x, _ := steady(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Unmarshal(x.Marshal()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTrialOpenForeign(b *testing.B) {
	x, y := steady(b)
	msg := encrypt(b, x, start, "x")
	msg[0] ^= 1
	b.ReportAllocs()
	for b.Loop() {
		if y.TrialOpen(msg) {
			b.Fatal("opened")
		}
	}
}

// The jump over MaxSkip messages is the dearest thing a peer can make us do.
func BenchmarkLongestJump(b *testing.B) {
	x, y := steady(b)
	for range MaxSkip {
		encrypt(b, x, start, "x")
	}
	msg := encrypt(b, x, start, "x")
	stored := y.Marshal()
	b.ReportAllocs()
	for b.Loop() {
		s, err := Unmarshal(stored)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Decrypt(start.Add(time.Minute), msg); err != nil {
			b.Fatal(err)
		}
	}
}
