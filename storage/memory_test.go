package storage

import (
	"context"
	"errors"
	"testing"
)

func openOn(t *testing.T, m *Memory) *Store {
	t.Helper()
	s, err := Open(Options{InMemory: true, Memory: m, Key: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMemoryKeepsWhatWasCommitted(t *testing.T) {
	m, r := new(Memory), testRealm("a")
	defer m.Close()
	kept, lost := r.Key(Settings, H([]byte("kept"))), r.Key(Settings, H([]byte("lost")))
	s := openOn(t, m)
	update(t, s, func(tx *Tx) error { return tx.Put(r, kept, []byte("yes")) })
	m.Cut()
	if err := s.Update(context.Background(), func(tx *Tx) error { return tx.Put(r, lost, nil) }); !errors.Is(err, ErrCut) {
		t.Errorf("update after the power was cut: got %v, want ErrCut", err)
	}
	closeStore(t, s)
	s = openOn(t, m)
	defer closeStore(t, s)
	if got, err := read(t, s, r, kept); err != nil || got != "yes" {
		t.Errorf("what was committed: got %q, %v, want yes", got, err)
	}
	if _, err := read(t, s, r, lost); !errors.Is(err, ErrNotFound) {
		t.Errorf("what was not: got error %v, want ErrNotFound", err)
	}
	update(t, s, func(tx *Tx) error { return tx.Put(r, lost, nil) })
}

func TestAFaultLeavesNothing(t *testing.T) {
	boom, r := errors.New("boom"), testRealm("a")
	m := &Memory{Fault: func() error { return boom }}
	defer m.Close()
	s := openOn(t, m)
	defer closeStore(t, s)
	k, ran := r.Key(Settings, H([]byte("x"))), false
	err := s.Update(context.Background(), func(tx *Tx) error {
		tx.OnCommit(func() { ran = true })
		return tx.Put(r, k, nil)
	})
	if _, lost := read(t, s, r, k); !errors.Is(err, boom) || ran || !errors.Is(lost, ErrNotFound) {
		t.Errorf("got error %v, hook ran %v, row %v, want boom, false, ErrNotFound", err, ran, lost)
	}
	if err := s.Update(context.Background(), func(*Tx) error { return nil }); err != nil {
		t.Errorf("a transaction that changes nothing: got %v, want nil", err)
	}
}

func TestAMemoryBeginsWithTheRowsOfAnother(t *testing.T) {
	first, r := new(Memory), testRealm("a")
	defer first.Close()
	s := openOn(t, first)
	was, gone := r.Key(Settings, H([]byte("was"))), r.Key(Settings, H([]byte("gone")))
	update(t, s, func(tx *Tx) error { return errors.Join(tx.Put(r, was, []byte("yes")), tx.Put(r, gone, nil)) })
	update(t, s, func(tx *Tx) error { tx.Delete(gone); return nil })
	closeStore(t, s)
	rows, err := first.Rows()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // each goes on by itself
		m := new(Memory)
		defer m.Close()
		m.BeginWith(rows)
		s := openOn(t, m)
		defer closeStore(t, s)
		if got, err := read(t, s, r, was); err != nil || got != "yes" {
			t.Errorf("a row of the first: got %q, %v, want yes", got, err)
		}
		if _, err := read(t, s, r, gone); !errors.Is(err, ErrNotFound) {
			t.Errorf("a row that was deleted: got error %v, want ErrNotFound", err)
		}
		update(t, s, func(tx *Tx) error { return tx.Put(r, was, []byte("no longer")) })
		if got, err := read(t, s, r, was); err != nil || got != "no longer" {
			t.Errorf("a row that changed since: got %q, %v, want no longer", got, err)
		}
	}
}
