package outer

import (
	"encoding/hex"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"conclave/protocol"
)

var update = flag.Bool("update", false, "write the golden files anew")

// vector is all that another implementation needs to compare itself with.
type vector struct {
	Secret, Group string
	Day           Day
	Topic         string
	Relay, Env    string
	Inner, Outer  string
}

func TestGoldenOuter(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	s, gid, inner := NewSecret(random), protocol.Log{1, 2, 3}, []byte("an Inner")
	v := vector{Secret: hex.EncodeToString(s[:]), Group: hex.EncodeToString(gid[:]), Day: 20_779, Inner: hex.EncodeToString(inner)}
	v.Topic = Topic(s, gid, v.Day)
	k := s.Keys()
	v.Relay, v.Env = hex.EncodeToString(k.Relay[:]), hex.EncodeToString(k.env[:])
	b, err := Seal(random, k, v.Topic, inner)
	if err != nil {
		t.Fatal(err)
	}
	v.Outer = hex.EncodeToString(b)
	got, err := json.MarshalIndent(v, "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "outer.json")
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got)+"\n" {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
