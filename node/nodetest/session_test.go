package nodetest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"conclave/crypto/vault"
	"conclave/node/nodetest"
)

// cookieOf is the one cookie that an answer sets.
func cookieOf(t *testing.T, r reply) *http.Cookie {
	t.Helper()
	all := (&http.Response{Header: r.header}).Cookies()
	if len(all) != 1 {
		t.Fatalf("got %d cookies: %q, want one", len(all), r.header.Values("Set-Cookie"))
	}
	return all[0]
}

func cookies(list ...*http.Cookie) http.Header {
	var out []string
	for _, c := range list {
		out = append(out, c.Name+"="+c.Value)
	}
	return http.Header{"Cookie": {strings.Join(out, "; ")}}
}

func TestCookiesOfTwoNodesOnOneHost(t *testing.T) {
	a, b := newHouse(t, houseConfig{}), newHouse(t, houseConfig{})
	ana, ben := a.founds("ana", "Ana"), b.founds("ben", "Ben")
	login := func(h *house, name string) *http.Cookie {
		return cookieOf(t, h.want(201, "POST", "/sessions", "", map[string]string{"name": name, "passphrase": nodetest.Passphrase}))
	}
	ca, cb := login(a, "ana"), login(b, "ben")
	for _, c := range []*http.Cookie{ca, cb} {
		if !strings.HasPrefix(c.Name, "__Host-conclave-") || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.MaxAge <= 0 {
			t.Errorf("got the cookie %s, want __Host-, Secure, HttpOnly, SameSite=Strict, Path=/ and no domain", c)
		}
	}
	if ca.Name == cb.Name {
		t.Fatalf("both nodes call their cookie %s: a log-in at one would end that at the other", ca.Name)
	}
	both := cookies(ca, cb) // a browser sends both to both, since cookies do not know ports
	for _, c := range []struct {
		who  guest
		want string
	}{{ana, "ana"}, {ben, "ben"}} {
		if r := c.who.send("GET", "/me", "", nil, both); r.status != 200 || r.text("name") != c.want {
			t.Errorf("with both cookies: got %d %s, want %s", r.status, r.raw, c.want)
		}
	}
	if r := a.send("GET", "/me", "", nil, cookies(&http.Cookie{Name: ca.Name, Value: cb.Value})); r.status != 401 {
		t.Errorf("the other node's token: got %d, want 401", r.status)
	}

	carl := ana.invites("carl", "Carl")
	if r := a.send("GET", "/me", carl.token, nil, cookies(ca)); r.text("name") != "carl" {
		t.Errorf("a bearer token beside a cookie: got %s, want that of the token", r.raw)
	}
	if r := a.send("GET", "/me", "wrong", nil, cookies(ca)); r.status != 401 {
		t.Errorf("a wrong bearer token beside a cookie: got %d, want 401: it does not fall back", r.status)
	}

	out := a.send("DELETE", "/sessions/current", "", nil, cookies(ca))
	if gone := cookieOf(t, out); out.status != 204 || gone.Name != ca.Name || gone.MaxAge >= 0 || gone.Value != "" || out.header.Get("Clear-Site-Data") == "" {
		t.Errorf("log-out: got %d, %s and Clear-Site-Data %q, want the cookie and the site's data cleared", out.status, gone, out.header.Get("Clear-Site-Data"))
	}
	if r := a.send("GET", "/me", "", nil, cookies(ca)); r.status != 401 {
		t.Errorf("after the log-out: got %d, want 401", r.status)
	}
}

