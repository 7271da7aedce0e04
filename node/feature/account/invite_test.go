package account_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/feature/account"
)

func join(w *world, name, token string) error {
	_, err := call[account.Opened](w, stranger, "account.create", account.CreateRequest{Name: name, Passphrase: passphrase, Invite: token})
	return err
}

func TestInviteIsUsedOnceByAHundredAtOnce(t *testing.T) {
	w := newWorld(t)
	_, owner := w.owner()
	i := must[account.NewInvite](w, owner, "invite.create", account.InviteRequest{MaxUses: 1})
	var wg sync.WaitGroup
	results := make([]error, 100)
	for n := range results {
		wg.Go(func() {
			// A full queue turns away before the invitation counts; come again as a browser would.
			for results[n] = join(w, fmt.Sprintf("guest%d", n), i.Token); isBusy(results[n]); {
				results[n] = join(w, fmt.Sprintf("guest%d", n), i.Token)
			}
		})
	}
	wg.Wait()
	won := 0
	for _, err := range results {
		if err == nil {
			won++
			continue
		}
		refused(t, "late guest", err, 403, "invite_invalid")
	}
	if won != 1 {
		t.Errorf("guests let in: got %d, want 1", won)
	}
	if got := must[feature.List[account.Listed]](w, owner, "account.list", feature.Nothing{}); len(got.Items) != 2 {
		t.Errorf("accounts: got %d, want 2", len(got.Items))
	}
	if got := must[feature.List[account.Invite]](w, owner, "invite.list", feature.Nothing{}).Items; len(got) != 1 || got[0].Used != 1 {
		t.Errorf("invite.list: got %+v, want one, used once", got)
	}
}

func isBusy(err error) bool {
	e, ok := err.(*feature.Error)
	return ok && e.Code == "busy"
}

func TestInviteEnds(t *testing.T) {
	w := newWorld(t)
	_, owner := w.owner()
	twice := must[account.NewInvite](w, owner, "invite.create", account.InviteRequest{MaxUses: 2, ExpiresIn: 60})
	if twice.Link != "https://node.example/join#"+twice.Token || len(twice.Token) != 43 {
		t.Errorf("invite: got link %q, token %q", twice.Link, twice.Token)
	}
	if err := join(w, "ana", twice.Token); err != nil {
		t.Fatalf("first use: %v", err)
	}
	refused(t, "a taken name", join(w, "ana", twice.Token), 409, "name_taken")
	w.clock.pass(60 * time.Second)
	refused(t, "expired", join(w, "bo", twice.Token), 403, "invite_invalid")

	back := must[account.NewInvite](w, owner, "invite.create", account.InviteRequest{})
	must[feature.Nothing](w, owner, "invite.delete", account.UninviteRequest{ID: back.ID})
	refused(t, "taken back", join(w, "bo", back.Token), 403, "invite_invalid")
	for _, token := range []string{"", "x", back.ID, twice.ID, twice.Token[:42]} {
		refused(t, fmt.Sprintf("token %q", token), join(w, "bo", token), 403, "invite_invalid")
	}
	for _, id := range []string{back.ID, "", "zz", "../x"} {
		_, err := call[feature.Nothing](w, owner, "invite.delete", account.UninviteRequest{ID: id})
		refused(t, fmt.Sprintf("delete %q", id), err, 404, "not_found")
	}
	for _, req := range []account.InviteRequest{{ExpiresIn: -1}, {ExpiresIn: 1 << 40}, {MaxUses: -1}, {MaxUses: 1001}} {
		_, err := call[account.NewInvite](w, owner, "invite.create", req)
		refused(t, fmt.Sprintf("invite.create %+v", req), err, 400, "bad_request")
	}
}

func TestExpiredInvitesAreForgotten(t *testing.T) {
	w := newWorld(t)
	_, owner := w.owner()
	must[account.NewInvite](w, owner, "invite.create", account.InviteRequest{ExpiresIn: 60})
	w.clock.pass(8 * 24 * time.Hour)
	w.sweep()
	if got := must[feature.List[account.Invite]](w, owner, "invite.list", feature.Nothing{}).Items; len(got) != 0 {
		t.Errorf("invite.list: got %+v, want none", got)
	}
}

func (w *world) sweep() {
	w.t.Helper()
	for _, job := range w.reg.Jobs() {
		if err := job.Run(w.t.Context()); err != nil {
			w.t.Fatalf("%s: %v", job.Name, err)
		}
	}
}
