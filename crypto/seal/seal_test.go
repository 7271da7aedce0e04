package seal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

var testKey = &[32]byte{1, 2, 3}

func TestEveryChangedByteOfABoxIsRefused(t *testing.T) {
	ad := []byte("ad")
	box := Seal(rand.Reader, testKey, []byte("hello"), ad)
	if got, err := Open(testKey, box, ad); err != nil || string(got) != "hello" {
		t.Fatalf("Open got %q, %v, want hello", got, err)
	}
	for i := range box {
		bad := bytes.Clone(box)
		bad[i] ^= 1
		if _, err := Open(testKey, bad, ad); !errors.Is(err, ErrOpen) {
			t.Errorf("byte %d changed: got %v, want ErrOpen", i, err)
		}
		if _, err := Open(testKey, box[:i], ad); !errors.Is(err, ErrOpen) {
			t.Errorf("cut to %d bytes: got %v, want ErrOpen", i, err)
		}
	}
	if _, err := Open(testKey, box, []byte("da")); !errors.Is(err, ErrOpen) {
		t.Errorf("other associated data: got %v, want ErrOpen", err)
	}
	if _, err := Open(&[32]byte{9}, box, ad); !errors.Is(err, ErrOpen) {
		t.Errorf("other key: got %v, want ErrOpen", err)
	}
}

func TestAppendKeepsWhatIsThere(t *testing.T) {
	dst := AppendSeal([]byte("front"), rand.Reader, testKey, []byte("hello"), nil)
	if !bytes.HasPrefix(dst, []byte("front")) {
		t.Fatalf("AppendSeal got %x, want the prefix kept", dst)
	}
	got, err := AppendOpen([]byte("front"), testKey, dst[5:], nil)
	if err != nil || string(got) != "fronthello" {
		t.Errorf("AppendOpen got %q, %v, want fronthello", got, err)
	}
}

func TestSealIntoRoomDoesNotAllocateForTheBox(t *testing.T) {
	plain, box := make([]byte, 256), make([]byte, 0, 256+Overhead)
	room := make([]byte, 0, 256)
	sealed := Seal(rand.Reader, testKey, plain, nil)
	floor := testing.AllocsPerRun(100, func() { _, _ = chacha20poly1305.NewX(testKey[:]) })
	if got := testing.AllocsPerRun(100, func() { AppendSeal(box, rand.Reader, testKey, plain, nil) }); got > floor {
		t.Errorf("AppendSeal allocates %v times, want at most the cipher's %v", got, floor)
	}
	if got := testing.AllocsPerRun(100, func() { _, _ = AppendOpen(room, testKey, sealed, nil) }); got > floor {
		t.Errorf("AppendOpen allocates %v times, want at most the cipher's %v", got, floor)
	}
}

func TestLabelsAndExtrasSeparateKeys(t *testing.T) {
	ikm := []byte("ikm")
	a := Derive(ikm, nil, "a", []byte("bc"), 32)
	for name, b := range map[string][]byte{
		"context": Derive(ikm, nil, "ab", []byte("c"), 32),
		"extra":   Derive(ikm, nil, "a", []byte("bd"), 32),
		"salt":    Derive(ikm, []byte{1}, "a", []byte("bc"), 32),
	} {
		if bytes.Equal(a, b) {
			t.Errorf("another %s gives the same key", name)
		}
	}
	if got := Derive(ikm, make([]byte, 32), "a", []byte("bc"), 32); !bytes.Equal(got, a) {
		t.Errorf("a salt of zeros: got %x, want the key of no salt %x", got, a)
	}
}

