package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"conclave/storage"
)

func (e *examination) examine(ctx context.Context, p *program, s settings) {
	e.folder(s.data)
	e.disk(s.data)
	e.clock(s.data)
	running := e.node(ctx, p, s.data)
	if !running {
		e.files(0, limitHere())
		e.addresses(s)
	}
	e.public(ctx, s)
	e.certificate(s)
}

// folder looks at who can read and write the data.
func (e *examination) folder(dir string) {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		e.find("folder_missing", "%s is not there", dir)
		return
	case err != nil:
		e.find("folder_hidden", "%s cannot be looked at: %v", dir, errors.Unwrap(err))
		return
	case !info.IsDir():
		e.find("folder_is_file", "%s is a file", dir)
		return
	}
	if unix.Access(dir, unix.W_OK|unix.X_OK) != nil {
		e.find("folder_read_only", "%s cannot be written", dir)
		return
	}
	for _, path := range []string{dir, filepath.Join(dir, "node.key")} {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
			e.find("folder_open", "other users of this machine can get at %s (mode %#o)", path, info.Mode().Perm())
			return
		}
	}
	e.ok("data folder", "%s is private and can be written", dir)
}

// disk warns before the store refuses what is new.
func (e *examination) disk(dir string) {
	free, total, err := storage.Space(existing(dir))
	if err != nil {
		e.find("disk_unmeasured", "%s", sentence(err))
		return
	}
	e.space(free, total)
}

// space judges by the bounds at which the store says no.
func (e *examination) space(free, total uint64) {
	least, floor := storage.Disk{}.Bounds(total)
	switch {
	case free < floor:
		e.find("disk_full", "%s free of %s", size(free), size(total))
	case free < least:
		e.find("disk_short", "%s free of %s, %s are needed", size(free), size(total), size(least))
	case free < 3*least:
		e.find("disk_low", "%s free of %s; below %s the node takes nothing new", size(free), size(total), size(least))
	default:
		e.ok("disk", "%s free of %s", size(free), size(total))
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
	now := time.Now()
	if info, err := os.Stat(filepath.Join(dir, "store")); err == nil && info.ModTime().Sub(now) > 30*time.Second {
		e.find("clock_back", "it says %s, and the store was written at %s", now.Format(time.DateTime), info.ModTime().Format(time.DateTime))
		return
	}
	var t unix.Timex
	if state, err := unix.Adjtimex(&t); err == nil && state == unix.TIME_ERROR {
		e.find("clock_alone", "it says %s, and nothing keeps it right", now.Format(time.DateTime))
		return
	}
	e.ok("clock", "it says %s", now.Format(time.DateTime))
}

// fewFiles is the least limit of open files: a socket is one for each page and each node that is connected.
const fewFiles = 4096

// files judges how many a process may open, and has open.
func (e *examination) files(open, limit uint64) {
	switch {
	case limit > 0 && open > limit/10*8:
		e.find("files_near", "%d of %d", open, limit)
	case limit > 0 && limit < fewFiles:
		e.find("files_few", "only %d at a time", limit)
	default:
		e.ok("open files", "%d at a time", limit)
	}
}

// limitHere is how many files this process may open; zero where the system does not tell.
func limitHere() uint64 {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 0
	}
	return l.Cur
}

// openHere is how many files this process has open; zero where the system does not tell.
func openHere() uint64 {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return uint64(len(list))
}

// node looks at the one that runs, or opens the store to see whether it could.
func (e *examination) node(ctx context.Context, p *program, dir string) (running bool) {
	if _, err := os.Stat(filepath.Join(dir, "node.key")); err != nil {
		e.find("node_missing", "there is none in %s yet", dir)
		return false
	}
	o, err := p.reach(ctx, dir, false)
	if err != nil {
		e.shut(err)
		return false
	}
	run, err := o.process(ctx)
	d, also := o.describe(ctx)
	if err = errors.Join(err, also, o.close()); err != nil {
		e.shut(err)
		return run.Serves
	}
	if !run.Serves {
		e.store(run, d)
		e.ok("node", "stopped, version %s could start", p.version)
		return false
	}
	e.ok("node", "running, version %s, process %d", d.Version, run.PID)
	e.tells(run, d)
	return true
}

// tells judges what a running node tells of itself, but for its disk.
func (e *examination) tells(run process, d described) {
	e.store(run, d)
	e.files(run.FilesOpen, run.FilesLimit)
	e.peers(d)
}

