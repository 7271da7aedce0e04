package live_test

import (
	"testing"

	"conclave/node/live"
	"conclave/protocol"
)

func TestStatsTellWhatWaitsForWatchers(t *testing.T) {
	h := live.New(nil, nil)
	slow, quick := watch(t, h, ana, "s", 0), watch(t, h, ben, "s", 0)
	take(t, slow)
	for range 3 {
		h.Tell([]protocol.Account{ana, ben}, "n", nil)
		take(t, quick)
	}
	got := h.Stats()
	if got.Watchers != 2 || got.Accounts != 2 || got.Frames != 3 || got.Longest != 3 || got.Bytes == 0 || got.Told != 3 || got.TooSlow != 0 {
		t.Errorf("got %+v, want 3 frames that wait for one of 2", got)
	}
	for range live.MaxQueue {
		h.Tell([]protocol.Account{ana}, "n", nil)
	}
	if got := h.Stats(); got.TooSlow != 1 || got.Frames != 0 || got.Bytes != 0 {
		t.Errorf("got %+v, want one that was too slow, and nothing kept for it", got)
	}
	slow.Close()
	quick.Close()
	if got := h.Stats(); got.Watchers != 0 || got.Accounts != 0 {
		t.Errorf("got %+v after all left, want nobody", got)
	}
}
