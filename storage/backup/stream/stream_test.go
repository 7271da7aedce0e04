package stream

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
)

// two is a stream of two rows.
func two(t testing.TB, extra []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	e, err := NewEncoder(&b, Header{Schema: 3, Extra: extra})
	if err == nil {
		err = errors.Join(e.Row([]byte("a"), []byte("one")), e.Row([]byte("b"), nil), e.End())
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// readAll returns how many rows were read, and nil at a proper end.
func readAll(b []byte) (rows int, err error) {
	d, err := NewDecoder(bytes.NewReader(b))
	for err == nil {
		_, _, err = d.Next()
		if err == nil {
			rows++
		}
	}
	if errors.Is(err, io.EOF) {
		return rows, nil
	}
	return rows, err
}

func TestAWholeStreamIsRead(t *testing.T) {
	d, err := NewDecoder(bytes.NewReader(two(t, []byte("x"))))
	if err != nil {
		t.Fatal(err)
	}
	if d.Header.Schema != 3 || string(d.Header.Extra) != "x" {
		t.Errorf("header %+v, want schema 3, extra x", d.Header)
	}
	for _, want := range []string{"a=one", "b="} {
		k, v, err := d.Next()
		if got := string(k) + "=" + string(v); err != nil || got != want {
			t.Errorf("row %q, %v, want %q", got, err, want)
		}
	}
	if _, _, err := d.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("end = %v, want io.EOF", err)
	}
}

// TestEveryDamageIsNoticed flips each bit and cuts at each byte, with no encryption around that would notice first.
func TestEveryDamageIsNoticed(t *testing.T) {
	whole := two(t, []byte("x"))
	for i := range whole {
		for bit := range 8 {
			b := bytes.Clone(whole)
			b[i] ^= 1 << bit
			if _, err := readAll(b); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrFormat) {
				t.Errorf("bit %d of byte %d flipped: %v, want ErrDamaged", bit, i, err)
			}
		}
		if _, err := readAll(whole[:i]); !errors.Is(err, ErrDamaged) {
			t.Errorf("cut to %d of %d bytes: %v, want ErrDamaged", i, len(whole), err)
		}
	}
	if _, err := readAll(append(bytes.Clone(whole), 0)); !errors.Is(err, ErrDamaged) {
		t.Errorf("a byte behind the end: %v, want ErrDamaged", err)
	}
	if rows, err := readAll(whole); rows != 2 || err != nil {
		t.Errorf("unharmed: %d rows, %v, want 2", rows, err)
	}
}

func TestRowsOutOfOrderAreRefused(t *testing.T) {
	for _, keys := range [][]string{{"b", "a"}, {"a", "a"}, {""}} {
		var b bytes.Buffer
		e, err := NewEncoder(&b, Header{})
		for _, k := range keys {
			err = errors.Join(err, e.Row([]byte(k), nil))
		}
		if err = errors.Join(err, e.End()); err != nil {
			t.Fatal(err)
		}
		if _, err := readAll(b.Bytes()); !errors.Is(err, ErrDamaged) {
			t.Errorf("keys %q: %v, want ErrDamaged", keys, err)
		}
	}
}

func TestWhatIsTooLargeIsNotWritten(t *testing.T) {
	if _, err := NewEncoder(io.Discard, Header{Extra: make([]byte, MaxExtra+1)}); err == nil {
		t.Error("an extra above MaxExtra was written")
	}
	e, err := NewEncoder(io.Discard, Header{Extra: make([]byte, MaxExtra)})
	if err != nil {
		t.Fatalf("an extra of MaxExtra: %v", err)
	}
	if e.Row(make([]byte, MaxKey+1), nil) == nil || e.Row([]byte("k"), make([]byte, MaxValue+1)) == nil {
		t.Error("a row above the bounds was written")
	}
	if err := e.Row(make([]byte, MaxKey), make([]byte, MaxValue)); err != nil {
		t.Errorf("the largest row: %v", err)
	}
}

// FuzzDecoder: what the reader accepts is what the writer writes, byte for byte.
func FuzzDecoder(f *testing.F) {
	f.Add(two(f, []byte("x")))
	f.Add(two(f, nil))
	f.Add(binary.BigEndian.AppendUint32([]byte{headerTag}, 1<<31))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := NewDecoder(bytes.NewReader(b))
		if err != nil {
			return
		}
		var again bytes.Buffer
		e, err := NewEncoder(&again, d.Header)
		for err == nil {
			var key, value []byte
			key, value, err = d.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return
			}
			err = e.Row(key, value)
		}
		if err := e.End(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.Bytes(), b) {
			t.Errorf("accepted %x, which is written as %x (%v)", b, again.Bytes(), err)
		}
	})
}
