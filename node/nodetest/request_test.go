package nodetest_test

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// address is where somebody is found by who knows the name and the page.
func (g guest) address() string { return g.name + "@" + strings.TrimPrefix(g.base, "http://") }

// sees tells whether anything that the guest can fetch holds a text.
func (g guest) sees(conversation, other, text string) bool {
	g.t.Helper()
	for _, path := range []string{
		"/conversations", "/contacts", "/me", "/conversations/" + conversation, "/conversations/" + conversation + "/messages",
		"/sessions", "/admin/node", "/admin/accounts", "/contacts/" + other,
	} {
		if strings.Contains(string(g.send("GET", path, g.token, nil, nil).raw), text) {
			return true
		}
	}
	return false
}

func TestRequestsByAddress(t *testing.T) {
	a, b := newHouse(t, houseConfig{}), newHouse(t, houseConfig{})
	ana, ben := a.founds("ana", "Ana Canary"), b.founds("ben", "Ben")
	live := ben.watches()

	preview := ana.ask(200, "POST", "/contacts/preview", map[string]string{"address": ben.address()})
	if preview.text("acct") != ben.acct || preview.text("name") != "" || preview.body["known"] != false {
		t.Errorf("preview: got %s, want the account and no name", preview.raw)
	}
	if ben.state(ana.acct) != "" {
		t.Error("a preview is told to the person")
	}
	asked := ana.ask(201, "POST", "/contacts", map[string]string{"address": ben.address()})
	talk := asked.text("conversation")
	if asked.text("state") != "pending" {
		t.Errorf("got %s, want pending", asked.raw)
	}
	again := ana.ask(200, "POST", "/contacts", map[string]string{"address": ben.address()})
	if again.text("conversation") != talk {
		t.Errorf("asked again: got %s, want the same", again.raw)
	}
	const early = "text-before-acceptance-8812"
	first := ana.says(talk, early)
	ben.until("the request arrives", func() bool { return ben.state(ana.acct) == "requested" })
	ana.until("the text arrived", func() bool { return ana.progress(talk, first) == "delivered" })
	ben.ask(404, "GET", "/conversations/"+talk, nil)
	ben.ask(404, "GET", "/conversations/"+talk+"/messages", nil)
	ben.ask(404, "POST", "/conversations/"+talk+"/messages", map[string]string{"text": "x"})
	ben.ask(404, "PUT", "/conversations/"+talk+"/read", map[string]string{"message": first})
	ben.ask(404, "POST", "/conversations", map[string]string{"kind": "direct", "with": ana.acct})
	if ben.sees(talk, ana.acct, early) {
		t.Error("the text of a request is shown before it was accepted")
	}
	if got := live.past("requested") + live.frames(300*time.Millisecond); strings.Contains(got, early) {
		t.Errorf("live frames: got %q, want the request without its text", got)
	}
	ana.ask(409, "POST", "/contacts/"+ben.acct+"/accept", nil)

	if r := ben.ask(200, "POST", "/contacts/"+ana.acct+"/accept", nil); r.text("state") != "accepted" {
		t.Errorf("accept: got %s", r.raw)
	}
	if got := ben.texts(talk); len(got) != 1 || got[0] != early {
		t.Errorf("after the acceptance: got %q, want the text", got)
	}
	ana.until("the acceptance arrives", func() bool { return ana.state(ben.acct) == "accepted" })
	ben.says(talk, "welcome")
	ana.until("the answer arrives", func() bool { return len(ana.texts(talk)) == 2 })
}

func TestABlockedPersonIsNotTold(t *testing.T) {
	a, b := newHouse(t, houseConfig{}), newHouse(t, houseConfig{})
	ana, ben := a.founds("ana", "Ana"), b.founds("ben", "Ben")
	talk := ana.meets(ben)
	before := ana.says(talk, "before the block")
	ana.until("delivered", func() bool { return ana.progress(talk, before) == "delivered" })

	ben.ask(200, "POST", "/contacts/"+ana.acct+"/block", nil)
	live := ben.watches()
	const during = "text-during-the-block-2207"
	blocked := ana.says(talk, during)
	if r := ben.ask(403, "POST", "/conversations/"+talk+"/messages", map[string]string{"text": "x"}); r.text("code") != "blocked" {
		t.Errorf("writing to somebody blocked: got %s", r.raw)
	}
	ana.until("sent", func() bool { return ana.progress(talk, blocked) == "sent" })
	if got := ana.state(ben.acct); got != "accepted" {
		t.Errorf("the blocked person sees %s, want accepted as before", got)
	}
	if r := ana.ask(200, "POST", "/contacts", map[string]string{"link": ben.link()}); r.text("state") != "accepted" {
		t.Errorf("taking up the link while blocked: got %s", r.raw)
	}
	if got := live.frames(500 * time.Millisecond); strings.Contains(got, during) || ben.sees(talk, ana.acct, during) {
		t.Errorf("a blocked person's text is shown; frames %q", got)
	}
	if r := ben.ask(409, "DELETE", "/contacts/"+ana.acct, nil); r.status != 409 {
		t.Errorf("deleting a block: got %d", r.status)
	}
	ben.ask(200, "POST", "/contacts/"+ana.acct+"/unblock", nil)
	after := ana.says(talk, "after the block")
	ana.until("delivered", func() bool { return ana.progress(talk, after) == "delivered" })
	if got := ben.texts(talk); len(got) != 2 || got[1] != "after the block" {
		t.Errorf("after the block: got %q, want what came before and after it, nothing of its time", got)
	}
	if got := ana.progress(talk, blocked); got != "sent" {
		t.Errorf("the text of that time: got %s, want sent for ever", got)
	}
}

