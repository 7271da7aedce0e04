package bridge_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"conclave/bridge"
	"conclave/protocol"
)

const cookieOfAna = "__Host-conclave-Note=token-ana"

func TestOnlyOwnPagesAndBearersMayWatch(t *testing.T) {
	n := newNode(t, func(c *bridge.Config) { c.PublicURL = "https://node.example" })
	for name, c := range map[string]struct {
		query string
		h     http.Header
		want  int
	}{
		"bearer":                    {"", as("ana"), 101},
		"cookie and own origin":     {"", head("Cookie", cookieOfAna, "Origin", n.srv.URL), 101},
		"cookie and public origin":  {"", head("Cookie", cookieOfAna, "Origin", "https://node.example"), 101},
		"cookie without origin":     {"", head("Cookie", cookieOfAna), 403},
		"cookie and foreign origin": {"", head("Cookie", cookieOfAna, "Origin", "https://evil.example"), 403},
		"cookie and null origin":    {"", head("Cookie", cookieOfAna, "Origin", "null"), 403},
		"suffix of our origin":      {"", head("Cookie", cookieOfAna, "Origin", n.srv.URL+".evil.example"), 403},
		"bearer and foreign origin": {"", as("ana", "Origin", "https://evil.example"), 403},
		"bearer of another site":    {"", as("ana", "Sec-Fetch-Site", "cross-site"), 403},
		"nobody":                    {"", head("Origin", n.srv.URL), 401},
		"unknown token":             {"", as("nobody"), 401},
		"token in the query":        {"?token=token-ana", head("Origin", n.srv.URL), 400},
		"access_token in the query": {"?access_token=token-ana", as("ana"), 400},
		"since that is none":        {"?since=x", as("ana"), 400},
		"since twice":               {"?since=1&since=2", as("ana"), 400},
	} {
		t.Run(name, func(t *testing.T) {
			if _, got := n.dial(t, c.query, c.h); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
	n.refused(t, request{"GET", "/api/v1/live", "", as("ana")}, 426, "upgrade_required")
	if strings.Contains(n.logs.text(), "token-ana") {
		t.Errorf("the log tells a token: %s", n.logs.text())
	}
}

func TestWatchersSeeTheirOwnFramesInOrder(t *testing.T) {
	n := newNode(t)
	ana, _ := n.dial(t, "", as("ana"))
	ben, _ := n.dial(t, "", as("ben"))
	last := ana.want(t, "hello", "").Seq
	ben.want(t, "hello", "")
	for i := range 40 {
		n.addNote(t, "ana", fmt.Sprint(i))
	}
	n.addNote(t, "ben", "his")
	for i := range 40 {
		f := ana.want(t, "note", fmt.Sprint(i))
		if f.Seq <= last {
			t.Fatalf("got number %d after %d", f.Seq, last)
		}
		last = f.Seq
	}
	ben.want(t, "note", "his") // the first that Ben gets: nothing of Ana's
}

func TestComingBackResumesOrResyncs(t *testing.T) {
	n := newNode(t)
	s, _ := n.dial(t, "", as("ana"))
	s.want(t, "hello", "")
	n.addNote(t, "ana", "a")
	seen := s.want(t, "note", "a").Seq
	_ = s.Close()
	n.addNote(t, "ana", "b")
	n.addNote(t, "ana", "c")

	s, _ = n.dial(t, fmt.Sprintf("?since=%d", seen), as("ana"))
	if got := s.want(t, "hello", "").Seq; got != seen {
		t.Errorf("got hello at %d, want it where the client stood, %d", got, seen)
	}
	s.want(t, "note", "b")
	s.want(t, "note", "c")

	for name, since := range map[string]uint64{"an earlier run": 1, "the future": seen + 1<<40} {
		s, _ = n.dial(t, fmt.Sprintf("?since=%d", since), as("ana"))
		hello := s.want(t, "hello", "")
		if f := s.want(t, "resync", ""); f.Seq != hello.Seq || f.Seq < seen {
			t.Errorf("%s: got resync at %d, hello at %d, after %d", name, f.Seq, hello.Seq, seen)
		}
	}
}

func TestRevokedSessionsAreClosedAtOnce(t *testing.T) {
	n := newNode(t)
	n.sessions["token-ana-2"] = n.sessions["token-ana"]
	other := n.sessions["token-ana"]
	other.Session = "s-ana-2"
	n.sessions["token-ana-2"] = other
	first, _ := n.dial(t, "", as("ana"))
	second, _ := n.dial(t, "", head("Authorization", "Bearer token-ana-2"))
	first.want(t, "hello", "")
	second.want(t, "hello", "")
	n.ok(t, request{"DELETE", "/api/v1/sessions/s-ana", "", head("Authorization", "Bearer token-ana-2")}, 204)
	n.addNoteToken(t, "token-ana-2", "after")
	if f, code := first.next(t); code != 4401 {
		t.Errorf("got %+v, code %d, want 4401 and no frame", f, code)
	}
	second.want(t, "note", "after")
	if _, got := n.dial(t, "", as("ana")); got != 401 {
		t.Errorf("dial with a revoked session: got %d, want 401", got)
	}
}

func (n *node) addNoteToken(t *testing.T, token, text string) {
	t.Helper()
	n.ok(t, request{"POST", "/api/v1/notes", `{"text":"` + text + `"}`, head("Authorization", "Bearer "+token)}, 201)
}

func TestSessionsRevokedWhileTheyConnectAreNotForgotten(t *testing.T) {
	n := newNode(t)
	n.checked = func(token string) { delete(n.sessions, token) } // after the first check, before the watch
	if _, got := n.dial(t, "", as("ana")); got != 401 {
		t.Errorf("got %d, want 401", got)
	}
	if got := n.hub.Watching(); got != 0 {
		t.Errorf("got %d watchers, want none", got)
	}
}

func TestExpiredSessionsAreClosedWithoutARevocation(t *testing.T) {
	n := newNode(t, func(c *bridge.Config) { c.Ping = 5 * time.Millisecond })
	s, _ := n.dial(t, "", as("ana"))
	s.want(t, "hello", "")
	n.mu.Lock()
	delete(n.sessions, "token-ana")
	n.mu.Unlock()
	s.wantClose(t, 4401)
}

func TestSlowReadersAreClosedAndDelayNobody(t *testing.T) {
	n := newNode(t)
	slow, _ := n.dial(t, "", as("ana"))
	quick, _ := n.dial(t, "", as("ana"))
	quick.want(t, "hello", "")
	text := strings.Repeat("x", 50_000)
	for range 400 {
		n.tell([]protocol.Account{accountOf("ana")}, Note{Text: text})
		quick.want(t, "note", text)
	}
	slow.wantClose(t, 4008)
}

func TestStopTellsWatchersToComeBack(t *testing.T) {
	n := newNode(t)
	s, _ := n.dial(t, "", as("ana"))
	s.want(t, "hello", "")
	n.addNote(t, "ana", "last")
	if err := n.b.Drain(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.want(t, "note", "last")
	s.want(t, "restart", "")
	s.wantClose(t, 1012)
	if got := n.hub.Watching(); got != 0 {
		t.Errorf("got %d watchers after the stop, want none", got)
	}
	if _, got := n.dial(t, "", as("ana")); got != 503 {
		t.Errorf("dial while stopping: got %d, want 503", got)
	}
}

func TestWhatClientsSendIsBounded(t *testing.T) {
	n := newNode(t)
	for name, c := range map[string]struct {
		send func(*socket)
		want ws.StatusCode
	}{
		"close":          {func(s *socket) { s.send(t, ws.NewCloseFrame(ws.NewCloseFrameBody(1000, ""))) }, 1000},
		"large frame":    {func(s *socket) { s.send(t, ws.NewTextFrame(make([]byte, 4097))) }, 1009},
		"unmasked frame": {func(s *socket) { _ = ws.WriteFrame(s.Conn, ws.NewTextFrame([]byte("a"))) }, 1002},
		"reserved bits":  {func(s *socket) { f := ws.NewTextFrame(nil); f.Header.Rsv = 4; s.send(t, f) }, 1002},
		"continuation":   {func(s *socket) { s.send(t, ws.NewFrame(ws.OpContinuation, true, nil)) }, 1002},
		"flood": {func(s *socket) {
			for range 200 {
				_ = ws.WriteFrame(s.Conn, ws.MaskFrame(ws.NewTextFrame([]byte("a"))))
			}
		}, 1008},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := n.dial(t, "", as("ana"))
			s.want(t, "hello", "")
			c.send(s)
			s.wantClose(t, c.want)
		})
	}
	t.Run("text is passed over and pings are answered", func(t *testing.T) {
		s, _ := n.dial(t, "", as("ana"))
		s.want(t, "hello", "")
		s.send(t, ws.NewTextFrame([]byte(`{"type":"note","text":"x"}`)))
		s.send(t, ws.NewPingFrame([]byte("are you there")))
		f, err := ws.ReadFrame(s.from)
		if err != nil || f.Header.OpCode != ws.OpPong || string(f.Payload) != "are you there" {
			t.Errorf("got %v %q %v, want a pong with our text", f.Header, f.Payload, err)
		}
	})
}

func TestConnectionsOfAnAccountAreCapped(t *testing.T) {
	n := newNode(t)
	for range 100 {
		if _, got := n.dial(t, "", as("ana")); got != 101 {
			t.Fatalf("got %d, want 101", got)
		}
	}
	if _, got := n.dial(t, "", as("ana")); got != 429 {
		t.Errorf("connection 101: got %d, want 429", got)
	}
	if _, got := n.dial(t, "", as("ben")); got != 101 {
		t.Errorf("another account: got %d, want 101", got)
	}
}

func TestEventsAreTheSameFrames(t *testing.T) {
	n := newNode(t)
	open := func(h http.Header) (*http.Response, *bufio.Scanner) {
		req, err := http.NewRequest("GET", n.srv.URL+"/api/v1/live/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = h
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		return res, bufio.NewScanner(res.Body)
	}
	line := func(s *bufio.Scanner) string {
		for s.Scan() {
			if s.Text() != "" && !strings.HasPrefix(s.Text(), ":") {
				return s.Text()
			}
		}
		return "end"
	}
	res, s := open(as("ana"))
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("got %d %s", res.StatusCode, got)
	}
	line(s)
	if got := line(s); !strings.Contains(got, `"type":"hello","data":{}}`) {
		t.Fatalf("got %s, want hello", got)
	}
	n.addNote(t, "ana", "a")
	id, data := line(s), line(s)
	if !strings.HasPrefix(id, "id: ") || !strings.HasPrefix(data, `data: {"seq":`+id[4:]+`,"type":"note","data":{`) {
		t.Fatalf("got %s, %s", id, data)
	}
	n.addNote(t, "ana", "b")
	_, resumed := open(as("ana", "Last-Event-ID", id[4:]))
	line(resumed)
	line(resumed)
	line(resumed)
	if got := line(resumed); !strings.Contains(got, `"text":"b"`) {
		t.Errorf("got %s, want what was missed", got)
	}
	n.hub.CloseSession(accountOf("ana"), "s-ana")
	if event, data := line(resumed), line(resumed); event != "event: close" || data != `data: {"code":4401}` {
		t.Errorf("got %s %s, want the code 4401", event, data)
	}
	if got := line(resumed); got != "end" {
		t.Errorf("got %s after the end", got)
	}
	if res, _ := open(head("Cookie", cookieOfAna, "Sec-Fetch-Site", "cross-site")); res.StatusCode != 403 {
		t.Errorf("another site without origin: got %d, want 403", res.StatusCode)
	}
	if res, _ := open(head("Cookie", cookieOfAna, "Origin", "https://evil.example")); res.StatusCode != 403 {
		t.Errorf("foreign origin: got %d, want 403", res.StatusCode)
	}
}

func TestEventsOutliveTheServersBoundForRequests(t *testing.T) {
	n := newNode(t)
	srv := httptest.NewUnstartedServer(n.b.Handler())
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	srv.Start()
	defer srv.Close()
	req, err := http.NewRequest("GET", srv.URL+"/api/v1/live/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = as("ana")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	<-time.After(300 * time.Millisecond) // three times the bound
	n.addNote(t, "ana", "late")
	s := bufio.NewScanner(res.Body)
	for s.Scan() {
		if strings.Contains(s.Text(), `"text":"late"`) {
			return
		}
	}
	t.Errorf("the stream ended with %v before the frame", s.Err())
}
