package frame

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
)

func samples() map[string]Frame {
	full := make(Ack, MaxAcks)
	for i := range full {
		full[i] = Answer{Seq: math.MaxUint64 - uint64(i), Code: Code(i % 5)}
	}
	return map[string]Frame{
		"hello":            Hello{Nonce: Nonce{1, 2}, WallMS: 1_790_000_000_000},
		"put":              Put{Seq: 1, Queue: Queue{7}, Token: Token{9}, Blob: []byte("blob")},
		"put, no token":    Put{Seq: math.MaxUint64, Queue: Queue{7}, Blob: []byte{0}},
		"longest put":      Put{Seq: math.MaxUint64, Queue: Queue{7}, Token: Token{9}, Blob: make([]byte, MaxBlob)},
		"keep-alive":       Ack{},
		"full ack":         full,
		"request":          Request{Kind: "identity", Body: []byte("who")},
		"empty request":    Request{Kind: "x", Body: []byte{}},
		"response":         Response{Status: OK, More: true, Part: []byte("part")},
		"failed response":  Response{Status: Internal, Part: []byte{}},
		"longest response": Response{Part: make([]byte, MaxBody)},
	}
}

func TestDecodeUndoesEncode(t *testing.T) {
	for name, want := range samples() {
		b, err := Encode(want)
		if err != nil {
			t.Fatalf("%s: encode: %v", name, err)
		}
		if len(b) > MaxLen {
			t.Errorf("%s: got %d bytes, want at most %d", name, len(b), MaxLen)
		}
		got, err := Decode(b)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v, want %+v", name, got, err, want)
		}
	}
}

