package identity

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden are the bytes that must never change between versions.
type golden struct {
	Account      string
	AccountHex   string
	Device       string
	Genesis      string
	First        string
	EntryHash    string
	RecCommit    string
	CheckWords   [4]string
	SafetyNumber string
	QR           string
	Bundle       string
	OTK          string
}

func TestGolden(t *testing.T) {
	a, b := newOwner(t, 60), newOwner(t, 61)
	bundle, otk, dsk := a.prekeys(t)
	pin, commit := a.log.Pin(), a.rk.Commit()
	got := golden{
		Account: a.acct.String(), AccountHex: hex.EncodeToString(a.acct[:]), Device: a.log.Head().Devices[0].ID.String(),
		Genesis: hex.EncodeToString(a.log.From(0)[0].Encode()), First: hex.EncodeToString(a.log.From(1)[0].Encode()),
		EntryHash: hex.EncodeToString(pin.Hash[:]), RecCommit: hex.EncodeToString(commit[:]), CheckWords: a.acct.CheckWords(),
		SafetyNumber: SafetyNumber(a.log, b.log), QR: hex.EncodeToString(QR(a.log, b.log)),
		Bundle: hex.EncodeToString(bundle.Sign(dsk, day0).Encode()), OTK: hex.EncodeToString(otk.Sign(dsk).Encode()),
	}
	text, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	const file = "testdata/golden.json"
	if *update {
		if err := os.WriteFile(file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Errorf("got %s\nwant %s", text, want)
	}
}
