package storage

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/dgraph-io/badger/v4"
)

// versions counts what the engine holds of log rows, superseded and deleted ones included.
func versions(t *testing.T, s *Store) (n int) {
	t.Helper()
	tx := s.db.NewTransactionAt(s.pending.version(), false)
	defer tx.Discard()
	it := tx.NewIterator(badger.IteratorOptions{AllVersions: true, Prefix: []byte{byte(Log)}})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		n++
	}
	return n
}

// TestMaintenanceDropsOldVersionsAndBringsNothingBack overwrites and deletes rows over several memtables.
func TestMaintenanceDropsOldVersionsAndBringsNothingBack(t *testing.T) {
	const rows, rounds = 60, 40
	dir, r := t.TempDir(), testRealm("a")
	s := openDir(t, dir)
	k := func(i int) Key { return r.Key(Log, U64(uint64(i))) }
	value := func(i, round int) []byte { return fmt.Appendf(make([]byte, 20<<10), "%d %d", i, round) }
	for round := range rounds {
		update(t, s, func(tx *Tx) error {
			for i := range rows {
				if err := tx.Put(r, k(i), value(i, round)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	update(t, s, func(tx *Tx) error {
		for i := 0; i < rows; i += 2 {
			tx.Delete(k(i))
		}
		return nil
	})
	if got := versions(t, s); got <= rows {
		t.Fatalf("%d versions of rows before maintenance: nothing to drop", got)
	}
	if err := s.during(s.collect); err != nil {
		t.Errorf("collect: %v", err)
	}
	if err := s.Flatten(); err != nil {
		t.Errorf("flatten: %v", err)
	}
	closeStore(t, s)
	s = openDir(t, dir)
	defer closeStore(t, s)
	if got := versions(t, s); got != rows/2 {
		t.Errorf("%d versions of rows after a clean stop, want the %d that live", got, rows/2)
	}
	for i := range rows {
		got, err := read(t, s, r, k(i))
		if i%2 == 0 && !errors.Is(err, ErrNotFound) {
			t.Errorf("deleted row %d: %v, want ErrNotFound", i, err)
		}
		if i%2 == 1 && (err != nil || got != string(value(i, rounds-1))) {
			t.Errorf("row %d: %d bytes, %v, want its last value", i, len(got), err)
		}
	}
}

func TestMaintainEndsWithItsContext(t *testing.T) {
	s := openMemory(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Maintain(ctx); err != nil {
		t.Errorf("Maintain = %v, want nil", err)
	}
	if err := s.during(s.collect); err != nil {
		t.Errorf("collect in memory: %v", err)
	}
	s.fail(errors.New("input/output error"))
	if err := s.during(s.collect); !errors.Is(err, ErrReadOnly) {
		t.Errorf("maintenance of a read-only store = %v, want ErrReadOnly", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.during(s.collect); !errors.Is(err, ErrClosed) {
		t.Errorf("maintenance of a closed store = %v, want ErrClosed", err)
	}
}
