package group

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"conclave/crypto/seal"
)

var update = flag.Bool("update", false, "write the golden files anew")

// vector is a chain with two messages and everything another implementation needs to open them.
type vector struct {
	DSK      string // public
	KeyDist  string
	Messages []message
}

type message struct {
	Heads []string
	Event string
	ID    string
	MHead string
	Inner string
	Proof string
}

func TestGoldenMessages(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	dsk, err := seal.NewSigningKey(random)
	if err != nil {
		t.Fatal(err)
	}
	o := Origin{GID: [32]byte{1}, Acct: [32]byte{2}, Dev: [16]byte{3}, IDSeq: 4, IDHash: [32]byte{5}, MHead: [32]byte{6}, CSeq: 7}
	s, err := NewSender(random, start, o, dsk)
	if err != nil {
		t.Fatal(err)
	}
	public := dsk.Public()
	v := vector{DSK: hex.EncodeToString(public[:]), KeyDist: hex.EncodeToString(s.KeyDist().Encode())}
	r, err := NewReceiver(s.KeyDist(), public, o.GID, o.Acct, o.Dev)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text  string
		heads [][32]byte
	}{{"hello", nil}, {"hello again", [][32]byte{{9}, {8}}}} {
		id := sha256.Sum256([]byte(c.text))
		m, err := s.Seal(random, c.heads, id, []byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		mhead, proof := MHead(o.GID, c.heads), wantOpen(t, r, m, c.text)
		line := message{
			Event: hex.EncodeToString([]byte(c.text)), ID: hex.EncodeToString(id[:]), MHead: hex.EncodeToString(mhead[:]),
			Inner: hex.EncodeToString(m.Encode()), Proof: hex.EncodeToString(proof.Encode()), Heads: []string{},
		}
		for _, h := range m.Heads {
			line.Heads = append(line.Heads, hex.EncodeToString(h[:]))
		}
		v.Messages = append(v.Messages, line)
	}
	got, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "messages.json", append(got, '\n'))
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
