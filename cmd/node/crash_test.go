package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"conclave/node/nodetest"
)

// kill ends a node as a power cut does, and starts it again on its folder.
func (c *child) kill(t *testing.T, args ...string) *child {
	t.Helper()
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.end(t, time.Minute)
	return spawn(t, c.dir, args...)
}

func TestKilledWhileAnAccountIsMade(t *testing.T) {
	made := 0
	for i := range 6 {
		c := spawn(t, filepath.Join(t.TempDir(), fmt.Sprint(i)), anyPeer(t)...)
		answered := make(chan error, 1)
		go func() {
			_, err := c.site().Founder(t.Context(), c.SetupToken, "ana", "Ana")
			answered <- err
		}()
		time.Sleep(time.Duration(i) * 900 * time.Microsecond) // the moment
		again := c.kill(t, anyPeer(t)...)
		err := <-answered
		ana, there := again.site().LogIn(t.Context(), "ana", nodetest.Passphrase)
		switch {
		case there == nil:
			made++
			if again.SetupToken != "" {
				t.Error("there is an account, and still a set-up link")
			}
			if link, err := ana.Link(t.Context()); err != nil || link == "" {
				t.Errorf("the account has no contact link: %v", err)
			}
		case err == nil:
			t.Errorf("the account was answered for, and is gone: %v", there)
		default:
			if _, err := again.site().Founder(t.Context(), again.SetupToken, "ana", "Ana"); err != nil {
				t.Errorf("after a kill in moment %d: %v", i, err)
			}
		}
		_ = again.Process.Kill()
	}
	t.Logf("%d of 6 accounts were made before the kill", made)
}

func TestKilledWhileAConversationBegins(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	a, b := newSide(t, "ana", anyPeer(t)...), newSide(t, "ben", anyPeer(t)...)
	for i := range 4 {
		guest, err := b.now().Invite(ctx, fmt.Sprintf("guest%d", i), "")
		if err != nil {
			t.Fatal(err)
		}
		link, err := guest.Link(ctx)
		if err != nil {
			t.Fatal(err)
		}
		answered := make(chan error, 1)
		go func() {
			_, err := a.now().Meet(ctx, link)
			answered <- err
		}()
		time.Sleep(time.Duration(i/2) * 8 * time.Millisecond) // the moment
		[]*side{a, b}[i%2].killAndRestart(t)
		<-answered
		guest = guest.Moved(b.node.site())
		var talk string
		err = nodetest.Await(ctx, "the two are contacts", func() (bool, error) {
			talk, err = a.now().Meet(ctx, link)
			return err == nil, refusal(err)
		})
		if err != nil {
			t.Fatal(err)
		}
		both(ctx, t, a.now(), guest, talk)
	}
}

// both wants a message to arrive in each direction.
func both(ctx context.Context, t *testing.T, a, b *nodetest.Person, talk string) {
	t.Helper()
	err := nodetest.Await(ctx, b.Name+" knows the conversation", func() (bool, error) { return b.Knows(ctx, talk) })
	if err != nil {
		t.Fatal(err)
	}
	had, _, err := a.Messages(ctx, talk)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range []struct{ from, to *nodetest.Person }{{a, b}, {b, a}} {
		text := fmt.Sprintf("from %s to %s at %d", one.from.Name, one.to.Name, len(had))
		if _, err := one.from.Send(ctx, talk, text, ""); err != nil {
			t.Fatal(err)
		}
		err := nodetest.Await(ctx, text, func() (bool, error) {
			all, unreadable, err := one.to.Messages(ctx, talk)
			if unreadable > 0 {
				err = errors.New("a message cannot be read")
			}
			return len(all) > 0 && all[len(all)-1].Text == text, err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestARestoredNodeTalksOnAsANewDevice(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	a, b := newSide(t, "ana", anyPeer(t)...), newSide(t, "ben", anyPeer(t)...)
	ana, ben := a.now(), b.now()
	talk, err := nodetest.Introduce(ctx, ana, ben)
	if err != nil {
		t.Fatal(err)
	}
	both(ctx, t, ana, ben, talk)

	file := filepath.Join(t.TempDir(), "backup.age")
	secret := command{environ: []string{"CONCLAVE_BACKUP_PASSPHRASE=" + nodetest.Passphrase}}
	secret.ok(t, "backup", file, "--data", a.dir)
	if _, err := ana.Send(ctx, talk, "said after the backup", ""); err != nil {
		t.Fatal(err)
	}
	if err := ben.Has(ctx, talk, 3); err != nil {
		t.Fatal(err)
	}
	if err := a.node.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	a.node.end(t, time.Minute)

	restored := filepath.Join(t.TempDir(), "restored")
	secret.ok(t, "restore", file, "--data", restored)
	node := spawn(t, restored, a.args...)
	if node.PeerID != a.node.PeerID || node.SetupToken != "" {
		t.Errorf("got peer id %s and set-up token %q, want the old node's id and an owner", node.PeerID, node.SetupToken)
	}
	var refused *nodetest.Refusal
	if _, err := ana.Moved(node.site()).Link(ctx); !errors.As(err, &refused) || refused.Status != 401 {
		t.Errorf("a session from before: got %v, want 401: a backup holds none", err)
	}
	ana, err = node.site().LogIn(ctx, "ana", nodetest.Passphrase)
	if err != nil {
		t.Fatal(err)
	}
	both(ctx, t, ana, ben, talk)
	both(ctx, t, ben, ana, talk)
	if all, unreadable, err := ana.Messages(ctx, talk); err != nil || unreadable != 0 || len(all) < 6 || !strings.HasPrefix(all[0].Text, "from ana") {
		t.Errorf("got %d messages, %d unreadable, %v, want the history and what came since", len(all), unreadable, err)
	}
}

func TestATruncatedBackupRestoresNothing(t *testing.T) {
	dir, file := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "backup.age")
	secret := command{environ: []string{"CONCLAVE_BACKUP_PASSPHRASE=" + nodetest.Passphrase}}
	ok(t, "account", "create", "ana", "--data", dir)
	secret.ok(t, "backup", file, "--data", dir)
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 100, len(raw) / 2, len(raw) - 1} {
		short := filepath.Join(t.TempDir(), "short.age")
		write(t, short, string(raw[:n]))
		other := filepath.Join(t.TempDir(), "restored")
		r := secret.run(t, "restore", short, "--data", other)
		r.refuses(t, codeFails, "short.age")
		if got := contents(t, other); len(got) != 0 {
			t.Errorf("%d of %d bytes: got %d files, want none", n, len(raw), len(got))
		}
	}
	longer := filepath.Join(t.TempDir(), "longer.age")
	write(t, longer, string(raw)+"x")
	secret.run(t, "restore", longer, "--data", filepath.Join(t.TempDir(), "restored")).refuses(t, codeFails, "longer.age")
}
