package account_test

import (
	"strings"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/protocol"
)

func TestLogInAndOut(t *testing.T) {
	w := newWorld(t)
	first, actor := w.owner()
	second, err := call[account.Opened](w, stranger, "session.open", account.OpenRequest{Name: "olga", Passphrase: passphrase, Client: "Firefox"})
	if err != nil {
		t.Fatalf("session.open: %v", err)
	}
	if second.Token == first.Token || len(second.Token) != 43 || second.Account != first.Account {
		t.Errorf("second session: got %+v, want another token for %+v", second, first.Account)
	}
	list := must[feature.List[account.Session]](w, actor, "session.list", feature.Nothing{}).Items
	if len(list) != 2 {
		t.Fatalf("session.list: got %+v, want 2", list)
	}
	for _, s := range list {
		if s.Current != (s.ID == actor.Session) || s.Address != stranger.Remote {
			t.Errorf("session: got %+v, want current only for %s", s, actor.Session)
		}
		if !s.Current && s.Client != "Firefox" {
			t.Errorf("client: got %q, want Firefox", s.Client)
		}
	}
	other := w.actor(second.Token)
	must[feature.Nothing](w, actor, "session.close", account.CloseRequest{ID: other.Session})
	if !w.ended(second.Token) || !w.live.has(other.Session) {
		t.Error("the closed session or its connections go on")
	}
	must[feature.Nothing](w, actor, "session.close", account.CloseRequest{ID: "current"})
	if !w.ended(first.Token) || !w.live.has(actor.Session) {
		t.Error("the session goes on after log-out")
	}
	if got := w.live.told("session"); got != 4 {
		t.Errorf("session frames: got %d, want 4", got)
	}
	if !w.ring.Unlocked(actor.Account) {
		t.Error("an account that is not sealed was locked by its log-out")
	}
}

func TestWrongCredentials(t *testing.T) {
	w := newWorld(t)
	w.owner()
	for _, c := range [][2]string{
		{"olga", "wrong horse battery"}, {"nobody", passphrase}, {"Olga", passphrase}, {"", ""}, {"olga\x00", passphrase},
		{"olga", passphrase + " "}, {"olga", strings.ToUpper(passphrase)},
	} {
		_, err := w.login(c[0], c[1])
		refused(t, c[0]+" "+c[1], err, 401, "wrong_credentials")
	}
}

func TestTokensThatOpenNothing(t *testing.T) {
	w := newWorld(t)
	o, actor := w.owner()
	for _, token := range []string{"", "x", strings.Repeat("A", 43), o.Token + "A", o.Token[:42], actor.Session, o.Token[:42] + "="} {
		if !w.ended(token) {
			t.Errorf("token %q opens a session", token)
		}
	}
}

func TestCloseRefusesForeignSessions(t *testing.T) {
	w := newWorld(t)
	o, olga := w.owner()
	_, ana := w.add("ana")
	for _, id := range []string{olga.Session, "", "zz", strings.Repeat("0", 32), strings.ToUpper(olga.Session)} {
		_, err := call[feature.Nothing](w, ana, "session.close", account.CloseRequest{ID: id})
		refused(t, "close "+id, err, 404, "not_found")
	}
	if w.ended(o.Token) {
		t.Error("a stranger ended the session")
	}
}

func TestSessionsEndWithTime(t *testing.T) {
	w := newWorld(t)
	idle, _ := w.owner()
	used, err := w.login("olga", passphrase)
	if err != nil {
		t.Fatal(err)
	}
	for range 8 { // 176 days, never idle for 30
		w.clock.pass(22 * 24 * time.Hour)
		if w.ended(used.Token) {
			t.Fatal("a session in use ended before its time")
		}
	}
	if !w.ended(idle.Token) {
		t.Error("a session idle for 30 days goes on")
	}
	actor := w.actor(used.Token)
	w.sweep()
	if got := must[feature.List[account.Session]](w, actor, "session.list", feature.Nothing{}).Items; len(got) != 1 {
		t.Errorf("sessions after the sweep: got %d, want 1", len(got))
	}
	w.clock.pass(5 * 24 * time.Hour)
	if !w.ended(used.Token) {
		t.Error("a session of 181 days goes on")
	}
	w.sweep()
	if !w.live.has(actor.Session) {
		t.Error("connections of an expired session go on")
	}
}