func TestWhoWasDeletedAsksAgain(t *testing.T) {
	a, b := newHouse(t, houseConfig{}), newHouse(t, houseConfig{})
	ana, ben := a.founds("ana", "Ana"), b.founds("ben", "Ben")
	talk := ana.meets(ben)
	ben.ask(204, "DELETE", "/contacts/"+ana.acct, nil)
	ben.ask(404, "GET", "/conversations/"+talk+"/messages", nil)
	if got := ben.state(ana.acct); got != "" {
		t.Errorf("after the deletion: got %s, want nothing", got)
	}
	const text = "are-you-there-5519"
	ana.says(talk, text)
	ben.until("a new request", func() bool { return ben.state(ana.acct) == "requested" })
	if ben.sees(talk, ana.acct, text) {
		t.Error("the text of the new request is shown")
	}
	ben.ask(204, "DELETE", "/contacts/"+ana.acct, nil)
	if got := ben.state(ana.acct); got != "" {
		t.Errorf("after deleting the request: got %s, want nothing", got)
	}
	ana.says(talk, "once more")
	ben.until("another request", func() bool { return ben.state(ana.acct) == "requested" })
	ben.ask(200, "POST", "/contacts/"+ana.acct+"/accept", nil)
	if got := ben.texts(talk); len(got) == 0 || got[len(got)-1] != "once more" {
		t.Errorf("after the acceptance: got %q", got)
	}
}

func TestARenewedLinkOpensNothing(t *testing.T) {
	a, b := newHouse(t, houseConfig{}), newHouse(t, houseConfig{})
	ana, ben := a.founds("ana", "Ana"), b.founds("ben", "Ben")
	old := ben.link()
	fresh := ben.ask(200, "POST", "/me/contact-link", map[string]any{}).text("contact_link")
	if fresh == old || fresh != ben.link() {
		t.Fatalf("got %s, want a new link that stays", fresh)
	}
	for _, path := range []string{"/contacts/preview", "/contacts"} {
		if r := ana.send("POST", path, ana.token, map[string]string{"link": old}, nil); r.status != 404 {
			t.Errorf("POST %s with the old link: got %d %s, want 404", path, r.status, r.raw)
		}
	}
	if got := ana.ask(200, "GET", "/contacts", nil).items(); len(got) != 0 {
		t.Errorf("the old link left %v", got)
	}
	if got := ben.state(ana.acct); got != "" {
		t.Errorf("the old link made %s on the other side", got)
	}
	if r := ana.ask(200, "POST", "/contacts/preview", map[string]string{"link": fresh}); r.text("name") != "Ben" {
		t.Errorf("the new link: got %s, want the name", r.raw)
	}
	ana.meets(ben)
}

func TestWellKnownTellsNothingToGuessers(t *testing.T) {
	h := newHouse(t, houseConfig{})
	olga := h.founds("olga", "Olga Canary")
	r := h.want(200, "GET", "/.well-known/conclave/v1/c/"+olga.acct, "", nil)
	if s := string(r.raw); strings.Contains(s, "olga") || strings.Contains(s, "Canary") {
		t.Errorf("got %s, want neither name nor display name", s)
	}
	for _, path := range []string{"/.well-known/conclave/", "/.well-known/conclave/v1/", "/.well-known/conclave/v1/a/", "/.well-known/conclave/v1/c/", "/.well-known/conclave/v1/a/olga"} {
		if r := h.send("GET", path, "", nil, nil); r.status != 404 {
			t.Errorf("%s: got %d %s, want 404", path, r.status, r.raw)
		}
	}
}