func TestEndedSessionsLoseTheirConnections(t *testing.T) {
	h := newHouse(t, houseConfig{})
	olga := h.founds("olga", "Olga")
	pia := olga.invites("pia", "Pia")
	second := func() guest { return h.login("pia", nodetest.Passphrase) }
	id := func(g guest) string { return g.ask(200, "GET", "/me", nil).text("session") }

	t.Run("revoked from another session", func(t *testing.T) {
		other := second()
		live := other.watches()
		pia.ask(204, "DELETE", "/sessions/"+id(other), nil)
		live.closes(4401)
		other.ask(401, "GET", "/me", nil)
	})
	t.Run("logged out", func(t *testing.T) {
		other := second()
		live := other.watches()
		other.ask(204, "DELETE", "/sessions/current", nil)
		live.closes(4401)
	})
	t.Run("the passphrase changed", func(t *testing.T) {
		other, own := second(), pia.watches()
		live := other.watches()
		pia.ask(204, "PUT", "/me/passphrase", map[string]string{"old": nodetest.Passphrase, "new": "another horse entirely"})
		live.closes(4401)
		other.ask(401, "GET", "/me", nil)
		pia.ask(200, "GET", "/me", nil)
		if frame, code := own.next(time.Minute); code != 0 || frame == "" {
			t.Errorf("own connection: got frame %q, code %d, want it to go on", frame, code)
		}
		if r := h.send("POST", "/sessions", "", map[string]string{"name": "pia", "passphrase": nodetest.Passphrase}, nil); r.status != 401 {
			t.Errorf("the old passphrase: got %d, want 401", r.status)
		}
		pia.ask(204, "PUT", "/me/passphrase", map[string]string{"old": "another horse entirely", "new": nodetest.Passphrase})
	})
	t.Run("suspended", func(t *testing.T) {
		other := second()
		live := other.watches()
		olga.ask(204, "PUT", "/admin/accounts/"+pia.acct+"/suspended", map[string]any{"suspended": true, "reason": "Asked for it."})
		live.closes(4401)
		other.ask(401, "GET", "/me", nil)
		r := h.want(403, "POST", "/sessions", "", map[string]string{"name": "pia", "passphrase": nodetest.Passphrase})
		if r.text("code") != "suspended" || r.text("detail") != "Asked for it." {
			t.Errorf("got %s, want suspended and the reason", r.raw)
		}
		olga.ask(204, "PUT", "/admin/accounts/"+pia.acct+"/suspended", map[string]any{"suspended": false})
	})
	t.Run("nobody else's", func(t *testing.T) {
		other := second()
		olga.ask(404, "DELETE", "/sessions/"+id(other), nil)
		other.ask(200, "GET", "/me", nil)
	})
}

func TestWhoMayOpenALiveConnection(t *testing.T) {
	h := newHouse(t, houseConfig{})
	olga := h.founds("olga", "Olga")
	cookie := cookieOf(t, h.want(201, "POST", "/sessions", "", map[string]string{"name": "olga", "passphrase": nodetest.Passphrase}))
	for name, c := range map[string]struct {
		header http.Header
		want   int
	}{
		"cookie and own origin":     {http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}, "Origin": {h.base}}, 101},
		"cookie and foreign origin": {http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}, "Origin": {"https://evil.example"}}, 403},
		"cookie and null":           {http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}, "Origin": {"null"}}, 403},
		"cookie and no origin":      {http.Header{"Cookie": {cookie.Name + "=" + cookie.Value}}, 403},
		"no session":                {http.Header{"Origin": {h.base}}, 401},
		"a wrong token":             {http.Header{"Authorization": {"Bearer x"}}, 401},
	} {
		if _, got := h.watch(c.header); got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
	if r := h.send("GET", "/live?token="+olga.token, "", nil, http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}); r.status < 400 {
		t.Errorf("a token in the query: got %d, want a refusal", r.status)
	}
	if strings.Contains(h.log.text(), olga.token) {
		t.Error("a token in the query reached the log")
	}
}