func TestCheckMAC(t *testing.T) {
	key := []byte("key")
	tag := MAC(key, "ctx", []byte("a"), []byte("b"))
	short := MAC(key, "ctx", []byte("ab"))
	if !CheckMAC(tag[:], key, "ctx", []byte("ab")) || !CheckMAC(short[:16], key, "ctx", []byte("a"), []byte("b")) {
		t.Error("CheckMAC refuses its own tags")
	}
	for name, ok := range map[string]bool{
		"too short": CheckMAC(tag[:15], key, "ctx", []byte("ab")),
		"empty":     CheckMAC(nil, key, "ctx", []byte("ab")),
		"too long":  CheckMAC(append(tag[:], 0), key, "ctx", []byte("ab")),
		"context":   CheckMAC(tag[:], key, "cty", []byte("ab")),
		"message":   CheckMAC(tag[:], key, "ctx", []byte("aB")),
	} {
		if ok {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestSealTo(t *testing.T) {
	key, err := NewKEMKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	info, ad, plain := []byte("info"), []byte("ad"), []byte("first message")
	sealed, err := SealTo(key.Public(), info, ad, plain)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(sealed), len(plain)+SealToOverhead; got != want {
		t.Errorf("sealed length: got %d, want %d", got, want)
	}
	seed, err := key.Seed()
	if err != nil {
		t.Fatal(err)
	}
	again, err := KEMKeyFrom(&seed)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenFrom(again, info, ad, sealed); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("OpenFrom with the restored key got %q, %v, want %q", got, err, plain)
	}
	other, err := NewKEMKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"key":  func() ([]byte, error) { return OpenFrom(other, info, ad, sealed) },
		"info": func() ([]byte, error) { return OpenFrom(key, ad, ad, sealed) },
		"ad":   func() ([]byte, error) { return OpenFrom(key, info, info, sealed) },
		"cut":  func() ([]byte, error) { return OpenFrom(key, info, ad, sealed[:len(sealed)-1]) },
		"nil":  func() ([]byte, error) { return OpenFrom(key, info, ad, nil) },
	} {
		if _, err := open(); !errors.Is(err, ErrOpen) {
			t.Errorf("other %s: got %v, want ErrOpen", name, err)
		}
	}
	for i := 0; i < len(sealed); i += 37 {
		bad := bytes.Clone(sealed)
		bad[i] ^= 0x10
		if _, err := OpenFrom(key, info, ad, bad); !errors.Is(err, ErrOpen) {
			t.Errorf("byte %d changed: got %v, want ErrOpen", i, err)
		}
	}
}

func TestUnsafeSealingKeysAreRefused(t *testing.T) {
	key, err := NewKEMKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pub := key.Public()
	smallOrder := bytes.Clone(pub)
	clear(smallOrder[KEMPublicSize-32:])
	unreduced := bytes.Clone(pub)
	for i := range 3 {
		unreduced[i] = 0xff
	}
	for name, k := range map[string][]byte{"short": pub[1:], "small order": smallOrder, "unreduced": unreduced, "none": nil} {
		if err := CheckKEM(k); !errors.Is(err, ErrPublicKey) {
			t.Errorf("CheckKEM %s: got %v, want ErrPublicKey", name, err)
		}
		if _, err := SealTo(k, nil, nil, nil); !errors.Is(err, ErrPublicKey) {
			t.Errorf("SealTo %s: got %v, want ErrPublicKey", name, err)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	dh, err := NewDHKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign, err := NewSigningKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []any{dh, *dh, sign, *sign} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			if got := fmt.Sprintf(verb, secret); !strings.Contains(got, "[secret]") || len(got) > 10 {
				t.Errorf("%s of %T prints %q", verb, secret, got)
			}
		}
	}
}

func TestNoRandomnessIsAnErrorOrAPanic(t *testing.T) {
	empty := bytes.NewReader(nil)
	if _, err := NewDHKey(empty); err == nil {
		t.Error("NewDHKey without randomness succeeds")
	}
	if _, err := NewSigningKey(empty); err == nil {
		t.Error("NewSigningKey without randomness succeeds")
	}
	if _, err := NewKEMKey(empty); err == nil {
		t.Error("NewKEMKey without randomness succeeds")
	}
	defer func() {
		if recover() == nil {
			t.Error("Seal without randomness returns a box")
		}
	}()
	Seal(empty, testKey, nil, nil)
}
