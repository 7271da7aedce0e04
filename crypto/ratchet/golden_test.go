package ratchet

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/cryptotest"
	"time"

	"conclave/crypto/seal"
)

var update = flag.Bool("update", false, "write the golden files anew")

// transcript is a session with everything another implementation needs to read along.
type transcript struct {
	SK, HKa, NHKb, SID string
	SPK                string // private key of the responder
	Created            int64
	Messages           []line
}

type line struct {
	From    string // a is the initiator
	At      int64
	Late    bool // read after all others
	Payload string
	Message string
	// Private keys of the sender's state after the message: of the ratchet, and of an offered KEM key.
	RatchetKey string
	KEMSeed    string
}

func TestGoldenTranscript(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	cryptotest.SetGlobalRandom(t, 1) // encapsulation takes no reader
	seed := Seed{SK: [32]byte{1}, HKa: [32]byte{2}, NHKb: [32]byte{3}, SID: [32]byte{4}}
	spk, err := seal.NewDHKey(random)
	if err != nil {
		t.Fatal(err)
	}
	a, err := NewInitiator(random, start, seed, spk.Public())
	if err != nil {
		t.Fatal(err)
	}
	sides := map[string]*State{"a": a, "b": NewResponder(start, seed, spk)}
	tr := transcript{
		SK: hex.EncodeToString(seed.SK[:]), HKa: hex.EncodeToString(seed.HKa[:]), NHKb: hex.EncodeToString(seed.NHKb[:]),
		SID: hex.EncodeToString(seed.SID[:]), SPK: hex.EncodeToString(spk.Bytes()), Created: start.UnixMilli(),
	}
	for i, from := range "aababbabaabb" {
		l := line{From: string(from), At: start.Add(time.Duration(i) * 8 * time.Hour).UnixMilli(), Late: i == 1 || i == 5}
		l.Payload = hex.EncodeToString([]byte(fmt.Sprint("message ", i)))
		msg, err := sides[l.From].Encrypt(random, time.UnixMilli(l.At), Content, []byte(fmt.Sprint("message ", i)))
		if err != nil {
			t.Fatal(err)
		}
		l.Message = hex.EncodeToString(msg)
		own := sides[l.From].core.DH.Seed()
		l.RatchetKey = hex.EncodeToString(own[:])
		if pq := sides[l.From].pq; pq.phase == offering {
			l.KEMSeed = hex.EncodeToString(pq.seed[:])
		}
		tr.Messages = append(tr.Messages, l)
		if !l.Late {
			read(t, sides, l)
		}
	}
	for _, l := range tr.Messages {
		if l.Late {
			read(t, sides, l)
		}
	}
	if a.Epoch() < 2 {
		t.Errorf("epochs in the transcript: got %d, want at least 2", a.Epoch())
	}
	got, err := json.MarshalIndent(tr, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "transcript.json", append(got, '\n'))
}

// read opens a line at the side it was sent to.
func read(t *testing.T, sides map[string]*State, l line) {
	t.Helper()
	msg, err := hex.DecodeString(l.Message)
	if err != nil {
		t.Fatal(err)
	}
	to := map[string]string{"a": "b", "b": "a"}[l.From]
	got, err := sides[to].Decrypt(time.UnixMilli(l.At), msg)
	if err != nil || hex.EncodeToString(got) != l.Payload {
		t.Fatalf("read: got %x, %v, want %s", got, err, l.Payload)
	}
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
