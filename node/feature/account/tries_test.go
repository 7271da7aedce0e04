package account

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"conclave/node/feature"
)

func TestTriesDoubleTheWait(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	tr := newTries(func() time.Time { return now })
	who := tryOf("ana", "203.0.113.7")
	for i := range freeTries {
		if err := tr.begin(who); err != nil {
			t.Fatalf("try %d: got %v, want it free", i, err)
		}
	}
	wait := func() time.Duration {
		var e *feature.Error
		if err := tr.begin(who); !errors.As(err, &e) {
			t.Fatalf("got %v, want a wait", err)
		}
		return e.Retry
	}
	for _, want := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second} {
		if got := wait(); got != want {
			t.Errorf("wait: got %v, want %v", got, want)
		}
		now = now.Add(want)
		if err := tr.begin(who); err != nil {
			t.Fatalf("after the wait: %v", err)
		}
	}
	for range 20 {
		now = now.Add(maxBackoff)
		if err := tr.begin(who); err != nil {
			t.Fatalf("after the longest wait: %v", err)
		}
	}
	if got := wait(); got != maxBackoff {
		t.Errorf("longest wait: got %v, want %v", got, maxBackoff)
	}
	tr.passed(who)
	if err := tr.begin(who); err != nil {
		t.Errorf("after a success: got %v, want no wait", err)
	}
}

func TestTriesThatCameToNoAnswerDoNotCount(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	tr := newTries(func() time.Time { return now })
	who := tryOf("ana", "203.0.113.7")
	for i := range 3 * freeTries {
		if err := tr.begin(who); err != nil {
			t.Fatalf("try %d: got %v, want no wait", i, err)
		}
		tr.undo(who)
	}
}

func TestTriesAreBounded(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	tr := newTries(func() time.Time { return now })
	for i := range maxTries + 50 {
		now = now.Add(time.Millisecond)
		if err := tr.begin(tryOf(fmt.Sprint(i), "203.0.113.7")); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(tr.failed); got > maxTries {
		t.Errorf("remembered: got %d, want at most %d", got, maxTries)
	}
	if _, there := tr.failed[tryOf("0", "203.0.113.7")]; there {
		t.Error("the oldest is still remembered")
	}
}

func TestNetworkIsWhatOnePersonHolds(t *testing.T) {
	for remote, want := range map[string]string{
		"203.0.113.7":              "203.0.113.0/24",
		"203.0.113.250:4711":       "203.0.113.0/24",
		"::ffff:203.0.113.9":       "203.0.113.0/24",
		"2001:db8:1:2:3::4":        "2001:db8:1::/48",
		"[2001:db8:1:ffff::4]:443": "2001:db8:1::/48",
		"fe80::1%eth0":             "fe80::/48",
		"":                         "",
		"control socket":           "control socket",
	} {
		if got := network(remote); got != want {
			t.Errorf("network(%q): got %q, want %q", remote, got, want)
		}
	}
}
