package storage

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"testing"
)

// testRealm is a realm whose prefix and keys follow from a name.
func testRealm(name string) *Realm {
	p := sha256.Sum256([]byte("prefix " + name))
	return NewRealm([16]byte(p[:16]), sha256.Sum256([]byte("index "+name)), sha256.Sum256([]byte("value "+name)))
}

func openMemory(t testing.TB) *Store {
	t.Helper()
	s, err := Open(Options{InMemory: true})
	if err != nil {
		t.Fatalf("open in memory: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func update(t testing.TB, s *Store, fn func(*Tx) error) {
	t.Helper()
	if err := s.Update(context.Background(), fn); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func read(t testing.TB, s *Store, r *Realm, k Key) (string, error) {
	t.Helper()
	var v []byte
	err := s.View(func(tx *Tx) (err error) {
		v, err = tx.Get(r, k)
		return err
	})
	return string(v), err
}

func TestWhatIsPutIsReadByLaterTransactions(t *testing.T) {
	s, r := openMemory(t), testRealm("a")
	k := r.Key(Settings, H([]byte("theme")))
	update(t, s, func(tx *Tx) error {
		if err := tx.Put(r, k, []byte("dark")); err != nil {
			return err
		}
		got, err := tx.Get(r, k)
		if err != nil || string(got) != "dark" {
			t.Errorf("own write inside the transaction = %q, %v, want dark", got, err)
		}
		return nil
	})
	if got, err := read(t, s, r, k); err != nil || got != "dark" {
		t.Errorf("after commit = %q, %v, want dark", got, err)
	}
	update(t, s, func(tx *Tx) error { tx.Delete(k); return nil })
	if got, err := read(t, s, r, k); !errors.Is(err, ErrNotFound) {
		t.Errorf("after delete = %q, %v, want ErrNotFound", got, err)
	}
}

func TestAFailedClosureLeavesNothing(t *testing.T) {
	s, r := openMemory(t), testRealm("a")
	k := r.Key(Settings, H([]byte("x")))
	boom := errors.New("boom")
	ran := false
	err := s.Update(context.Background(), func(tx *Tx) error {
		tx.OnCommit(func() { ran = true })
		if err := tx.Put(r, k, []byte("1")); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Errorf("error = %v, want boom", err)
	}
	func() {
		defer func() {
			if got := recover(); fmt.Sprint(got) != "bang" {
				t.Errorf("recovered %v, want bang", got)
			}
		}()
		_ = s.Update(context.Background(), func(tx *Tx) error {
			tx.OnCommit(func() { ran = true })
			if err := tx.Put(r, k, []byte("2")); err != nil {
				return err
			}
			panic("bang")
		})
	}()
	update(t, s, func(tx *Tx) error {
		if has, err := tx.Has(k); err != nil || has {
			t.Errorf("has = %v, %v after a failed and a panicked closure, want false", has, err)
		}
		return tx.Put(r, r.Key(Settings, H([]byte("y"))), nil)
	})
	if ran {
		t.Error("a hook of a failed transaction ran")
	}
}

func TestNestedUpdateIsRefused(t *testing.T) {
	s, r := openMemory(t), testRealm("a")
	put := func(tx *Tx) error { return tx.Put(r, r.Key(Settings, H([]byte("x"))), nil) }
	var inClosure, inHook error
	update(t, s, func(tx *Tx) error {
		inClosure = s.Update(context.Background(), put)
		tx.OnCommit(func() { inHook = s.Update(context.Background(), put) })
		return put(tx)
	})
	if !errors.Is(inClosure, ErrNested) {
		t.Errorf("Update inside a closure = %v, want ErrNested", inClosure)
	}
	if !errors.Is(inHook, ErrNested) {
		t.Errorf("Update inside a hook = %v, want ErrNested", inHook)
	}
}

// waitUntil polls a condition that other goroutines make true; the test times out if they never do.
func waitUntil(t testing.TB, condition func() bool) {
	t.Helper()
	for !condition() {
		if t.Context().Err() != nil {
			t.Fatal("the test ended while waiting")
		}
		runtime.Gosched()
	}
}
