package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"conclave/node/nodetest"
)

func get(t *testing.T, url, token string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	return res
}

func TestANodeSaysWhereItServesAndWhoMayClaimIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	c := spawn(t, dir, anyPeer(t)...)
	if c.PeerID == "" || c.SetupToken == "" || len(c.Addresses) != 1 || !strings.HasSuffix(c.Addresses[0], "/p2p/"+c.PeerID) {
		t.Errorf("got %+v, want all that a test needs to find the node", c.ready)
	}
	link := "http://" + c.HTTP + "/setup#claim=" + c.SetupToken + "\n"
	ctx := t.Context()
	if err := nodetest.Await(ctx, "the link is printed", func() (bool, error) { return strings.Contains(c.stdout.String(), link), nil }); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(c.stderr.String(), c.SetupToken) {
		t.Error("the log holds the set-up token")
	}
	for _, url := range []string{c.HTTP + "/livez", c.HTTP + "/readyz", c.Admin + "/livez", c.Admin + "/readyz", c.Admin + "/metrics", c.Admin + "/debug/pprof/"} {
		if res := get(t, "http://"+url, ""); res.StatusCode != 200 {
			t.Errorf("%s: got %s, want 200", url, res.Status)
		}
	}
	for _, url := range []string{c.HTTP + "/metrics", c.HTTP + "/debug/pprof/"} {
		if res := get(t, "http://"+url, ""); res.StatusCode == 200 && strings.Contains(res.Header.Get("Content-Type"), "text/plain") {
			t.Errorf("%s: got %s on the public listener", url, res.Status)
		}
	}
	ana, err := c.site().Founder(ctx, c.SetupToken, "ana", "")
	if err != nil {
		t.Fatal(err)
	}
	shown, err := io.ReadAll(get(t, "http://"+c.Admin+"/metrics", "").Body)
	if err != nil || !strings.Contains(string(shown), "\nconclave_store_commits_total ") || !strings.Contains(string(shown), "\nconclave_unlocked_accounts 1\n") {
		t.Errorf("got metrics %s and %v, want those of the node", shown, err)
	}
	for what, secret := range map[string]string{"the peer id": c.PeerID, "the set-up token": c.SetupToken, "a session": ana.Token, "an account": ana.Acct, "an address": c.HTTP} {
		if secret == "" || strings.Contains(string(shown), secret) {
			t.Errorf("the metrics tell %s, %q", what, secret)
		}
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.end(t, time.Minute)
	again := spawn(t, dir, anyPeer(t)...)
	if again.SetupToken != "" || strings.Contains(again.stdout.String(), "claim=") || again.PeerID != c.PeerID {
		t.Errorf("got token %q and peer id %s of a claimed node, want none and %s", again.SetupToken, again.PeerID, c.PeerID)
	}
}

func TestNobodyOnDiskMayReadTheData(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	spawn(t, dir, anyPeer(t)...)
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// SIGTERM: live connections are told, the store is closed, the code is 0, and the next start finds all.
func TestDrain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	c := spawn(t, dir, anyPeer(t)...)
	ana, err := c.site().Founder(t.Context(), c.SetupToken, "ana", "")
	if err != nil {
		t.Fatal(err)
	}
	live := get(t, "http://"+c.HTTP+"/api/v1/live/events", ana.Token)
	if live.StatusCode != 200 {
		t.Fatalf("got %s for live frames", live.Status)
	}
	lines := bufio.NewReader(live.Body)
	if first, err := lines.ReadString('\n'); err != nil {
		t.Fatalf("got %q %v, want a first frame", first, err)
	}
	began := time.Now()
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, lines); err != nil {
		t.Errorf("the live stream broke off: %v", err)
	}
	if code := c.end(t, time.Minute); code != codeOK {
		t.Errorf("got code %d and %s, want %d", code, c.stderr.String(), codeOK)
	}
	if took := time.Since(began); took >= drainTime {
		t.Errorf("an idle node took %s to stop", took)
	}
	if _, err := os.Stat(filepath.Join(dir, controlName)); !os.IsNotExist(err) {
		t.Errorf("got %v, want the control socket gone", err)
	}
	if got := ok(t, "account", "list", "--data", dir); !strings.Contains(got, "ana") {
		t.Errorf("got %s, want the account there", got)
	}
}

