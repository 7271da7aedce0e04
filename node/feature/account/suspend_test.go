package account_test

import (
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/protocol"
)

func TestSuspendedAccountCannotLogIn(t *testing.T) {
	w := newWorld(t)
	_, owner := w.owner()
	o, ana := w.add("ana")
	key := showKey(w, ana)
	must[feature.Nothing](w, owner, "account.suspend", account.SuspendRequest{Acct: ana.Account, Suspended: true, Reason: "Spam. Ask at the desk."})
	if !w.ended(o.Token) || !w.live.has(ana.Session) {
		t.Error("the session of a suspended account goes on")
	}
	if !w.ring.Unlocked(ana.Account) {
		t.Error("suspending locked the account: its messages must go on arriving")
	}
	_, err := w.login("ana", passphrase)
	refused(t, "log-in", err, 403, "suspended")
	if err != nil && err.Error() != "Spam. Ask at the desk." {
		t.Errorf("reason: got %q", err)
	}
	_, err = w.login("ana", "wrong horse battery")
	refused(t, "log-in with a wrong passphrase", err, 401, "wrong_credentials")
	_, err = call[account.Opened](w, stranger, "recovery.use", account.RecoverRequest{Name: "ana", RecoveryKey: key.Key, Passphrase: "a new one, longer"})
	refused(t, "recovery", err, 403, "suspended")
	w.restart()
	_, err = w.login("ana", passphrase)
	refused(t, "log-in after a restart", err, 403, "suspended")

	list := must[feature.List[account.Listed]](w, owner, "account.list", feature.Nothing{}).Items
	if len(list) != 2 || list[0].Suspended || !list[1].Suspended || list[1].Reason == "" || list[1].Name != "ana" {
		t.Errorf("account.list: got %+v", list)
	}
	must[feature.Nothing](w, owner, "account.suspend", account.SuspendRequest{Acct: ana.Account})
	if _, err := w.login("ana", passphrase); err != nil {
		t.Errorf("log-in after it was let in again: %v", err)
	}
}

func TestLastOwnerCannotBeSuspended(t *testing.T) {
	w := newWorld(t)
	o, owner := w.owner()
	_, err := call[feature.Nothing](w, owner, "account.suspend", account.SuspendRequest{Acct: owner.Account, Suspended: true})
	refused(t, "suspend the last owner", err, 409, "last_owner")
	_, err = call[feature.Nothing](w, control, "account.suspend", account.SuspendRequest{Acct: protocol.Account{1}, Suspended: true})
	refused(t, "suspend nobody", err, 404, "not_found")
	if w.ended(o.Token) {
		t.Error("a refused suspension ended a session")
	}
}

func TestOperationsAskForTheRightCaller(t *testing.T) {
	w := newWorld(t)
	want := map[string]feature.Access{
		"setup.get": feature.Public, "account.create": feature.Public, "session.open": feature.Public, "recovery.use": feature.Public,
		"account.list": feature.Owner, "account.suspend": feature.Owner, "invite.create": feature.Owner, "invite.list": feature.Owner, "invite.delete": feature.Owner,
		"me.get": feature.Session, "me.passphrase": feature.Session, "me.seal": feature.Session, "me.renew_link": feature.Session,
		"recovery.show": feature.Session, "recovery.confirm": feature.Session, "session.list": feature.Session, "session.close": feature.Session, "profile.set": feature.Session,
	}
	for _, op := range w.reg.Operations() {
		if access, known := want[op.Name]; !known || access != op.Access {
			t.Errorf("%s: got access %v, want %v", op.Name, op.Access, access)
		}
		if opens := op.Name == "account.create" || op.Name == "session.open" || op.Name == "recovery.use"; op.Opens != opens {
			t.Errorf("%s: got opens %v, want %v", op.Name, op.Opens, opens)
		}
		delete(want, op.Name)
	}
	if len(want) != 0 {
		t.Errorf("missing operations: %v", want)
	}
}
