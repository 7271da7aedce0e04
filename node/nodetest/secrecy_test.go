package nodetest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"io/fs"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"conclave/node/nodetest"
)

// relay passes bytes between whoever connects and a node, and keeps them all.
type relay struct {
	listener net.Listener
	to       string

	mu    sync.Mutex
	bytes bytes.Buffer
	conns int
}

func newRelay(t *testing.T, to string) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{listener: l, to: to}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			in, err := l.Accept()
			if err != nil {
				return
			}
			out, err := net.Dial("tcp", to)
			if err != nil {
				_ = in.Close()
				continue
			}
			r.mu.Lock()
			r.conns++
			r.mu.Unlock()
			all.Go(func() { r.pass(in, out) })
			all.Go(func() { r.pass(out, in) })
		}
	})
	t.Cleanup(func() { _ = l.Close() })
	return r
}

func (r *relay) pass(from, to net.Conn) {
	_, _ = io.Copy(io.MultiWriter(to, r), from) // one end closed
	_ = from.Close()
	_ = to.Close()
}

// Write keeps what passes.
func (r *relay) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bytes.Write(b)
}

func (r *relay) captured() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.bytes.Bytes())
}

// secrets are what must stand nowhere, by what they are.
type secrets map[string]string

// found names the secrets that stand in some bytes, as they are or in the usual encodings.
func (s secrets) found(in []byte) (names []string) {
	for name, secret := range s {
		forms := [][]byte{[]byte(secret), []byte(strings.ToUpper(secret)), []byte(hex.EncodeToString([]byte(secret)))}
		for skip := range 3 { // base64 of a text that stands within another
			text := base64.RawStdEncoding.EncodeToString([]byte("xxx"[:skip] + secret))
			forms = append(forms, []byte(text[4*((skip+2)/3):len(text)-4]))
		}
		utf16 := make([]byte, 0, 2*len(secret))
		for _, b := range []byte(secret) {
			utf16 = append(utf16, b, 0)
		}
		for _, form := range append(forms, utf16) {
			if bytes.Contains(in, form) {
				names = append(names, name)
				break
			}
		}
	}
	return names
}

func TestSecretsAreFoundInEveryForm(t *testing.T) {
	s := secrets{"text": "a-message-canary"}
	for name, in := range map[string]string{
		"plain": "xx a-message-canary xx", "capitals": "A-MESSAGE-CANARY", "hex": hex.EncodeToString([]byte("x a-message-canary")),
		"base64": base64.StdEncoding.EncodeToString([]byte("a-message-canary, said")), "base64, later": base64.RawURLEncoding.EncodeToString([]byte("1a-message-canary2")),
		"base64, later still": base64.StdEncoding.EncodeToString([]byte("12a-message-canary")), "utf-16": "a\x00-\x00m\x00e\x00s\x00s\x00a\x00g\x00e\x00-\x00c\x00a\x00n\x00a\x00r\x00y\x00",
	} {
		if len(s.found([]byte(in))) != 1 {
			t.Errorf("%s: not found in %q", name, in)
		}
	}
	if got := s.found([]byte("a-message of another kind")); got != nil {
		t.Errorf("got %v in a text without it", got)
	}
}

