package seal

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPadFillsTheSmallestBucket(t *testing.T) {
	for _, c := range []struct{ in, want int }{{0, 256}, {252, 256}, {253, 512}, {64<<10 - 4, 64 << 10}, {64<<10 - 3, 80 << 10}, {128<<10 - 4, 128 << 10}} {
		got, err := Pad(make([]byte, c.in), ContentBuckets)
		if err != nil || len(got) != c.want {
			t.Errorf("Pad %d bytes: got %d, %v, want %d", c.in, len(got), err, c.want)
		}
	}
	if _, err := Pad(make([]byte, 128<<10-3), ContentBuckets); !errors.Is(err, ErrTooLong) {
		t.Errorf("over the largest bucket: got %v, want ErrTooLong", err)
	}
	if _, err := Pad(make([]byte, 253), ControlBuckets); !errors.Is(err, ErrTooLong) {
		t.Errorf("long control message: got %v, want ErrTooLong", err)
	}
}

func TestUnpadUndoesPad(t *testing.T) {
	lists := []Buckets{ContentBuckets, ControlBuckets, ControlPQBuckets, PrekeyBuckets}
	rapid.Check(t, func(t *rapid.T) {
		buckets := rapid.SampledFrom(lists).Draw(t, "buckets")
		in := rapid.SliceOfN(rapid.Byte(), 0, min(slices.Max(buckets)-4, 3000)).Draw(t, "in")
		padded, err := Pad(in, buckets)
		if err != nil {
			t.Fatalf("Pad: %v", err)
		}
		got, err := Unpad(padded, buckets)
		if err != nil || !bytes.Equal(got, in) {
			t.Fatalf("Unpad got %x, %v, want %x", got, err, in)
		}
	})
}

func TestMalformedPaddingIsRefused(t *testing.T) {
	good, err := Pad([]byte("hello"), ControlBuckets)
	if err != nil {
		t.Fatal(err)
	}
	dirty := bytes.Clone(good)
	dirty[255] = 1
	long := bytes.Clone(good)
	long[0] = 0xff
	for name, in := range map[string][]byte{
		"not a bucket": append(bytes.Clone(good), 0), "short": good[:3], "empty": nil,
		"dirty padding": dirty, "length beyond the end": long,
	} {
		if _, err := Unpad(in, ControlBuckets); !errors.Is(err, ErrPadding) {
			t.Errorf("%s: got %v, want ErrPadding", name, err)
		}
	}
}

func TestPadmeAddsAtMostAnEighth(t *testing.T) {
	for _, c := range []struct{ in, want uint64 }{{0, 0}, {1, 1}, {2, 2}, {9, 10}, {100, 104}, {1000, 1024}, {1 << 20, 1 << 20}, {1<<20 + 1, 1<<20 + 1<<15}} {
		if got := Padme(c.in); got != c.want {
			t.Errorf("Padme(%d): got %d, want %d", c.in, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Uint64().Draw(t, "n")
		got := Padme(n)
		if got < n || float64(got-n) > 0.12*float64(n) {
			t.Fatalf("Padme(%d) = %d, want at most 12 %% more", n, got)
		}
		if n < 1<<62 && Padme(got) != got {
			t.Fatalf("Padme(%d) = %d, which pads to %d", n, got, Padme(got))
		}
	})
}

func FuzzUnpad(f *testing.F) {
	for _, in := range []string{"", "hello"} {
		padded, err := Pad([]byte(in), ControlBuckets)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(padded)
	}
	f.Add([]byte{0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := Unpad(in, ControlBuckets)
		if err != nil {
			return
		}
		again, err := Pad(got, ControlBuckets)
		if err != nil || !bytes.Equal(again, in) {
			t.Fatalf("Pad(Unpad(%x)) = %x, %v", in, again, err)
		}
	})
}
