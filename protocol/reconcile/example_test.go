package reconcile

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// The example in SPEC.md is what this package says.
func TestExampleInTheSpecification(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	fill := func(b byte) ID { return ID(bytes.Repeat([]byte{b}, 32)) }
	items := []Item{{1, fill(0xaa)}, {1, fill(0xbb)}, {5000, fill(0xcc)}}
	s := set(t, items)
	all := Buckets(s)
	digest, fingerprint := Digest(all), s.fingerprint(0, 3)
	answer, err := NewResponder(set(t, items[1:]), Options{}).Reply(NewInitiator(s, Options{}).Start())
	if err != nil {
		t.Fatal(err)
	}
	for what, want := range map[string][]byte{
		"sum of bucket 0": all[0].Sum[:],
		"digest":          digest[:],
		"fingerprint":     fingerprint[:],
	} {
		if want := hex.EncodeToString(want); !strings.Contains(string(text), want) {
			t.Errorf("%s: got no %s in SPEC.md", what, want)
		}
	}
	for what, want := range map[string]string{
		"list":    short(EncodeBuckets(all, 0)),
		"ranges":  hex.EncodeToString(EncodeRanges([]Range{{0, 4095}, {8192, 12287}})),
		"message": short(NewInitiator(s, Options{}).Start()),
		"bounded": short(NewInitiator(s, Options{MaxOrd: EndOfNext(1)}).Start()),
		"answer":  short(answer),
	} {
		if !strings.Contains(string(text), "`"+want+"`") {
			t.Errorf("%s: got no %s in SPEC.md", what, want)
		}
	}
}

// short writes bytes as the example does: xx*32 for 32 times the same.
func short(b []byte) string {
	text := hex.EncodeToString(b)
	for _, c := range []string{"aa", "bb", "cc"} {
		text = strings.ReplaceAll(text, strings.Repeat(c, 32), " "+c+"*32 ")
	}
	return strings.Join(strings.Fields(text), " ")
}
