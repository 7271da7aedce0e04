package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"os"
	"testing"
)

// TestTwin compares with testdata/twin.json, which another code base wrote (testdata/twin.py).
func TestTwin(t *testing.T) {
	raw, err := os.ReadFile("testdata/twin.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Derive, MAC, Signature hexBytes
		SigningPublic          hexBytes `json:"signing_public"`
		FileSHA256             hexBytes `json:"file_sha256"`
		EmptyFile              hexBytes `json:"empty_file"`
		Sealing                struct{ Public, Sealed hexBytes }
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(i)
	}
	plain := make([]byte, ChunkSize+1000)
	for i := range plain {
		plain[i] = byte(i * 7 % 251)
	}
	tag := MAC([]byte("key"), "twin", []byte("one"), []byte("two"))
	key := SigningKeyFrom(&seed)
	pub, sig := key.Public(), key.Sign("twin", []byte("one"), []byte("two"))
	file := sha256.Sum256(fixedFile(t, &seed, plain))
	kem, err := KEMKeyFrom(&seed)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := OpenFrom(kem, []byte("info"), nil, want.Sealing.Sealed)
	if err != nil {
		t.Errorf("sealed to our public key: %v", err)
	}
	for name, c := range map[string]struct{ got, want []byte }{
		"Derive":         {Derive([]byte("ikm"), []byte("salt"), "twin", []byte("extra"), 80), want.Derive},
		"MAC":            {tag[:], want.MAC},
		"signing key":    {pub[:], want.SigningPublic},
		"signature":      {sig[:], want.Signature},
		"file":           {file[:], want.FileSHA256},
		"empty file":     {fixedFile(t, &seed, nil), want.EmptyFile},
		"X-Wing public":  {kem.Public(), want.Sealing.Public},
		"sealed message": {opened, []byte("first message")},
	} {
		if !bytes.Equal(c.got, c.want) {
			t.Errorf("%s: got %x, want %x", name, c.got, c.want)
		}
	}
}

// fixedFile seals a file under a salt of zeros.
func fixedFile(t *testing.T, key *[32]byte, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(bytes.NewReader(make([]byte, SaltSize)), key, &out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
