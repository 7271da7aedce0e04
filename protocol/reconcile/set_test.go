package reconcile

import (
	"crypto/sha256"
	"errors"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSetRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string][]Item{
		"an item twice":       {item(1, 1), item(2, 1), item(1, 1)},
		"an ord past LastOrd": {{Ord: LastOrd + 1}},
	}
	for name, items := range cases {
		if _, err := NewSet(items); !errors.Is(err, ErrSet) {
			t.Errorf("%s: got %v, want ErrSet", name, err)
		}
	}
	if s, err := NewSet([]Item{{Ord: LastOrd}, {Ord: 0}, {Ord: 0, ID: ID{1}}}); err != nil || s.Len() != 3 {
		t.Errorf("the first and the last ord, and one ord twice: got %v, want 3 items", err)
	}
}

// slowFingerprint follows the text of SPEC.md, with big numbers.
func slowFingerprint(items []Item) [16]byte {
	total := new(big.Int)
	for _, it := range items {
		little := slices.Clone(it.ID[:])
		slices.Reverse(little)
		total.Add(total, new(big.Int).SetBytes(little))
	}
	total.Mod(total, new(big.Int).Lsh(big.NewInt(1), 256))
	input := total.FillBytes(make([]byte, 32))
	slices.Reverse(input)
	var digits []byte
	for n := len(items); n > 0 || digits == nil; n /= 128 {
		digits = append([]byte{byte(n % 128)}, digits...)
	}
	for i := range digits[:len(digits)-1] {
		digits[i] += 128
	}
	hash := sha256.Sum256(append(input, digits...))
	return [16]byte(hash[:16])
}

func TestFingerprintOfAnyRange(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	var items []Item
	for n := range 1000 {
		it := item(n, 1)
		if r.IntN(3) == 0 {
			for i := range 28 {
				it.ID[i+4] = 0xff // carries
			}
		}
		items = append(items, it)
	}
	s := set(t, items)
	for range 500 {
		from := r.IntN(len(items) + 1)
		to := from + r.IntN(len(items)+1-from)
		if got, want := s.fingerprint(from, to), slowFingerprint(items[from:to]); got != want {
			t.Fatalf("items %d to %d: got %x, want %x", from, to, got, want)
		}
	}
}

func TestBoundsSeparateNeighbours(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(4, 4))
	for range 5000 {
		low, high := item(r.IntN(1000), 400), item(r.IntN(1000), 400)
		copy(high.ID[:r.IntN(32)], low.ID[:])
		switch c := low.compare(high); {
		case c == 0:
			continue
		case c > 0:
			low, high = high, low
		}
		b := between(&low, &high)
		if !b.above(&low) || b.above(&high) {
			t.Fatalf("%v, between %v and %v: got not above the first or above the second", b, low, high)
		}
		if b.length > 0 {
			b.length--
			b.id[b.length] = 0
			if b.above(&low) {
				t.Fatalf("between %v and %v: got a prefix of %d bytes, want a shorter one", low, high, b.length+1)
			}
		}
	}
}
