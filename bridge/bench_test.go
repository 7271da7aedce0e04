package bridge_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"conclave/node/feature"
	"conclave/node/live"
	"conclave/protocol"
)

const watched = 1000 // connections

// people opens sessions for so many accounts.
func (n *node) people(count int) (tokens []string, accounts []protocol.Account) {
	for i := range count {
		name := fmt.Sprint("p", i)
		a := accountOf(name)
		n.sessions["token-"+name] = feature.Actor{Account: a, Session: "s-" + name}
		tokens, accounts = append(tokens, "token-"+name), append(accounts, a)
	}
	return tokens, accounts
}

// connect opens a live connection, reads hello, and keeps no more than the socket: what is measured is the node's end.
func connect(b *testing.B, addr, token string) net.Conn {
	b.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { hangUp([]net.Conn{c}) })
	_, err = fmt.Fprintf(c, "GET /api/v1/live HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nAuthorization: Bearer %s\r\n\r\n", addr, token)
	if err != nil {
		b.Fatal(err)
	}
	r := bufio.NewReader(c)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		b.Fatalf("got %v %v, want an upgrade", res, err)
	}
	if hello, err := r.ReadString('}'); err != nil || !strings.Contains(hello, "hello") {
		b.Fatalf("got %q %v, want hello", hello, err)
	}
	if _, err := r.ReadByte(); err != nil || r.Buffered() != 0 {
		b.Fatalf("%d bytes behind hello, %v", r.Buffered(), err)
	}
	return c
}

// count reads all connections in steps of a size, and counts the steps.
func count(conns []net.Conn, size int, arrived *atomic.Int64) {
	for _, c := range conns {
		go func() {
			buf := make([]byte, size)
			for {
				if _, err := io.ReadFull(c, buf); err != nil {
					return
				}
				arrived.Add(1)
			}
		}()
	}
}

func await(n *atomic.Int64, want int64) {
	for n.Load() < want {
		runtime.Gosched()
	}
}

// BenchmarkFanOut tells one frame of 256 bytes of text to 1,000 connections and waits until all have it, beside bare writes of the
// same bytes. The readers run in the same process and are part of both.
func BenchmarkFanOut(b *testing.B) {
	note := Note{Text: strings.Repeat("x", 256), Tags: []string{}}
	hub := live.New(nil, nil)
	w, err := hub.Watch(note.Owner, "s", 0)
	if err != nil {
		b.Fatal(err)
	}
	hub.Tell([]protocol.Account{note.Owner}, "note", note)
	two, _ := w.Take(make([]*live.Frame, 0, 2))
	wire := two[1].Wire()

	b.Run("websocket", func(b *testing.B) {
		n := newNode(b)
		tokens, accounts := n.people(watched / live.MaxWatchers)
		conns := make([]net.Conn, watched)
		for i := range conns {
			conns[i] = connect(b, n.srv.Listener.Addr().String(), tokens[i/live.MaxWatchers])
		}
		var arrived atomic.Int64
		count(conns, len(wire), &arrived)
		deliver(b, &arrived, func() { n.tell(accounts, note) })
	})
	b.Run("bare", func(b *testing.B) {
		conns, served := pairs(b, watched)
		var arrived atomic.Int64
		count(conns, len(wire), &arrived)
		deliver(b, &arrived, func() {
			for _, c := range served {
				if _, err := c.Write(wire); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}

func deliver(b *testing.B, arrived *atomic.Int64, tell func()) {
	b.ResetTimer()
	for i := range b.N {
		tell()
		await(arrived, int64(i+1)*watched)
	}
	b.StopTimer()
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/watched, "ns/delivery")
}

// pairs returns both ends of so many TCP connections over loopback.
func pairs(b *testing.B, n int) (clients, served []net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = l.Close() })
	for range n {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			b.Fatal(err)
		}
		s, err := l.Accept()
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _, _ = c.Close(), s.Close() })
		clients, served = append(clients, c), append(served, s)
	}
	return clients, served
}

// BenchmarkIdle reports the heap and the stacks that an idle live connection holds, less what both ends of a bare connection do.
func BenchmarkIdle(b *testing.B) {
	for range b.N {
		before := memory()
		clients, served := pairs(b, watched)
		bare := memory() - before
		hangUp(append(clients, served...))
		n := newNode(b)
		tokens, _ := n.people(watched / live.MaxWatchers)
		conns := make([]net.Conn, watched)
		before = memory()
		for i := range conns {
			conns[i] = connect(b, n.srv.Listener.Addr().String(), tokens[i/live.MaxWatchers])
		}
		b.ReportMetric(float64(memory()-before-bare)/watched, "B/connection")
		hangUp(conns)
		for n.hub.Watching() > 0 {
			runtime.Gosched()
		}
	}
}

func hangUp(conns []net.Conn) {
	for _, c := range conns {
		_ = c.Close()
	}
}

func memory() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
