package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"conclave/node/nodetest"
)

// asProgram makes this test binary be the program: tests that kill need a process.
const asProgram = "CONCLAVE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asListeners) != "" {
		if err := beListeners(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "listeners:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv(asProgram) == "" {
		os.Exit(m.Run())
	}
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	p := program{
		version: "test", environ: os.Environ(), signals: signals, cost: nodetest.Cheap,
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
	}
	if text := os.Getenv(inStopTime); text != "" {
		var err error
		if p.stopTime, err = time.ParseDuration(text); err != nil {
			panic(err)
		}
	}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}

// inStopTime is the variable that says how long such a program may take to stop.
const inStopTime = "CONCLAVE_TEST_STOP_TIME"

// result is how a command ended.
type result struct {
	code           int
	stdout, stderr string
}

// command is one call of the program in this process.
type command struct {
	stdin   string
	environ []string
	signals chan os.Signal
}

func (c command) run(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr lockedBuffer
	p := program{
		version: "test", environ: c.environ, signals: c.signals, cost: nodetest.Cheap,
		stdin: strings.NewReader(c.stdin), stdout: &stdout, stderr: &stderr,
	}
	code := p.run(t.Context(), args)
	return result{code, stdout.String(), stderr.String()}
}

func run(t *testing.T, args ...string) result {
	t.Helper()
	return command{}.run(t, args...)
}

// ok runs a command that must succeed and returns what it printed.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	return command{stdin: nodetest.Passphrase + "\n"}.ok(t, args...)
}

func (c command) ok(t *testing.T, args ...string) string {
	t.Helper()
	r := c.run(t, args...)
	if r.code != codeOK {
		t.Fatalf("conclave %s: got code %d and %s", strings.Join(args, " "), r.code, r.stderr)
	}
	return r.stdout
}

// refuses asserts that a command ends with a code and one sentence that holds the words.
func (r result) refuses(t *testing.T, code int, words ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("got code %d, want %d", r.code, code)
	}
	line := strings.TrimSuffix(r.stderr, "\n")
	if !strings.HasPrefix(line, "conclave: ") || strings.Contains(line, "\n") {
		t.Errorf("got %q on standard error, want one line", r.stderr)
	}
	for _, w := range words {
		if !strings.Contains(line, w) {
			t.Errorf("got %q, want a sentence with %q", line, w)
		}
	}
	if r.stdout != "" {
		t.Errorf("got %q on standard output, want nothing", r.stdout)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// child is the program as a process of its own, with a node that runs.
type child struct {
	*exec.Cmd
	ready
	dir            string
	stdout, stderr lockedBuffer
	ended          chan error
}

// spawn starts `run` on a folder and waits until it serves.
func spawn(t *testing.T, dir string, args ...string) *child {
	t.Helper()
	return spawnBy(t, (*exec.Cmd).Start, dir, append([]string{"--group-listen", "/ip4/127.0.0.1/tcp/0"}, args...)...)
}

// spawnBy is spawn for who starts processes in another way and says where nodes gossip.
func spawnBy(t *testing.T, start func(*exec.Cmd) error, dir string, args ...string) *child {
	t.Helper()
	c := &child{dir: dir, ended: make(chan error, 1)}
	path := filepath.Join(t.TempDir(), "ready.json")
	args = append([]string{"run", "--data", dir, "--http", "127.0.0.1:0", "--limits", "off", "--ready-file", path}, args...)
	c.Cmd = exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asProgram+"=1")
	c.Stdout, c.Stderr = &c.stdout, &c.stderr
	if err := start(c.Cmd); err != nil {
		t.Fatal(err)
	}
	go func() { c.ended <- c.Wait() }()
	t.Cleanup(func() { _ = c.Process.Kill() })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err := nodetest.Await(ctx, "the node serves", func() (bool, error) {
		select {
		case err := <-c.ended:
			return false, errors.Join(errors.New("the node ended: "+c.stderr.String()), err)
		default:
		}
		raw, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return false, nil
		}
		return err == nil, errors.Join(err, json.Unmarshal(raw, &c.ready))
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *child) site() *nodetest.Site { return nodetest.At("http://" + c.HTTP) }

// end waits for the process and returns its code.
func (c *child) end(t *testing.T, within time.Duration) int {
	t.Helper()
	select {
	case <-c.ended:
		return c.ProcessState.ExitCode()
	case <-time.After(within):
		t.Fatalf("the node did not end within %s", within)
		return 0
	}
}

// anyPeer lets a node listen for peers on loopback, on a port that is the test's until it ends, so that it comes back there.
func anyPeer(t *testing.T) []string {
	t.Helper()
	port, release, err := nodetest.Port()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = release() })
	return []string{"--listen", fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", port)}
}

// contents is what lies in a folder, by path.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		raw, err := io.ReadAll(f)
		out[path] = string(raw)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return out
}
