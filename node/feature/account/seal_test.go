package account_test

import (
	"errors"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/account"
)

func seal(w *world, who feature.Actor, sealed bool) {
	w.t.Helper()
	must[feature.Nothing](w, who, "me.seal", account.SealRequest{Sealed: sealed, Passphrase: passphrase})
}

func TestSealedAccountIsLockedAfterARestart(t *testing.T) {
	w := newWorld(t)
	o, actor := w.owner()
	_, err := call[feature.Nothing](w, actor, "me.seal", account.SealRequest{Sealed: true, Passphrase: "wrong horse battery"})
	refused(t, "seal with a wrong passphrase", err, 401, "wrong_credentials")
	seal(w, actor, true)
	if !must[account.Me](w, actor, "me.get", feature.Nothing{}).Sealed {
		t.Error("me.get: got not sealed")
	}

	w.restart()
	if w.ring.Unlocked(actor.Account) {
		t.Fatal("a sealed account is open after a restart")
	}
	if _, err := call[account.Me](w, actor, "me.get", feature.Nothing{}); !errors.Is(err, feature.ErrLocked) {
		t.Errorf("me.get while locked: got %v, want %v", err, feature.ErrLocked)
	}
	if got := must[feature.List[account.Listed]](w, control, "account.list", feature.Nothing{}).Items[0]; got.DisplayName != "olga" || !got.Sealed {
		t.Errorf("account.list while locked: got %+v, want its name only", got)
	}
	w.actor(o.Token)
	if !w.ring.Unlocked(actor.Account) {
		t.Error("its session did not open it")
	}

	w.restart()
	if _, err := w.login("olga", passphrase); err != nil || !w.ring.Unlocked(actor.Account) {
		t.Errorf("log-in: got %v, unlocked %v", err, w.ring.Unlocked(actor.Account))
	}
}

func TestSealedAccountLocksWithItsLastSession(t *testing.T) {
	w := newWorld(t)
	o, actor := w.owner()
	second, err := w.login("olga", passphrase)
	if err != nil {
		t.Fatal(err)
	}
	seal(w, actor, true)
	must[feature.Nothing](w, actor, "session.close", account.CloseRequest{ID: "current"})
	if !w.ring.Unlocked(actor.Account) {
		t.Fatal("locked while a session goes on")
	}
	must[feature.Nothing](w, w.actor(second.Token), "session.close", account.CloseRequest{ID: "current"})
	if w.ring.Unlocked(actor.Account) {
		t.Error("open without a session")
	}
	if !w.ended(o.Token) || !w.ended(second.Token) || w.ring.Unlocked(actor.Account) {
		t.Error("the token of an ended session opens the vault")
	}
}

func TestUnsealedAccountOpensByItself(t *testing.T) {
	w := newWorld(t)
	_, actor := w.owner()
	seal(w, actor, true)
	seal(w, actor, false)
	w.restart()
	if !w.ring.Unlocked(actor.Account) {
		t.Error("an unsealed account is locked after a restart")
	}
}
