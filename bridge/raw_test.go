package bridge_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// raw sends bytes as they are and returns everything that comes back.
func (n *node) raw(t *testing.T, text string) string {
	t.Helper()
	c, err := net.Dial("tcp", n.srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(time.Minute))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatalf("got %q, %v", got, err)
	}
	return string(got)
}

func TestAmbiguousRequestsAreNotSmuggledIn(t *testing.T) {
	n := newNode(t)
	inner := "DELETE /api/v1/admin/notes HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer token-ana\r\n\r\n"
	start := "POST /api/v1/notes HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAuthorization: Bearer token-ana\r\nContent-Type: application/json\r\n"
	n.addNote(t, "ana", "stays")
	for name, text := range map[string]string{
		"length and chunks":     start + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner,
		"two lengths":           start + "Content-Length: 0\r\nContent-Length: 100\r\n\r\n" + inner,
		"chunks, oddly spelled": start + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + inner,
		"space before colon":    start + "Content-Length : 4\r\n\r\n" + inner,
		"folded header":         start + "X: a\r\n Content-Length: 4\r\n\r\n" + inner,
		"bare newline in name":  "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nX\nY: a\r\n\r\n" + inner,
	} {
		before := n.state()
		got := n.raw(t, text)
		if c := strings.Count(got, "HTTP/1.1 "); c != 1 || !strings.HasPrefix(got, "HTTP/1.1 4") && !strings.HasPrefix(got, "HTTP/1.1 501") {
			t.Errorf("%s: got %d answers: %s", name, c, got)
		}
		if n.state() != before {
			t.Errorf("%s: the state changed to %s", name, n.state())
		}
	}
}

func TestHeadersAreBounded(t *testing.T) {
	n := newNode(t)
	got := n.raw(t, "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nX: "+strings.Repeat("a", 64<<10))
	if !strings.HasPrefix(got, "HTTP/1.1 431 ") {
		t.Errorf("got %s, want 431", got)
	}
}
