package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"conclave/cmd/node/finding"
	"conclave/node"
	"conclave/node/feature"
	"conclave/node/mailbox"
	"conclave/node/nodetest"
)

// diagnosis is what doctor told of a node.
type diagnosis struct {
	result
	found []finding.Finding
}

func examined(t *testing.T, args ...string) diagnosis {
	t.Helper()
	d := diagnosis{result: run(t, append([]string{"doctor", "--json"}, args...)...)}
	if err := json.Unmarshal([]byte(d.stdout), &d.found); err != nil {
		t.Fatalf("doctor: %v: %s%s", err, d.stdout, d.stderr)
	}
	return d
}

// tells asserts that a condition was found, in words, and that the code of the command fits.
func (d diagnosis) tells(t *testing.T, c finding.Condition, words ...string) {
	t.Helper()
	at := slices.IndexFunc(d.found, func(f finding.Finding) bool { return f.Code == c.Code })
	if at < 0 {
		t.Fatalf("got %+v, want %s", d.found, c.Code)
	}
	f := d.found[at]
	for _, w := range words {
		if !strings.Contains(f.Text, w) {
			t.Errorf("%s: got %q, want %q in it", c.Code, f.Text, w)
		}
	}
	if f.Severity != c.Severity || f.Means != c.Means || f.Do != c.Do || f.Text == "" {
		t.Errorf("got %+v, want what is wrong, what it means and what to do", f)
	}
	if c.Severity == finding.Failure && d.code != codeFails {
		t.Errorf("%s: got code %d, want %d", c.Code, d.code, codeFails)
	}
	if d.code != codeOK && !slices.ContainsFunc(d.found, func(f finding.Finding) bool { return f.Severity == finding.Failure }) {
		t.Errorf("got code %d without a failure: %+v", d.code, d.found)
	}
}

func (d diagnosis) lacks(t *testing.T, all ...finding.Condition) {
	t.Helper()
	for _, c := range all {
		if slices.ContainsFunc(d.found, func(f finding.Finding) bool { return f.Code == c.Code }) {
			t.Errorf("got %+v, want no %s", d.found, c.Code)
		}
	}
}

// doors are settings of doors that are free.
func doors(t *testing.T) []string {
	t.Helper()
	return append(anyPeer(t), "--http", "127.0.0.1:0", "--admin", "127.0.0.1:0")
}

// serve runs a node in this process, where a test can set its clock.
func serve(t *testing.T, s settings, c node.Config) *service {
	t.Helper()
	s.http, s.admin, s.groups, s.mailbox = "127.0.0.1:0", "127.0.0.1:0", []string{}, mailbox.Contacts
	if s.data == "" {
		s.data = filepath.Join(t.TempDir(), "data")
	}
	c.Cost, c.Version = nodetest.Cheap, "test"
	p := program{stderr: &lockedBuffer{}}
	c.Logger = p.logger()
	v, err := open(t.Context(), s, c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- v.run(ctx, func() error { close(served); return nil }) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case <-served:
	case <-time.After(time.Minute):
		t.Fatal("the node does not serve")
	}
	return v
}

// movedClock is the system's, set ahead.
type movedClock struct{ by atomic.Int64 }

func (c *movedClock) now() time.Time { return time.Now().Add(time.Duration(c.by.Load())) }

func (c *movedClock) move(by time.Duration) { c.by.Add(int64(by)) }