// TestAnAddressCannotMakeTheNodeAskOthers is about addresses that lead to servers that are no nodes.
func TestAnAddressCannotMakeTheNodeAskOthers(t *testing.T) {
	h := newHouse(t, houseConfig{})
	olga := h.founds("olga", "Olga")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan *url.URL, 16)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got <- r.URL
		http.Redirect(w, r, "http://"+l.Addr().String()+"/elsewhere", http.StatusFound)
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	r := olga.send("POST", "/contacts", olga.token, map[string]string{"address": "x@" + l.Addr().String()}, nil)
	if r.status != 503 || r.text("code") != "unreachable" {
		t.Errorf("got %d %s, want unreachable", r.status, r.raw)
	}
	if n := len(got); n != 1 {
		t.Errorf("the server was asked %d times, want once: a redirect to plain HTTP is not followed", n)
	}
	for _, address := range []string{"x@" + l.Addr().String() + "/path", "x@user@" + l.Addr().String(), "x@" + l.Addr().String() + "?q", "x@" + l.Addr().String() + "#f", "x@", "@" + l.Addr().String(), "x@\n" + l.Addr().String(), "x@[::1"} {
		if r := olga.send("POST", "/contacts", olga.token, map[string]string{"address": address}, nil); r.status != 400 {
			t.Errorf("%q: got %d %s, want 400", address, r.status, r.raw)
		}
	}
	if n := len(got); n != 1 {
		t.Errorf("wrong addresses made the node ask: %d requests", n)
	}
}

func TestBothTakeUpContactAtOnce(t *testing.T) {
	for name, lead := range map[string]func(guest) map[string]string{
		"by link":    func(g guest) map[string]string { return map[string]string{"link": g.link()} },
		"by address": func(g guest) map[string]string { return map[string]string{"address": g.address()} },
	} {
		t.Run(name, func(t *testing.T) {
			a, b := newHouse(t, houseConfig{}), newHouse(t, houseConfig{})
			ana, ben := a.founds("ana", "Ana"), b.founds("ben", "Ben")
			toBen, toAna := lead(ben), lead(ana)
			var all sync.WaitGroup
			var got [2]reply
			all.Go(func() { got[0] = ana.send("POST", "/contacts", ana.token, toBen, nil) })
			all.Go(func() { got[1] = ben.send("POST", "/contacts", ben.token, toAna, nil) })
			all.Wait()
			talk := got[0].text("conversation")
			if talk == "" || got[1].text("conversation") != talk {
				t.Fatalf("got %s and %s, want one conversation", got[0].raw, got[1].raw)
			}
			ana.until("both are contacts", func() bool { return ana.state(ben.acct) == "accepted" && ben.state(ana.acct) == "accepted" })
			one, two := ana.says(talk, "one"), ben.says(talk, "two")
			ana.until("both arrived", func() bool { return ana.progress(talk, one) == "delivered" && ben.progress(talk, two) == "delivered" })
			if x, y := ana.texts(talk), ben.texts(talk); len(x) != 2 || !slices.Equal(x, y) {
				t.Errorf("got %q and %q, want the same order on both sides", x, y)
			}
		})
	}
}

func TestTextsArriveByteForByte(t *testing.T) {
	a, b := newHouse(t, houseConfig{}), newHouse(t, houseConfig{})
	ana, ben := a.founds("ana", "Ana"), b.founds("ben", "Ben")
	talk := ana.meets(ben)
	texts := []string{
		" ", "\n", "\x00", " leading and trailing \t\n", "\x02bold\x02 \x1b[31mred", "e\u0301 is not é", "\ufeffmark", "\u202eright to left\u2066",
		"\ufffd", "\U0010ffff\ufdd0", "<script>alert(1)</script>&amp;", `\u0041 "quoted" \`, "\r\n\u2028\u2029\u0085",
		strings.Repeat("x", 60_000), strings.Repeat("😀", 15_000), strings.Repeat("\x01", 60_000),
	}
	for _, text := range texts {
		ana.says(talk, text)
	}
	ben.until("all arrived", func() bool { return len(ben.texts(talk)) == len(texts) })
	for who, got := range map[string][]string{"the writer": ana.texts(talk), "the reader": ben.texts(talk)} {
		for i, text := range texts {
			if got[i] != text {
				t.Errorf("%s, text %d: got %.40q, want %.40q", who, i, got[i], text)
			}
		}
	}
}

func TestAConversationIsMadeOnce(t *testing.T) {
	a, b := newHouse(t, houseConfig{}), newHouse(t, houseConfig{})
	ana, ben := a.founds("ana", "Ana"), b.founds("ben", "Ben")
	ana.ask(404, "POST", "/conversations", map[string]string{"kind": "direct", "with": ben.acct})
	talk := ana.meets(ben)
	for _, g := range []struct{ who, with guest }{{ana, ben}, {ben, ana}} {
		body := map[string]string{"kind": "direct", "with": g.with.acct}
		if r := g.who.ask(201, "POST", "/conversations", body); r.text("id") != talk || r.text("with") != g.with.acct {
			t.Errorf("got %s, want the conversation %s", r.raw, talk)
		}
		if r := g.who.ask(200, "POST", "/conversations", body); r.text("id") != talk {
			t.Errorf("again: got %s, want the same", r.raw)
		}
	}
}
