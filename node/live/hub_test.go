package live_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/node/live"
	"conclave/protocol"
)

var ana, ben = protocol.Account{1}, protocol.Account{2}

type seen struct {
	Seq  uint64
	Type string
	Data any
}

// take reads all that waits for a watcher.
func take(t *testing.T, w *live.Watcher) ([]seen, live.Code) {
	t.Helper()
	var out []seen
	for {
		frames, code := w.Take(make([]*live.Frame, 0, 16))
		for _, f := range frames {
			var s seen
			if err := json.Unmarshal(f.JSON(), &s); err != nil {
				t.Fatalf("frame %s: %v", f.JSON(), err)
			}
			out = append(out, s)
		}
		if len(frames) == 0 {
			return out, code
		}
	}
}

func types(list []seen) string {
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprint(s.Type, " ", s.Data))
	}
	return strings.Join(out, ", ")
}

func watch(t *testing.T, h *live.Hub, a protocol.Account, session string, since uint64) *live.Watcher {
	t.Helper()
	w, err := h.Watch(a, session, since)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestFramesReachTheWatchersOfTheirAccountsOnce(t *testing.T) {
	h := live.New(nil, nil)
	a, b := watch(t, h, ana, "s", 0), watch(t, h, ben, "s", 0)
	h.Tell([]protocol.Account{ana, ben, ana}, "both", 1)
	h.Tell([]protocol.Account{ben}, "his", 2)
	if got, _ := take(t, a); types(got) != "hello map[], both 1" {
		t.Errorf("got %s", types(got))
	}
	if got, _ := take(t, b); types(got) != "hello map[], both 1, his 2" {
		t.Errorf("got %s", types(got))
	}
}

func TestNumbersGrowAcrossRuns(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	h := live.New(nil, func() time.Time { return at })
	w := watch(t, h, ana, "s", 0)
	for range 1000 {
		h.Tell([]protocol.Account{ana}, "x", nil)
		take(t, w)
	}
	h.Tell([]protocol.Account{ana}, "x", nil)
	got, _ := take(t, w)
	next := live.New(nil, func() time.Time { return at.Add(time.Second) })
	first, _ := take(t, watch(t, next, ana, "s", got[0].Seq))
	if types(first) != "hello map[], resync map[]" || first[0].Seq <= got[0].Seq {
		t.Errorf("got %v after %d of the run before, want a resync with a larger number", first, got[0].Seq)
	}
}

func TestResumeHasNoGapOrResyncs(t *testing.T) {
	const told, kept = 300, 128
	h := live.New(nil, nil)
	w := watch(t, h, ana, "s", 0)
	var all []seen
	for i := range told {
		h.Tell([]protocol.Account{ana}, "n", i)
		got, _ := take(t, w)
		all = append(all, got...)
	}
	all = all[1:] // hello
	for i, last := range all {
		got := comeBack(t, h, last.Seq)
		missed := all[i+1:]
		if len(missed) > kept {
			if types(got) != "hello map[], resync map[]" {
				t.Fatalf("%d missed: got %s, want a resync", len(missed), types(got))
			}
			continue
		}
		if got[0].Type != "hello" || got[0].Seq != last.Seq || fmt.Sprint(got[1:]) != fmt.Sprint(missed) {
			t.Fatalf("%d missed: got %v, want hello at %d and %v", len(missed), got, last.Seq, missed)
		}
	}
}

func TestPausesOfMinutesResume(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	h := live.New(nil, func() time.Time { return at })
	last := comeBack(t, h, 0)[0].Seq
	h.Tell([]protocol.Account{ana}, "n", 1)
	for range 3 {
		at = at.Add(4 * time.Minute)
		if got := comeBack(t, h, last); types(got) != "hello map[], n 1" {
			t.Errorf("got %s, want what was missed", types(got))
		}
	}
}

// comeBack watches for as long as it takes to read the first frames.
func comeBack(t *testing.T, h *live.Hub, since uint64) []seen {
	t.Helper()
	w := watch(t, h, ana, "s", since)
	defer w.Close()
	got, _ := take(t, w)
	return got
}

func TestWhatNobodyComesBackForIsForgotten(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	h := live.New(nil, func() time.Time { return at })
	w := watch(t, h, ana, "s", 0)
	first, _ := take(t, w)
	w.Close()
	h.Tell([]protocol.Account{ana}, "missed", nil)
	at = at.Add(6 * time.Minute)
	got, _ := take(t, watch(t, h, ana, "s", first[0].Seq))
	if types(got) != "hello map[], resync map[]" {
		t.Errorf("got %s, want a resync", types(got))
	}
}

func TestSlowWatchersEndWithTheirQueueBounded(t *testing.T) {
	for name, c := range map[string]struct {
		size, fit int
	}{"many frames": {1, live.MaxQueue - 1}, "many bytes": {100_000, 10}} {
		t.Run(name, func(t *testing.T) {
			h := live.New(nil, nil)
			slow, quick := watch(t, h, ana, "s", 0), watch(t, h, ana, "s", 0)
			take(t, quick)
			text := strings.Repeat("x", c.size)
			for i := range c.fit {
				h.Tell([]protocol.Account{ana}, "n", text)
				if got, code := take(t, quick); len(got) != 1 || code != live.Open {
					t.Fatalf("frame %d: the quick one got %d, code %d", i, len(got), code)
				}
			}
			if got, code := slow.Take(make([]*live.Frame, 0, 1)); len(got) != 1 || code != live.Open {
				t.Fatalf("got %d frames, code %d before the bound", len(got), code)
			}
			h.Tell([]protocol.Account{ana}, "n", text) // the frame that was taken is still being written, and counts
			if got, code := take(t, slow); len(got) != 0 || code != live.TooSlow {
				t.Errorf("got %d frames, code %d, want none and 4008", len(got), code)
			}
		})
	}
}

func TestRevokedSessionsGetNoFurtherFrame(t *testing.T) {
	h := live.New(nil, nil)
	one, two := watch(t, h, ana, "one", 0), watch(t, h, ana, "two", 0)
	h.Tell([]protocol.Account{ana}, "before", nil)
	h.CloseSession(ana, "one")
	h.CloseSession(ben, "two")
	h.Tell([]protocol.Account{ana}, "after", nil)
	if got, code := take(t, one); len(got) != 0 || code != live.Revoked {
		t.Errorf("got %s, code %d, want nothing and 4401", types(got), code)
	}
	if got, code := take(t, two); types(got) != "hello map[], before <nil>, after <nil>" || code != live.Open {
		t.Errorf("got %s, code %d", types(got), code)
	}
	h.CloseSession(ana, "")
	if _, code := take(t, two); code != live.Revoked {
		t.Errorf("got code %d after all sessions were closed, want 4401", code)
	}
}

func TestDrainLetsQueuesRunOut(t *testing.T) {
	h := live.New(nil, nil)
	w, revoked := watch(t, h, ana, "s", 0), watch(t, h, ana, "r", 0)
	h.Tell([]protocol.Account{ana}, "last", nil)
	h.Drain()
	h.CloseSession(ana, "r")
	if got, code := take(t, w); !strings.HasPrefix(types(got), "hello map[], last <nil>, restart map[after_ms:") || code != live.Restart {
		t.Errorf("got %s, code %d", types(got), code)
	}
	if got, code := take(t, revoked); len(got) != 0 || code != live.Revoked {
		t.Errorf("got %s, code %d, want a revoked session to stay closed", types(got), code)
	}
	if _, err := h.Watch(ana, "s", 0); !errors.Is(err, feature.ErrUnavailable) {
		t.Errorf("got %v, want %v", err, feature.ErrUnavailable)
	}
}

func TestWatchersOfAnAccountAreCapped(t *testing.T) {
	h := live.New(nil, nil)
	var all []*live.Watcher
	for range live.MaxWatchers {
		all = append(all, watch(t, h, ana, "s", 0))
	}
	if _, err := h.Watch(ana, "s", 0); !errors.Is(err, feature.ErrTooMany) {
		t.Errorf("got %v, want %v", err, feature.ErrTooMany)
	}
	watch(t, h, ben, "s", 0)
	all[3].Close()
	all[3].Close()
	watch(t, h, ana, "s", 0)
	if got := h.Watching(); got != live.MaxWatchers+1 {
		t.Errorf("got %d watchers, want %d", got, live.MaxWatchers+1)
	}
}

func TestFramesThatCannotBeEncodedAreLoggedAndDropped(t *testing.T) {
	var log bytes.Buffer
	h := live.New(slog.New(slog.NewTextHandler(&log, nil)), nil)
	w := watch(t, h, ana, "s", 0)
	h.Tell([]protocol.Account{ana}, "broken", func() {})
	h.Tell([]protocol.Account{ana}, "good", nil)
	if got, _ := take(t, w); types(got) != "hello map[], good <nil>" || !strings.Contains(log.String(), "type=broken") {
		t.Errorf("got %s, log %s", types(got), log.String())
	}
}

func TestWireIsAWholeWebSocketMessage(t *testing.T) {
	h := live.New(nil, nil)
	w := watch(t, h, ana, "s", 0)
	take(t, w)
	for _, size := range []int{0, 60, 90, 91, 125, 126, 200, 65_000, 65_535, 70_000} {
		h.Tell([]protocol.Account{ana}, "n", strings.Repeat("x", size))
		frames, _ := w.Take(make([]*live.Frame, 0, 1))
		wire, body := frames[0].Wire(), frames[0].JSON()
		var want []byte
		switch n := len(body); {
		case n < 126:
			want = []byte{0x81, byte(n)}
		case n < 1<<16:
			want = []byte{0x81, 126, byte(n >> 8), byte(n)}
		default:
			want = []byte{0x81, 127, 0, 0, 0, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
		}
		if got := wire[:len(wire)-len(body)]; !bytes.Equal(got, want) || !json.Valid(body) {
			t.Errorf("size %d: got head %x, want %x", size, got, want)
		}
	}
}

// Run it with -race: everything at once, and each watcher sees its numbers grow.
func TestManyAtOnce(t *testing.T) {
	h := live.New(nil, nil)
	stop := make(chan struct{})
	var tellers, watchers sync.WaitGroup
	for i := range 4 {
		tellers.Go(func() {
			for n := range 500 {
				h.Tell([]protocol.Account{ana, ben}, "n", n)
				if n%100 == 50 {
					h.CloseSession(ana, fmt.Sprint("s", i))
				}
			}
		})
	}
	for i := range 8 {
		watchers.Go(func() {
			account := []protocol.Account{ana, ben}[i%2]
			var last uint64
			w := watch(t, h, account, fmt.Sprint("s", i), 0)
			defer func() { w.Close() }()
			for {
				select {
				case <-stop:
					return
				case <-w.Wakes():
				}
				got, code := take(t, w)
				for _, f := range got {
					if f.Seq < last || f.Seq == last && f.Type == "n" {
						t.Errorf("got number %d after %d", f.Seq, last)
					}
					last = f.Seq
				}
				if code != live.Open {
					w.Close()
					w = watch(t, h, account, fmt.Sprint("s", i), last)
				}
			}
		})
	}
	tellers.Wait()
	close(stop)
	watchers.Wait()
	if got := h.Watching(); got != 0 {
		t.Errorf("got %d watchers at the end, want none", got)
	}
}
