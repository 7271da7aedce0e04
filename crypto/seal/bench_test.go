package seal

import (
	"crypto/rand"
	"io"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

// The floor is the library alone with a nonce at hand; ours adds the nonce's randomness.
func BenchmarkSeal256(b *testing.B) {
	plain, dst := make([]byte, 256), make([]byte, 0, 256+Overhead)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(256)
		for b.Loop() {
			AppendSeal(dst, rand.Reader, testKey, plain, nil)
		}
	})
	b.Run("floor", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(256)
		nonce := make([]byte, chacha20poly1305.NonceSizeX)
		for b.Loop() {
			a, err := chacha20poly1305.NewX(testKey[:])
			if err != nil {
				b.Fatal(err)
			}
			a.Seal(dst, nonce, plain, nil)
		}
	})
}

func BenchmarkOpen256(b *testing.B) {
	box, dst := Seal(rand.Reader, testKey, make([]byte, 256), nil), make([]byte, 0, 256)
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(256)
		for b.Loop() {
			if _, err := AppendOpen(dst, testKey, box, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("floor", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(256)
		for b.Loop() {
			a, err := chacha20poly1305.NewX(testKey[:])
			if err != nil {
				b.Fatal(err)
			}
			if _, err := a.Open(dst, box[:24], box[24:], nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSealTo256(b *testing.B) {
	key, err := NewKEMKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	pub, plain := key.Public(), make([]byte, 256)
	for b.Loop() {
		if _, err := SealTo(pub, nil, nil, plain); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFile1MiB(b *testing.B) {
	plain := make([]byte, 1<<20)
	b.SetBytes(1 << 20)
	for b.Loop() {
		w, err := NewWriter(rand.Reader, testKey, io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(plain); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
