package feature_test

import (
	"context"
	"testing"
	"time"

	"conclave/node/feature"
)

type shape struct {
	At    time.Time        `json:"at"`
	Names []string         `json:"names"`
	Maybe []string         `json:"maybe,omitempty"`
	Never time.Time        `json:"never,omitzero"`
	By    map[string]int   `json:"by"`
	Inner *inner           `json:"inner"`
	Any   any              `json:"any"`
	Raw   []byte           `json:"raw"`
	Pair  [2]inner         `json:"pair"`
	Deep  map[string][]int `json:"deep"`
}

type inner struct {
	List []int `json:"list"`
}

func TestEncodeWritesListsAndTimesAsClientsExpectThem(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678_999_999, time.FixedZone("", 3600))
	in := shape{At: at, Inner: &inner{}, Any: inner{}, Deep: map[string][]int{"x": nil}}
	got, err := feature.Encode(in)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"at":"2026-01-02T02:04:05.678Z","names":[],"by":{},"inner":{"list":[]},"any":{"list":[]},"raw":"","pair":[{"list":[]},{"list":[]}],"deep":{"x":[]}}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if in.Inner.List != nil || in.Names != nil || in.Deep["x"] != nil || !in.At.Equal(at) {
		t.Errorf("the encoded value was changed: %+v", in)
	}
}

func TestEncodeKeepsTextByteForByte(t *testing.T) {
	got, err := feature.Encode(map[string]string{"text": "<b>&\u2028 é"})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"text":"<b>&\u2028 é"}`; string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestKeyTravelsInTheContext(t *testing.T) {
	if k, ok := feature.KeyOf(context.Background()); ok {
		t.Errorf("got key %v of a call without one", k)
	}
	want := feature.Key{Value: "k1", Digest: [32]byte{1}}
	got, ok := feature.KeyOf(feature.WithKey(context.Background(), want))
	if !ok || got != want {
		t.Errorf("got %v %v, want %v", got, ok, want)
	}
}