// shut notes why a node does not answer, or could not start.
func (e *examination) shut(err error) {
	code := "node_silent"
	for why, other := range map[error]string{
		storage.ErrLocked: "store_in_use", storage.ErrNewer: "store_newer", storage.ErrDamaged: "store_damaged",
		storage.ErrHalfRestored: "store_half_restored", storage.ErrWrongKey: "store_wrong_key",
	} {
		if errors.Is(err, why) {
			code = other
		}
	}
	e.find(code, "%s", sentence(err))
}

func (e *examination) store(run process, d described) {
	switch {
	case d.ReadOnly != "":
		e.find("store_read_only", "it takes nothing new: %s", d.ReadOnly)
	case run.NotReady != "":
		e.find("store_not_ready", "%s", run.NotReady)
	default:
		e.ok("store", "it opens and takes new messages")
	}
}

// awayFor is how long a node is away that something waits for until that is told.
const awayFor = 30 * time.Minute

func (e *examination) peers(d described) {
	connected, troubled := 0, false
	for _, peer := range d.Peers {
		switch {
		case peer.Connected:
			connected++
			continue
		case peer.Waiting == 0:
			continue
		case peer.LastSeen.IsZero() && time.Since(d.Started) > awayFor:
			e.find("peer_never_met", "%d messages wait for %s: %s", peer.Waiting, peer.ID, peer.LastError)
		case !peer.LastSeen.IsZero() && time.Since(peer.LastSeen) > awayFor:
			e.find("peer_away", "%d messages wait for %s, last seen %s: %s", peer.Waiting, peer.ID, peer.LastSeen.Format(time.DateTime), peer.LastError)
		default:
			continue
		}
		troubled = true
	}
	if !troubled {
		e.ok("other nodes", "%d known, %d connected", len(d.Peers), connected)
	}
}

// addresses tries those that a start would take.
func (e *examination) addresses(s settings) {
	var problems []error
	for _, l := range []struct{ flag, address string }{{"--http", s.http}, {"--admin", s.admin}} {
		listener, err := listen(l.flag, l.address)
		if err == nil {
			err = listener.Close()
		}
		problems = append(problems, err)
	}
	problems = append(problems, probe("--listen", s.listen))
	if err := errors.Join(problems...); err != nil {
		e.find("addresses_taken", "%s", sentence(err))
		return
	}
	e.ok("addresses", "all are free")
}

// lookUp is how long the name of the public address is asked for.
const lookUp = 5 * time.Second

// public looks whether the address that people are given leads anywhere.
func (e *examination) public(ctx context.Context, s settings) {
	if s.publicURL == "" {
		if here, err := isLoopback("--http", s.http); err == nil && !here {
			e.find("public_url_missing", "people from outside come to %s, and no --public-url says how they name it", s.http)
		}
		return
	}
	name := hostOf(s.publicURL)
	ctx, cancel := context.WithTimeout(ctx, lookUp)
	defer cancel()
	if _, err := new(net.Resolver).LookupHost(ctx, name); err != nil {
		e.find("public_url_unknown", "%s: %s", s.publicURL, sentence(err))
		return
	}
	e.ok("public address", "%s", s.publicURL)
}

// hostOf is the name in a URL that was checked.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Hostname()
}

func (e *examination) certificate(s settings) {
	if s.tlsCert == "" {
		return
	}
	c := &certificate{cert: s.tlsCert, key: s.tlsKey}
	if _, err := c.get(nil); err != nil {
		e.find("certificate_unusable", "%s", sentence(err))
		return
	}
	cert, err := leaf(s.tlsCert)
	if err != nil {
		e.find("certificate_unusable", "%s", sentence(err))
		return
	}
	ends := cert.NotAfter
	switch left := time.Until(ends); {
	case left <= 0:
		e.find("certificate_over", "it ended on %s", ends.Format(time.DateOnly))
	case left < 14*24*time.Hour:
		e.find("certificate_ends", "it ends on %s", ends.Format(time.DateOnly))
	default:
		e.ok("certificate", "valid until %s", ends.Format(time.DateOnly))
	}
	if s.publicURL == "" {
		return
	}
	if err := cert.VerifyHostname(hostOf(s.publicURL)); err != nil {
		e.find("certificate_other", "%s", sentence(err))
	}
}

// leaf reads the first certificate of a file.
func leaf(path string) (*x509.Certificate, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return cert, nil
}
