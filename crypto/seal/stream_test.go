package seal

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// sealFile seals plain in writes of the given size.
func sealFile(t testing.TB, plain []byte, step int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := NewWriter(rand.Reader, testKey, &out)
	if err != nil {
		t.Fatal(err)
	}
	for rest := plain; len(rest) > 0; {
		n, err := w.Write(rest[:min(step, len(rest))])
		if err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func openFile(sealed []byte) ([]byte, error) {
	r, err := NewReader(testKey, bytes.NewReader(sealed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

func TestFilesComeBack(t *testing.T) {
	for _, size := range []int{0, 1, ChunkSize - 1, ChunkSize, ChunkSize + 1, 2 * ChunkSize, 3*ChunkSize + 17} {
		plain := bytes.Repeat([]byte("abcdefg"), size/7+1)[:size]
		sealed := sealFile(t, plain, 10_007)
		chunks := max(1, (size+ChunkSize-1)/ChunkSize)
		if got, want := len(sealed), SaltSize+size+16*chunks; got != want {
			t.Errorf("size %d: got %d sealed bytes, want %d", size, got, want)
		}
		if got, err := openFile(sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("size %d: got %d bytes, %v", size, len(got), err)
		}
		r, err := NewReader(testKey, iotest.OneByteReader(bytes.NewReader(sealed)))
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(r, plain); err != nil {
			t.Errorf("size %d: %v", size, err)
		}
	}
}

func TestTamperedFilesAreRefused(t *testing.T) {
	plain := make([]byte, 2*ChunkSize+100)
	sealed := sealFile(t, plain, ChunkSize)
	one, two, three := sealed[SaltSize:][:SealedChunkSize], sealed[SaltSize+SealedChunkSize:][:SealedChunkSize], sealed[SaltSize+2*SealedChunkSize:]
	salt := sealed[:SaltSize]
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	full := sealFile(t, plain[:ChunkSize], ChunkSize)
	for name, bad := range map[string][]byte{
		"last chunk missing":        join(salt, one, two),
		"two chunks missing":        join(salt, one),
		"salt only":                 salt,
		"cut salt":                  salt[:7],
		"nothing":                   nil,
		"cut in a chunk":            sealed[:len(sealed)-1],
		"cut to a byte of a chunk":  join(salt, one, two[:1]),
		"chunks exchanged":          join(salt, two, one, three),
		"chunk repeated":            join(salt, one, one, two, three),
		"chunk left out":            join(salt, one, three),
		"extended by a byte":        join(sealed, []byte{0}),
		"extended by a chunk":       join(sealed, one),
		"full file, byte more":      join(full, []byte{0}),
		"full file, empty chunk":    join(full, make([]byte, 16)),
		"chunk of a file elsewhere": join(salt, full[SaltSize:], two, three),
	} {
		if got, err := openFile(bad); !errors.Is(err, ErrFile) {
			t.Errorf("%s: got %d bytes, %v, want ErrFile", name, len(got), err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		bad := bytes.Clone(sealed)
		i := rapid.IntRange(0, len(bad)-1).Draw(t, "byte")
		bad[i] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		got, err := openFile(bad)
		if !errors.Is(err, ErrFile) {
			t.Fatalf("byte %d changed: got %v, want ErrFile", i, err)
		}
		if whole := max(0, i-SaltSize) / SealedChunkSize * ChunkSize; len(got) > whole {
			t.Fatalf("byte %d changed: %d bytes released, want at most %d", i, len(got), whole)
		}
	})
}

func TestAnEmptyLastChunkIsForAnEmptyFileOnly(t *testing.T) {
	var salt [SaltSize]byte
	c := NewChunks(testKey, &salt)
	file := c.Seal(bytes.Clone(salt[:]), 0, false, make([]byte, ChunkSize))
	file = c.Seal(file, 1, true, nil)
	if _, err := openFile(file); !errors.Is(err, ErrFile) {
		t.Errorf("a second way to write the same file: got %v, want ErrFile", err)
	}
}

func TestChunksOpenByIndex(t *testing.T) {
	plain := bytes.Repeat([]byte{7}, ChunkSize+5)
	sealed := sealFile(t, plain, len(plain))
	c := NewChunks(testKey, (*[SaltSize]byte)(sealed))
	second := sealed[SaltSize+SealedChunkSize:]
	if got, err := c.Open(nil, 1, true, second); err != nil || len(got) != 5 {
		t.Errorf("second chunk: got %d bytes, %v, want 5", len(got), err)
	}
	if _, err := c.Open(nil, 0, true, second); !errors.Is(err, ErrFile) {
		t.Errorf("second chunk as the first: got %v, want ErrFile", err)
	}
}

func TestPadHidesTheLength(t *testing.T) {
	var out bytes.Buffer
	w, err := NewWriter(rand.Reader, testKey, &out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 70_001)); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.Pad(), w.Close()); err != nil {
		t.Fatal(err)
	}
	got, err := openFile(out.Bytes())
	if err != nil || uint64(len(got)) != Padme(70_001) {
		t.Errorf("got %d bytes, %v, want %d", len(got), err, Padme(70_001))
	}
	if _, err := w.Write([]byte{1}); err == nil {
		t.Error("write after close succeeds")
	}
	if err := w.Close(); err == nil {
		t.Error("second close succeeds")
	}
}

func TestErrorsOfTheSourceAreNotTampering(t *testing.T) {
	broken := errors.New("broken")
	sealed := sealFile(t, make([]byte, 100), 100)
	r, err := NewReader(testKey, io.MultiReader(bytes.NewReader(sealed[:50]), iotest.ErrReader(broken)))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, r); !errors.Is(err, broken) || n != 0 {
		t.Errorf("got %d bytes, %v, want the source's error and none", n, err)
	}
}

// FuzzReader opens any bytes after a salt, and a true file with bytes written over it.
func FuzzReader(f *testing.F) {
	f.Add([]byte{}, uint32(0))
	f.Add(make([]byte, 40), uint32(3))
	f.Add([]byte{1}, uint32(ChunkSize))
	plain := make([]byte, ChunkSize+100)
	sealed := sealFile(f, plain, len(plain))
	f.Fuzz(func(t *testing.T, in []byte, at uint32) {
		if _, err := openFile(in); !errors.Is(err, ErrFile) {
			t.Fatalf("foreign bytes: got %v, want ErrFile", err)
		}
		patched := bytes.Clone(sealed)
		copy(patched[int(at)%len(patched):], in)
		got, err := openFile(patched)
		if same := bytes.Equal(patched, sealed); same != (err == nil) || (same && !bytes.Equal(got, plain)) {
			t.Fatalf("patched at %d, same %v: got %d bytes, %v", at, same, len(got), err)
		}
	})
}
