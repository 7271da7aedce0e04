package storage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

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
	// What the engine may write by itself, to merge its tables, is at most what they hold: less than the floor.
	fillUp(t, dir, "zeroth", 190<<20)
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
	closeStore(t, s)

	// Somebody else fills the disk. A store whose tables are merged writes nothing by itself, so the figures stand still.
	s, err = Open(o)
	if err != nil {
		t.Fatalf("reopen a full store: %v", err)
	}
	if err := s.Flatten(); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); freeBytes(t, dir) < 134<<20; time.Sleep(10 * time.Millisecond) { // the merged tables go when nobody reads them
		if time.Since(began) > time.Minute {
			t.Fatalf("%d bytes are free after the tables were merged", freeBytes(t, dir))
		}
	}
	fillUp(t, dir, "first", 128<<20)
	s.disk.checked = time.Time{} // as if guardInterval had passed
	if err := put(stored); !errors.Is(err, ErrDiskFull) {
		t.Errorf("update between floor and limit: %v, want ErrDiskFull", err)
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
	for i := stored / 2; i < stored; i++ {
		if got, err := read(t, s, r, k(i)); err != nil || len(got) != MaxValue {
			t.Errorf("row %d on a full disk: %d bytes, %v", i, len(got), err)
		}
	}

	// Below the floor even freeing is refused, and opening says why, until space comes back.
	fillUp(t, dir, "second", 80<<20)
	err = s.Update(Freeing(t.Context()), func(tx *Tx) error { tx.Delete(k(stored - 1)); return nil })
	if !errors.Is(err, ErrDiskFull) {
		t.Errorf("freeing below the floor: %v, want ErrDiskFull", err)
	}
	closeStore(t, s)
	if _, err := Open(o); !errors.Is(err, ErrDiskFull) {
		t.Errorf("open below the floor: %v, want ErrDiskFull", err)
	}
	for _, name := range []string{"first", "second"} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	s, err = Open(o)
	if err != nil {
		t.Fatalf("open after space came back: %v", err)
	}
	defer closeStore(t, s)
	if got, err := read(t, s, r, k(stored-1)); err != nil || len(got) != MaxValue {
		t.Errorf("last row after all this: %d bytes, %v", len(got), err)
	}
	if _, err := read(t, s, r, k(0)); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted row after all this: %v, want ErrNotFound", err)
	}
}

func freeBytes(t *testing.T, dir string) int64 {
	t.Helper()
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	return int64(st.Bavail) * st.Bsize
}

// fillUp makes a file that leaves so much space.
func fillUp(t *testing.T, dir, name string, free int64) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	size := freeBytes(t, dir) - free
	if err := errors.Join(unix.Fallocate(int(f.Fd()), 0, 0, size), f.Close()); err != nil {
		t.Fatalf("fill %d bytes: %v", size, err)
	}
}
