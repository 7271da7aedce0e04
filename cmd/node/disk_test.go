//go:build linux

package main

import (
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"conclave/cmd/node/finding"
	"conclave/node"
	"conclave/node/nodetest"
)

// brokenDisk mounts a file system in a file. What breaks it has every sync fail from then on, as a dying disk does; mend mounts it
// again, with what had reached it.
func brokenDisk(t *testing.T) (dir string, breaks, mend func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("SKIPPED, FAILED SYNCS NOT TESTED: mounting needs root")
	}
	at := t.TempDir()
	image := filepath.Join(t.TempDir(), "disk")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 4<<30); err != nil { // sparse; a node wants a gibibyte free
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=1,lazy_journal_init=1", image).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED, FAILED SYNCS NOT TESTED: a file system cannot be made: %v: %s", err, out)
	}
	if out, err := exec.Command("mount", "-o", "loop", image, at).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED, FAILED SYNCS NOT TESTED: a file cannot be mounted: %v: %s", err, out)
	}
	t.Cleanup(func() { _ = unix.Unmount(at, unix.MNT_DETACH) })
	breaks = func() {
		f, err := os.Open(at)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		const shutdown, noLogFlush = 0x8004587d, 2 // EXT4_IOC_SHUTDOWN
		if err := unix.IoctlSetPointerInt(int(f.Fd()), shutdown, noLogFlush); err != nil {
			t.Fatal(err)
		}
	}
	mend = func() {
		var out []byte
		if err := nodetest.Await(t.Context(), "nobody uses the disk", func() (_ bool, err error) {
			out, err = exec.Command("umount", at).CombinedOutput()
			return err == nil, nil
		}); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if out, err := exec.Command("mount", "-o", "loop", image, at).CombinedOutput(); err != nil {
			t.Fatalf("mount: %v: %s", err, out)
		}
	}
	return filepath.Join(at, "data"), breaks, mend
}

// A node whose disk fails to sync answers for nothing any more, says that it is not ready, and is read from as before. On a disk that
// works again everything is there that was answered for, and what was refused goes out once.
func TestANodeOnABrokenDiskIsReadFromOnly(t *testing.T) {
	dir, breaks, mend := brokenDisk(t)
	listen := anyPeer(t)
	a := newSide(t, "ben", anyPeer(t)...)
	b := &side{dir: dir, args: listen, node: spawn(t, dir, listen...)}
	var err error
	if b.person, err = b.node.site().Founder(t.Context(), b.node.SetupToken, "ana", ""); err != nil {
		t.Fatal(err)
	}
	talk, err := nodetest.Introduce(t.Context(), b.now(), a.now())
	if err != nil {
		t.Fatal(err)
	}
	before, _, err := b.now().Messages(t.Context(), talk)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.now().Send(t.Context(), talk, "answered for", ""); err != nil {
		t.Fatal(err)
	}
	breaks()
	_, err = b.now().Send(t.Context(), talk, "refused", "key")
	var refused *nodetest.Refusal
	if !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable {
		t.Errorf("sent on a broken disk: got %v, want 503", err)
	}
	if err := nodetest.Await(t.Context(), "the node says that it is not ready", func() (bool, error) {
		res, err := http.Get("http://" + b.node.HTTP + "/readyz")
		if err != nil {
			return false, err
		}
		return res.StatusCode == http.StatusServiceUnavailable, res.Body.Close()
	}); err != nil {
		t.Error(err)
	}
	if all, unreadable, err := b.now().Messages(t.Context(), talk); err != nil || unreadable != 0 || len(all) != len(before)+1 {
		t.Errorf("read on a broken disk: %d messages, %d unreadable, %v, want %d", len(all), unreadable, err, len(before)+1)
	}
	b.kill(t)
	mend()
	began := time.Now()
	b.restart(t)
	t.Logf("ready %v after the disk worked again", time.Since(began).Round(time.Millisecond))
	if _, err := b.now().Send(t.Context(), talk, "refused", "key"); err != nil {
		t.Fatal(err)
	}
	for _, p := range []*nodetest.Person{a.now(), b.now()} {
		if err := p.Has(t.Context(), talk, len(before)+2); err != nil {
			t.Fatal(err)
		}
		all, unreadable, err := p.Messages(t.Context(), talk)
		if err != nil || unreadable != 0 || len(all) != len(before)+2 || all[len(all)-2].Text != "answered for" || all[len(all)-1].Text != "refused" {
			t.Errorf("%s: got %d messages, %d unreadable, %v, want %d with the last two once and in order", p.Name, len(all), unreadable, err, len(before)+2)
		}
	}
}

