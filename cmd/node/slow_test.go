package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"conclave/node/nodetest"
)

// A thousand clients open their connection and stop reading, while their group goes on (L2 of the reliability programme). The node gives them up, its memory
// stays bounded, and who reads gets everything. A client that comes back fetches what it missed.
func TestAThousandClientsThatStopReading(t *testing.T) {
	if testing.Short() {
		t.Skip("a thousand clients take their time")
	}
	const people, sockets, messages = 100, 10, 150
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	began := time.Now()
	s := newSide(t, "owner", anyPeer(t)...)
	owner := s.now()
	group, err := owner.NewGroup(ctx, "The crowd", "none")
	if err != nil {
		t.Fatal(err)
	}
	var all []*nodetest.Person
	for i := range people {
		p, err := owner.Invite(ctx, number("person", i), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := owner.Add(ctx, group, p, "member"); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	reader := newListeners(t, listening{Base: "http://" + s.node.HTTP, Tokens: []string{owner.Token, all[0].Token}, Sockets: 2})
	var deaf []*net.TCPConn
	for _, p := range all {
		for range sockets {
			deaf = append(deaf, deafSocket(ctx, t, s.node.HTTP, p.Token))
		}
	}
	t.Logf("all are there after %s", time.Since(began).Round(time.Second))
	before := resident(t, s.node.Process.Pid)

	filling := strings.Repeat("What nobody reads fills the room of who should. ", 250)
	peak := before
	pace := time.NewTicker(100 * time.Millisecond)
	defer pace.Stop()
	for n := range messages {
		<-pace.C
		if _, err := owner.Send(ctx, group, loadText(n, time.Now())+filling, fmt.Sprint("load-", n)); err != nil {
			t.Fatal(err)
		}
		peak = max(peak, resident(t, s.node.Process.Pid))
	}
	if err := reader.heard(ctx, map[string]int{owner.Token: messages, all[0].Token: messages}); err != nil {
		t.Errorf("who reads: %v", err)
	}
	if reader.now.Resyncs != 0 {
		t.Errorf("who reads was told to fetch again %d times, want none", reader.now.Resyncs)
	}
	t.Logf("all was said and read after %s", time.Since(began).Round(time.Second))
	if err := together(ctx, deaf, func(_ context.Context, _ int, c *net.TCPConn) error { return isEnded(c) }); err != nil {
		t.Error(err)
	}
	fmt.Printf("slow: %d clients that stopped reading were given up, %d messages of %d bytes went on; memory of the node from %.0f to %.0f MB; p99 of who reads %.0f ms\n",
		len(deaf), messages, len(filling), before, peak, reader.now.P99)
	if grown := peak - before; grown > 300 {
		t.Errorf("the node's memory grew by %.0f MB, want at most 300", grown)
	}
	got, unreadable, err := all[1].Messages(ctx, group)
	if err != nil || unreadable != 0 || len(got) != messages {
		t.Errorf("who comes back: got %d messages, %d that cannot be read, and %v, want %d", len(got), unreadable, err, messages)
	}
}

// deafSocket opens a WebSocket with the smallest room for what comes, and reads no further than the answer to its request.
func deafSocket(ctx context.Context, t *testing.T, address, token string) *net.TCPConn {
	t.Helper()
	d := net.Dialer{Control: func(_, _ string, c syscall.RawConn) (err error) {
		return errors.Join(c.Control(func(fd uintptr) { err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 1) }), err)
	}}
	conn, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_, err = fmt.Fprintf(conn, "GET /api/v1/live HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", address, token)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReaderSize(conn, 16), nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("got %v and %v, want a WebSocket", answer, err)
	}
	return conn.(*net.TCPConn)
}

// isEnded reads what is still in the pipe, and wants the end behind it.
func isEnded(c *net.TCPConn) error {
	if err := errors.Join(c.SetReadBuffer(1<<20), c.SetReadDeadline(time.Now().Add(30*time.Second))); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, c)
	var waited net.Error
	if errors.As(err, &waited) && waited.Timeout() {
		return errors.New("a client that stopped reading still has its connection")
	}
	return nil // the end, or a connection that was torn
}
