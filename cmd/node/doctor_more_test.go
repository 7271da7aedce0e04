package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"conclave/cmd/node/finding"
	"conclave/node"
	"conclave/node/nodetest"
)

// A node that may open few files says so itself: the limit of whoever runs the doctor is another one.
func TestANodeTellsThatItMayOpenFewFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	limited := func(c *exec.Cmd) error {
		c.Args = append([]string{"sh", "-c", `ulimit -n 1000 && exec "$0" "$@"`, c.Path}, c.Args[1:]...)
		c.Path = "/bin/sh"
		return c.Start()
	}
	spawnBy(t, limited, dir, append(anyPeer(t), "--group-listen", "off")...)
	d := examined(t, "--data", dir)
	d.tells(t, finding.OpenFilesLow, "1000 at a time", "2560 nodes")
	other := filepath.Join(t.TempDir(), "data")
	spawn(t, other, anyPeer(t)...)
	examined(t, "--data", other).lacks(t, finding.OpenFilesLow)
}

func TestANodeComparesItsClockWithThoseOfOthers(t *testing.T) {
	clock := &movedClock{}
	ana := serve(t, settings{listen: anyPeer(t)[1:]}, node.Config{Now: clock.now})
	person := founded(t, ana, "ana")
	ben := newSide(t, "ben", anyPeer(t)...)
	if _, err := nodetest.Introduce(t.Context(), person, ben.now()); err != nil {
		t.Fatal(err)
	}
	examined(t, "--data", ana.data).lacks(t, finding.ClockSkew)
	clock.move(10 * time.Minute)
	cy := newSide(t, "cy", anyPeer(t)...)
	dan := newSide(t, "dan", anyPeer(t)...)
	for _, other := range []*side{cy, dan} {
		if _, err := nodetest.Introduce(t.Context(), person, other.now()); err != nil {
			t.Fatal(err)
		}
	}
	if err := nodetest.Await(t.Context(), "the clocks were compared", func() (bool, error) {
		return len(slices.DeleteFunc(ana.node.Skews(), func(d time.Duration) bool { return d.Abs() < time.Minute })) == 2, nil
	}); err != nil {
		t.Fatal(err)
	}
	examined(t, "--data", ana.data).tells(t, finding.ClockSkew, "2 of 3", "behind", "10m0s")
}

func TestTheDoctorLooksAtThePublicURL(t *testing.T) {
	at := append(doors(t), "--data", filepath.Join(t.TempDir(), "data"))
	examined(t, at...).lacks(t, finding.PublicURLMissing, finding.PublicURLUnresolved)
	examined(t, append(at, "--trusted-proxy", "127.0.0.1/32")...).tells(t, finding.PublicURLMissing, "--public-url")
	examined(t, append(at, "--public-url", "https://nowhere.invalid")...).tells(t, finding.PublicURLUnresolved, "nowhere.invalid")
	examined(t, append(at, "--public-url", "https://127.0.0.1")...).lacks(t, finding.PublicURLUnresolved, finding.PublicURLMissing)
}

// Where backups are made, one that is not made is missed. A node that a backup was restored to knows of the one before.
func TestANodeMissesItsBackup(t *testing.T) {
	clock := &movedClock{}
	v := serve(t, settings{listen: anyPeer(t)[1:]}, node.Config{Now: clock.now})
	founded(t, v, "ana")
	clock.move(30 * 24 * time.Hour)
	examined(t, "--data", v.data).lacks(t, finding.BackupOld) // there never was one
	file := filepath.Join(t.TempDir(), "backup.age")
	secret := command{environ: []string{"CONCLAVE_BACKUP_PASSPHRASE=" + nodetest.Passphrase}}
	secret.ok(t, "backup", file, "--data", v.data)
	clock.move(7 * 24 * time.Hour)
	examined(t, "--data", v.data).lacks(t, finding.BackupOld)
	clock.move(2 * 24 * time.Hour)
	examined(t, "--data", v.data).tells(t, finding.BackupOld, "9 days ago")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	secret.ok(t, "backup", file, "--data", v.data)
	examined(t, "--data", v.data).lacks(t, finding.BackupOld)
}

func TestANodeTellsWhichMailboxesKeepNothing(t *testing.T) {
	off := spawn(t, filepath.Join(t.TempDir(), "off"), append(anyPeer(t), "--mailbox", "off")...)
	gone := spawn(t, filepath.Join(t.TempDir(), "gone"), anyPeer(t)...)
	if err := gone.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	gone.end(t, time.Minute)
	v := serve(t, settings{listen: anyPeer(t)[1:], mailboxAt: []string{off.Addresses[0], gone.Addresses[0]}}, node.Config{})
	founded(t, v, "ana")
	if err := nodetest.Await(t.Context(), "both were asked", func() (bool, error) {
		all, err := v.node.MailboxTroubles()
		return len(all) == 2, err
	}); err != nil {
		t.Fatal(err)
	}
	d := examined(t, "--data", v.data)
	d.tells(t, finding.MailboxRefuses, off.Addresses[0], "1 person")
	d.tells(t, finding.MailboxUnreached, gone.Addresses[0], "1 person")
}
