package outer

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"conclave/protocol"
)

func TestPassingOpensOnlyWithItsSecretGroupAndKind(t *testing.T) {
	random := rand.NewChaCha8([32]byte{7})
	s, gid, plain := NewSecret(random), protocol.Log{1}, []byte("somebody writes")
	box, err := SealPassing(random, s, gid, protocol.GroupSignal, plain)
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenPassing(s, gid, protocol.GroupSignal, box)
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("open: got %q, %v, want %q", got, err, plain)
	}
	turned := bytes.Clone(box)
	turned[len(turned)/2] ^= 1
	for name, open := range map[string]func() ([]byte, error){
		"another secret": func() ([]byte, error) { return OpenPassing(NewSecret(random), gid, protocol.GroupSignal, box) },
		"another group":  func() ([]byte, error) { return OpenPassing(s, protocol.Log{2}, protocol.GroupSignal, box) },
		"another kind":   func() ([]byte, error) { return OpenPassing(s, gid, protocol.GroupCursors, box) },
		"a changed bit":  func() ([]byte, error) { return OpenPassing(s, gid, protocol.GroupSignal, turned) },
		"a cut box":      func() ([]byte, error) { return OpenPassing(s, gid, protocol.GroupSignal, box[:20]) },
		"too much":       func() ([]byte, error) { return OpenPassing(s, gid, protocol.GroupSignal, make([]byte, 1<<20)) },
	} {
		if _, err := open(); !errors.Is(err, ErrRefused) {
			t.Errorf("%s: got %v, want %v", name, err, ErrRefused)
		}
	}
}

func TestPassingHidesItsLength(t *testing.T) {
	random := rand.NewChaCha8([32]byte{8})
	s := NewSecret(random)
	sizes := map[int]bool{}
	for n := range 250 {
		box, err := SealPassing(random, s, protocol.Log{1}, protocol.GroupSignal, make([]byte, n))
		if err != nil {
			t.Fatal(err)
		}
		sizes[len(box)] = true
	}
	if len(sizes) != 1 {
		t.Errorf("lengths of boxes: got %v, want one", sizes)
	}
	if _, err := SealPassing(random, s, protocol.Log{1}, protocol.GroupSignal, make([]byte, MaxPassing+1)); err == nil {
		t.Error("more than MaxPassing was sealed")
	}
	if _, err := SealPassing(random, s, protocol.Log{1}, protocol.GroupSignal, make([]byte, MaxPassing)); err != nil {
		t.Errorf("MaxPassing: %v", err)
	}
}
