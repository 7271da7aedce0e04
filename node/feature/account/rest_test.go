package account_test

import (
	"bytes"
	"encoding/base64"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"conclave/node/feature"
	"conclave/node/feature/account"
	"conclave/protocol"
	"conclave/storage"
)

// TestNothingReadableIsOnTheDisk looks through the data folder for everything that people and their clients typed or were given.
func TestNothingReadableIsOnTheDisk(t *testing.T) {
	w := newWorld(t)
	const remote, client, display, secret = "2001:db8:feed:beef::77", "Netscape-Navigator", "Wilhelmina Quux", "an unguessable sentence"
	from := feature.Actor{Remote: remote}
	o := must[account.Opened](w, from, "account.create", account.CreateRequest{
		Name: "wilhelmina", Passphrase: secret, DisplayName: display, SetupToken: w.setupToken(), Client: client,
	})
	actor := w.actor(o.Token)
	key := must[account.RecoveryKey](w, actor, "recovery.show", account.ShowRequest{Passphrase: secret})
	invite := must[account.NewInvite](w, actor, "invite.create", account.InviteRequest{})
	_, ana := w.add("anastasia")
	must[feature.Nothing](w, actor, "account.suspend", account.SuspendRequest{Acct: ana.Account, Suspended: true, Reason: "a-very-private-reason"})
	link, err := protocol.ParseLink(must[account.Me](w, actor, "me.get", feature.Nothing{}).ContactLink)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}

	token, _ := base64.RawURLEncoding.DecodeString(o.Token)
	invited, _ := base64.RawURLEncoding.DecodeString(invite.Token)
	needles := map[string]string{
		"name": "wilhelmina", "other name": "anastasia", "display name": display, "address": remote, "client": client,
		"passphrase": secret, "recovery key": key.Key, "recovery key as kept": strings.ReplaceAll(key.Key, "-", " "),
		"recovery group": key.Key[:4] + " " + key.Key[5:9], "reason": "a-very-private-reason", "token": o.Token, "token bytes": string(token),
		"invite": invite.Token, "invite bytes": string(invited), "link secret": string(link.Secret[:]), "account": string(actor.Account[:]),
		"session": actor.Session,
	}
	files := 0
	err = filepath.WalkDir(w.dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		files++
		for what, needle := range needles {
			if bytes.Contains(raw, []byte(needle)) {
				t.Errorf("%s lies readable in %s", what, e.Name())
			}
		}
		return err
	})
	if err != nil || files < 4 {
		t.Errorf("files looked through: got %d, %v", files, err)
	}
}

// TestSlotsWithoutSessionsAreDropped restores vaults without sessions again and again, as backups do.
func TestSlotsWithoutSessionsAreDropped(t *testing.T) {
	w := newWorld(t)
	w.owner()
	for range 3 {
		for range 99 {
			if _, err := w.login("olga", passphrase); err != nil {
				t.Fatalf("log-in: %v", err)
			}
		}
		if err := w.store.Update(t.Context(), func(tx *storage.Tx) error {
			node := w.ring.Node()
			return tx.Scan(node, node.Key(storage.WebSessions), storage.ScanOptions{KeysOnly: true}, func(k storage.Key, _ []byte) (bool, error) {
				tx.Delete(k)
				return true, nil
			})
		}); err != nil {
			t.Fatal(err)
		}
	}
	o, err := w.login("olga", passphrase)
	if err != nil {
		t.Fatalf("log-in: %v", err)
	}
	if got := must[feature.List[account.Session]](w, w.actor(o.Token), "session.list", feature.Nothing{}).Items; len(got) != 1 {
		t.Errorf("sessions: got %d, want 1", len(got))
	}
}
