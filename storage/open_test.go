package storage

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func openDir(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(Options{Dir: dir, Key: [32]byte{1}})
	if err != nil {
		t.Fatalf("open %s: %v", dir, err)
	}
	return s
}

func closeStore(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

// snapshotOf returns the digest of every file of a folder.
func snapshotOf(t testing.TB, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s %d %x\n", path, len(data), sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatalf("walk: %v", err)
	}
	return b.String()
}

func TestRowsOutliveTheProcess(t *testing.T) {
	dir, r := filepath.Join(t.TempDir(), "new", "data"), testRealm("a")
	k := r.Key(Settings, H([]byte("theme")))
	s := openDir(t, dir)
	update(t, s, func(tx *Tx) error { return tx.Put(r, k, []byte("dark")) })
	closeStore(t, s)
	s = openDir(t, dir)
	defer closeStore(t, s)
	if got, err := read(t, s, r, k); err != nil || got != "dark" {
		t.Errorf("after reopening = %q, %v, want dark", got, err)
	}
	if st, err := os.Stat(dir); err != nil || st.Mode().Perm() != 0o700 {
		t.Errorf("data folder %v, %v, want mode 0700", st.Mode(), err)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Run("a folder that is open", func(t *testing.T) {
		dir := t.TempDir()
		s := openDir(t, dir)
		defer closeStore(t, s)
		if _, err := Open(Options{Dir: dir, Key: [32]byte{1}}); !errors.Is(err, ErrLocked) {
			t.Errorf("second open = %v, want ErrLocked", err)
		}
	})
	t.Run("another node key", func(t *testing.T) {
		dir := t.TempDir()
		closeStore(t, openDir(t, dir))
		if _, err := Open(Options{Dir: dir, Key: [32]byte{2}}); !errors.Is(err, ErrWrongKey) {
			t.Errorf("open = %v, want ErrWrongKey", err)
		}
	})
	t.Run("a newer store, untouched", func(t *testing.T) {
		dir := t.TempDir()
		closeStore(t, openDir(t, dir))
		if err := os.WriteFile(filepath.Join(dir, schemaFile), []byte(schemaPrefix+"2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		before := snapshotOf(t, dir)
		if _, err := Open(Options{Dir: dir, Key: [32]byte{1}}); !errors.Is(err, ErrNewer) {
			t.Errorf("open = %v, want ErrNewer", err)
		}
		if after := snapshotOf(t, dir); after != before {
			t.Errorf("the refused store changed:\n%s\nwas\n%s", after, before)
		}
	})
	t.Run("a newer store whose schema file was lost", func(t *testing.T) {
		dir := t.TempDir()
		s := openDir(t, dir)
		if err := s.writeSchemaRow(Schema + 1); err != nil {
			t.Fatal(err)
		}
		closeStore(t, s)
		if err := os.Remove(filepath.Join(dir, schemaFile)); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(Options{Dir: dir, Key: [32]byte{1}}); !errors.Is(err, ErrNewer) {
			t.Errorf("open = %v, want ErrNewer", err)
		}
		if _, err := os.Stat(filepath.Join(dir, schemaFile)); err == nil {
			t.Error("a refused store got a schema file of this version")
		}
	})
	t.Run("a folder that cannot be made", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(file, "data")
		_, err := Open(Options{Dir: dir, Key: [32]byte{1}})
		if want := "the data folder " + dir + " cannot be made: not a directory"; err == nil || err.Error() != want {
			t.Errorf("open = %v, want %q", err, want)
		}
	})
}

func TestNothingCanBeReadFromTheFiles(t *testing.T) {
	dir := t.TempDir()
	s := openDir(t, dir)
	r := testRealm("a")
	name, text := []byte("alice@example.net-natural-key"), []byte("meet me at the harbour at noon, bring the papers")
	prefix := r.Key(Contacts)
	for range 200 {
		update(t, s, func(tx *Tx) error { return tx.Put(r, r.Key(Contacts, H(name)), text) })
	}
	during := secretsIn(t, dir, name, text, []byte(prefix[1:]))
	closeStore(t, s)
	for _, found := range append(during, secretsIn(t, dir, name, text, []byte(prefix[1:]))...) {
		t.Error(found)
	}
}

func secretsIn(t *testing.T, dir string, secrets ...[]byte) []string {
	t.Helper()
	var found []string
	files := 0
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		data, err := os.ReadFile(path)
		for _, s := range secrets {
			if strings.Contains(string(data), string(s)) {
				found = append(found, fmt.Sprintf("%s holds %q", filepath.Base(path), s))
			}
		}
		return err
	})
	if err != nil || files == 0 {
		t.Fatalf("searched %d files: %v", files, err)
	}
	return found
}
