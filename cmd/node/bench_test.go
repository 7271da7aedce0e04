package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/sys/unix"

	"conclave/node"
	"conclave/node/nodetest"
)

// The text of a bench message: what people write, about 60 bytes.
const benchText = "somsip: loads are free, and geany is a great free text editor"

// BenchmarkMessage is the whole way: POST of a message over HTTP on one node, sealed, durable there, over the wire, opened, durable
// on the other, to the other person's WebSocket. One at a time, and many at a time.
func BenchmarkMessage(b *testing.B) {
	for _, flying := range []int{1, 64} {
		b.Run(fmt.Sprintf("flying=%d", flying), func(b *testing.B) {
			p := newPost(b)
			measure(b, flying, p.arrived, func(ctx context.Context) (string, error) { return p.from.Send(ctx, p.talk, benchText, "") }, p.read)
		})
	}
}

// post is two people on two nodes, and the WebSocket of the second.
type post struct {
	from    *nodetest.Person
	talk    string
	socket  *websocket.Conn
	arrived *arrivals
}

func newPost(b *testing.B) *post {
	b.Helper()
	_, from := benchNode(b, "ana")
	v, to := benchNode(b, "ben")
	ctx := b.Context()
	talk, err := nodetest.Introduce(ctx, from, to)
	if err != nil {
		b.Fatal(err)
	}
	if err := nodetest.Talk(ctx, from, to, talk, []nodetest.Saying{{First: true, Text: "a"}, {Text: "b"}, {First: true, Text: "c"}}); err != nil {
		b.Fatal(err)
	}
	socket, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(v.base(), "http")+"/api/v1/live",
		&websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + to.Token}}})
	if err != nil {
		b.Fatal(err)
	}
	socket.SetReadLimit(1 << 20)
	return &post{from: from, talk: talk, socket: socket, arrived: newArrivals()}
}

// benchNode runs a node with all its doors until the benchmark ends, and makes its owner.
func benchNode(b *testing.B, name string) (*service, *nodetest.Person) {
	b.Helper()
	s := settings{data: filepath.Join(b.TempDir(), name), http: "127.0.0.1:0", admin: "127.0.0.1:0", listen: []string{"/ip4/127.0.0.1/tcp/0"}}
	v, err := open(b.Context(), s, node.Config{Version: "bench", Logger: discard(), Cost: nodetest.Cheap})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- v.run(ctx, func() error { return nil }) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
	})
	p, err := nodetest.At(v.base()).Founder(b.Context(), v.node.SetupToken(), name, "")
	if err != nil {
		b.Fatal(err)
	}
	return v, p
}

// read takes frames until the context ends.
func (p *post) read(ctx context.Context) error {
	for {
		_, raw, err := p.socket.Read(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		var f struct {
			Type string `json:"type"`
			Data struct {
				ID string `json:"id"`
			} `json:"data"`
		}
		if err := json.Unmarshal(raw, &f); err != nil {
			return err
		}
		if f.Type == "message" {
			p.arrived.note(f.Data.ID)
		}
	}
}

// arrivals joins what was sent with what arrived, whichever is known first.
type arrivals struct {
	mu   sync.Mutex
	at   map[string]time.Time
	wait map[string]chan time.Time
}

func newArrivals() *arrivals {
	return &arrivals{at: map[string]time.Time{}, wait: map[string]chan time.Time{}}
}

func (a *arrivals) note(id string) {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if c := a.wait[id]; c != nil {
		c <- now
		delete(a.wait, id)
		return
	}
	a.at[id] = now
}

func (a *arrivals) of(ctx context.Context, id string) (time.Time, error) {
	a.mu.Lock()
	if at, ok := a.at[id]; ok {
		a.mu.Unlock()
		return at, nil
	}
	c := make(chan time.Time, 1)
	a.wait[id] = c
	a.mu.Unlock()
	select {
	case at := <-c:
		return at, nil
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	}
}

// measure sends b.N messages, so many of them under way at a time, and reports how long each took to arrive, and what CPU time
// each cost this process: both nodes and both clients.
func measure(b *testing.B, flying int, arrived *arrivals, send func(context.Context) (string, error), read func(context.Context) error) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	var reading sync.WaitGroup
	reading.Go(func() {
		if err := read(ctx); err != nil {
			b.Error(err)
		}
	})
	var mu sync.Mutex
	var took []time.Duration
	one := func() error {
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		began := time.Now()
		id, err := send(ctx)
		if err != nil {
			return err
		}
		at, err := arrived.of(ctx, id)
		mu.Lock()
		defer mu.Unlock()
		took = append(took, at.Sub(began))
		return err
	}
	b.ResetTimer()
	before := cpu(b)
	turns := make(chan struct{}, b.N)
	for range b.N {
		turns <- struct{}{}
	}
	close(turns)
	var workers sync.WaitGroup
	for range flying {
		workers.Go(func() {
			for range turns {
				if err := one(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
	b.StopTimer()
	spent := cpu(b) - before
	cancel()
	reading.Wait()
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	for _, p := range []int{50, 95, 99} {
		b.ReportMetric(float64(took[min(len(took)-1, len(took)*p/100)].Microseconds())/1000, fmt.Sprintf("p%d-ms", p))
	}
	b.ReportMetric(float64(spent.Microseconds())/float64(b.N), "cpu-µs/msg")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkStart starts the program on a folder with one account: time until it serves, memory once it idles, size of the file.
func BenchmarkStart(b *testing.B) {
	bin := filepath.Join(b.TempDir(), "conclave")
	if out, err := exec.Command("go", "build", "-ldflags", "-s -w", "-o", bin, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	info, err := os.Stat(bin)
	if err != nil {
		b.Fatal(err)
	}
	dir := filepath.Join(b.TempDir(), "data")
	create := exec.Command(bin, "account", "create", "ana", "--data", dir)
	create.Stdin = strings.NewReader(nodetest.Passphrase)
	if out, err := create.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, out)
	}
	var serves, memory float64
	b.ResetTimer()
	for range b.N {
		took, idle := startOnce(b, bin, dir)
		serves += float64(took.Microseconds()) / 1000
		memory += idle
	}
	b.ReportMetric(serves/float64(b.N), "start-ms")
	b.ReportMetric(memory/float64(b.N), "idle-MB")
	b.ReportMetric(float64(info.Size())/1e6, "binary-MB")
}

// settle is how long a node idles before its memory is read.
const settle = 3 * time.Second

func startOnce(b *testing.B, bin, dir string) (took time.Duration, megabytes float64) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "ready.json")
	c := exec.Command(bin, "run", "--data", dir, "--http", "127.0.0.1:0", "--listen", "/ip4/127.0.0.1/tcp/0", "--listen", "/ip4/127.0.0.1/udp/0/quic-v1", "--ready-file", path)
	began := time.Now()
	if err := c.Start(); err != nil {
		b.Fatal(err)
	}
	for { // finer than Await: the bound is 300 ms
		if _, err := os.Stat(path); err == nil {
			break
		}
		if time.Since(began) > time.Minute {
			b.Fatal("the node does not serve")
		}
		time.Sleep(time.Millisecond)
	}
	took = time.Since(began)
	time.Sleep(settle)
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", c.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				b.Fatal(err)
			}
			megabytes = kib * 1024 / 1e6
		}
	}
	if err := c.Process.Signal(unix.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := c.Wait(); err != nil {
		b.Fatal(err)
	}
	return took, megabytes
}
