package kdf

import (
	"crypto/hkdf"
	stdhmac "crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

func TestStepAndMessageKeyAgreeWithTheStandardLibrary(t *testing.T) {
	label, context := []byte("conclave/1/test\x00"), make([]byte, 100)
	for i := range 50 {
		ck := sha256.Sum256([]byte{byte(i)})
		seed, next := Step(&ck)
		for input, got := range map[byte][32]byte{1: seed, 2: next} {
			mac := stdhmac.New(sha256.New, ck[:])
			mac.Write([]byte{input})
			if want := [32]byte(mac.Sum(nil)); got != want {
				t.Fatalf("HMAC(ck, %d): got %x, want %x", input, got, want)
			}
		}
		want, err := hkdf.Key(sha256.New, seed[:], nil, string(label)+string(context[:i*2]), 32)
		if err != nil {
			t.Fatal(err)
		}
		if got := MessageKey(&seed, label, context[:i*2]); got != [32]byte(want) {
			t.Fatalf("MessageKey: got %x, want %x", got, want)
		}
	}
}

// The published vector of Signal's chain key, which has the same step.
func TestStepReproducesSignalsChainKey(t *testing.T) {
	seed := unhex(t, "8ab72d6f4cc5ac0d387eaf463378ddb28edd07385b1cb01250c715982e7ad48f")
	wantNext := unhex(t, "28e8f8fee54b801eef7c5cfb2f17f32c7b334485bbb70fac6ec10342a246d15d")
	wantKeys := "bf51e9d75e0e31031051f82a2491ffc084fa298b7793bd9db620056febf45217" +
		"c6c77d6a73a354337a56435e34607dfe48e3ace14e77314dc6abc172e7a7030b"
	message, next := Step(&seed)
	if next != wantNext {
		t.Errorf("next chain key: got %x, want %x", next, wantNext)
	}
	keys, err := hkdf.Key(sha256.New, message[:], nil, "WhisperMessageKeys", 64)
	if err != nil {
		t.Fatal(err)
	}
	if got := hex.EncodeToString(keys); got != wantKeys {
		t.Errorf("message keys: got %s, want %s", got, wantKeys)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	var ck [32]byte
	label, context := []byte("label"), make([]byte, 52)
	got := testing.AllocsPerRun(100, func() {
		seed, next := Step(&ck)
		ck = next
		seed = MessageKey(&seed, label, context)
		ck[0] ^= seed[0]
	})
	if got != 0 {
		t.Errorf("allocations a step: got %v, want 0", got)
	}
}

func unhex(t *testing.T, s string) [32]byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return [32]byte(b)
}
