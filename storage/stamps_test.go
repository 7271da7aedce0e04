package storage

import (
	"errors"
	"fmt"
	"slices"
	"testing"
)

// TestStampsTellWhatChangedSinceAReader: rows that were written after a reader are told from those that it saw.
func TestStampsTellWhatChangedSinceAReader(t *testing.T) {
	s, r := openMemory(t), testRealm("a")
	key := func(n uint64) Key { return r.Key(Log, U64(n)) }
	put := func(n uint64, v string) { update(t, s, func(tx *Tx) error { return tx.Put(r, key(n), []byte(v)) }) }
	for n := range uint64(6) {
		put(n, "v")
	}
	var seen uint64
	view := func(fn func(*Tx) error) {
		t.Helper()
		if err := s.View(fn); err != nil {
			t.Fatal(err)
		}
	}
	view(func(tx *Tx) error { seen = tx.Version(); return nil })
	put(3, "changed")
	put(9, "new")
	update(t, s, func(tx *Tx) error { tx.Delete(key(4)); return nil })
	var got []string
	view(func(tx *Tx) error {
		return tx.Stamps(r, r.Key(Log), key(1), func(k Key, version uint64) bool {
			got = append(got, fmt.Sprint(k[len(k)-1], version > seen))
			return len(got) < 4
		})
	})
	if want := []string{"2 false", "3 true", "5 false", "9 true"}; !slices.Equal(got, want) {
		t.Errorf("rows and whether they are newer: got %q, want %q", got, want)
	}
	update(t, s, func(tx *Tx) error {
		err := tx.Stamps(r, r.Key(Log), key(0), func(Key, uint64) bool { return true })
		if !errors.Is(err, ErrMisuse) {
			t.Errorf("a writer asks: got %v, want %v", err, ErrMisuse)
		}
		return nil
	})
}
