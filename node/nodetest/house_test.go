package nodetest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"conclave/bridge"
	"conclave/crypto/vault"
	"conclave/node"
	"conclave/node/mailbox"
	"conclave/node/nodetest"
)

// house is a node with its page on a port of loopback, as people have it.
type house struct {
	*nodetest.Home
	t      *testing.T
	base   string
	log    *journal
	end    func()
	client *http.Client
}

// journal keeps what a node logs, all of it.
type journal struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (j *journal) Write(b []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all.Write(b)
}

func (j *journal) text() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.all.String()
}

type houseConfig struct {
	dir       string
	http      string   // address of the page; "" for any
	listen    []string // nil for any
	limits    bool
	cost      vault.Cost // of passphrases; zero for none to speak of
	keeps     mailbox.Mode
	mailboxAt []string
	public    bool // the page is at a URL that contact links name
}

func newHouse(t *testing.T, c houseConfig) *house {
	t.Helper()
	if c.http == "" {
		c.http = fmt.Sprintf("127.0.0.1:%d", port(t))
	}
	if c.listen == nil {
		c.listen = []string{fmt.Sprintf("/ip4/127.0.0.1/tcp/%d", port(t))}
	}
	l, err := net.Listen("tcp", c.http)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, base: "http://" + l.Addr().String(), log: &journal{}, client: &http.Client{Transport: &http.Transport{}}}
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	url := ""
	if c.public {
		url = h.base
	}
	h.Home, err = nodetest.Start(t.Context(), node.Config{PublicURL: url, Data: c.dir, Listen: c.listen, GroupListen: []string{"/ip4/127.0.0.1/tcp/0"}, Logger: log, HTTPAddr: l.Addr().String, Cost: c.cost, Mailbox: c.keeps, MailboxAt: c.mailboxAt})
	if err != nil {
		t.Fatal(err)
	}
	b := h.Bridge
	if c.limits {
		b = bridge.New(bridge.Config{Registry: h.Registry(), Live: h.Live(), PeerID: h.PeerID(), Logger: log, Limits: true})
	}
	server := bridge.Server(b.Handler())
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	h.end = sync.OnceFunc(func() {
		h.client.CloseIdleConnections()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := errors.Join(b.Drain(ctx), server.Close()); err != nil {
			t.Errorf("stop the page: %v", err)
		}
		<-served
		if err := h.Close(); err != nil {
			t.Errorf("close the node: %v", err)
		}
	})
	t.Cleanup(func() { h.end() })
	return h
}

// port is one that a house may come back at until the test ends.
func port(t *testing.T) int {
	t.Helper()
	port, release, err := nodetest.Port()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = release() })
	return port
}

// again stops the house and starts it anew on its folder and addresses.
func (h *house) again(c houseConfig) *house {
	h.t.Helper()
	c.listen = nil
	for _, a := range h.Addresses() {
		at, _, _ := strings.Cut(a, "/p2p/")
		c.listen = append(c.listen, at)
	}
	c.http = strings.TrimPrefix(h.base, "http://")
	h.end()
	return newHouse(h.t, c)
}

// guest is somebody at the page of a house.
type guest struct {
	*house
	name, acct, token string
}

// at is the same guest after the house started again.
func (g guest) at(h *house) guest { g.house = h; return g }

type reply struct {
	status int
	header http.Header
	raw    []byte
	body   map[string]any
}

func (r reply) text(path ...string) string {
	v := r.body
	for _, p := range path[:len(path)-1] {
		v, _ = v[p].(map[string]any)
	}
	s, _ := v[path[len(path)-1]].(string)
	return s
}

func (r reply) items() []map[string]any {
	list, _ := r.body["items"].([]any)
	out := make([]map[string]any, 0, len(list))
	for _, v := range list {
		m, _ := v.(map[string]any)
		out = append(out, m)
	}
	return out
}

