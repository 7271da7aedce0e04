package seal

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// hexBytes decodes the vectors' hexadecimal strings.
type hexBytes []byte

func (h *hexBytes) UnmarshalText(b []byte) (err error) {
	*h, err = hex.DecodeString(string(b))
	return err
}

// vector holds the fields of all the vector files used; each file fills its own.
type vector struct {
	ID     int      `json:"tcId"`
	Flags  []string `json:"flags"`
	Result string   `json:"result"`

	Key, IV, AAD, Msg, CT, Tag hexBytes
	IKM, Salt, Info, OKM       hexBytes
	Size                       int
	Sig                        hexBytes
	Public, Private, Shared    hexBytes
	Seed, EK, C, K             hexBytes
}

func (v vector) valid() bool { return v.Result == "valid" }

type vectorGroup struct {
	PublicKey    struct{ PK hexBytes }
	ParameterSet string
	Type         string
	TagSize      int
	Tests        []vector
}

// eachVector runs fn on every vector of a file and checks that there are as many as the snapshot holds.
func eachVector(t *testing.T, name string, count int, fn func(*testing.T, vectorGroup, vector)) {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "wycheproof", name+"_test.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ TestGroups []vectorGroup }
	if err := json.NewDecoder(z).Decode(&file); err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, g := range file.TestGroups {
		for _, v := range g.Tests {
			fn(t, g, v)
			seen++
		}
	}
	if seen != count {
		t.Errorf("%s: got %d vectors, want %d", name, seen, count)
	}
}

func TestWycheproofXChaCha(t *testing.T) {
	eachVector(t, "xchacha20_poly1305", 315, func(t *testing.T, _ vectorGroup, v vector) {
		box := slices.Concat(v.IV, v.CT, v.Tag)
		got, err := Open((*[32]byte)(v.Key), box, v.AAD)
		if v.valid() != (err == nil) || (err == nil && !bytes.Equal(got, v.Msg)) {
			t.Errorf("vector %d: Open got %x, %v, want %s %x", v.ID, got, err, v.Result, v.Msg)
		}
		if !v.valid() {
			return
		}
		if sealed := Seal(bytes.NewReader(v.IV), (*[32]byte)(v.Key), v.Msg, v.AAD); !bytes.Equal(sealed, box) {
			t.Errorf("vector %d: Seal got %x, want %x", v.ID, sealed, box)
		}
	})
}

func TestWycheproofChaCha(t *testing.T) {
	eachVector(t, "chacha20_poly1305", 325, func(t *testing.T, _ vectorGroup, v vector) {
		a := chacha((*[32]byte)(v.Key))
		if len(v.IV) != a.NonceSize() {
			return // our nonces are arrays of 12 bytes
		}
		got, err := a.Open(nil, v.IV, slices.Concat(v.CT, v.Tag), v.AAD)
		if v.valid() != (err == nil) || (err == nil && !bytes.Equal(got, v.Msg)) {
			t.Errorf("vector %d: got %x, %v, want %s %x", v.ID, got, err, v.Result, v.Msg)
		}
	})
}

func TestWycheproofHKDF(t *testing.T) {
	eachVector(t, "hkdf_sha256", 86, func(t *testing.T, _ vectorGroup, v vector) {
		defer func() {
			if r := recover(); (r != nil) == v.valid() {
				t.Errorf("vector %d: got panic %v, want %s", v.ID, r, v.Result)
			}
		}()
		if got := expand(v.IKM, v.Salt, v.Info, v.Size); !bytes.Equal(got, v.OKM) {
			t.Errorf("vector %d: got %x, want %x", v.ID, got, v.OKM)
		}
	})
}

func TestWycheproofHMAC(t *testing.T) {
	eachVector(t, "hmac_sha256", 174, func(t *testing.T, g vectorGroup, v vector) {
		got := mac(v.Key, v.Msg)
		if equal := bytes.Equal(got[:g.TagSize/8], v.Tag); equal != v.valid() {
			t.Errorf("vector %d: got %x, want %s %x", v.ID, got, v.Result, v.Tag)
		}
	})
}

func TestWycheproofEd25519(t *testing.T) {
	eachVector(t, "ed25519", 150, func(t *testing.T, g vectorGroup, v vector) {
		pub := (*[32]byte)(g.PublicKey.PK)
		if err := CheckPublic(pub); err != nil {
			t.Errorf("vector %d: CheckPublic got %v for an honest key", v.ID, err)
		}
		if got := verify(pub, v.Sig, v.Msg); got != v.valid() {
			t.Errorf("vector %d (%v): verify got %v, want %s", v.ID, v.Flags, got, v.Result)
		}
	})
}

// Points on the twist are fine for X25519; results of zero and encodings that are not canonical are not fine for us.
func TestWycheproofX25519(t *testing.T) {
	refused := 0
	eachVector(t, "x25519", 518, func(t *testing.T, _ vectorGroup, v vector) {
		key, err := DHKeyFrom(v.Private)
		if err != nil {
			t.Fatalf("vector %d: %v", v.ID, err)
		}
		safe := !slices.Contains(v.Flags, "ZeroSharedSecret") && !slices.Contains(v.Flags, "NonCanonicalPublic") &&
			v.Public[31]&0x80 == 0
		got, err := key.Shared((*[32]byte)(v.Public))
		checked := CheckDH((*[32]byte)(v.Public))
		if !safe {
			refused++
			if err == nil || checked == nil || got != [32]byte{} {
				t.Errorf("vector %d (%v): got %x, %v and CheckDH %v, want a refusal", v.ID, v.Flags, got, err, checked)
			}
			return
		}
		if err != nil || checked != nil || !bytes.Equal(got[:], v.Shared) {
			t.Errorf("vector %d (%v): got %x, %v and CheckDH %v, want %x", v.ID, v.Flags, got, err, checked, v.Shared)
		}
	})
	if refused < 40 {
		t.Errorf("got %d refusals, want the low-order and the non-canonical ones", refused)
	}
}

func TestWycheproofMLKEM(t *testing.T) {
	var opened, refused int
	eachVector(t, "mlkem", 39, func(t *testing.T, g vectorGroup, v vector) {
		var ek, shared []byte
		var checked, err error
		switch g.ParameterSet {
		case "ML-KEM-768":
			checked = CheckMLKEM768(v.EK)
			if v.valid() {
				key, e := NewMLKEM768(bytes.NewReader(v.Seed))
				if e != nil {
					t.Fatal(e)
				}
				ek = key.EncapsulationKey().Bytes()
				shared, err = key.Decapsulate(v.C)
			}
		case "ML-KEM-1024":
			checked = CheckMLKEM1024(v.EK)
			if v.valid() {
				key, e := NewMLKEM1024(bytes.NewReader(v.Seed))
				if e != nil {
					t.Fatal(e)
				}
				ek = key.EncapsulationKey().Bytes()
				shared, err = key.Decapsulate(v.C)
			}
		default: // ML-KEM-512 is not in use
			return
		}
		if !v.valid() {
			refused++
			if checked == nil {
				t.Errorf("vector %d (%v): %s key accepted", v.ID, v.Flags, g.ParameterSet)
			}
			return
		}
		opened++
		if checked != nil || err != nil || !bytes.Equal(ek, v.EK) || !bytes.Equal(shared, v.K) {
			t.Errorf("vector %d: got %x, %v, %v, want %x", v.ID, shared, err, checked, v.K)
		}
	})
	if opened != 2 || refused != 28 {
		t.Errorf("got %d opened and %d refused, want 2 and 28", opened, refused)
	}
}
