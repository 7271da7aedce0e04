package account_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/account"
)

func TestFirstAccountNeedsTheSetupToken(t *testing.T) {
	w := newWorld(t)
	if got := must[account.Setup](w, stranger, "setup.get", feature.Nothing{}); got.Claimed || got.Registration != "invite" {
		t.Errorf("setup.get of a new node: got %+v, want unclaimed", got)
	}
	req := account.CreateRequest{Name: "olga", Passphrase: passphrase}
	for _, token := range []string{"", "x", strings.Repeat("A", 43), w.setupToken() + "A"} {
		req.SetupToken = token
		_, err := call[account.Opened](w, stranger, "account.create", req)
		refused(t, fmt.Sprintf("set-up token %q", token), err, 403, "setup_token_wrong")
	}
	first, actor := w.owner()
	if !first.Account.Owner || !actor.Owner || first.Account.DisplayName != "Olga O." || first.Account.Address != "olga@node.example" {
		t.Errorf("first account: got %+v, want the owner", first.Account)
	}
	if got := must[account.Setup](w, stranger, "setup.get", feature.Nothing{}); !got.Claimed {
		t.Error("setup.get of a claimed node: got unclaimed")
	}
	_, err := call[account.Opened](w, stranger, "account.create", account.CreateRequest{Name: "eve", Passphrase: passphrase, SetupToken: w.setupToken()})
	refused(t, "set-up token again", err, 409, "already_claimed")
}

func TestSetupTokenChangesAtEachStart(t *testing.T) {
	w := newWorld(t)
	old := w.setupToken()
	w.clock.pass(time.Second)
	w.restart()
	if w.setupToken() == old {
		t.Error("the set-up token is the same after a restart")
	}
	_, err := call[account.Opened](w, stranger, "account.create", account.CreateRequest{Name: "eve", Passphrase: passphrase, SetupToken: old})
	refused(t, "token of an earlier start", err, 403, "setup_token_wrong")
}

func TestOneOfManyClaimsTheNode(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	results := make([]error, 20)
	for i := range results {
		wg.Go(func() {
			_, results[i] = call[account.Opened](w, stranger, "account.create", account.CreateRequest{
				Name: fmt.Sprintf("olga%d", i), Passphrase: passphrase, SetupToken: w.setupToken(),
			})
		})
	}
	wg.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		refused(t, "late claim", err, 409, "already_claimed")
	}
	if won != 1 {
		t.Errorf("claims: got %d, want 1", won)
	}
}

func TestCreateRefusesWrongInput(t *testing.T) {
	w := newWorld(t)
	w.owner()
	ok := account.CreateRequest{Name: "ana", Passphrase: passphrase}
	cases := []struct {
		name   string
		change func(*account.CreateRequest)
		status int
		code   string
	}{
		{"no name", func(r *account.CreateRequest) { r.Name = "" }, 400, "bad_request"},
		{"capitals", func(r *account.CreateRequest) { r.Name = "Ana" }, 400, "bad_request"},
		{"long name", func(r *account.CreateRequest) { r.Name = strings.Repeat("a", 33) }, 400, "bad_request"},
		{"control character in the display name", func(r *account.CreateRequest) { r.DisplayName = "A\x00" }, 400, "bad_request"},
		{"long display name", func(r *account.CreateRequest) { r.DisplayName = strings.Repeat("ä", 65) }, 400, "bad_request"},
		{"passphrase of 7", func(r *account.CreateRequest) { r.Passphrase = "äöüßéèê" }, 400, "passphrase_weak"},
		{"passphrase of 129", func(r *account.CreateRequest) { r.Passphrase = strings.Repeat("ab", 64) + "c" }, 400, "passphrase_weak"},
		{"not UTF-8", func(r *account.CreateRequest) { r.Passphrase = "abcdefgh\xff" }, 400, "passphrase_weak"},
		{"one character again and again", func(r *account.CreateRequest) { r.Passphrase = "ÄäÄäÄäÄäÄ" }, 400, "passphrase_weak"},
		{"everybody's passphrase", func(r *account.CreateRequest) { r.Passphrase = "Password123" }, 400, "passphrase_weak"},
		{"the name as passphrase", func(r *account.CreateRequest) { r.Name, r.Passphrase = "anastasia", "Anastasia" }, 400, "passphrase_weak"},
		{"a taken name", func(r *account.CreateRequest) { r.Name = "olga" }, 409, "name_taken"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			req := ok
			c.change(&req)
			_, err := call[account.Opened](w, control, "account.create", req)
			refused(t, "account.create", err, c.status, c.code)
		})
	}
	if got := must[feature.List[account.Listed]](w, control, "account.list", feature.Nothing{}); len(got.Items) != 1 {
		t.Errorf("accounts afterwards: got %d, want 1", len(got.Items))
	}
	longest := ok
	longest.Passphrase, longest.DisplayName = strings.Repeat("äé", 64), strings.Repeat("ä", 64)
	must[account.Opened](w, control, "account.create", longest)
}

func TestMeDescribesTheAccount(t *testing.T) {
	w := newWorld(t)
	o, actor := w.owner()
	me := must[account.Me](w, actor, "me.get", feature.Nothing{})
	if me.Account != o.Account || me.RecoveryKey != "unseen" || me.Sealed || me.Session != actor.Session || me.CheckWords[3] == "" {
		t.Errorf("me.get: got %+v", me)
	}
	if !strings.HasPrefix(me.ContactLink, "https://node.example/i#") {
		t.Errorf("contact link: got %q, want one of this node", me.ContactLink)
	}
}
