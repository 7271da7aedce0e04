package storage

import (
	"errors"
	"testing"
)

func TestAReaderAsksOnceAWriterEachTime(t *testing.T) {
	type question struct{ n int }
	s := openMemory(t)
	asked, fails := 0, errors.New("not now")
	ask := func() (int, error) { asked++; return asked, nil }
	get := func(tx *Tx, n, want int) error {
		t.Helper()
		got, err := Remember(tx, question{n}, ask)
		if got != want {
			t.Errorf("the answer to %d: got %d, want %d", n, got, want)
		}
		return err
	}
	reader := func(tx *Tx) error {
		if _, err := Remember(tx, question{1}, func() (int, error) { return 0, fails }); !errors.Is(err, fails) {
			t.Errorf("a question that fails: got %v, want %v", err, fails)
		}
		return errors.Join(get(tx, 1, asked+1), get(tx, 1, asked), get(tx, 2, asked+1), get(tx, 1, asked-1))
	}
	for range 2 { // the second one remembers nothing of the first
		if err := s.View(reader); err != nil {
			t.Fatal(err)
		}
	}
	update(t, s, func(tx *Tx) error { return errors.Join(get(tx, 1, asked+1), get(tx, 1, asked+1)) })
	if asked != 6 {
		t.Errorf("asked: got %d, want 6", asked)
	}
}

func TestAReaderRemembersNoMoreThanItsBound(t *testing.T) {
	s := openMemory(t)
	if err := s.View(func(tx *Tx) error {
		for i := range 10 * maxKnown {
			if _, err := Remember(tx, i, func() (int, error) { return i, nil }); err != nil {
				return err
			}
		}
		if len(tx.known) != maxKnown {
			t.Errorf("remembered: got %d, want %d", len(tx.known), maxKnown)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