// send puts one request. A token goes into the Authorization header.
func (h *house) send(method, path, token string, body any, header http.Header) reply {
	h.t.Helper()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			h.t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	if !strings.HasPrefix(path, "/.") && !strings.HasPrefix(path, "/api") {
		path = "/api/v1" + path
	}
	r, err := http.NewRequest(method, h.base+path, in)
	if err != nil {
		h.t.Fatal(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	maps.Copy(r.Header, header)
	res, err := h.client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	out := reply{status: res.StatusCode, header: res.Header}
	if out.raw, err = io.ReadAll(res.Body); err != nil {
		h.t.Fatal(err)
	}
	_ = json.Unmarshal(out.raw, &out.body) // not every answer is an object
	return out
}

// want puts a request and wants a status.
func (h *house) want(status int, method, path, token string, body any) reply {
	h.t.Helper()
	out := h.send(method, path, token, body, nil)
	if out.status != status {
		h.t.Fatalf("%s %s: got %d %s, want %d", method, path, out.status, out.raw, status)
	}
	return out
}

func (g guest) ask(status int, method, path string, body any) reply {
	g.t.Helper()
	return g.want(status, method, path, g.token, body)
}

func (h *house) login(name, passphrase string) guest {
	h.t.Helper()
	r := h.want(201, "POST", "/sessions", "", map[string]string{"name": name, "passphrase": passphrase})
	return guest{h, name, r.text("account", "acct"), r.text("token")}
}

// founds makes the owner's account.
func (h *house) founds(name, display string) guest {
	h.t.Helper()
	r := h.want(201, "POST", "/accounts", "", map[string]string{
		"name": name, "display_name": display, "passphrase": nodetest.Passphrase, "setup_token": h.SetupToken(),
	})
	return guest{h, name, r.text("account", "acct"), r.text("token")}
}

// invites makes another account.
func (g guest) invites(name, display string) guest {
	g.t.Helper()
	token := g.ask(201, "POST", "/admin/invites", map[string]int{"max_uses": 1}).text("token")
	r := g.want(201, "POST", "/accounts", "", map[string]string{"name": name, "display_name": display, "passphrase": nodetest.Passphrase, "invite": token})
	return guest{g.house, name, r.text("account", "acct"), r.text("token")}
}

func (g guest) link() string { g.t.Helper(); return g.ask(200, "GET", "/me", nil).text("contact_link") }

// meets takes up the link of another and waits until both see the conversation.
func (g guest) meets(other guest) (conversation string) {
	g.t.Helper()
	c := g.ask(201, "POST", "/contacts", map[string]string{"link": other.link()}).text("conversation")
	g.until(other.name+" sees the conversation", func() bool {
		return other.state(g.acct) == "accepted" && g.state(other.acct) == "accepted"
	})
	return c
}

// state is how the guest stands to another, "" for not at all.
func (g guest) state(acct string) string {
	g.t.Helper()
	for _, c := range g.ask(200, "GET", "/contacts", nil).items() {
		if c["acct"] == acct {
			return c["state"].(string)
		}
	}
	return ""
}

func (g guest) says(conversation, text string) (message string) {
	g.t.Helper()
	return g.ask(202, "POST", "/conversations/"+conversation+"/messages", map[string]string{"text": text}).text("id")
}

// texts are the messages of a conversation that people wrote, newest page, oldest first.
func (g guest) texts(conversation string) []string {
	g.t.Helper()
	var out []string
	for _, m := range g.ask(200, "GET", "/conversations/"+conversation+"/messages", nil).items() {
		if m["kind"] == "text" {
			out = append(out, m["text"].(string))
		}
	}
	return out
}

// progress is the state of a message.
func (g guest) progress(conversation, message string) string {
	g.t.Helper()
	for _, m := range g.ask(200, "GET", "/conversations/"+conversation+"/messages", nil).items() {
		if m["id"] == message {
			return m["state"].(string)
		}
	}
	return ""
}

// until waits for a condition, a minute at the most.
func (h *house) until(what string, is func() bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	if err := nodetest.Await(ctx, what, func() (bool, error) { return is(), nil }); err != nil {
		h.t.Fatal(err)
	}
}

// socket is a live connection.
type socket struct {
	net.Conn
	t *testing.T
}

// watch opens a live connection; it returns the status of a refusal.
func (h *house) watch(header http.Header) (*socket, int) {
	h.t.Helper()
	d := ws.Dialer{Header: ws.HandshakeHeaderHTTP(header), Timeout: time.Minute}
	conn, early, _, err := d.Dial(h.t.Context(), "ws"+strings.TrimPrefix(h.base, "http")+"/api/v1/live")
	var refused ws.StatusError
	if errors.As(err, &refused) {
		return nil, int(refused)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	if early != nil {
		conn = &ahead{Conn: conn, from: io.MultiReader(io.LimitReader(early, int64(early.Buffered())), conn)}
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	return &socket{conn, h.t}, 101
}

// ahead is a connection of which something was read already.
type ahead struct {
	net.Conn
	from io.Reader
}

func (a *ahead) Read(b []byte) (int, error) { return a.from.Read(b) }

func (g guest) watches() *socket {
	g.t.Helper()
	s, status := g.watch(http.Header{"Authorization": {"Bearer " + g.token}})
	if status != 101 {
		g.t.Fatalf("live connection: got %d", status)
	}
	s.next(time.Minute) // hello
	return s
}

// next returns a frame, or the code of a close; neither when nothing comes for a while.
func (s *socket) next(patience time.Duration) (frame string, code ws.StatusCode) {
	s.t.Helper()
	_ = s.SetReadDeadline(time.Now().Add(patience))
	for {
		f, err := ws.ReadFrame(s)
		if err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				s.t.Errorf("read a live frame: %v", err)
			}
			return "", 0
		}
		switch f.Header.OpCode {
		case ws.OpClose:
			code, _ := ws.ParseCloseFrameData(f.Payload)
			return "", code
		case ws.OpText:
			return string(f.Payload), 0
		}
	}
}

// past returns what came up to the first frame with a word in it.
func (s *socket) past(word string) string {
	s.t.Helper()
	var all strings.Builder
	for !strings.Contains(all.String(), word) {
		f, code := s.next(time.Minute)
		if f == "" {
			s.t.Fatalf("live frames: got %q and close code %d, want one with %q", all.String(), code, word)
		}
		all.WriteString(f + "\n")
	}
	return all.String()
}

// frames returns what came, once it is quiet for a moment.
func (s *socket) frames(quiet time.Duration) string {
	s.t.Helper()
	var all strings.Builder
	for {
		f, _ := s.next(quiet)
		if f == "" {
			return all.String()
		}
		all.WriteString(f + "\n")
	}
}

// closes wants the connection to end with a code within 30 s, whatever frames come before.
func (s *socket) closes(want ws.StatusCode) {
	s.t.Helper()
	began := time.Now()
	for {
		frame, code := s.next(time.Minute)
		if frame != "" {
			continue
		}
		if took := time.Since(began); code != want || took > 30*time.Second {
			s.t.Errorf("live connection: got close code %d after %v, want %d within 30 s", code, took, want)
		}
		return
	}
}