// endless begins a call that never ends, and returns when the node waits for it.
func (c *child) endless(t *testing.T) {
	t.Helper()
	conn, err := net.Dial("tcp", c.HTTP)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_, err = fmt.Fprintf(conn, "POST /api/v1/sessions HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n", c.HTTP)
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100") {
		t.Fatalf("got %q %v, want the node to read the body", line, err)
	}
}

// A call that never ends holds the stop up; a second signal does not wait for it.
func TestASecondSignalForces(t *testing.T) {
	c := spawn(t, filepath.Join(t.TempDir(), "data"), anyPeer(t)...)
	c.endless(t)
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := nodetest.Await(t.Context(), "the node stops to be ready", func() (bool, error) {
		res, err := http.Get("http://" + c.Admin + "/readyz")
		if err != nil {
			return true, nil // its listener is closed already
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusServiceUnavailable, nil
	}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-c.ended:
		t.Fatalf("the node ended while a call was under way: %s", c.stderr.String())
	case <-time.After(2 * echo):
	}
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := c.end(t, time.Minute); code != codeFails || !strings.Contains(c.stderr.String(), errForced.Error()) {
		t.Errorf("got code %d and %s, want %d", code, c.stderr.String(), codeFails)
	}
}

// A stop that hangs ends by itself.
func TestAStopThatTakesTooLongIsCutOff(t *testing.T) {
	t.Setenv(inStopTime, "100ms")
	c := spawn(t, filepath.Join(t.TempDir(), "data"), anyPeer(t)...)
	c.endless(t)
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := c.end(t, time.Minute); code != codeFails || !strings.Contains(c.stderr.String(), errOverdue.Error()) {
		t.Errorf("got code %d and %s, want %d", code, c.stderr.String(), codeFails)
	}
}

func TestDemo(t *testing.T) {
	signals := make(chan os.Signal, 2)
	var stdout, stderr lockedBuffer
	t.Setenv("TMPDIR", t.TempDir())
	p := program{version: "test", signals: signals, cost: nodetest.Cheap, stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr}
	ended := make(chan int, 1)
	go func() { ended <- p.run(t.Context(), []string{"demo", "--port", "0", "--messages", "300"}) }()
	err := nodetest.Await(t.Context(), "the demo is ready", func() (bool, error) {
		select {
		case code := <-ended:
			return false, fmt.Errorf("it ended with code %d: %s", code, stderr.String())
		default:
			return strings.Contains(stdout.String(), "Ctrl-C"), nil
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	for line := range strings.Lines(stdout.String()) {
		f := strings.Fields(line)
		if len(f) < 3 || !strings.HasPrefix(f[0], "http://") {
			continue
		}
		person, err := nodetest.At(f[0]).LogIn(t.Context(), f[1], strings.Join(f[2:], " "))
		if err != nil {
			t.Fatal(err)
		}
		talks, err := person.Conversations(t.Context())
		if err != nil || len(talks) != len(cast)-1 {
			t.Errorf("%s: got %d conversations and %v, want one with each of the others", f[1], len(talks), err)
		}
		for _, id := range talks {
			all, unreadable, err := person.Messages(t.Context(), id)
			if err != nil || unreadable != 0 {
				t.Errorf("%s: got %d messages that cannot be read, and %v", f[1], unreadable, err)
			}
			total += len(all)
		}
	}
	if total != 2*300 {
		t.Errorf("got %d messages on both sides, want %d", total, 2*300)
	}
	if !strings.Contains(stdout.String(), "cost next to nothing") {
		t.Error("the demo does not say that its passphrases are cheap")
	}
	signals <- os.Interrupt
	select {
	case code := <-ended:
		if code != codeOK {
			t.Errorf("got code %d and %s, want %d", code, stderr.String(), codeOK)
		}
	case <-time.After(time.Minute):
		t.Fatal("the demo does not end")
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
		t.Errorf("got %d things left in the temporary folder, and %v", len(left), err)
	}
}
