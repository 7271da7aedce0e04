package canon

import (
	"bytes"
	"strings"
	"testing"
)

type pair struct {
	A uint64 `cbor:"0,keyasint"`
	B []byte `cbor:"1,keyasint"`
}

func TestUnmarshalRefusesAllButTheCanonicalForm(t *testing.T) {
	good := MustMarshal(pair{A: 1, B: []byte("x")})
	if got, err := Unmarshal[pair](good); err != nil || got.A != 1 || string(got.B) != "x" {
		t.Fatalf("canonical form: got %+v, %v", got, err)
	}
	for name, in := range map[string][]byte{
		"unknown field":     {0xa3, 0x00, 0x01, 0x01, 0x41, 'x', 0x02, 0x00},
		"duplicate key":     {0xa2, 0x00, 0x01, 0x00, 0x02},
		"long integer":      {0xa2, 0x00, 0x18, 0x01, 0x01, 0x41, 'x'},
		"unsorted keys":     {0xa2, 0x01, 0x41, 'x', 0x00, 0x01},
		"indefinite length": {0xbf, 0x00, 0x01, 0x01, 0x41, 'x', 0xff},
		"trailing byte":     append(bytes.Clone(good), 0),
		"tag":               append([]byte{0xc1}, good...),
		"truncated":         good[:len(good)-1],
		"empty":             nil,
	} {
		got, err := Unmarshal[pair](in)
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
		if got.A != 0 || got.B != nil {
			t.Errorf("%s: the target keeps %+v", name, got)
		}
	}
}

func TestBombsAreRefused(t *testing.T) {
	nested := append(bytes.Repeat([]byte{0x81}, MaxNesting+2), 0x00)
	if _, err := UnmarshalBody[any](nested); err == nil {
		t.Error("deep nesting accepted")
	}
	wide := append([]byte{0x9a, 0x00, 0x10, 0x00, 0x00}, bytes.Repeat([]byte{0xa0}, 1<<20)...)
	if _, err := UnmarshalBody[[]pair](wide); err == nil {
		t.Error("wide array accepted")
	}
}

func TestLabelsAreSeparate(t *testing.T) {
	if !strings.HasSuffix(string(Label("a")), "\x00") {
		t.Error("a label must end in NUL")
	}
	if Hash("a", []byte("bc")) == Hash("ab", []byte("c")) {
		t.Error("labels run into their payload")
	}
	if got, want := Hash("a", []byte("b"), []byte("c")), Hash("a", []byte("bc")); got != want {
		t.Error("Hash must be of the concatenation")
	}
}

func FuzzUnmarshal(f *testing.F) {
	f.Add(MustMarshal(pair{A: 7, B: []byte("seed")}))
	f.Fuzz(func(t *testing.T, in []byte) {
		v, err := Unmarshal[pair](in)
		if err != nil {
			return
		}
		if !bytes.Equal(MustMarshal(v), in) {
			t.Fatal("decode then encode is not the identity")
		}
	})
}