func TestLastUseIsKeptToFiveMinutes(t *testing.T) {
	w := newWorld(t)
	o, actor := w.owner()
	seen := func() time.Time {
		return must[feature.List[account.Session]](w, actor, "session.list", feature.Nothing{}).Items[0].LastSeen
	}
	start := seen()
	w.clock.pass(4 * time.Minute)
	w.actor(o.Token)
	if got := seen(); !got.Equal(start) {
		t.Errorf("last seen after 4 minutes: got %v, want %v", got, start)
	}
	w.clock.pass(time.Minute)
	w.actor(o.Token)
	if got, want := seen(), start.Add(5*time.Minute); !got.Equal(want) {
		t.Errorf("last seen after 5 minutes: got %v, want %v", got, want)
	}
}

func TestTooManySessionsEndTheOldest(t *testing.T) {
	w := newWorld(t)
	first, _ := w.owner()
	var last account.Opened
	for range 100 {
		w.clock.pass(time.Second)
		var err error
		if last, err = w.login("olga", passphrase); err != nil {
			t.Fatal(err)
		}
	}
	actor := w.actor(last.Token)
	if got := must[feature.List[account.Session]](w, actor, "session.list", feature.Nothing{}).Items; len(got) != 100 {
		t.Errorf("sessions: got %d, want 100", len(got))
	}
	if !w.ended(first.Token) {
		t.Error("the session that was not used for longest goes on")
	}
}

func TestRestartKeepsSessionsAndOpensAccounts(t *testing.T) {
	w := newWorld(t)
	o, actor := w.owner()
	before := must[account.Me](w, actor, "me.get", feature.Nothing{})
	w.restart()
	if !w.ring.Unlocked(actor.Account) {
		t.Error("the account is locked after a restart")
	}
	after := must[account.Me](w, w.actor(o.Token), "me.get", feature.Nothing{})
	if after != before {
		t.Errorf("me after a restart: got %+v, want %+v", after, before)
	}
}

func TestContactLink(t *testing.T) {
	w := newWorld(t)
	_, olga := w.owner()
	_, ana := w.add("ana")
	link := func(a feature.Actor) protocol.Link {
		l, err := protocol.ParseLink(must[account.Me](w, a, "me.get", feature.Nothing{}).ContactLink)
		if err != nil || l.Account != a.Account {
			t.Fatalf("contact link: got %+v, %v", l, err)
		}
		return l
	}
	check := func(who protocol.Account, secret []byte) (ok bool) {
		if err := w.store.View(func(tx feature.Tx) error {
			ok = w.host.CheckLink(tx, who, secret)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return ok
	}
	old := link(olga)
	foreign := link(ana)
	if !check(olga.Account, old.Secret[:]) {
		t.Error("the link's secret: got refused")
	}
	for name, secret := range map[string][]byte{"none": nil, "short": old.Secret[:15], "another account's": foreign.Secret[:]} {
		if check(olga.Account, secret) {
			t.Errorf("secret %s: got accepted", name)
		}
	}
	renewed := must[account.Link](w, olga, "me.renew_link", feature.Nothing{})
	if now := link(olga); now.Text() != renewed.ContactLink || now.Secret == old.Secret || check(olga.Account, old.Secret[:]) || !check(olga.Account, now.Secret[:]) {
		t.Error("the old link opens after it was renewed, or the new one does not")
	}
	if got := w.live.told("me"); got != 1 {
		t.Errorf("me frames: got %d, want 1", got)
	}
	w.ring.Lock(olga.Account)
	if now := renewed.ContactLink; now == "" || check(olga.Account, old.Secret[:]) {
		t.Error("a locked account accepts a link")
	}
}
