package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"conclave/node/nodetest"
)

// asListeners makes this test binary hold the WebSockets of a node's people: a process for each node stays below the limit of open files, and its
// memory is not that of the node.
const asListeners = "CONCLAVE_TEST_AS_LISTENERS"

// listening is whom a process of listeners listens for.
type listening struct {
	Base    string   `json:"base"`
	Tokens  []string `json:"tokens"`
	Sockets int      `json:"sockets"` // each
}

// heardSoFar is what the sockets of such a process got.
type heardSoFar struct {
	Open     int            `json:"open"`
	Least    map[string]int `json:"least"` // different messages, by token: those of the socket that got the fewest
	Resyncs  int            `json:"resyncs"`
	P50, P99 float64        // milliseconds from before the POST until a socket had it
	Frames   int            `json:"frames"`
	Failed   string         `json:"failed,omitempty"`
}

// loadText is the text of a message, which tells when it was said.
func loadText(n int, at time.Time) string { return fmt.Sprintf("load %d %d.", n, at.UnixNano()) }

var loadMark = []byte(`"text":"load `)

// socket is one connection, and what came over it.
type socket struct {
	token string
	*nodetest.Watch

	mu      sync.Mutex // guards the rest
	seen    map[int]bool
	took    []float32
	resyncs int
	frames  int
}

// listen reads until the connection ends.
func (s *socket) listen() error {
	for {
		f, code, err := s.Next()
		if code != 0 {
			err = fmt.Errorf("closed with %d", code)
		}
		if err != nil {
			return err
		}
		s.take(f, time.Now())
	}
}

func (s *socket) take(f nodetest.Frame, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames++
	if f.Type == "resync" {
		s.resyncs++
	}
	i := bytes.Index(f.Data, loadMark)
	if f.Type != "message" || i < 0 {
		return
	}
	var n int
	var said int64
	if _, err := fmt.Sscanf(string(f.Data[i+len(loadMark):]), "%d %d.", &n, &said); err != nil || s.seen[n] {
		return // told again with another state
	}
	s.seen[n] = true
	s.took = append(s.took, float32(at.Sub(time.Unix(0, said)).Seconds()*1000))
}

// beListeners is such a process: it opens all sockets, and answers each line of standard input with a line of what came so far.
func beListeners(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	var what listening
	if !lines.Scan() {
		return errors.New("nobody said what to listen to")
	}
	if err := json.Unmarshal(lines.Bytes(), &what); err != nil {
		return err
	}
	var all []*socket
	var failed error
	var mu sync.Mutex // guards failed
	for _, token := range what.Tokens {
		p := (&nodetest.Person{Token: token}).Moved(nodetest.At(what.Base))
		for range what.Sockets {
			w, err := p.Watch(context.Background(), 0)
			if err != nil {
				return err
			}
			s := &socket{token: token, Watch: w, seen: map[int]bool{}}
			all = append(all, s)
			go func() {
				err := s.listen()
				mu.Lock()
				if failed == nil { // the first of many says what happened
					failed = err
				}
				mu.Unlock()
			}()
		}
	}
	answer := json.NewEncoder(out)
	for {
		mu.Lock()
		err := failed
		mu.Unlock()
		if err := answer.Encode(sum(all, err)); err != nil || !lines.Scan() {
			return err
		}
	}
}

func sum(all []*socket, failed error) heardSoFar {
	h := heardSoFar{Open: len(all), Least: map[string]int{}}
	if failed != nil {
		h.Failed = failed.Error()
	}
	var took []float32
	for _, s := range all {
		s.mu.Lock()
		if least, ok := h.Least[s.token]; !ok || len(s.seen) < least {
			h.Least[s.token] = len(s.seen)
		}
		took = append(took, s.took...)
		h.Resyncs += s.resyncs
		h.Frames += s.frames
		s.mu.Unlock()
	}
	if slices.Sort(took); len(took) > 0 {
		h.P50, h.P99 = float64(took[len(took)/2]), float64(took[len(took)*99/100])
	}
	return h
}

// listeners is the parent's end of such a process.
type listeners struct {
	in  io.WriteCloser
	out *bufio.Scanner
	now heardSoFar // at the last look
}

// newListeners opens the sockets of a node's people.
func newListeners(t *testing.T, what listening) *listeners {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), asListeners+"=1")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	l := &listeners{in: in, out: bufio.NewScanner(out)}
	l.out.Buffer(nil, 1<<22)
	raw, err := json.Marshal(what)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := in.Write(append(raw, '\n')); err != nil {
		t.Fatal(err)
	}
	if err := l.read(); err != nil {
		t.Fatalf("listen: %v", err)
	}
	return l
}

func (l *listeners) read() error {
	if !l.out.Scan() {
		return errors.Join(io.ErrUnexpectedEOF, l.out.Err())
	}
	l.now = heardSoFar{}
	if err := json.Unmarshal(l.out.Bytes(), &l.now); err != nil {
		return err
	}
	if l.now.Failed != "" {
		return errors.New(l.now.Failed)
	}
	return nil
}

// look asks what came so far.
func (l *listeners) look() error {
	if _, err := io.WriteString(l.in, "\n"); err != nil {
		return err
	}
	return l.read()
}

// heard waits until every socket of everybody got so many different messages.
func (l *listeners) heard(ctx context.Context, want map[string]int) error {
	return nodetest.Await(ctx, "all sockets have all messages", func() (bool, error) {
		time.Sleep(200 * time.Millisecond) // adding up takes its time
		if err := l.look(); err != nil {
			return false, err
		}
		for token, n := range want {
			if l.now.Least[token] < n {
				return false, nil
			}
		}
		return true, nil
	})
}

// together runs fn for each of some, several at a time, and fails with the first that fails.
func together[T any](ctx context.Context, all []T, fn func(ctx context.Context, i int, x T) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i, x := range all {
		g.Go(func() error { return fn(ctx, i, x) })
	}
	return g.Wait()
}

// number names somebody.
func number(of string, i int) string { return of + strconv.Itoa(i) }