// founded is the first account of a node that serve runs.
func founded(t *testing.T, v *service, name string) *nodetest.Person {
	t.Helper()
	p, err := nodetest.At("http://"+v.page.Addr().String()).Founder(t.Context(), v.node.SetupToken(), name, "")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheDoctorLooksAtTheFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	at := append(doors(t), "--data", dir)
	d := examined(t, at...)
	d.tells(t, finding.FolderMissing, dir)
	if d.code != codeOK {
		t.Errorf("got code %d for a folder that is not there yet, want %d", d.code, codeOK)
	}
	ok(t, "account", "create", "ana", "--data", dir)
	examined(t, at...).lacks(t, finding.FolderMissing, finding.FolderReadable, finding.FolderClosed, finding.StoreUnopened, finding.NodeSilent)

	if err := os.Chmod(filepath.Join(dir, "node.key"), 0o640); err != nil {
		t.Fatal(err)
	}
	examined(t, at...).tells(t, finding.FolderReadable, "node.key", "0640")
	if err := os.Chmod(filepath.Join(dir, "node.key"), 0o600); err != nil {
		t.Fatal(err)
	}

	schema := filepath.Join(dir, "store", "schema")
	was, err := os.ReadFile(schema)
	if err != nil {
		t.Fatal(err)
	}
	write(t, schema, "conclave store 99\n")
	d = examined(t, at...)
	d.tells(t, finding.StoreNewer, dir)
	d.lacks(t, finding.StoreUnopened, finding.NodeSilent)
	write(t, schema, string(was))

	if err := os.Chtimes(filepath.Join(dir, "store"), time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	examined(t, at...).tells(t, finding.ClockBack, "the store was written at")

	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	examined(t, append(doors(t), "--data", file)...).tells(t, finding.FolderClosed, "is a file")
	if os.Geteuid() != 0 { // root may write anywhere
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(dir, 0o700)
		examined(t, at...).tells(t, finding.FolderClosed, "cannot be written")
	}
}

func TestTheDoctorLooksAtTheDoors(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	address, _ := taken(t)
	d := examined(t, "--data", dir, "--http", address, "--admin", "127.0.0.1:0", "--tls-cert", "missing.pem", "--tls-key", "missing.pem")
	d.tells(t, finding.AddressTaken, address, "another process")
	d.tells(t, finding.CertificateUnusable, "missing.pem")
	if !strings.Contains(d.stderr, "2 things do not work") {
		t.Errorf("got %q, want how many things do not work", d.stderr)
	}
}

// nothingWaits waits until what people said by becoming contacts is through: it counts among what waits for the other node.
func nothingWaits(t *testing.T, v *service) {
	t.Helper()
	if err := nodetest.Await(t.Context(), "nothing waits", func() (bool, error) {
		return !slices.ContainsFunc(v.node.Peers(), func(p feature.Peer) bool { return p.Waiting > 0 }), nil
	}); err != nil {
		t.Fatal(err)
	}
}

// status and doctor of a node that runs tell the same, what the node itself finds.
func TestStatusTellsWhatTheNodeFinds(t *testing.T) {
	clock := &movedClock{}
	ana := serve(t, settings{listen: anyPeer(t)[1:]}, node.Config{Now: clock.now})
	ben := newSide(t, "ben", anyPeer(t)...)
	person := founded(t, ana, "ana")
	talk, err := nodetest.Introduce(t.Context(), person, ben.now())
	if err != nil {
		t.Fatal(err)
	}
	nothingWaits(t, ana)
	ben.kill(t)
	if _, err := person.Send(t.Context(), talk, "into the dark", ""); err != nil {
		t.Fatal(err)
	}
	if err := nodetest.Await(t.Context(), "the other node is found gone", func() (bool, error) {
		return !slices.ContainsFunc(ana.node.Peers(), func(p feature.Peer) bool { return p.Connected }), nil
	}); err != nil {
		t.Fatal(err)
	}
	examined(t, "--data", ana.data).lacks(t, finding.PeerUnreached)
	clock.move(40 * time.Minute)
	d := examined(t, "--data", ana.data)
	d.tells(t, finding.PeerUnreached, "1 message", ben.node.PeerID, "not since")
	var s status
	if err := json.Unmarshal([]byte(ok(t, "status", "--json", "--data", ana.data)), &s); err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(s.Findings, func(f finding.Finding) bool { return f.Code == finding.PeerUnreached.Code }) {
		t.Errorf("status: got %+v, want what doctor tells: %+v", s.Findings, d.found)
	}
	for _, command := range []string{"status", "doctor"} {
		got := run(t, command, "--data", ana.data).stdout
		for _, words := range []string{"WARNING  peer_unreached", finding.PeerUnreached.Means, "→ " + finding.PeerUnreached.Do} {
			if !strings.Contains(got, words) {
				t.Errorf("%s: got %s, want %q", command, got, words)
			}
		}
	}
}

// What the page of findings says is what the program finds.
func TestThePageOfFindingsIsUpToDate(t *testing.T) {
	page, err := os.ReadFile("../../docs/findings.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(page, []byte(ok(t, "findings"))) {
		t.Error("docs/findings.md is stale: make gen")
	}
}