// Somebody fills the disk under a node: it takes nothing new and says so; reading, logging in and deleting go on. With room it goes on
// by itself.
func TestANodeOnAFullDiskIsReadAndClearedOnly(t *testing.T) {
	dir, _, _ := brokenDisk(t)
	listen := anyPeer(t)
	a := newSide(t, "ben", anyPeer(t)...)
	b := &side{dir: dir, args: listen, node: spawn(t, dir, listen...)}
	var err error
	if b.person, err = b.node.site().Founder(t.Context(), b.node.SetupToken, "ana", ""); err != nil {
		t.Fatal(err)
	}
	talk, err := nodetest.Introduce(t.Context(), b.now(), a.now())
	if err != nil {
		t.Fatal(err)
	}
	message, err := b.now().Send(t.Context(), talk, "to be deleted", "")
	if err != nil {
		t.Fatal(err)
	}
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	filler, err := os.Create(filepath.Join(filepath.Dir(dir), "filler"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(unix.Fallocate(int(filler.Fd()), 0, 0, int64(st.Bavail)*st.Bsize-600<<20), filler.Close()); err != nil {
		t.Fatal(err)
	}
	var refused *nodetest.Refusal
	if err := nodetest.Await(t.Context(), "the full disk is noticed", func() (bool, error) {
		_, err := b.now().Send(t.Context(), talk, "more", "")
		return errors.As(err, &refused), nil
	}); err != nil {
		t.Fatal(err)
	}
	if refused.Status != http.StatusServiceUnavailable || refused.Code != "disk_full" {
		t.Errorf("sent on a full disk: got %v, want 503 disk_full", refused)
	}
	if all, unreadable, err := b.now().Messages(t.Context(), talk); err != nil || unreadable != 0 || len(all) == 0 {
		t.Errorf("read on a full disk: %d messages, %d unreadable, %v", len(all), unreadable, err)
	}
	if _, err := b.node.site().LogIn(t.Context(), "ana", nodetest.Passphrase); err != nil {
		t.Errorf("logged in on a full disk: %v", err)
	}
	if text := export(t, b); !strings.Contains(text, "to be deleted") {
		t.Errorf("exported on a full disk: got %d bytes without the message", len(text))
	}
	if err := b.now().Delete(t.Context(), talk, message, "everyone"); err != nil {
		t.Errorf("deleted on a full disk: %v", err)
	}
	if err := os.Remove(filler.Name()); err != nil {
		t.Fatal(err)
	}
	if err := nodetest.Await(t.Context(), "there is room again", func() (bool, error) {
		_, err := b.now().Send(t.Context(), talk, "again", "again")
		return err == nil, refusal(err)
	}); err != nil {
		t.Fatal(err)
	}
}

// Doctor and status tell how full a disk is as the store sees it: what they say still works does.
func TestTheDoctorTellsWhatAFullDiskStops(t *testing.T) {
	dir, _, _ := brokenDisk(t)
	listen := anyPeer(t)
	b := &side{dir: dir, args: listen, node: spawn(t, dir, listen...)}
	var err error
	if b.person, err = b.node.site().Founder(t.Context(), b.node.SetupToken, "ana", ""); err != nil {
		t.Fatal(err)
	}
	own, err := b.person.NewGroup(t.Context(), "own", "none")
	if err != nil {
		t.Fatal(err)
	}
	first, err := b.person.Send(t.Context(), own, "one", "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.person.Send(t.Context(), own, "two", "")
	if err != nil {
		t.Fatal(err)
	}
	examined(t, "--data", dir).lacks(t, finding.DiskLow, finding.DiskRefuses, finding.DiskFull)

	leave(t, dir, 2<<30)
	d := examined(t, "--data", dir)
	d.tells(t, finding.DiskLow, "below 1.07 GB new data is refused")

	leave(t, dir, 600<<20)
	d = examined(t, "--data", dir)
	d.tells(t, finding.DiskRefuses, "new data needs 1.07 GB")
	d.lacks(t, finding.DiskLow, finding.DiskFull, finding.StoreNotReady)
	if err := nodetest.Await(t.Context(), "status tells that the node cannot serve", func() (bool, error) {
		r := run(t, "status", "--data", dir) // it asks for a write once a second
		return r.code == codeFails && strings.Contains(r.stdout, "disk_refuses"), nil
	}); err != nil {
		t.Error(err)
	}
	if err := b.person.Delete(t.Context(), own, first, "everyone"); err != nil {
		t.Errorf("deleting is refused, and the doctor says that it works: %v", err)
	}

	leave(t, dir, 300<<20)
	d = examined(t, "--data", dir)
	d.tells(t, finding.DiskFull, "below 403 MB nothing is written")
	d.lacks(t, finding.DiskRefuses)
	if err := b.person.Delete(t.Context(), own, second, "everyone"); err == nil {
		t.Error("deleting works, and the doctor says that it does not")
	}
	b.kill(t)
	examined(t, append(doors(t), "--data", dir)...).tells(t, finding.DiskFull)
}

// A node that is there and takes nothing, since its disk is full, is told of by the one that has messages for it.
func TestTheDoctorTellsOfANodeThatTakesNothing(t *testing.T) {
	dir, _, _ := brokenDisk(t)
	clock := &movedClock{}
	v := serve(t, settings{listen: anyPeer(t)[1:]}, node.Config{Now: clock.now})
	ana := founded(t, v, "ana")
	ben := spawn(t, dir, anyPeer(t)...)
	person, err := ben.site().Founder(t.Context(), ben.SetupToken, "ben", "")
	if err != nil {
		t.Fatal(err)
	}
	talk, err := nodetest.Introduce(t.Context(), ana, person)
	if err != nil {
		t.Fatal(err)
	}
	nothingWaits(t, v)
	leave(t, dir, 600<<20)
	var refused *nodetest.Refusal
	if err := nodetest.Await(t.Context(), "the full disk is noticed", func() (bool, error) {
		_, err := person.Send(t.Context(), talk, "does this fit?", "")
		return errors.As(err, &refused), nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := ana.Send(t.Context(), talk, "for a full disk", ""); err != nil {
		t.Fatal(err)
	}
	examined(t, "--data", v.data).lacks(t, finding.QueueStuck)
	clock.move(20 * time.Minute)
	d := examined(t, "--data", v.data)
	d.tells(t, finding.QueueStuck, "1 message", ben.PeerID)
	d.lacks(t, finding.PeerUnreached)
}

// leave fills the disk of a folder until so much is free.
func leave(t *testing.T, dir string, free int64) {
	t.Helper()
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		t.Fatal(err)
	}
	filler, err := os.CreateTemp(filepath.Dir(dir), "filler")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(unix.Fallocate(int(filler.Fd()), 0, 0, int64(st.Bavail)*st.Bsize-free), filler.Close()); err != nil {
		t.Fatal(err)
	}
}

// export is what a person takes along of the own data.
func export(t *testing.T, s *side) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+s.node.HTTP+"/api/v1/me/export", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+s.now().Token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Errorf("export: got %d, %.200s, %v", answer.StatusCode, text, err)
	}
	return string(text)
}