// folder looks through every file of a data folder.
func (s secrets) folder(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, name := range s.found(raw) {
			t.Errorf("%s holds the %s", filepath.Base(path), name)
		}
		info, err := d.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 && filepath.Dir(path) == dir {
			t.Errorf("%s has mode %v, want it for its owner only", filepath.Base(path), info.Mode())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 4 {
		t.Errorf("looked at %d files in %s, want a whole store", files, dir)
	}
}

func TestNothingReadableOnDiskOnTheWireOrInLogs(t *testing.T) {
	ca, cb := houseConfig{dir: t.TempDir()}, houseConfig{dir: t.TempDir(), listen: []string{"/ip4/127.0.0.1/tcp/0"}}
	a, b := newHouse(t, ca), newHouse(t, cb)
	ana := a.founds("anakananary", "Ana Displaycanary")
	ben := b.founds("benkananary", "Ben Displaycanary")
	real := addressOf(t, b)
	wire := newRelay(t, real)

	// The link names the relay instead of the node, so all bytes between the two pass it.
	link := ben.link()
	if !strings.Contains(link, portOf(real)) {
		t.Fatalf("the link %q does not name %s", link, real)
	}
	link = strings.ReplaceAll(link, "/tcp/"+portOf(real)+"/", "/tcp/"+portOf(wire.listener.Addr().String())+"/")
	_, token, _ := strings.Cut(link, "conclave:i/")
	token, _, _ = strings.Cut(token, "~")

	talk := ana.ask(201, "POST", "/contacts", map[string]string{"link": link}).text("conversation")
	ben.until("ben sees it", func() bool { return ben.state(ana.acct) == "accepted" })
	s := secrets{
		"text":                 "a-message-canary-771",
		"answer":               "an-answer-canary-552",
		"long text":            strings.Repeat("long-canary ", 200),
		"name":                 "anakananary",
		"other name":           "benkananary",
		"display name":         "Displaycanary",
		"new display name":     "Renamedcanary",
		"passphrase":           nodetest.Passphrase,
		"new passphrase":       "passphrase-canary-909",
		"wrong passphrase":     "wrong-canary-414",
		"token":                ana.token,
		"other token":          ben.token,
		"contact link":         token,
		"client":               "client-canary-313",
		"name of an unknown":   "nobody.kananary",
		"passphrase in a name": "oops-canary-121",
		"title":                "Titlecanary of a group",
		"description":          "description-canary-848",
		"message to a group":   "a-group-message-canary-663",
		"draft":                "a-draft-canary-202",
	}
	sent := ana.says(talk, s["text"])
	ana.says(talk, s["long text"])
	ana.until("delivered", func() bool { return ana.progress(talk, sent) == "delivered" })
	answer := ben.says(talk, s["answer"])
	ben.until("delivered", func() bool { return ben.progress(talk, answer) == "delivered" })
	ana.ask(204, "PUT", "/conversations/"+talk+"/read", map[string]string{"message": answer})
	ana.ask(204, "PUT", "/me/profile", map[string]string{"display_name": s["new display name"]})
	ben.until("the new name arrives", func() bool {
		list := ben.ask(200, "GET", "/contacts", nil).items()
		return len(list) == 1 && list[0]["name"] == s["new display name"]
	})
	ben.until("read", func() bool { return ben.progress(talk, answer) == "read" })

	group := ana.ask(201, "POST", "/conversations", map[string]any{"kind": "group", "name": s["title"], "description": s["description"], "members": []string{ben.acct}}).text("id")
	ben.until("ben is in the group", func() bool {
		return ben.send("GET", "/conversations/"+group, ben.token, nil, nil).text("name") == s["title"]
	})
	told := ana.says(group, s["message to a group"])
	ana.until("delivered to the group", func() bool { return ana.progress(group, told) == "delivered" })
	ana.ask(200, "PUT", "/conversations/"+group+"/draft", map[string]any{"text": s["draft"], "client": "one", "revision": 0})

	// Everything that takes a secret gets one, right and wrong.
	ana.ask(204, "PUT", "/me/passphrase", map[string]string{"old": nodetest.Passphrase, "new": s["new passphrase"]})
	key := ana.ask(200, "POST", "/me/recovery-key", map[string]string{"passphrase": s["new passphrase"]}).text("key")
	s["recovery key"], s["part of the recovery key"] = key, key[:14]
	s["renewed link"] = strings.TrimPrefix(strings.Split(ana.ask(200, "POST", "/me/contact-link", nil).text("contact_link"), "~")[0], "conclave:i/")
	invite := ana.ask(201, "POST", "/admin/invites", nil).text("token")
	s["invitation"] = invite
	for _, c := range []struct {
		path string
		body map[string]string
	}{
		{"/sessions", map[string]string{"name": ana.name, "passphrase": s["new passphrase"], "client": s["client"]}},
		{"/sessions", map[string]string{"name": ana.name, "passphrase": s["wrong passphrase"]}},
		{"/sessions", map[string]string{"name": s["name of an unknown"], "passphrase": s["wrong passphrase"]}},
		{"/sessions", map[string]string{"name": s["passphrase in a name"], "passphrase": "x"}},
		{"/sessions", map[string]string{"name": ana.name, s["passphrase in a name"]: "x"}},
		{"/accounts", map[string]string{"name": "third", "passphrase": s["wrong passphrase"], "invite": invite + "x"}},
		{"/recoveries", map[string]string{"name": ana.name, "recovery_key": strings.Replace(key, key[:4], "2222", 1), "passphrase": s["wrong passphrase"]}},
		{"/contacts", map[string]string{"link": link + "x"}},
		{"/contacts", map[string]string{"address": s["name of an unknown"] + "@127.0.0.1:1"}},
	} {
		ana.send("POST", c.path, ana.token, c.body, nil)
	}
	ana.send("GET", "/me?token="+ana.token, "", nil, nil)
	ana.send("GET", "/conversations/"+s["passphrase in a name"]+"/messages?before="+s["text"], ana.token, nil, nil)

	if wire.conns == 0 || len(wire.captured()) < 10_000 {
		t.Fatalf("the relay saw %d connections and %d bytes, want the traffic of both nodes", wire.conns, len(wire.captured()))
	}
	for _, name := range s.found(wire.captured()) {
		t.Errorf("the traffic between the nodes holds the %s", name)
	}
	// With the other node gone there is something to log.
	b.end()
	ana.says(talk, s["text"])
	ana.until("the node logs that the other one is gone", func() bool { return strings.Contains(a.log.text(), b.PeerID()) })
	for who, log := range map[string]string{"ana's": a.log.text(), "ben's": b.log.text()} {
		for _, name := range s.found([]byte(log)) {
			t.Errorf("the log of %s node holds the %s:\n%s", who, name, lineWith(log, s[name]))
		}
	}
	metrics := httptest.NewRecorder()
	a.Bridge.Admin().ServeHTTP(metrics, httptest.NewRequest("GET", "http://127.0.0.1/metrics", nil))
	for _, name := range s.found(metrics.Body.Bytes()) {
		t.Errorf("the metrics hold the %s", name)
	}
	s["account"], s["other account"], s["conversation"], s["message"], s["group"] = ana.acct, ben.acct, talk, sent, group
	a.end()
	s.folder(t, ca.dir)
	s.folder(t, cb.dir)
}

func addressOf(t *testing.T, h *house) string {
	t.Helper()
	for _, a := range h.Addresses() {
		if parts := strings.Split(a, "/"); len(parts) > 4 && parts[1] == "ip4" && parts[3] == "tcp" {
			return net.JoinHostPort(parts[2], parts[4])
		}
	}
	t.Fatalf("got the addresses %v, want one over TCP", h.Addresses())
	return ""
}

func portOf(address string) string {
	_, port, _ := net.SplitHostPort(address)
	return port
}

func lineWith(log, text string) string {
	for line := range strings.SplitSeq(log, "\n") {
		if strings.Contains(strings.ToLower(line), strings.ToLower(text)) {
			return line
		}
	}
	return "(encoded)"
}
