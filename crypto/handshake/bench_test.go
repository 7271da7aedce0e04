package handshake

import (
	"crypto/hkdf"
	"crypto/mlkem"
	"crypto/rand"
	"crypto/sha256"
	"testing"

	"conclave/crypto/seal"
)

func benchParties(b *testing.B) (a, c device, secrets Secrets) {
	return newDevice(b, 'a'), newDevice(b, 'b'), newSecrets(b, true)
}

func BenchmarkInitiator(b *testing.B) {
	x, y, secrets := benchParties(b)
	keys := secrets.Public()
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Initiator(rand.Reader, x.Party, x.dik, y.Party, keys); err != nil {
			b.Fatal(err)
		}
	}
}

// A new key, four exchanges, one encapsulation, one key derivation.
func BenchmarkFloorInitiator(b *testing.B) {
	x, y, secrets := benchParties(b)
	public := secrets.KEM.EncapsulationKey().Bytes()
	b.ReportAllocs()
	for b.Loop() {
		ek, err := seal.NewDHKey(rand.Reader)
		if err != nil {
			b.Fatal(err)
		}
		floorExchanges(b, [4]*seal.DHKey{x.dik, ek, ek, ek}, &y.DIK)
		key, err := mlkem.NewEncapsulationKey1024(public)
		if err != nil {
			b.Fatal(err)
		}
		key.Encapsulate()
	}
}

func BenchmarkResponder(b *testing.B) {
	x, y, secrets := benchParties(b)
	_, offer, err := Initiator(rand.Reader, x.Party, x.dik, y.Party, secrets.Public())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Responder(y.Party, y.dik, x.Party, secrets, offer); err != nil {
			b.Fatal(err)
		}
	}
}

// Four exchanges, one decapsulation, one key derivation.
func BenchmarkFloorResponder(b *testing.B) {
	x, y, secrets := benchParties(b)
	_, ct := secrets.KEM.EncapsulationKey().Encapsulate()
	b.ReportAllocs()
	for b.Loop() {
		floorExchanges(b, [4]*seal.DHKey{y.dik, y.dik, y.dik, y.dik}, &x.DIK)
		if _, err := secrets.KEM.Decapsulate(ct); err != nil {
			b.Fatal(err)
		}
	}
}

func floorExchanges(b *testing.B, keys [4]*seal.DHKey, public *[32]byte) {
	for _, k := range keys {
		if _, err := k.Shared(public); err != nil {
			b.Fatal(err)
		}
	}
	if _, err := hkdf.Key(sha256.New, public[:], nil, "floor", 128); err != nil {
		b.Fatal(err)
	}
}

func BenchmarkSealMessage(b *testing.B) {
	key, m := newSealKey(b), fullMessage()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Seal(key.Public(), [32]byte{}, [16]byte{}, m); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFloorSealMessage(b *testing.B) {
	key, plain := newSealKey(b), make([]byte, 8<<10-unpadded)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := seal.SealTo(key.Public(), nil, nil, plain); err != nil {
			b.Fatal(err)
		}
	}
}
