package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// finding is what one look of the doctor found.
type finding struct {
	Check string `json:"check"`
	State string `json:"state"` // ok, warning or failure
	Found string `json:"found"`
	Do    string `json:"do,omitempty"` // what to do about it
}

// examination collects findings.
type examination struct{ findings []finding }

func (e *examination) ok(check, format string, args ...any) {
	e.findings = append(e.findings, finding{Check: check, State: "ok", Found: fmt.Sprintf(format, args...)})
}

func (e *examination) warn(check, do, format string, args ...any) {
	e.findings = append(e.findings, finding{Check: check, State: "warning", Found: fmt.Sprintf(format, args...), Do: do})
}

func (e *examination) fail(check, do, format string, args ...any) {
	e.findings = append(e.findings, finding{Check: check, State: "failure", Found: fmt.Sprintf(format, args...), Do: do})
}

func (e *examination) failures() (n int) {
	for _, f := range e.findings {
		if f.State == "failure" {
			n++
		}
	}
	return n
}

func (p *program) doctorCommand() *cobra.Command {
	c := &cobra.Command{Use: "doctor", Short: "Say what is wrong with a node and what to do about it", Args: noArgs,
		Long: "Looks at the data folder, the disk, the clock, the addresses, the certificate and other nodes. Takes the settings of run, and\nends with a code other than 0 where something does not work. It repairs nothing."}
	settingFlags(c.Flags())
	asJSON := jsonFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		k, err := p.read(c)
		if err != nil {
			return err
		}
		s, err := newSettings(k)
		if err != nil {
			return err
		}
		e := &examination{}
		e.examine(c.Context(), p, s)
		if *asJSON {
			err = p.printJSON(e.findings)
		} else {
			err = p.printFindings(e.findings)
		}
		if n := e.failures(); n > 0 {
			return errors.Join(err, fmt.Errorf("%d of %d checks failed", n, len(e.findings)))
		}
		return err
	}
	return c
}

func (p *program) printFindings(all []finding) error {
	marks := map[string]string{"ok": "ok      ", "warning": "WARNING ", "failure": "FAILURE "}
	for _, f := range all {
		if _, err := fmt.Fprintf(p.stdout, "%s %-12s %s\n", marks[f.State], f.Check, f.Found); err != nil {
			return err
		}
		if f.Do != "" {
			fmt.Fprintf(p.stdout, "%22s→ %s\n", "", f.Do)
		}
	}
	return nil
}

func (e *examination) examine(ctx context.Context, p *program, s settings) {
	e.folder(s.data)
	e.disk(s.data)
	e.clock(s.data)
	e.files()
	running := e.node(ctx, p, s.data)
	if !running {
		e.addresses(s)
	}
	e.certificate(s)
}

// folder looks at who can read and write the data.
func (e *examination) folder(dir string) {
	const check = "data folder"
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		e.warn(check, "start the node once, or name its folder with --data", "%s is not there", dir)
		return
	case err != nil:
		e.fail(check, "run this as the user of the node", "%s cannot be looked at: %v", dir, errors.Unwrap(err))
		return
	case !info.IsDir():
		e.fail(check, "name a folder with --data", "%s is a file", dir)
		return
	}
	if unix.Access(dir, unix.W_OK|unix.X_OK) != nil {
		e.fail(check, "run this as the user of the node, or give the folder to that user", "%s cannot be written", dir)
		return
	}
	for _, path := range []string{dir, filepath.Join(dir, "node.key")} {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
			e.fail(check, "chmod go= "+path, "other users of this machine can get at %s (mode %#o)", path, info.Mode().Perm())
			return
		}
	}
	e.ok(check, "%s is private and can be written", dir)
}

