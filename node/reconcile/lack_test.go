package reconcile

import (
	"testing"
	"time"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/net"
	set "conclave/protocol/reconcile"
)

func eventIDs(n int) []protocol.EventID {
	out := make([]protocol.EventID, n)
	for i := range out {
		out[i] = protocol.EventID{byte(i), byte(i >> 8), byte(i >> 16), 1}
	}
	return out
}

// stands fails unless a way has this state and so many missing events.
func stands(t *testing.T, c *Catcher, w way, state feature.SyncState, behind int) {
	t.Helper()
	if s := c.of(w); s.state != state || s.behind() != behind {
		t.Errorf("stand to %s: got %s by %d, want %s by %d", w.peer, s.state, s.behind(), state, behind)
	}
}

func lacks(t *testing.T, c *Catcher, w way, ids []protocol.EventID, beyond int) {
	t.Helper()
	if err := c.lack(w, ids, beyond, c.turn(w.log)); err != nil {
		t.Fatal(err)
	}
}

func TestWhatComesByAnyWayIsMissingNoLonger(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	c := quietCatcher(&now)
	ids := eventIDs(3)
	ana, ben, far := way{protocol.Log{1}, net.PeerID("ana")}, way{protocol.Log{1}, net.PeerID("ben")}, way{protocol.Log{2}, net.PeerID("ana")}
	lacks(t, c, ana, ids, 0)
	lacks(t, c, ben, ids[:1], 0)
	lacks(t, c, far, ids, 0)
	stands(t, c, ana, feature.Behind, 3)
	stands(t, c, ben, feature.Behind, 1)
	for i, id := range ids { // nobody says from whom
		c.Logged(ana.log, id, false)
		c.Logged(ana.log, id, false)
		if i < 2 {
			stands(t, c, ana, feature.Behind, 2-i)
		}
		stands(t, c, ben, feature.InSync, 0)
	}
	stands(t, c, ana, feature.InSync, 0)
	stands(t, c, far, feature.Behind, 3)
	if len(c.short) != 1 || c.named != 3 {
		t.Errorf("remembered: got %d groups and %d ids, want 1 and 3", len(c.short), c.named)
	}
}

func TestOfMoreThanIsNamedNothingIsKnownInTheEnd(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	c := quietCatcher(&now)
	ids := eventIDs(2)
	w := way{protocol.Log{1}, net.PeerID("ana")}
	lacks(t, c, w, ids, 40)
	stands(t, c, w, feature.Behind, 42)
	c.Logged(w.log, ids[0], false)
	stands(t, c, w, feature.Behind, 41)
	c.Logged(w.log, ids[1], false)
	stands(t, c, w, feature.SyncUnknown, 0)
	lacks(t, c, w, nil, 0)
	c.settle(w, &round{same: true}, feature.InSync, nil)
	stands(t, c, w, feature.InSync, 0)
}

func TestIDsThatAreMissingAreBounded(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	c := quietCatcher(&now)
	ids := eventIDs(maxLacks + 10)
	ana, ben := way{protocol.Log{1}, net.PeerID("ana")}, way{protocol.Log{2}, net.PeerID("ben")}
	lacks(t, c, ana, ids, 0)
	lacks(t, c, ben, ids[:5], 0)
	stands(t, c, ana, feature.Behind, maxLacks+10)
	stands(t, c, ben, feature.Behind, 5)
	if got := len(c.of(ana).lacks) + len(c.of(ben).lacks); got != maxLacks || c.named != maxLacks {
		t.Errorf("ids that are remembered: got %d, counted %d, want %d", got, c.named, maxLacks)
	}
	lacks(t, c, ana, nil, 0)
	lacks(t, c, ben, ids[:5], 0)
	if got := len(c.of(ben).lacks); got != 5 || c.named != 5 {
		t.Errorf("once there is room: got %d ids, counted %d, want 5", got, c.named)
	}
	c.forget(map[protocol.Log]bool{})
	if len(c.ways) != 0 || c.named != 0 || len(c.short) != 0 {
		t.Errorf("without groups: got %d stands and %d ids, want none", len(c.ways), c.named)
	}
}

// buckets are fingerprints of pairs of a bucket and a count.
func buckets(pairs ...uint64) (out []set.Fingerprint) {
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, set.Fingerprint{Bucket: set.Bucket(pairs[i]), Count: pairs[i+1]})
	}
	return out
}

func TestSurplusCountsWhatLiesPastTheRange(t *testing.T) {
	mine := buckets(0, 7, 1, 4)
	theirs := buckets(0, 9, 1, 6, 2, 5, 3, 1)
	for last, want := range map[set.Bucket]int{0: 8, 1: 6, 2: 1, 3: 0} {
		if got := surplus(mine, theirs, last); got != want {
			t.Errorf("past bucket %d: got %d, want %d", last, got, want)
		}
	}
	if got := surplus(nil, buckets(1, 1<<62, 2, 1<<62), 0); got != maxSurplus {
		t.Errorf("of a liar: got %d, want %d", got, maxSurplus)
	}
}
