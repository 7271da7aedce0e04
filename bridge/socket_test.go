package bridge_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
)

// socket is a client's end of a live connection.
type socket struct {
	net.Conn
	from io.Reader
}

// dial opens a live connection, or returns the refusal's status.
func (n *node) dial(t testing.TB, query string, h http.Header) (*socket, int) {
	t.Helper()
	d := ws.Dialer{Header: ws.HandshakeHeaderHTTP(h), Timeout: time.Minute}
	conn, br, _, err := d.Dial(context.Background(), "ws"+strings.TrimPrefix(n.srv.URL, "http")+"/api/v1/live"+query)
	var status ws.StatusError
	if errors.As(err, &status) {
		return nil, int(status)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &socket{Conn: conn, from: conn}
	if br != nil {
		s.from = io.MultiReader(bufio.NewReader(io.LimitReader(br, int64(br.Buffered()))), conn)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return s, 101
}

type frame struct {
	Seq  uint64
	Type string
	Data struct{ Text string }
}

// next returns the next text frame, or the code of a close frame; pings are passed over.
func (s *socket) next(t testing.TB) (frame, ws.StatusCode) {
	t.Helper()
	_ = s.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		f, err := ws.ReadFrame(s.from)
		if err != nil {
			t.Fatalf("read a frame: %v", err)
		}
		switch f.Header.OpCode {
		case ws.OpClose:
			code, _ := ws.ParseCloseFrameData(f.Payload)
			return frame{}, code
		case ws.OpText:
			var got frame
			if err := json.Unmarshal(f.Payload, &got); err != nil {
				t.Fatalf("frame %s: %v", f.Payload, err)
			}
			return got, 0
		}
	}
}

func (s *socket) want(t testing.TB, kind, text string) frame {
	t.Helper()
	f, code := s.next(t)
	if code != 0 || f.Type != kind || f.Data.Text != text {
		t.Fatalf("got frame %+v, code %d, want %s %q", f, code, kind, text)
	}
	return f
}

func (s *socket) wantClose(t testing.TB, want ws.StatusCode) {
	t.Helper()
	for {
		f, code := s.next(t)
		if code == want {
			return
		}
		if code != 0 {
			t.Fatalf("got close code %d, want %d", code, want)
		}
		t.Logf("passed over %s", f.Type)
	}
}

func (s *socket) send(t testing.TB, f ws.Frame) {
	t.Helper()
	if err := ws.WriteFrame(s.Conn, ws.MaskFrame(f)); err != nil {
		t.Fatal(err)
	}
}