// disk warns before the store refuses what is new.
func (e *examination) disk(dir string) {
	const check = "disk"
	var st unix.Statfs_t
	if err := unix.Statfs(existing(dir), &st); err != nil {
		e.fail(check, "", "it cannot be measured: %v", err)
		return
	}
	free, total := st.Bavail*uint64(st.Bsize), st.Blocks*uint64(st.Bsize)
	switch {
	case free < 1<<30 || free < total/20:
		e.fail(check, "make room; reading and deleting still work", "%s free of %s: new messages are refused", size(free), size(total))
	case free < total/100*15:
		e.warn(check, "make room", "%s free of %s", size(free), size(total))
	default:
		e.ok(check, "%s free of %s", size(free), size(total))
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
	const check = "clock"
	now := time.Now()
	if info, err := os.Stat(filepath.Join(dir, "store")); err == nil && info.ModTime().Sub(now) > 30*time.Second {
		e.fail(check, "set the clock", "it says %s, and the store was written at %s", now.Format(time.DateTime), info.ModTime().Format(time.DateTime))
		return
	}
	var t unix.Timex
	if state, err := unix.Adjtimex(&t); err == nil && state == unix.TIME_ERROR {
		e.warn(check, "run a time service such as systemd-timesyncd or chrony", "it says %s, and nothing keeps it right", now.Format(time.DateTime))
		return
	}
	e.ok(check, "it says %s", now.Format(time.DateTime))
}

func (e *examination) files() {
	const check, wanted = "open files", 4096
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err == nil && l.Cur < wanted {
		e.warn(check, "raise the limit of open files (LimitNOFILE, ulimit -n)", "only %d at a time", l.Cur)
		return
	}
	e.ok(check, "enough are allowed")
}

// node looks at the one that runs, or opens the store to see whether it could.
func (e *examination) node(ctx context.Context, p *program, dir string) (running bool) {
	const check = "node"
	if _, err := os.Stat(filepath.Join(dir, "node.key")); err != nil {
		e.warn(check, "start it with conclave run", "there is none in %s yet", dir)
		return false
	}
	o, err := p.reach(ctx, dir, false)
	if err != nil {
		e.fail(check, "see the log of the node", "%s", sentence(err))
		return false
	}
	run, err := o.process(ctx)
	d, also := o.describe(ctx)
	if err = errors.Join(err, also, o.close()); err != nil {
		e.fail(check, "see the log of the node", "%s", sentence(err))
		return run.Serves
	}
	switch {
	case d.ReadOnly != "":
		e.fail("store", "make room or replace the disk, then restart the node", "it takes nothing new: %s", d.ReadOnly)
	case run.NotReady != "":
		e.fail("store", "see the log of the node", "%s", run.NotReady)
	default:
		e.ok("store", "it opens and takes new messages")
	}
	if !run.Serves {
		e.ok(check, "stopped, version %s could start", p.version)
		return false
	}
	e.ok(check, "running, version %s, process %d", d.Version, run.PID)
	e.peers(d)
	return true
}

func (e *examination) peers(d described) {
	const check = "other nodes"
	connected, troubled := 0, false
	for _, peer := range d.Peers {
		if peer.Connected {
			connected++
		} else if peer.Waiting > 0 && time.Since(peer.LastSeen) > 30*time.Minute {
			troubled = true
			e.warn(check, "ask its owner whether it runs", "%d messages wait for %s: %s", peer.Waiting, peer.ID, peer.LastError)
		}
	}
	if !troubled {
		e.ok(check, "%d known, %d connected", len(d.Peers), connected)
	}
}

// addresses tries those that a start would take.
func (e *examination) addresses(s settings) {
	const check = "addresses"
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
		e.fail(check, "end that process, or give others with --http, --admin and --listen", "%s", sentence(err))
		return
	}
	e.ok(check, "all are free")
}

func (e *examination) certificate(s settings) {
	const check = "certificate"
	if s.tlsCert == "" {
		return
	}
	c := &certificate{cert: s.tlsCert, key: s.tlsKey}
	if _, err := c.get(nil); err != nil {
		e.fail(check, "give files in PEM form that belong together", "%s", sentence(err))
		return
	}
	ends, err := expiry(s.tlsCert)
	left := time.Until(ends).Round(time.Hour)
	switch {
	case err != nil:
		e.fail(check, "", "%s", sentence(err))
	case left <= 0:
		e.fail(check, "renew it", "it ended on %s", ends.Format(time.DateOnly))
	case left < 14*24*time.Hour:
		e.warn(check, "renew it", "it ends on %s", ends.Format(time.DateOnly))
	default:
		e.ok(check, "valid until %s", ends.Format(time.DateOnly))
	}
}

func expiry(path string) (time.Time, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return time.Time{}, err
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return time.Time{}, fmt.Errorf("%s holds no certificate", path)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return time.Time{}, fmt.Errorf("read %s: %w", path, err)
	}
	return cert.NotAfter, nil
}
