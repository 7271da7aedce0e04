package main

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"conclave/cmd/node/finding"
	"conclave/node/nodetest"
)

// The same commands, with a node that runs and without one.
func TestCommandsReachANodeThatRunsAndOneThatDoesNot(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long-name-", 12), "data") // longer than the path of a socket may be
	if got := ok(t, "account", "create", "ana", "--data", dir); !strings.Contains(got, "owner") {
		t.Errorf("got %q, want the first account to own the node", got)
	}
	before := ok(t, "account", "list", "--json", "--data", dir)

	c := spawn(t, dir, anyPeer(t)...)
	if got := ok(t, "account", "list", "--json", "--data", dir); got != before {
		t.Errorf("over the socket: got %s, want %s", got, before)
	}
	info, err := os.Stat(filepath.Join(dir, controlName))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v %v, want a socket that only its user can open", info.Mode(), err)
	}
	ok(t, "account", "create", "ben", "--display-name", "Ben", "--data", dir)
	if got := strings.TrimSpace(ok(t, "invite", "--data", dir)); !strings.HasPrefix(got, "http://"+c.HTTP+"/join#") {
		t.Errorf("got invitation %q, want one to http://%s", got, c.HTTP)
	}
	ok(t, "account", "suspend", "ben", "--reason", "spam", "--data", dir)
	run(t, "account", "suspend", "cem", "--data", dir).refuses(t, codeFails, `"cem"`)
	run(t, "account", "suspend", "ana", "--data", dir).refuses(t, codeFails, "last owner")
	command{stdin: nodetest.Passphrase}.run(t, "account", "create", "ben", "--data", dir).refuses(t, codeFails, "taken")
	run(t, quiet(dir)...).refuses(t, codeFails, dir, "another process uses the data folder")
	running := ok(t, "account", "list", "--data", dir)

	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.end(t, time.Minute)
	if _, err := os.Stat(filepath.Join(dir, controlName)); err != nil {
		t.Fatalf("got %v, want the stale socket of a node that was killed", err)
	}
	if got := ok(t, "account", "list", "--data", dir); got != running || !strings.Contains(got, "suspended") {
		t.Errorf("after the end: got\n%s, want\n%s", got, running)
	}
	ok(t, "account", "suspend", "ben", "--lift", "--data", dir)
	if got := ok(t, "account", "list", "--data", dir); strings.Contains(got, "suspended") {
		t.Errorf("got %s, want nobody suspended", got)
	}
}

func TestCommandsMakeNoNode(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	for _, args := range [][]string{{"account", "list"}, {"invite"}, {"account", "suspend", "ana"}, {"backup", filepath.Join(t.TempDir(), "b")}} {
		command{environ: []string{"CONCLAVE_BACKUP_PASSPHRASE=" + nodetest.Passphrase}}.run(t, append(args, "--data", dir)...).
			refuses(t, codeFails, "no node in "+dir)
	}
	run(t, "status", "--data", dir).refuses(t, codeFails, "no node runs")
	if _, err := os.Stat(dir); err == nil {
		t.Error("the data folder was made")
	}
}

func TestSomethingElseOnTheSocketIsNotANode(t *testing.T) {
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, controlName))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("what?\n"))
			c.Close()
		}
	}()
	run(t, "account", "list", "--data", dir).refuses(t, codeFails, "does not answer")
}

func TestBackupAndRestore(t *testing.T) {
	dir, other := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "restored")
	file := filepath.Join(t.TempDir(), "backup.age")
	secret := command{environ: []string{"CONCLAVE_BACKUP_PASSPHRASE=" + nodetest.Passphrase}}
	ok(t, "account", "create", "ana", "--data", dir)
	before := ok(t, "account", "list", "--json", "--data", dir)
	c := spawn(t, dir, anyPeer(t)...)
	secret.ok(t, "backup", file, "--data", dir)
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("got %v %v, want a file that only its user can read", info, err)
	}
	secret.run(t, "backup", file, "--data", dir).refuses(t, codeFails, "is there already")
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := c.end(t, time.Minute); code != codeOK {
		t.Errorf("got code %d, want %d", code, codeOK)
	}
	if got := contents(t, filepath.Dir(file)); len(got) != 1 || strings.Contains(got[file], "ana") {
		t.Errorf("got %d files beside the backup, or a name in it", len(got)-1)
	}

	command{environ: []string{"CONCLAVE_BACKUP_PASSPHRASE=wrong wrong"}}.run(t, "restore", file, "--data", other).refuses(t, codeFails, "does not open")
	secret.run(t, "restore", file, "--data", dir).refuses(t, codeFails, "not empty")
	damaged := filepath.Join(t.TempDir(), "damaged.age")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	write(t, damaged, string(raw))
	secret.run(t, "restore", damaged, "--data", other).refuses(t, codeFails, "damaged")
	if _, err := os.Stat(other); err == nil {
		t.Errorf("got a folder with %d files after restores that were refused, want none", len(contents(t, other)))
	}

	secret.ok(t, "restore", file, "--data", other)
	if got := ok(t, "account", "list", "--json", "--data", other); got != before {
		t.Errorf("restored: got %s, want %s", got, before)
	}
}

func TestStatusAndDoctor(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	ok(t, "account", "create", "ana", "--data", dir)
	c := spawn(t, dir, anyPeer(t)...)
	var s status
	if err := json.Unmarshal([]byte(ok(t, "status", "--json", "--data", dir)), &s); err != nil {
		t.Fatal(err)
	}
	if !s.Running || s.Process.HTTP != c.HTTP || s.Process.PID != c.Process.Pid || s.Node.PeerID != c.PeerID || s.Node.Accounts != 1 {
		t.Errorf("got %+v %+v, want the node at %s", s.Process, s.Node, c.HTTP)
	}
	if got := ok(t, "status", "--data", dir); !strings.Contains(got, c.PeerID) || !strings.Contains(got, c.HTTP) {
		t.Errorf("got %s, want the peer id and the page", got)
	}
	if got := ok(t, "doctor", "--data", dir); !strings.Contains(got, "running") {
		t.Errorf("got %s, want a node that runs", got)
	}
	address, _ := taken(t)
	if err := os.Chmod(filepath.Join(dir, "node.key"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.end(t, time.Minute)
	d := examined(t, "--data", dir, "--http", address, "--admin", "127.0.0.1:0")
	d.tells(t, finding.FolderReadable, "node.key")
	d.tells(t, finding.AddressTaken, address)
}
