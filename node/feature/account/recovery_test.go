package account_test

import (
	"strings"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/account"
)

func showKey(w *world, who feature.Actor) account.RecoveryKey {
	w.t.Helper()
	return must[account.RecoveryKey](w, who, "recovery.show", account.ShowRequest{Passphrase: passphrase})
}

func TestRecoveryKeyIsShownUntilConfirmed(t *testing.T) {
	w := newWorld(t)
	_, actor := w.owner()
	state := func() string { return must[account.Me](w, actor, "me.get", feature.Nothing{}).RecoveryKey }
	_, err := call[account.RecoveryKey](w, actor, "recovery.show", account.ShowRequest{Passphrase: "wrong horse battery"})
	refused(t, "show with a wrong passphrase", err, 401, "wrong_credentials")
	_, err = call[feature.Nothing](w, actor, "recovery.confirm", account.ConfirmRequest{Group: 1, Text: "AAAA"})
	refused(t, "confirm before it was shown", err, 400, "recovery_group_wrong")
	if got := state(); got != "unseen" {
		t.Errorf("state: got %q, want unseen", got)
	}
	key := showKey(w, actor)
	groups := strings.Split(key.Key, "-")
	if len(groups) != 8 || len(groups[7]) != 4 || key.Check < 1 || key.Check > 8 {
		t.Fatalf("recovery.show: got %+v, want 8 groups of 4 and one to check", key)
	}
	again := showKey(w, actor)
	if again.Key != key.Key || state() != "shown" {
		t.Errorf("shown again: got %+v, state %q; want the same key, shown", again, state())
	}
	for _, req := range []account.ConfirmRequest{
		{Group: again.Check, Text: "0O0O"}, {Group: again.Check%8 + 1, Text: groups[again.Check%8]}, {Group: 0, Text: "AAAA"}, {Group: 9, Text: "AAAA"}, {Group: again.Check},
	} {
		_, err := call[feature.Nothing](w, actor, "recovery.confirm", req)
		refused(t, "wrong group", err, 400, "recovery_group_wrong")
	}
	must[feature.Nothing](w, actor, "recovery.confirm", account.ConfirmRequest{Group: again.Check, Text: " " + strings.ToLower(groups[again.Check-1])})
	if got := state(); got != "confirmed" {
		t.Errorf("state: got %q, want confirmed", got)
	}
	_, err = call[account.RecoveryKey](w, actor, "recovery.show", account.ShowRequest{Passphrase: passphrase})
	refused(t, "show after it was confirmed", err, 409, "recovery_confirmed")
	_, err = call[feature.Nothing](w, actor, "recovery.confirm", account.ConfirmRequest{Group: again.Check, Text: groups[again.Check-1]})
	refused(t, "confirm again", err, 409, "recovery_confirmed")
}

func TestRecoverySetsAPassphraseAndEndsSessions(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		w := newWorld(t)
		old, actor := w.owner()
		key := showKey(w, actor)
		if sealed {
			must[feature.Nothing](w, actor, "me.seal", account.SealRequest{Sealed: true, Passphrase: passphrase})
		}
		before := must[account.Me](w, actor, "me.get", feature.Nothing{})
		w.restart()
		typed := strings.ToLower(strings.ReplaceAll(key.Key, "-", " "))
		got := must[account.Opened](w, stranger, "recovery.use", account.RecoverRequest{Name: "olga", RecoveryKey: typed, Passphrase: "a new one, longer"})
		if !w.ended(old.Token) || !w.live.has(actor.Session) {
			t.Errorf("sealed %v: an old session goes on", sealed)
		}
		after := must[account.Me](w, w.actor(got.Token), "me.get", feature.Nothing{})
		after.Session, before.RecoveryKey, before.Session = "", after.RecoveryKey, ""
		if after != before {
			t.Errorf("sealed %v: me after recovery: got %+v, want %+v", sealed, after, before)
		}
		_, err := w.login("olga", passphrase)
		refused(t, "old passphrase", err, 401, "wrong_credentials")
		if _, err := w.login("olga", "a new one, longer"); err != nil {
			t.Errorf("new passphrase: %v", err)
		}
	}
}

func TestRecoveryRefusesWrongKeys(t *testing.T) {
	w := newWorld(t)
	o, olga := w.owner()
	_, ana := w.add("ana")
	key, foreign := showKey(w, olga).Key, showKey(w, ana).Key
	flipped := []byte(key)
	flipped[6] = map[bool]byte{true: '8', false: '7'}[flipped[6] == '7']
	cases := []struct {
		name, account, key string
	}{
		{"another account's", "olga", foreign},
		{"for an unknown name", "nobody", key},
		{"mistyped", "olga", string(flipped)},
		{"cut", "olga", key[:len(key)-1]},
		{"empty", "olga", ""},
		{"no key at all", "olga", strings.Repeat("U", 32)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := call[account.Opened](w, stranger, "recovery.use", account.RecoverRequest{Name: c.account, RecoveryKey: c.key, Passphrase: "a new one, longer"})
			refused(t, "recovery.use", err, 401, "recovery_key_wrong")
			if c.name == "mistyped" && !strings.Contains(err.Error(), "Group 2") {
				t.Errorf("mistyped: got %q, want the group named", err)
			}
		})
	}
	_, err := call[account.Opened](w, stranger, "recovery.use", account.RecoverRequest{Name: "olga", RecoveryKey: key, Passphrase: "short"})
	refused(t, "weak passphrase", err, 400, "passphrase_weak")
	if _, err := w.login("olga", passphrase); err != nil || w.ended(o.Token) {
		t.Errorf("after refused recoveries: got %v, want everything as it was", err)
	}
}