func TestSessionsSurviveARestart(t *testing.T) {
	c := houseConfig{dir: t.TempDir()}
	h := newHouse(t, c)
	olga := h.founds("olga", "Olga")
	other := h.login("olga", nodetest.Passphrase)
	live := olga.watches()
	other.ask(204, "DELETE", "/sessions/current", nil)
	again := h.again(c)
	live.closes(1012)
	if me := olga.at(again).ask(200, "GET", "/me", nil); me.text("acct") != olga.acct {
		t.Errorf("after a restart: got %s, want %s", me.raw, olga.acct)
	}
	other.at(again).ask(401, "GET", "/me", nil)
	if again.SetupToken() != "" {
		t.Error("a node with an owner prints a set-up link again")
	}
}

func TestRecoveryFromShowToUse(t *testing.T) {
	h := newHouse(t, houseConfig{})
	olga := h.founds("olga", "Olga")
	status := func() string { return olga.ask(200, "GET", "/me", nil).text("recovery_key") }
	if got := status(); got != "unseen" {
		t.Errorf("got %s, want unseen", got)
	}
	shown := olga.ask(200, "POST", "/me/recovery-key", map[string]string{"passphrase": nodetest.Passphrase})
	key, check := shown.text("key"), int(shown.body["check"].(float64))
	groups := strings.Split(key, "-")
	if len(groups) != 8 || len(groups[0]) != 4 || check < 1 || check > 8 {
		t.Fatalf("got %s, want 8 groups of 4 and one of them to confirm", shown.raw)
	}
	if got := status(); got != "shown" {
		t.Errorf("got %s, want shown", got)
	}
	olga.ask(400, "PUT", "/me/recovery-key", map[string]any{"group": check, "text": "0000"})
	olga.ask(400, "PUT", "/me/recovery-key", map[string]any{"group": check%8 + 1, "text": groups[check%8]})
	if got := status(); got != "shown" {
		t.Errorf("after a wrong group: got %s, want shown", got)
	}
	olga.ask(204, "PUT", "/me/recovery-key", map[string]any{"group": check, "text": strings.ToLower(groups[check-1])})
	if got := status(); got != "confirmed" {
		t.Errorf("got %s, want confirmed", got)
	}
	if r := olga.ask(409, "POST", "/me/recovery-key", map[string]string{"passphrase": nodetest.Passphrase}); r.text("code") != "recovery_confirmed" {
		t.Errorf("shown again: got %s", r.raw)
	}

	live, other := olga.watches(), h.login("olga", nodetest.Passphrase)
	use := func(name, key string) reply {
		return h.send("POST", "/recoveries", "", map[string]string{"name": name, "recovery_key": key, "passphrase": "a passphrase made anew"}, nil)
	}
	wrong := slices.Clone(groups)
	wrong[2] = map[bool]string{true: "AAAA", false: "BBBB"}[wrong[2] != "AAAA"]
	for name, r := range map[string]reply{"a wrong group": use("olga", strings.Join(wrong, "-")), "no such account": use("nobody", key)} {
		if r.status != 401 || r.text("code") != "recovery_key_wrong" {
			t.Errorf("%s: got %d %s, want recovery_key_wrong", name, r.status, r.raw)
		}
	}
	got := use("olga", strings.ToLower(strings.ReplaceAll(key, "-", " ")))
	if got.status != 201 || got.text("account", "acct") != olga.acct {
		t.Fatalf("the right key: got %d %s", got.status, got.raw)
	}
	live.closes(4401)
	other.ask(401, "GET", "/me", nil)
	h.want(401, "POST", "/sessions", "", map[string]string{"name": "olga", "passphrase": nodetest.Passphrase})
	h.login("olga", "a passphrase made anew")
}