func TestEncodeRefusesWhatDecodeRefuses(t *testing.T) {
	for name, f := range map[string]Frame{
		"no blob":        Put{Seq: 1},
		"long blob":      Put{Seq: 1, Blob: make([]byte, MaxBlob+1)},
		"many answers":   make(Ack, MaxAcks+1),
		"unknown code":   Ack{{Seq: 1, Code: 5}},
		"no kind":        Request{},
		"long kind":      Request{Kind: string(make([]byte, MaxKind+1))},
		"long body":      Request{Kind: "x", Body: make([]byte, MaxBody+1)},
		"unknown status": Response{Status: 5},
	} {
		if b, err := Encode(f); err == nil {
			t.Errorf("%s: encoded to %d bytes, want an error", name, len(b))
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	good, err := Encode(Put{Seq: 3, Queue: Queue{1}, Token: Token{1}, Blob: []byte("b")})
	if err != nil {
		t.Fatal(err)
	}
	edit := func(at int, b byte) []byte {
		c := bytes.Clone(good)
		c[at] = b
		return c
	}
	zero := bytes.Clone(good)
	clear(zero[len(zero)-2-16 : len(zero)-2])
	for name, in := range map[string][]byte{
		"nothing":            nil,
		"one byte":           {0x85},
		"unknown kind":       edit(1, 5),
		"other kind":         edit(1, kindHello),
		"map":                edit(0, 0xa5),
		"fewer elements":     edit(0, 0x84),
		"more elements":      edit(0, 0x86),
		"indefinite array":   append(edit(0, 0x9f), 0xff),
		"short queue":        edit(4, 0x1f),
		"trailing byte":      append(bytes.Clone(good), 0),
		"truncated":          good[:len(good)-1],
		"long integer":       append([]byte{0x85, 0x01, 0x18, 0x03}, good[3:]...),
		"zero token":         zero,
		"future hello":       {0x84, 0x00, 0x02, 0x50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x00},
		"null acks":          {0x82, 0x02, 0xf6},
		"unknown code":       {0x82, 0x02, 0x81, 0x82, 0x01, 0x05},
		"code of two bytes":  {0x82, 0x02, 0x81, 0x82, 0x01, 0x19, 0x01, 0x00},
		"answer of three":    {0x82, 0x02, 0x81, 0x83, 0x01, 0x00, 0x00},
		"answer of one":      {0x82, 0x02, 0x81, 0x81, 0x01},
		"huge array claimed": {0x82, 0x02, 0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"huge bytes claimed": {0x84, 0x03, 0x01, 0x61, 'x', 0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		"null body":          {0x84, 0x03, 0x01, 0x61, 'x', 0xf6},
	} {
		if f, err := Decode(in); !errors.Is(err, ErrBad) || f != nil {
			t.Errorf("%s: got %+v, %v, want nil, ErrBad", name, f, err)
		}
	}
}

func TestReaderBoundsWhatAPeerClaims(t *testing.T) {
	for _, n := range []uint32{0, MaxLen + 1, 1 << 30, math.MaxUint32} {
		in := binary.BigEndian.AppendUint32(nil, n)
		if _, err := NewReader(bytes.NewReader(in), 1<<10).Next(); !errors.Is(err, ErrBad) {
			t.Errorf("length %d: got %v, want ErrBad", n, err)
		}
	}
	claim := binary.BigEndian.AppendUint32(nil, MaxLen)
	r := NewReader(bytes.NewReader(append(claim, 1, 2, 3)), 1<<10)
	if _, err := r.Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut frame: got %v, want %v", err, io.ErrUnexpectedEOF)
	}
	if cap(r.buf) > 2*step {
		t.Errorf("three bytes of a long frame took %d bytes, want at most %d", cap(r.buf), 2*step)
	}
}

func packet(t testing.TB, f Frame) []byte {
	t.Helper()
	b, err := Packet(f)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReaderAsksBeforeItTakesMemory(t *testing.T) {
	full := errors.New("full")
	var asked int
	r := NewReader(bytes.NewReader(packet(t, Put{Seq: 1, Blob: make([]byte, 1000)})), 64)
	r.Reserve = func(n int) error { asked = n; return full }
	if _, err := r.Next(); !errors.Is(err, full) {
		t.Errorf("got %v, want %v", err, full)
	}
	if asked < 1000 || cap(r.buf) > 0 {
		t.Errorf("got %d bytes asked for and %d taken, want more than 1000 and none", asked, cap(r.buf))
	}
}

func TestReaderKnowsWhatIsReady(t *testing.T) {
	var in bytes.Buffer
	for seq := uint64(1); seq <= 2; seq++ {
		in.Write(packet(t, Put{Seq: seq, Blob: []byte("blob")}))
	}
	r := NewReader(bytes.NewReader(in.Bytes()[:in.Len()-1]), 1<<10)
	if r.Ready() {
		t.Error("before the first read: got ready, want not")
	}
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if r.Ready() {
		t.Error("with a frame cut short: got ready, want not")
	}
	r = NewReader(&in, 1<<10)
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if !r.Ready() {
		t.Error("with a whole frame buffered: got not ready, want ready")
	}
}

// TestDecodeTakesLittleMemory holds bombs and damaged frames to 64 bytes for each byte of input, plus a page.
func TestDecodeTakesLittleMemory(t *testing.T) {
	inputs := map[string][]byte{
		"empty answers":       append([]byte{0x82, 0x02, 0x99, 0x10, 0x00}, bytes.Repeat([]byte{0x80}, 4096)...),
		"nested arrays":       append([]byte{0x82, 0x02}, bytes.Repeat([]byte{0x81}, MaxLen-2)...),
		"empty maps":          append([]byte{0x82, 0x02, 0x9a, 0x00, 0x03, 0xff, 0x00}, bytes.Repeat([]byte{0xa0}, MaxLen-7)...),
		"a queue of integers": append([]byte{0x85, 0x01, 0x01, 0x99, 0x0f, 0xff}, bytes.Repeat([]byte{0x01}, 4095)...),
		"long array claimed":  {0x82, 0x02, 0x99, 0x0f, 0xff, 0x82, 0x01, 0x00},
		"long string claimed": {0x84, 0x03, 0x01, 0x7a, 0x00, 0x03, 0xff, 0xff, 'x'},
	}
	r := rand.New(rand.NewPCG(1, 2))
	for name, s := range samples() {
		b, err := Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		inputs[name] = b
		for i := range 50 {
			c := bytes.Clone(b[:min(len(b), 4096)])
			for range 1 + r.IntN(3) {
				c[r.IntN(len(c))] = byte(r.Uint32())
			}
			inputs[fmt.Sprint(name, " damaged ", i)] = c
		}
	}
	for name, in := range inputs {
		// The runtime counts for the whole process, whatever allocates beside this: the least of some tries is what decoding takes.
		took := uint64(math.MaxUint64)
		for range 5 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			Decode(in)
			runtime.ReadMemStats(&after)
			took = min(took, after.TotalAlloc-before.TotalAlloc)
		}
		if most := uint64(64*len(in) + 4096); took > most {
			t.Errorf("%s: %d bytes made it allocate %d, want at most %d", name, len(in), took, most)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for name, s := range samples() {
		b, err := Encode(s)
		if err != nil {
			f.Fatalf("%s: %v", name, err)
		}
		if len(b) < 8<<10 { // longer seeds slow the search and teach it nothing
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := Decode(in)
		if err != nil {
			if !errors.Is(err, ErrBad) {
				t.Fatalf("got %v, want ErrBad", err)
			}
			return
		}
		if again, err := Encode(got); err != nil || !bytes.Equal(again, in) {
			t.Fatalf("decode then encode: got %x, %v, want %x", again, err, in)
		}
	})
}

func FuzzReader(f *testing.F) {
	var all bytes.Buffer
	for _, s := range []Frame{Hello{}, Put{Seq: 1, Blob: []byte("b")}, Ack{}} {
		all.Write(packet(f, s))
	}
	f.Add(all.Bytes())
	f.Add([]byte{0x40, 0, 0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		r, rest := NewReader(bytes.NewReader(in), 64), in
		for {
			got, err := r.Next()
			if err != nil {
				return
			}
			again := packet(t, got)
			if !bytes.HasPrefix(rest, again) {
				t.Fatalf("read then write: got %x, want a prefix of %x", again, rest)
			}
			rest = rest[len(again):]
		}
	})
}
