//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"conclave/node/nodetest"
)

// throttled gives a process so few writes a second to the disk that a folder lies on. What lifts that ends with the test.
func throttled(t *testing.T, process int, dir string, writes int) (lift func()) {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		t.Fatal(err)
	}
	disk := fmt.Sprintf("%d:%d", unix.Major(st.Dev), unix.Minor(st.Dev))
	root, file, rule := "/sys/fs/cgroup/blkio", "blkio.throttle.write_iops_device", fmt.Sprintf("%s %d", disk, writes)
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		root, file, rule = "/sys/fs/cgroup", "io.max", fmt.Sprintf("%s wiops=%d", disk, writes)
	}
	group := filepath.Join(root, fmt.Sprintf("conclave-test-%d", process))
	put := func(path, text string) error { return os.WriteFile(path, []byte(text), 0) }
	err := errors.Join(os.Mkdir(group, 0o755), put(filepath.Join(group, file), rule), put(filepath.Join(group, "cgroup.procs"), fmt.Sprint(process)))
	lift = sync.OnceFunc(func() {
		_ = put(filepath.Join(root, "cgroup.procs"), fmt.Sprint(process))
		_ = os.Remove(group)
	})
	t.Cleanup(lift)
	if err != nil {
		lift()
		t.Skipf("SKIPPED, SLOW DISK NOT TESTED: writes cannot be throttled here: %v", err)
	}
	return lift
}

// More clients write than a disk of twenty writes a second takes (C8 of the reliability programme). The node holds a bounded number of them, tells the others
// when to come back, and keeps what it acknowledged; reading goes on meanwhile.
func TestANodeOnASlowDiskHoldsABoundedQueue(t *testing.T) {
	dir, _, _ := brokenDisk(t)
	s := &side{dir: dir, args: anyPeer(t)}
	s.node = spawn(t, dir, s.args...)
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	ana, err := s.node.site().Founder(ctx, s.node.SetupToken, "ana", "")
	if err != nil {
		t.Fatal(err)
	}
	ben, err := ana.Invite(ctx, "ben", "")
	if err != nil {
		t.Fatal(err)
	}
	talk, err := nodetest.Introduce(ctx, ana, ben)
	if err != nil {
		t.Fatal(err)
	}
	process := s.node.Process.Pid

	const clients = 2000
	var clientsAll sync.WaitGroup
	var taken, refused atomic.Int64
	var mu sync.Mutex // guards acknowledged
	acknowledged := map[string]bool{}
	writing, stop := context.WithTimeout(ctx, 16*time.Second)
	defer stop()
	for i := range clients {
		clientsAll.Go(func() {
			for n := 0; writing.Err() == nil; n++ {
				text := fmt.Sprintf("client %d says %d", i, n)
				_, err := ana.Send(ctx, talk, text, fmt.Sprintf("key-%d-%d", i, n))
				var r *nodetest.Refusal
				switch {
				case err == nil:
					taken.Add(1)
					mu.Lock()
					acknowledged[text] = true
					mu.Unlock()
				case errors.As(err, &r) && r.Status == 503 && r.Code == "busy":
					refused.Add(1)
					time.Sleep(2 * time.Second) // as it is told
				default:
					t.Errorf("%s: %v", text, err)
					return
				}
			}
		})
	}
	time.Sleep(4 * time.Second) // so many clients need memory on any disk, and what they write does
	first := resident(t, process)
	began := taken.Load()
	time.Sleep(6 * time.Second)
	before, swift := resident(t, process), taken.Load()-began
	lift := throttled(t, process, dir, 20)
	peak, slowest := before, time.Duration(0)
	for writing.Err() == nil {
		peak = max(peak, resident(t, process))
		at := time.Now()
		if _, err := ben.Conversations(ctx); err != nil {
			t.Errorf("read on a slow disk: %v", err)
		}
		slowest = max(slowest, time.Since(at))
		time.Sleep(50 * time.Millisecond)
	}
	lift()
	clientsAll.Wait()
	fmt.Printf("slow disk: %d clients, %d messages taken in 6 s, then in 6 s at 20 writes a second %d; %d times told to come back; memory from %.0f to %.0f, then to %.0f MB; a list was read in %s at most\n",
		clients, swift, taken.Load()-began-swift, refused.Load(), first, before, peak, slowest.Round(time.Millisecond))
	if refused.Load() == 0 {
		t.Error("nobody was told to come back: the queue is not bounded, or the disk not slow")
	}
	// What garbage is there at which moment makes more of a difference than the disk; without a bound the queue alone would be as large in seconds.
	if peak > 512 {
		t.Errorf("the node has %.0f MB, want at most 512", peak)
	}
	if err := ben.Has(ctx, talk, len(acknowledged)); err != nil {
		t.Error(err)
	}
	all, unreadable, err := ben.Messages(ctx, talk)
	seen := map[string]bool{}
	for _, m := range all {
		if seen[m.Text] {
			t.Errorf("%q is there twice", m.Text)
		}
		seen[m.Text] = true
		delete(acknowledged, m.Text)
	}
	if err != nil || unreadable != 0 || len(acknowledged) != 0 {
		t.Errorf("%d acknowledged messages are gone, %d cannot be read, %v", len(acknowledged), unreadable, err)
	}
}
