//go:build linux

package storage

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	cutsInTheGate = 10
	cutsByNight   = 100
	cutDiskBytes  = 2 << 30 // sparse
)

// extShutdown is EXT4_IOC_SHUTDOWN, and noLogFlush its order to write nothing any more, not even the journal: from then on the file
// system is as after a power cut.
const (
	extShutdown = 0x8004587d
	noLogFlush  = 2
)

// TestAPowerCutLosesNothingAcknowledged cuts the power of a disk again and again while a process writes, deletes and collects garbage on
// it. What was acknowledged before the cut began is there, whole, and nothing that was deleted is back.
func TestAPowerCutLosesNothingAcknowledged(t *testing.T) {
	cuts := cutsInTheGate
	switch {
	case testing.Short():
		t.Skip("cuts take their time")
	case os.Getenv("CONCLAVE_NIGHTLY") != "":
		cuts = cutsByNight
	}
	d := newCutDisk(t)
	var acked [crashWriters]int
	total := 0
	for round := range cuts {
		d.mount()
		total += d.cut(1000+400*(round%7), &acked)
		d.unmount()
		d.mount()
		s, err := Open(Options{Dir: d.data(), Key: [32]byte{1}, Disk: crashDisk(d.flag)})
		if err != nil {
			t.Fatalf("open after cut %d: %v", round, err)
		}
		checkAcked(t, s, round, acked)
		closeStore(t, s)
		d.unmount()
	}
	fmt.Printf("power: %d transactions acknowledged over %d cuts\n", total, cuts)
}

// cutDisk is a file system in a file, whose power can be cut.
type cutDisk struct {
	t           *testing.T
	image, flag string
	at          string
	mounted     bool
}

func newCutDisk(t *testing.T) *cutDisk {
	t.Helper()
	dir := t.TempDir()
	d := &cutDisk{t: t, image: filepath.Join(dir, "disk"), flag: filepath.Join(dir, "cut"), at: filepath.Join(dir, "at")}
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED, POWER CUTS NOT TESTED: mounting needs root")
	}
	f, err := os.Create(d.image)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(cutDiskBytes); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(d.at, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1,lazy_journal_init=1", d.image).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED, POWER CUTS NOT TESTED: a file system cannot be made: %v: %s", err, out)
	}
	if out, err := exec.Command("mount", "-o", "loop", d.image, d.at).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED, POWER CUTS NOT TESTED: a file cannot be mounted: %v: %s", err, out)
	}
	d.mounted = true
	d.unmount()
	t.Cleanup(func() {
		if d.mounted {
			d.unmount()
		}
	})
	return d
}

func (d *cutDisk) data() string { return filepath.Join(d.at, "data") }

func (d *cutDisk) mount() {
	d.t.Helper()
	if out, err := exec.Command("mount", "-o", "loop", d.image, d.at).CombinedOutput(); err != nil {
		d.t.Fatalf("mount: %v: %s", err, out)
	}
	d.mounted = true
}

// unmount waits until nobody uses the disk any more.
func (d *cutDisk) unmount() {
	d.t.Helper()
	var out []byte
	var err error
	for began := time.Now(); time.Since(began) < time.Minute; time.Sleep(10 * time.Millisecond) {
		if out, err = exec.Command("umount", d.at).CombinedOutput(); err == nil {
			d.mounted = false
			return
		}
	}
	d.t.Fatalf("unmount: %v: %s", err, out)
}

// cut lets a child write and cuts the power after so many acknowledgements. It raises acked to what was acknowledged before, and returns
// how many that were.
func (d *cutDisk) cut(after int, acked *[crashWriters]int) (total int) {
	d.t.Helper()
	child := exec.CommandContext(d.t.Context(), os.Args[0])
	child.Env = append(os.Environ(), crashDirEnv+"="+d.data(), cutFlagEnv+"="+d.flag)
	out, err := child.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		d.t.Fatal(err)
	}
	for lines := bufio.NewReader(out); ; {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			d.t.Fatalf("read acknowledgements: %v", err)
		}
		var w, n int
		if _, err := fmt.Sscan(line, &w, &n); err != nil {
			d.t.Fatalf("acknowledgement %q: %v", line, err)
		}
		acked[w] = max(acked[w], n)
		if total++; total == after {
			d.shutDown()
			if err := child.Process.Kill(); err != nil {
				d.t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || total < after {
		d.t.Fatalf("the child ended with %v after %d acknowledgements, want the power cut after %d", err, total, after)
	}
	if err := os.Remove(d.flag); err != nil {
		d.t.Fatal(err)
	}
	return total
}

// shutDown raises the flag, which lies on another disk, and ends the file system.
func (d *cutDisk) shutDown() {
	d.t.Helper()
	if err := os.WriteFile(d.flag, nil, 0o600); err != nil {
		d.t.Fatal(err)
	}
	f, err := os.Open(d.at)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	if err := unix.IoctlSetPointerInt(int(f.Fd()), extShutdown, noLogFlush); err != nil {
		d.t.Fatalf("shut the file system down: %v", err)
	}
}
