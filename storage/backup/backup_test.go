package backup

import (
	"bytes"
	"context"
	"errors"
	"os"
	"slices"
	"testing"

	"filippo.io/age"

	"conclave/storage"
	"conclave/storage/backup/stream"
)

var all = func(storage.Table) bool { return true }

func realm() *storage.Realm { return storage.NewRealm([16]byte{1}, [32]byte{2}, [32]byte{3}) }

func open(t testing.TB) *storage.Store {
	t.Helper()
	s, err := storage.Open(storage.Options{InMemory: true})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// filled returns a store with n contacts, the last of the largest size, and one session.
func filled(t testing.TB, n int) *storage.Store {
	t.Helper()
	s, r := open(t), realm()
	err := s.Update(t.Context(), func(tx *storage.Tx) error {
		for i := range n {
			v := []byte{byte(i)}
			if i == n-1 {
				v = make([]byte, storage.MaxValue)
			}
			if err := tx.Put(r, r.Key(storage.Contacts, storage.U64(uint64(i))), v); err != nil {
				return err
			}
		}
		return tx.Put(r, r.Key(storage.Sessions, storage.U64(0)), []byte("ratchet"))
	})
	if err != nil {
		t.Fatalf("fill: %v", err)
	}
	return s
}

func contents(t testing.TB, s *storage.Store) map[storage.Key]string {
	t.Helper()
	rows := make(map[storage.Key]string)
	if err := s.Export(all, func(k storage.Key, sealed []byte) error {
		rows[k] = string(sealed)
		return nil
	}); err != nil {
		t.Fatalf("export: %v", err)
	}
	return rows
}

func identity(t testing.TB) *age.HybridIdentity {
	t.Helper()
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatalf("identity: %v", err)
	}
	return id
}

func write(t testing.TB, s *storage.Store, id *age.HybridIdentity, include func(storage.Table) bool) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := Write(t.Context(), s, &b, []age.Recipient{id.Recipient()}, include, []byte("wrapped keys")); err != nil {
		t.Fatalf("write: %v", err)
	}
	return b.Bytes()
}

func TestARestoredStoreHoldsWhatWasIncluded(t *testing.T) {
	s, id, r := filled(t, 2000), identity(t), realm()
	archive := write(t, s, id, func(table storage.Table) bool { return table != storage.Sessions })
	staging := t.TempDir()
	a, err := Open(bytes.NewReader(archive), staging, []age.Identity{id})
	if err != nil {
		t.Fatalf("open backup: %v", err)
	}
	defer a.Close()
	if left, err := os.ReadDir(staging); err != nil || len(left) != 0 {
		t.Errorf("the staging folder shows %v, %v, want nothing", left, err)
	}
	if string(a.Extra) != "wrapped keys" || a.Rows != 2000 {
		t.Errorf("extra %q, %d rows, want wrapped keys, 2000", a.Extra, a.Rows)
	}
	restored := open(t)
	if err := a.Restore(t.Context(), restored); err != nil {
		t.Fatalf("restore: %v", err)
	}
	want, got := contents(t, s), contents(t, restored)
	delete(want, r.Key(storage.Sessions, storage.U64(0)))
	if len(got) != len(want) {
		t.Errorf("%d rows restored, want %d", len(got), len(want))
	}
	for k, v := range want {
		if got[k] != v {
			t.Errorf("row %x restored as %d bytes, want %d", k, len(got[k]), len(v))
		}
	}
	err = restored.View(func(tx *storage.Tx) error {
		v, err := tx.Get(r, r.Key(storage.Contacts, storage.U64(7)))
		if err != nil || !bytes.Equal(v, []byte{7}) {
			t.Errorf("row 7 opens as %v, %v, want [7]", v, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if err := a.Restore(t.Context(), restored); !errors.Is(err, storage.ErrNotEmpty) {
		t.Errorf("second restore = %v, want ErrNotEmpty", err)
	}
}

func TestADamagedBackupTouchesNothing(t *testing.T) {
	id := identity(t)
	archive := write(t, filled(t, 20), id, all)
	empty := open(t)
	refuse := func(what string, b []byte, ids []age.Identity, wants ...error) {
		t.Helper()
		err := Restore(t.Context(), bytes.NewReader(b), ids, empty)
		if !slices.ContainsFunc(wants, func(want error) bool { return errors.Is(err, want) }) {
			t.Errorf("%s: %v, want one of %v", what, err, wants)
		}
	}
	ids := []age.Identity{id}
	for _, at := range []int{0, 30, len(archive) / 3, len(archive) / 2, len(archive) - 1} {
		flipped := bytes.Clone(archive)
		flipped[at] ^= 1
		refuse("a flipped bit", flipped, ids, ErrDamaged, ErrWrongIdentity) // in a stanza it looks like somebody else's
	}
	for _, n := range []int{0, 10, len(archive) / 2, len(archive) - 1} {
		refuse("cut short", archive[:n], ids, ErrDamaged)
	}
	refuse("bytes behind the end", append(bytes.Clone(archive), 0), ids, ErrDamaged)
	refuse("another identity", archive, []age.Identity{identity(t)}, ErrWrongIdentity)
	var newer bytes.Buffer
	enc, err := stream.NewEncoder(&newer, stream.Header{Schema: storage.Schema + 1})
	if err = errors.Join(err, enc.End()); err != nil {
		t.Fatal(err)
	}
	refuse("a newer schema", seal(t, id, newer.Bytes()), ids, storage.ErrNewer)
	if rows := contents(t, empty); len(rows) != 0 {
		t.Errorf("refused backups left %d rows", len(rows))
	}
	if err := Restore(t.Context(), bytes.NewReader(archive), ids, empty); err != nil {
		t.Errorf("the same archive unharmed: %v", err)
	}
}

func TestAnInterruptedRestoreIsNotMistakenForAStore(t *testing.T) {
	dir, id := t.TempDir(), identity(t)
	s, err := storage.Open(storage.Options{Dir: dir})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	a, err := Open(bytes.NewReader(write(t, filled(t, 20), id, all)), t.TempDir(), []age.Identity{id})
	if err != nil {
		t.Fatalf("open backup: %v", err)
	}
	defer a.Close()
	d, err := a.decoder()
	if err != nil {
		t.Fatal(err)
	}
	gone := errors.New("gone")
	err = s.Import(t.Context(), func() ([]byte, []byte, error) {
		if d.Rows == 10 {
			return nil, nil, gone
		}
		return d.Next()
	})
	if !errors.Is(err, gone) {
		t.Errorf("import = %v, want gone", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := storage.Open(storage.Options{Dir: dir}); !errors.Is(err, storage.ErrHalfRestored) {
		t.Errorf("open after an interrupted restore = %v, want ErrHalfRestored", err)
	}
}

func TestACancelledBackupIsRefused(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	id := identity(t)
	var b bytes.Buffer
	err := Write(ctx, filled(t, 3), &b, []age.Recipient{id.Recipient()}, all, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("write = %v, want context.Canceled", err)
	}
	if _, err := Open(&b, t.TempDir(), []age.Identity{id}); !errors.Is(err, ErrDamaged) {
		t.Errorf("open = %v, want ErrDamaged", err)
	}
}

func seal(t testing.TB, id *age.HybridIdentity, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := age.Encrypt(&b, id.Recipient())
	if err == nil {
		_, err = w.Write(plain)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	return b.Bytes()
}
