package seal

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"testing"
)

// The eight points of small order, and encodings of y >= p or with a sign bit on x = 0.
var unsafePublic = map[string]string{
	"identity":              "0100000000000000000000000000000000000000000000000000000000000000",
	"order 2":               "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"order 4":               "0000000000000000000000000000000000000000000000000000000000000000",
	"order 4, negative":     "0000000000000000000000000000000000000000000000000000000000000080",
	"order 8, a":            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	"order 8, a negative":   "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	"order 8, b":            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	"order 8, b negative":   "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	"identity, negative x":  "0100000000000000000000000000000000000000000000000000000000000080",
	"order 2, negative x":   "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	"y = p":                 "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"y = p + 1":             "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"y = p + 3, full order": "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"not on the curve":      "0200000000000000000000000000000000000000000000000000000000000000",
}

func TestUnsafeSigningKeysAreRefused(t *testing.T) {
	for name, in := range unsafePublic {
		pub, err := hex.DecodeString(in)
		if err != nil {
			t.Fatal(err)
		}
		if err := CheckPublic((*[32]byte)(pub)); !errors.Is(err, ErrPublicKey) {
			t.Errorf("%s: got %v, want ErrPublicKey", name, err)
		}
	}
}

func TestSignaturesAreBoundToTheirContext(t *testing.T) {
	key, err := NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pub, sig := key.Public(), key.Sign("a", []byte("b"), []byte("c"))
	if err := CheckPublic(&pub); err != nil {
		t.Errorf("CheckPublic of our own key: got %v", err)
	}
	if !Verify(&pub, &sig, "a", []byte("bc")) {
		t.Error("Verify refuses its own signature")
	}
	if Verify(&pub, &sig, "ab", []byte("c")) || Verify(&pub, &sig, "a", []byte("bd")) {
		t.Error("a signature holds for another context or message")
	}
	seed := key.Seed()
	if got := SigningKeyFrom(&seed).Public(); got != pub {
		t.Errorf("restored key: got %x, want %x", got, pub)
	}
}
