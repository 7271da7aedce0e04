package handshake

import (
	"bytes"
	"crypto/mlkem"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/cryptotest"

	"conclave/crypto/canon"
	"conclave/crypto/seal"
)

var update = flag.Bool("update", false, "write the golden files anew")

// vector is one agreement with everything another implementation needs to repeat it.
type vector struct {
	OneTime    bool
	A, B       map[string]string
	DIKa, DIKb string // private
	SPK, OPK   string // private
	KEM        string // seed
	SPKID      uint64
	KEMID      uint64
	EK, CT     string
	TH         string
	SK         string
	HKa        string
	NHKb       string
	SID        string
}

func describe(p Party) map[string]string {
	return map[string]string{
		"acct": hex.EncodeToString(p.Acct[:]), "dev": hex.EncodeToString(p.Dev[:]), "id_hash": hex.EncodeToString(p.IDHash[:]),
		"dsk": hex.EncodeToString(p.DSK[:]), "dik": hex.EncodeToString(p.DIK[:]),
	}
}

func makeVector(t *testing.T, oneTime bool) vector {
	random := rand.NewChaCha8([32]byte{1})
	key := func() *seal.DHKey {
		k, err := seal.NewDHKey(random)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	dikA, dikB := key(), key()
	party := func(name byte, dik *seal.DHKey) Party {
		return Party{Acct: [32]byte{name}, Dev: [16]byte{name, 1}, IDHash: [32]byte{name, 2}, DSK: [32]byte{name, 3}, DIK: dik.Public()}
	}
	a, b := party(0xa, dikA), party(0xb, dikB)
	kem, err := seal.NewMLKEM1024(random)
	if err != nil {
		t.Fatal(err)
	}
	secrets := Secrets{SPKID: 3, SPK: key(), OneTime: oneTime, KEMID: 1 << 40, KEM: kem}
	v := vector{OneTime: oneTime, A: describe(a), B: describe(b), SPKID: secrets.SPKID, KEMID: secrets.KEMID}
	if oneTime {
		secrets.OPK = key()
		v.OPK = hex.EncodeToString(secrets.OPK.Bytes())
	}
	cryptotest.SetGlobalRandom(t, 1) // encapsulation takes no reader
	agreed, offer, err := Initiator(random, a, dikA, b, secrets.Public())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Responder(b, dikB, a, secrets, offer); err != nil || got != agreed {
		t.Fatalf("responder: %v, or another agreement", err)
	}
	th := transcript(a, b, secrets.Public(), offer)
	v.DIKa, v.DIKb, v.SPK = hex.EncodeToString(dikA.Bytes()), hex.EncodeToString(dikB.Bytes()), hex.EncodeToString(secrets.SPK.Bytes())
	v.KEM, v.EK, v.CT, v.TH = hex.EncodeToString(kem.Bytes()), hex.EncodeToString(offer.EK[:]), hex.EncodeToString(offer.CT[:]), hex.EncodeToString(th[:])
	v.SK, v.HKa = hex.EncodeToString(agreed.SK[:]), hex.EncodeToString(agreed.HKa[:])
	v.NHKb, v.SID = hex.EncodeToString(agreed.NHKb[:]), hex.EncodeToString(agreed.SID[:])
	return v
}

func TestGoldenAgreements(t *testing.T) {
	got, err := json.MarshalIndent([]vector{makeVector(t, true), makeVector(t, false)}, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "pqxdh.json", append(got, '\n'))
}

func TestGoldenMessage(t *testing.T) {
	b, err := fullMessage().Encode()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "message.hex", []byte(hex.EncodeToString(b)+"\n"))
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

// fullMessage is a message with all fields set.
func fullMessage() Message {
	id := uint64(11)
	m := Message{
		AcctA: [32]byte{1}, DevA: [16]byte{2}, IDSeqA: 3, IDHashA: [32]byte{4},
		Entries: []canon.Raw{canon.MustMarshal(map[int][]byte{1: {1, 2}}), canon.MustMarshal(map[int][]byte{1: {3, 4}})},
		DevB:    [16]byte{6}, IDSeqB: 7, IDHashB: [32]byte{8}, EK: [32]byte{9}, SPKID: 10, OTKID: &id,
		Created: 14, First: []byte{15}, Routes: []byte{16},
	}
	for i := range mlkem.CiphertextSize1024 {
		m.CT[i] = byte(i)
	}
	return m
}
