package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// Disk sets when the store stops accepting data. The engine writes through memory maps, so a full disk kills the process;
// the guard must say no long before. Sizes in bytes; zero takes the default.
type Disk struct {
	MinFree  uint64  // new data needs this much free, default 1 GiB
	MinShare float64 // or this share of the disk if that is more, default 0.05, negative for none
	Floor    uint64  // below this nothing is accepted, not even Freeing; default 384 MiB, what the engine may still write by itself: when it merges its newest tables that is their sum
	Ballast  int64   // size of the file that is given up when space runs out, default 64 MiB, negative for none
}

type freeing struct{}

// Freeing marks ctx for an Update that makes room, such as deleting messages, or that who makes room needs, such as logging in: the disk
// guard lets it pass.
func Freeing(ctx context.Context) context.Context { return context.WithValue(ctx, freeing{}, true) }

const (
	ballastFile   = "ballast"
	guardInterval = 100 * time.Millisecond
)

// guard watches the free space of the disk under dir. Its fields belong to the holder of the store's turn; a nil guard admits all.
type guard struct {
	dir     string
	disk    Disk
	checked time.Time
	free    uint64
	min     uint64
}

func (d Disk) orDefault() Disk {
	if d.MinFree == 0 {
		d.MinFree = 1 << 30
	}
	if d.MinShare == 0 {
		d.MinShare = 0.05
	}
	if d.Floor == 0 {
		d.Floor = 384 << 20
	}
	if d.Ballast == 0 {
		d.Ballast = 64 << 20
	}
	return d
}

func newGuard(dir string, d Disk) (*guard, error) {
	g := &guard{dir: dir, disk: d.orDefault()}
	if err := g.measure(); err != nil {
		return nil, err
	}
	if g.free < g.min {
		if err := g.dropBallast(); err != nil { // the engine needs room to open
			return nil, err
		}
	}
	if g.free < g.disk.Floor {
		return nil, fmt.Errorf("open %s: %w: %d bytes free, %d needed", dir, ErrDiskFull, g.free, g.disk.Floor)
	}
	return g, g.keepBallast()
}

// admit answers ErrDiskFull if a write may not be accepted. The space is measured at most every guardInterval, during which
// a disk that takes less than MinFree per interval cannot fill up.
func (g *guard) admit(ctx context.Context) error {
	if g == nil {
		return nil
	}
	if now := time.Now(); now.Sub(g.checked) >= guardInterval || g.free < g.min {
		if err := g.measure(); err != nil {
			return err
		}
	}
	if g.free >= g.min {
		return g.keepBallast()
	}
	if ctx.Value(freeing{}) != nil {
		if err := g.dropBallast(); err != nil {
			return err
		}
		if g.free >= g.disk.Floor {
			return nil
		}
	}
	return fmt.Errorf("%w: %d bytes free, %d needed", ErrDiskFull, g.free, g.min)
}

func (g *guard) measure() error {
	r, err := g.disk.room(g.dir)
	if err != nil {
		return err
	}
	g.free, g.min, g.checked = r.Free, r.Least, time.Now()
	return nil
}

// Room is what is left of a disk, and what the guard wants of it; bytes.
type Room struct {
	Free, Total uint64
	Least       uint64 // free for new data to be taken
	Floor       uint64 // free for anything to be taken, and for the store to be opened
	Ballast     uint64 // that is there, and is given up before the floor counts
}

// Refuses tells whether new data is refused.
func (r Room) Refuses() bool { return r.Free < r.Least }

// Shut tells whether nothing is taken, not even what makes room, and the store does not open.
func (r Room) Shut() bool { return r.Refuses() && r.Free+r.Ballast < r.Floor }

// RoomOf measures the disk of the folder of a store, or of a folder where one will be, by the default thresholds. It changes nothing.
func RoomOf(dir string) (Room, error) {
	d := Disk{}.orDefault()
	out, err := d.room(dir)
	var st unix.Stat_t
	if err == nil && unix.Stat(filepath.Join(dir, ballastFile), &st) == nil {
		out.Ballast = uint64(st.Size)
	}
	return out, err
}

func (d Disk) room(dir string) (Room, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return Room{}, fmt.Errorf("measure free space of %s: %w", dir, err)
	}
	block := uint64(st.Bsize)
	total := st.Blocks * block
	return Room{Free: st.Bavail * block, Total: total, Least: max(d.MinFree, uint64(max(d.MinShare, 0)*float64(total))), Floor: d.Floor}, nil
}

func (g *guard) path() string { return filepath.Join(g.dir, ballastFile) }

// keepBallast makes the ballast while there is room for it.
func (g *guard) keepBallast() error {
	if g.disk.Ballast < 0 || g.free < g.min+uint64(g.disk.Ballast) {
		return nil
	}
	if st, err := os.Stat(g.path()); err == nil && st.Size() == g.disk.Ballast {
		return nil
	}
	f, err := os.OpenFile(g.path(), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("make ballast: %w", err)
	}
	err = unix.Fallocate(int(f.Fd()), 0, 0, g.disk.Ballast)
	if errors.Is(err, unix.EOPNOTSUPP) { // then there is no ballast, only the guard
		return errors.Join(f.Close(), os.Remove(g.path()))
	}
	if err = errors.Join(err, f.Truncate(g.disk.Ballast), f.Close()); err != nil {
		return fmt.Errorf("make ballast: %w", errors.Join(err, os.Remove(g.path())))
	}
	return g.measure()
}

func (g *guard) dropBallast() error {
	if err := os.Remove(g.path()); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return fmt.Errorf("give up ballast: %w", err)
	}
	return g.measure()
}
