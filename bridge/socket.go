package bridge

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gobwas/ws"

	"conclave/node/live"
)

// Bounds of a WebSocket.
const (
	writeTime = 5 * time.Second // for one batch of frames; then the client is gone
	partTime  = time.Second     // for the client to go after it was told to
	batch     = 16              // frames that are written together
	recheck   = 10              // pings between two checks that the session still lives
)

// serveSocket upgrades a request to a WebSocket of live frames. Its goroutine leaves net/http, so that an idle connection keeps
// neither buffers nor the request; Drain waits for it.
func (b *Bridge) serveSocket(w http.ResponseWriter, r *http.Request) {
	v, err := b.welcome(w, r)
	if err != nil {
		b.refuse(w, err)
		return
	}
	if !wantsSocket(r) {
		w.Header().Set("Upgrade", "websocket")
		b.refuse(w, errUpgrade)
		return
	}
	done, ok := b.running.begin()
	if !ok {
		b.refuse(w, errStopping)
		return
	}
	watcher, err := b.watch(r, v)
	if err != nil {
		done()
		b.refuse(w, err)
		return
	}
	conn, rw, _, err := ws.HTTPUpgrader{Timeout: writeTime, Header: w.Header()}.Upgrade(r, w)
	if err != nil {
		watcher.Close()
		done()
		if conn != nil {
			_ = conn.Close()
		}
		return
	}
	s := &socket{b: b, conn: conn, watcher: watcher, token: v.token}
	s.early = leftover(rw)
	go func() {
		defer done()
		s.serve()
	}()
}

// wantsSocket checks the handshake, so that what is not one gets a problem (RFC 6455, section 4.2.1).
func wantsSocket(r *http.Request) bool {
	return r.Method == http.MethodGet && r.ProtoAtLeast(1, 1) && r.ProtoMajor == 1 &&
		strings.EqualFold(r.Header.Get("Upgrade"), "websocket") &&
		strings.Contains(strings.ToLower(r.Header.Get("Connection")), "upgrade") &&
		r.Header.Get("Sec-Websocket-Version") == "13" && len(r.Header.Get("Sec-Websocket-Key")) == 24
}

// leftover is what the client sent before it had the answer.
func leftover(rw *bufio.ReadWriter) []byte {
	n := rw.Reader.Buffered()
	if n == 0 {
		return nil
	}
	b, err := rw.Reader.Peek(n)
	if err != nil {
		return nil
	}
	return append([]byte(nil), b...)
}

// socket is one WebSocket. Two goroutines serve it: one writes frames and pings, one reads.
type socket struct {
	b       *Bridge
	conn    net.Conn
	watcher *live.Watcher
	token   string
	early   []byte

	writing sync.Mutex // whole messages only
}

// serve runs until the client goes, the session ends, or the node stops.
func (s *socket) serve() {
	gone := make(chan ws.StatusCode, 1)
	go func() {
		gone <- s.read()
		close(gone)
	}()
	code, left := s.write(gone)
	s.watcher.Close()
	if code != 0 {
		s.part(code, gone, left)
	}
	_ = s.conn.Close()
	for range gone { // the reader ends with the connection
	}
}

// part tells the client why it has to go, and gives it a moment to do so: closing on what it still sends would reset the
// connection, and the reason with it.
func (s *socket) part(code ws.StatusCode, gone <-chan ws.StatusCode, left bool) {
	s.close(code)
	if left && code == ws.StatusNormalClosure {
		return
	}
	if left {
		_ = s.conn.SetReadDeadline(time.Now().Add(partTime))
		_, _ = io.CopyN(io.Discard, s.conn, maxClientFrames*maxClientFrame)
		return
	}
	select {
	case <-gone:
	case <-time.After(partTime):
	}
}

// write sends frames and pings; left says that the reader has ended.
func (s *socket) write(gone <-chan ws.StatusCode) (code ws.StatusCode, left bool) {
	ping := time.NewTicker(s.b.Ping)
	defer ping.Stop()
	for n := 1; ; {
		select {
		case code := <-gone:
			return code, true
		case <-s.watcher.Wakes():
			if code, err := s.flush(); code != live.Open || err != nil {
				return ws.StatusCode(code), false
			}
		case <-ping.C:
			if n++; n%recheck == 0 && !s.lives() {
				return ws.StatusCode(live.Revoked), false
			}
			if s.send(ws.CompiledPing) != nil {
				return 0, false
			}
		}
	}
}

// flush writes what waits.
func (s *socket) flush() (live.Code, error) {
	var space [batch]*live.Frame
	for {
		frames, code := s.watcher.Take(space[:0])
		if len(frames) == 0 {
			return code, nil
		}
		if err := s.sendAll(frames); err != nil {
			return code, err
		}
	}
}

func (s *socket) sendAll(frames []*live.Frame) error {
	if len(frames) == 1 {
		return s.send(frames[0].Wire())
	}
	list := make(net.Buffers, len(frames))
	for i, f := range frames {
		list[i] = f.Wire()
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	_, err := list.WriteTo(s.conn)
	return err
}

func (s *socket) send(message []byte) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	_, err := s.conn.Write(message)
	return err
}

// close sends the code.
func (s *socket) close(code ws.StatusCode) {
	message, err := ws.CompileFrame(ws.NewCloseFrame(ws.NewCloseFrameBody(code, "")))
	if err == nil {
		_ = s.send(message) // the connection is closed next, whether it got there or not
	}
}

// lives asks whether the session still does; a panic in there must not end the node.
func (s *socket) lives() (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			s.b.panicked("live.connect", p)
			ok = false
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), writeTime)
	defer cancel()
	_, err := s.b.Registry.Authenticate(ctx, s.token)
	return err == nil
}

// read passes over what the client sends, and returns the code to close with.
func (s *socket) read() ws.StatusCode {
	patience := 2*s.b.Ping + 15*time.Second
	in := &clientFrames{
		alive: func() error { return s.conn.SetReadDeadline(time.Now().Add(patience)) },
		pong: func(payload []byte) error {
			message, err := ws.CompileFrame(ws.NewPongFrame(payload))
			if err != nil {
				return err
			}
			return s.send(message)
		},
		window: s.b.Ping,
	}
	var from io.Reader = s.conn
	if s.early != nil {
		from = io.MultiReader(bytes.NewReader(s.early), s.conn)
		s.early = nil
	}
	err := in.read(from)
	var end closeError
	if errors.As(err, &end) {
		return ws.StatusCode(end)
	}
	return 0
}
