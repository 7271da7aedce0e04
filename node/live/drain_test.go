package live_test

import (
	"encoding/binary"
	"testing"
	"time"

	"conclave/node/live"
	"conclave/protocol"
)

// Ten thousand clients that came back in one moment would be the next failure.
func TestEachWatcherComesBackInATimeOfItsOwn(t *testing.T) {
	for _, c := range []struct {
		clients  int
		within   time.Duration
		distinct int
	}{{1, 401 * time.Millisecond, 1}, {1000, 1400 * time.Millisecond, 300}, {9000, 5 * time.Second, 2000}} {
		h := live.New(nil, nil)
		var all []*live.Watcher
		for i := range c.clients {
			var a protocol.Account
			binary.BigEndian.PutUint32(a[:], uint32(i/live.MaxWatchers))
			all = append(all, watch(t, h, a, "s", 0))
		}
		h.Drain()
		h.Drain() // says nothing twice
		delays := map[time.Duration]bool{}
		for _, w := range all {
			got, code := take(t, w)
			if len(got) != 2 || got[1].Type != "restart" || code != live.Restart {
				t.Fatalf("got %s, code %d, want hello, one restart, and 1012", types(got), code)
			}
			data, _ := got[1].Data.(map[string]any)
			ms, _ := data["after_ms"].(float64)
			after := time.Duration(ms) * time.Millisecond
			if after < 400*time.Millisecond || after > c.within {
				t.Errorf("one of %d clients comes back after %s, want 400ms to %s", c.clients, after, c.within)
			}
			delays[after] = true
		}
		if len(delays) < c.distinct {
			t.Errorf("%d clients come back at %d times, want at least %d", c.clients, len(delays), c.distinct)
		}
	}
}

func TestAFullQueueHasRoomForTheLastFrame(t *testing.T) {
	h := live.New(nil, nil)
	w := watch(t, h, ana, "s", 0)
	for range live.MaxQueue - 1 {
		h.Tell([]protocol.Account{ana}, "n", nil)
	}
	h.Drain()
	got, code := take(t, w)
	if code != live.Restart || len(got) != live.MaxQueue+1 || got[len(got)-1].Type != "restart" {
		t.Errorf("got %d frames, code %d, the last %s, want %d with restart behind them", len(got), code, types(got[len(got)-1:]), live.MaxQueue+1)
	}
}

func TestWhoWasClosedBeforeIsNotToldToComeBack(t *testing.T) {
	h := live.New(nil, nil)
	slow := watch(t, h, ana, "s", 0)
	for range live.MaxQueue {
		h.Tell([]protocol.Account{ana}, "n", nil)
	}
	revoked := watch(t, h, ben, "r", 0)
	h.CloseSession(ben, "r")
	h.Drain()
	for w, want := range map[*live.Watcher]live.Code{slow: live.TooSlow, revoked: live.Revoked} {
		if got, code := take(t, w); len(got) != 0 || code != want {
			t.Errorf("got %s, code %d, want nothing and %d", types(got), code, want)
		}
	}
}
