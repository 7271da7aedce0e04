package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"conclave/cmd/node/finding"
	"conclave/protocol/net"
	"conclave/protocol/net/gossip"
	"conclave/storage"
)

// folder looks at who can read and write the data.
func (e *examination) folder(dir string) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return // that there is no node is told anyway
	case err != nil:
		e.Found(finding.FolderClosed, "%s cannot be looked at: %v", dir, errors.Unwrap(err))
		return
	case !info.IsDir():
		e.Found(finding.FolderClosed, "%s is a file", dir)
		return
	}
	if unix.Access(dir, unix.W_OK|unix.X_OK) != nil {
		e.Found(finding.FolderClosed, "%s cannot be written", dir)
		return
	}
	for _, path := range []string{dir, filepath.Join(dir, "node.key")} {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
			e.Found(finding.FolderReadable, "other users of this machine can get at %s (mode %#o)", path, info.Mode().Perm())
			return
		}
	}
	e.OK("data folder", "%s is private and can be written", dir)
}

// disk warns before the store refuses what is new, by the store's own thresholds.
func (e *examination) disk(dir string) {
	r, err := storage.RoomOf(existing(filepath.Join(dir, "store")))
	switch {
	case err != nil:
		e.Found(finding.DiskUnmeasured, "%v", err)
	case r.Shut():
		e.Found(finding.DiskFull, "%s free of %s; below %s nothing is written, and new data needs %s", size(r.Free), size(r.Total), size(r.Floor), size(r.Least))
	case r.Refuses():
		e.Found(finding.DiskRefuses, "%s free of %s; new data needs %s", size(r.Free), size(r.Total), size(r.Least))
	case r.Free < 3*r.Least:
		e.Found(finding.DiskLow, "%s free of %s; below %s new data is refused", size(r.Free), size(r.Total), size(r.Least))
	default:
		e.OK("disk", "%s free of %s", size(r.Free), size(r.Total))
	}
}

// existing is a folder, or the nearest above it that is there.
func existing(dir string) string {
	for {
		if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
			return dir
		}
		dir = filepath.Dir(dir)
	}
}

// clock looks for one that went back, and asks the system whether it is set by others.
func (e *examination) clock(dir string) {
	if info, err := os.Stat(filepath.Join(dir, "store")); err == nil && info.ModTime().Sub(e.now) > 30*time.Second {
		e.Found(finding.ClockBack, "it says %s, and the store was written at %s", e.now.Format(time.DateTime), info.ModTime().Format(time.DateTime))
		return
	}
	var t unix.Timex
	if state, err := unix.Adjtimex(&t); err == nil && state == unix.TIME_ERROR {
		e.Found(finding.ClockUnkept, "it says %s, and nothing keeps it right", e.now.Format(time.DateTime))
		return
	}
	e.OK("clock", "it says %s", e.now.Format(time.DateTime))
}

// Open files that a node may need beside its connections with other nodes.
const (
	filesOfStore   = 1024 // the store, logs, and calls of the page
	filesOfAccount = 10   // the pages and apps of one person at a time
)

// files compares the limit of this process with what may be connected at a time.
func (e *examination) files(accounts int) {
	wanted := uint64(net.Sockets + gossip.Sockets + filesOfStore + filesOfAccount*accounts)
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err == nil && l.Cur < wanted {
		e.Found(finding.OpenFilesLow, "%d at a time are allowed; %d nodes may connect, and %s here, so that %d may be needed", l.Cur, net.Sockets+gossip.Sockets, people(accounts), wanted)
		return
	}
	e.OK("open files", "%d at a time are allowed", l.Cur)
}

// people is a number of accounts for people.
func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}
