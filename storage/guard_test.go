package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// smallDisk mounts a file system of the given size in MiB.
func smallDisk(t *testing.T, mib int) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm", mib)); err != nil {
		t.Skipf("SKIPPED, DISK GUARD NOT TESTED: mounting a small file system needs root: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// TestAFullDiskStopsWritesBeforeTheEngineDies fills a small disk by writing to the store, then by somebody else.
func TestAFullDiskStopsWritesBeforeTheEngineDies(t *testing.T) {
	dir := smallDisk(t, 320)
	o := Options{Dir: dir, Disk: Disk{MinFree: 150 << 20, MinShare: -1, Floor: 120 << 20, Ballast: 16 << 20}}
	s, err := Open(o)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	r := testRealm("a")
	k := func(i int) Key { return r.Key(Log, U64(uint64(i))) }
	if st, err := os.Stat(filepath.Join(dir, ballastFile)); err != nil || st.Size() != o.Disk.Ballast {
		t.Fatalf("ballast: %v", err)
	}
	stored := 0
	put := func(i int) error {
		return s.Update(t.Context(), func(tx *Tx) error { return tx.Put(r, k(i), make([]byte, MaxValue)) })
	}
	for err = put(0); err == nil; err = put(stored) {
		if stored++; stored > 1000 {
			t.Fatal("500 MiB fitted on a disk of 320 MiB")
		}
	}
	if !errors.Is(err, ErrDiskFull) {
		t.Fatalf("update %d on the full disk: %v, want ErrDiskFull", stored, err)
	}
	if s.Err() != nil {
		t.Errorf("a full disk made the store read-only: %v", s.Err())
	}
	if got, err := read(t, s, r, k(stored-1)); err != nil || len(got) != MaxValue {
		t.Errorf("read on a full disk: %d bytes, %v", len(got), err)
	}
	for i := range stored / 2 {
		err := s.Update(Freeing(t.Context()), func(tx *Tx) error { tx.Delete(k(i)); return nil })
		if err != nil {
			t.Fatalf("freeing delete %d: %v", i, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, ballastFile)); err == nil {
		t.Error("the ballast is still there after a freeing transaction")
	}
	closeStore(t, s)

	// Somebody else fills the rest: even freeing is refused below the floor, and opening says why.
	s, err = Open(o)
	if err != nil {
		t.Fatalf("reopen a full store: %v", err)
	}
	for i := stored / 2; i < stored; i++ {
		if got, err := read(t, s, r, k(i)); err != nil || len(got) != MaxValue {
			t.Errorf("row %d after reopening: %d bytes, %v", i, len(got), err)
		}
	}
	f, err := os.Create(filepath.Join(dir, "other"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	if err := unix.Fallocate(int(f.Fd()), 0, 0, int64(st.Bavail)*st.Bsize-60<<20); err != nil {
		t.Fatal(err)
	}
	err = s.Update(Freeing(t.Context()), func(tx *Tx) error { tx.Delete(k(stored - 1)); return nil })
	if !errors.Is(err, ErrDiskFull) {
		t.Errorf("freeing below the floor: %v, want ErrDiskFull", err)
	}
	closeStore(t, s)
	if _, err := Open(o); !errors.Is(err, ErrDiskFull) {
		t.Errorf("open below the floor: %v, want ErrDiskFull", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		t.Fatal(err)
	}
	f.Close()
	s, err = Open(o)
	if err != nil {
		t.Fatalf("open after space came back: %v", err)
	}
	closeStore(t, s)
}
