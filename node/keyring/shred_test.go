package keyring

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"conclave/storage"
)

const rowsOfShredTest = 3*shredBatch + 5

// shredding is a shred key over a real store with rows in two tables.
type shredding struct {
	dir    string
	master *Master
	store  *storage.Store
	shred  *Shred
}

func newShredding(t *testing.T) *shredding {
	t.Helper()
	s := &shredding{dir: t.TempDir(), master: MasterFrom([32]byte{9})}
	var err error
	if s.store, err = storage.Open(storage.Options{InMemory: true, Key: s.master.Store()}); err != nil {
		t.Fatalf("open store: %v", err)
	}
	t.Cleanup(func() { s.store.Close() })
	s.restart(t)
	err = s.store.Update(t.Context(), func(tx *storage.Tx) error {
		for i := range rowsOfShredTest {
			for _, k := range s.keys(i) {
				if err := tx.Put(s.shred.node, k, s.shred.Seal(k, fmt.Appendf(nil, "state %d", i))); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("fill: %v", err)
	}
	return s
}

func (s *shredding) restart(t *testing.T) {
	t.Helper()
	ring, err := New(s.dir, s.master, s.store)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	s.shred = ring.Shred()
}

func (s *shredding) keys(i int) []storage.Key {
	n := storage.U64(uint64(i))
	return []storage.Key{
		s.shred.node.Key(storage.Sessions, storage.H([]byte("pair")), n, n),
		s.shred.node.Key(storage.PrekeySecrets, storage.H([]byte("spk")), n),
	}
}

// check reads every row, and returns how many lie under the current key.
func (s *shredding) check(t *testing.T) (current int) {
	t.Helper()
	err := s.store.View(func(tx *storage.Tx) error {
		for i := range rowsOfShredTest {
			for _, k := range s.keys(i) {
				box, err := tx.Get(s.shred.node, k)
				if err != nil {
					return err
				}
				got, err := s.shred.Open(k, box)
				if want := fmt.Sprintf("state %d", i); err != nil || string(got) != want {
					return fmt.Errorf("row %d of %s: got %q, %v; want %q", i, k.Table(), got, err, want)
				}
				if box[7] == byte(s.shred.keys.Current.ID) {
					current++
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return current
}

func (s *shredding) rotate(t *testing.T) {
	t.Helper()
	if err := s.shred.Rotate(t.Context(), s.store, storage.Sessions, storage.PrekeySecrets); err != nil {
		t.Fatalf("Rotate: %v", err)
	}
	if got, want := s.check(t), 2*rowsOfShredTest; got != want {
		t.Errorf("rows under the current key: got %d, want %d", got, want)
	}
	if s.shred.keys.Previous != nil {
		t.Error("the previous key is still there")
	}
}

func TestRotateDestroysTheOldKey(t *testing.T) {
	s := newShredding(t)
	k := s.keys(0)[0]
	old := s.shred.Seal(k, []byte("an old state"))
	for range 3 {
		s.rotate(t)
	}
	if _, err := s.shred.Open(k, old); !errors.Is(err, ErrShredded) {
		t.Errorf("Open of what lies under a rotated key: got %v, want %v", err, ErrShredded)
	}
	s.restart(t)
	if got, want := s.check(t), 2*rowsOfShredTest; got != want {
		t.Errorf("rows under the current key after a restart: got %d, want %d", got, want)
	}
	if _, err := s.shred.Open(k, old); !errors.Is(err, ErrShredded) {
		t.Errorf("Open after a restart: got %v, want %v", err, ErrShredded)
	}
}

func TestRotateIsFinishedAfterACrash(t *testing.T) {
	begin := func(s *shredding) error {
		old := s.shred.keys.Current
		return s.shred.set(shredKeys{Current: newShredKey(old.ID + 1), Previous: &old})
	}
	reseal := func(s *shredding, t storage.Table) error {
		return s.shred.reseal(context.Background(), s.store, t, s.shred.keys.Current.ID)
	}
	cases := []struct {
		name  string
		until func(*shredding) error
	}{
		{"before anything", func(*shredding) error { return nil }},
		{"after both keys were written", begin},
		{"between two tables", func(s *shredding) error {
			return errors.Join(begin(s), reseal(s, storage.Sessions))
		}},
		{"before the old key is dropped", func(s *shredding) error {
			return errors.Join(begin(s), reseal(s, storage.Sessions), reseal(s, storage.PrekeySecrets))
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newShredding(t)
			if err := c.until(s); err != nil {
				t.Fatal(err)
			}
			s.restart(t)
			s.check(t)
			s.rotate(t)
		})
	}
}

func TestRotateCutShortInATableGoesOn(t *testing.T) {
	s := newShredding(t)
	ctx, cancel := context.WithCancel(t.Context())
	hold := make(chan struct{})
	done := make(chan error, 1)
	// A closure holds the turn, so that the rotation waits with its first batch and is cut there.
	go func() {
		done <- s.store.Update(t.Context(), func(*storage.Tx) error {
			cancel()
			<-hold
			return nil
		})
	}()
	<-ctx.Done()
	if err := s.shred.Rotate(ctx, s.store, storage.Sessions); !errors.Is(err, context.Canceled) {
		t.Errorf("Rotate: got %v, want %v", err, context.Canceled)
	}
	close(hold)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	s.check(t)
	s.restart(t)
	s.rotate(t)
}

func TestRotateTakesLargeRows(t *testing.T) {
	s := newShredding(t)
	large := make([]byte, 400<<10)
	for i := range 12 { // more than one transaction of the store may hold
		err := s.store.Update(t.Context(), func(tx *storage.Tx) error {
			k := s.shred.node.Key(storage.Ratchet, storage.H([]byte("session")), storage.U64(uint64(i)))
			return tx.Put(s.shred.node, k, s.shred.Seal(k, large))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.shred.Rotate(t.Context(), s.store, storage.Ratchet, storage.Sessions, storage.PrekeySecrets); err != nil {
		t.Errorf("Rotate: %v", err)
	}
}

func TestRotateBesideWriters(t *testing.T) {
	s := newShredding(t)
	done := make(chan error, 1)
	go func() {
		for i := range rowsOfShredTest {
			err := s.store.Update(context.Background(), func(tx *storage.Tx) error {
				k := s.keys(i)[0]
				return tx.Put(s.shred.node, k, s.shred.Seal(k, fmt.Appendf(nil, "state %d", i)))
			})
			if err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}()
	if err := s.shred.Rotate(t.Context(), s.store, storage.Sessions, storage.PrekeySecrets); err != nil {
		t.Fatalf("Rotate: %v", err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got, want := s.check(t), 2*rowsOfShredTest; got != want {
		t.Errorf("rows under the current key: got %d, want %d", got, want)
	}
}

func TestShredFileOfAnotherNodeIsRefused(t *testing.T) {
	s := newShredding(t)
	if _, err := New(s.dir, MasterFrom([32]byte{8}), s.store); err == nil {
		t.Error("New with another master key: got no error")
	}
	if names, _ := filepath.Glob(filepath.Join(s.dir, ".*")); len(names) != 0 {
		t.Errorf("left behind: got %v, want nothing", names)
	}
}