func TestOneInvitationIsOneAccount(t *testing.T) {
	h := newHouse(t, houseConfig{})
	olga := h.founds("olga", "Olga")
	invite := olga.ask(201, "POST", "/admin/invites", map[string]int{"max_uses": 1})
	var made, refused int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 50 {
		all.Go(func() {
			r := h.send("POST", "/accounts", "", map[string]string{
				"name": fmt.Sprintf("racer%d", i), "passphrase": nodetest.Passphrase, "invite": invite.text("token"),
			}, nil)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case r.status == 201:
				made++
			case r.status == 403 && r.text("code") == "invite_invalid":
				refused++
			default:
				t.Errorf("got %d %s", r.status, r.raw)
			}
		})
	}
	all.Wait()
	if made != 1 || refused != 49 {
		t.Errorf("got %d accounts and %d refusals, want 1 and 49", made, refused)
	}
	if n := len(olga.ask(200, "GET", "/admin/accounts", nil).items()); n != 2 {
		t.Errorf("got %d accounts, want 2: none is made by half", n)
	}
}

func TestGuessingIsSlowedDown(t *testing.T) {
	h := newHouse(t, houseConfig{limits: true})
	olga := h.founds("olga", "Olga")
	tries := 0
	for ; tries < 20; tries++ {
		r := h.send("POST", "/sessions", "", map[string]string{"name": "olga", "passphrase": fmt.Sprintf("wrong guess %d", tries)}, http.Header{"X-Forwarded-For": {fmt.Sprintf("192.0.2.%d", tries)}})
		if r.status == 429 {
			if r.header.Get("Retry-After") == "" || r.text("code") != "too_many_requests" {
				t.Errorf("got %s and Retry-After %q, want a problem that says when to try again", r.raw, r.header.Get("Retry-After"))
			}
			break
		}
		if r.status != 401 {
			t.Fatalf("got %d %s, want 401", r.status, r.raw)
		}
	}
	if tries > 10 {
		t.Errorf("%d guesses went through, want at most 10; and other forwarded addresses do not help", tries)
	}
	olga.ask(200, "GET", "/me", nil) // who is in stays in
}

func TestUnknownNamesTakeAsLongAsWrongPassphrases(t *testing.T) {
	h := newHouse(t, houseConfig{})
	h.founds("olga", "Olga")
	answer := func(name string) reply {
		r := h.send("POST", "/sessions", "", map[string]string{"name": name, "passphrase": "a wrong passphrase"}, nil)
		r.header.Del("Date")
		return r
	}
	known, unknown := answer("olga"), answer("nobody")
	if known.status != 401 || string(known.raw) != string(unknown.raw) || fmt.Sprint(known.header) != fmt.Sprint(unknown.header) {
		t.Errorf("got %d %s %v for a name that is there, %d %s %v for one that is not; want the same",
			known.status, known.raw, known.header, unknown.status, unknown.raw, unknown.header)
	}
}

func TestTokensAreNew(t *testing.T) {
	h := newHouse(t, houseConfig{})
	h.founds("olga", "Olga")
	seen := map[string]bool{}
	for range 50 {
		token := h.login("olga", nodetest.Passphrase).token
		if len(token) < 43 || seen[token] {
			t.Fatalf("got the token %q, want 256 bits that no session had before", token)
		}
		seen[token] = true
	}
}

func TestManyLogInsAtOnceAreToldToWait(t *testing.T) {
	h := newHouse(t, houseConfig{cost: vault.Cost{Memory: 16 << 10, Passes: 2, Threads: 1}})
	h.founds("olga", "Olga")
	var busy, wrong int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 120 {
		all.Go(func() {
			r := h.send("POST", "/sessions", "", map[string]string{"name": fmt.Sprintf("nobody%d", i), "passphrase": "a wrong passphrase"}, nil)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case r.status == 503 && r.text("code") == "busy" && r.header.Get("Retry-After") != "":
				busy++
			case r.status == 401:
				wrong++
			default:
				t.Errorf("got %d %s", r.status, r.raw)
			}
		})
	}
	all.Wait()
	if busy == 0 || wrong < 65 {
		t.Errorf("got %d answers and %d told to wait, want at least the 65 that fit and some of the rest", wrong, busy)
	}
	h.login("olga", nodetest.Passphrase)
}
