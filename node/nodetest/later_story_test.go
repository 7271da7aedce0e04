package nodetest_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"conclave/node"
	"conclave/node/nodetest"
	"conclave/storage"
)

// ticker is a node whose clock and power are in the hand of a test.
type ticker struct {
	t    *testing.T
	dir  string
	rows *storage.Memory
	skew atomic.Int64
	at   []string // where it listens, from its first start on
	*nodetest.Home
}

func (k *ticker) start() {
	k.t.Helper()
	h, err := nodetest.Start(k.t.Context(), node.Config{
		Data: k.dir, Rows: k.rows, Listen: k.at, GroupListen: []string{}, Unlimited: true,
		Now: func() time.Time { return time.Now().Add(time.Duration(k.skew.Load())) },
	})
	if err != nil {
		k.t.Fatal(err)
	}
	k.Home = h
}

// crash cuts the power: what is not committed never will be.
func (k *ticker) crash() {
	k.rows.Cut()
	_ = k.Close() // what it would still say is lost
}

// A message that is sent later reaches the other node once, though the power goes in the moment of sending, the node is off when it is
// due, and its clock jumps.
func TestStorySendLater(t *testing.T) {
	ctx := within(t, time.Minute)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	a := &ticker{t: t, dir: t.TempDir(), rows: &storage.Memory{}}
	a.start()
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
		must(a.rows.Close())
	})
	ana, ben := founder(t, a.Home, "ana"), founder(t, start(t, "b", t.TempDir()), "ben")
	talk, err := nodetest.Introduce(ctx, ana, ben)
	must(err)
	once := func(text string) {
		t.Helper()
		count, err := ben.Gets(ctx, talk, text)
		must(err)
		if count != 1 {
			t.Errorf("%q came %d times, want once", text, count)
		}
	}
	restart := func() {
		t.Helper()
		a.start()
		ana = ana.Moved(a.Site)
	}

	for i := range 6 {
		at := a.now().Add(20 * time.Millisecond)
		_, err = ana.SendLater(ctx, talk, fmt.Sprintf("power cut %d", i), at)
		must(err)
		time.Sleep(time.Until(at) + time.Duration(i-2)*4*time.Millisecond) // the moment of the cut is the point
		a.crash()
		restart()
	}
	for i := range 6 {
		once(fmt.Sprintf("power cut %d", i))
	}

	off := func(d time.Duration) {
		t.Helper()
		must(a.Close())
		a.skew.Add(int64(d))
		restart()
	}
	waiting := func(when string, want ...string) {
		t.Helper()
		all, err := ana.Scheduled(ctx)
		must(err)
		if fmt.Sprint(all) != fmt.Sprint(want) {
			t.Errorf("%s: the list holds %q, want %q", when, all, want)
		}
	}
	_, err = ana.SendLater(ctx, talk, "an hour late", a.now().Add(time.Hour))
	must(err)
	_, err = ana.SendLater(ctx, talk, "three hours away", a.now().Add(3*time.Hour))
	must(err)
	off(2 * time.Hour)
	once("an hour late")
	off(10 * 24 * time.Hour)
	waiting("ten days ahead", "three hours away missed")
	off(-10 * 24 * time.Hour)
	waiting("and back", "three hours away waiting")
	off(time.Hour)
	once("three hours away")
	waiting("at last")
	for i := range 6 {
		once(fmt.Sprintf("power cut %d", i))
	}
}

func (k *ticker) now() time.Time { return time.Now().Add(time.Duration(k.skew.Load())) }
