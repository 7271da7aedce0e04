package reconcile

import (
	"slices"
	"testing"
	"time"

	"conclave/node/feature"
	groups "conclave/node/group"
	"conclave/protocol"
	"conclave/protocol/net"
	set "conclave/protocol/reconcile"
)

func TestHorizonIsTheNextBucketInWhichThePeerHasAnything(t *testing.T) {
	at := func(all ...set.Bucket) (list []set.Fingerprint) {
		for _, b := range all {
			list = append(list, set.Fingerprint{Bucket: b, Count: 1})
		}
		return list
	}
	for name, c := range map[string]struct {
		newest uint64
		theirs []set.Fingerprint
		want   set.Bucket
	}{
		"nothing anywhere":           {0, nil, 1},
		"the first two":              {0, at(0, 1, 2), 1},
		"nothing before the seventh": {0, at(7, 9), 7},
		"a log that goes on":         {3 * set.BucketSize, at(0, 1, 2, 3, 4, 5), 4},
		"a hole behind the newest":   {3 * set.BucketSize, at(0, 9, 12), 9},
		"the peer has less":          {3 * set.BucketSize, at(0, 1), 4},
		"the far end":                {0, at(set.BucketOf(set.LastOrd)), set.BucketOf(set.LastOrd)},
	} {
		if got := set.BucketOf(horizon(c.newest, c.theirs)); got != c.want {
			t.Errorf("%s: got bucket %d, want %d", name, got, c.want)
		}
	}
}

func TestPausesDoubleUpToTheLast(t *testing.T) {
	for times, want := range map[int]time.Duration{0: firstPause, 1: 2 * firstPause, 3: 8 * firstPause, 5: lastPause, 1000: lastPause} {
		if got := pause(firstPause, lastPause, times); got != want {
			t.Errorf("pause after %d: got %s, want %s", times, got, want)
		}
	}
}

func TestANodeIsKnownByThoseWhoLiveOnIt(t *testing.T) {
	at := func(accounts ...byte) (n groups.MemberNode) {
		for i, a := range accounts {
			n.Devices = append(n.Devices, groups.Member{Account: protocol.Account{a}, Device: protocol.Device{byte(i)}})
		}
		return n
	}
	for name, c := range map[string]struct {
		node groups.MemberNode
		some []protocol.Account
		all  int
	}{
		"one with two devices": {at(7, 7), []protocol.Account{{7}}, 1},
		"as many as are named": {at(1, 2, 3), []protocol.Account{{1}, {2}, {3}}, 3},
		"more":                 {at(1, 2, 2, 3, 4, 5), []protocol.Account{{1}, {2}, {3}}, 5},
	} {
		if some, all := residents(c.node); !slices.Equal(some, c.some) || all != c.all {
			t.Errorf("%s: got %v of %d, want %v of %d", name, some, all, c.some, c.all)
		}
	}
}

func quietCatcher(now *time.Time) *Catcher {
	return &Catcher{
		Config: Config{Now: func() time.Time { return *now }, Changed: func(protocol.Log) {}, Accuse: func(feature.Incident) {}},
		wake:   make(chan struct{}, 1), ways: map[way]*stand{}, busy: map[protocol.Log]bool{}, hinted: map[protocol.Log]time.Time{},
		turns: map[protocol.Log]uint64{}, short: map[protocol.Log][]*stand{}, fewer: map[protocol.Log]bool{}, met: map[protocol.Account]bool{},
	}
}

func TestANodeThatLiedIsLeftAloneLongerEachTime(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	c := quietCatcher(&now)
	w := way{protocol.Log{1}, net.PeerID("liar")}
	for _, wait := range []time.Duration{firstExile, 2 * firstExile, 4 * firstExile} {
		c.settle(w, &round{bad: 1}, feature.Behind, nil)
		c.Behind(w.log, w.peer)
		now = now.Add(wait - time.Millisecond)
		if due, _ := c.due(); len(due) > 0 {
			t.Errorf("a moment before %s: got a visit, want none", wait)
		}
		now = now.Add(time.Millisecond)
		if due, _ := c.due(); len(due) != 1 {
			t.Errorf("after %s: got %d visits, want 1", wait, len(due))
		}
	}
	c.settle(w, &round{news: 1}, feature.InSync, nil)
	c.Behind(w.log, w.peer)
	now = now.Add(debounce)
	if due, _ := c.due(); len(due) != 1 {
		t.Errorf("after an honest round: got %d visits, want 1", len(due))
	}
}

func TestOneNodeOfAGroupIsVisitedAtATime(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	c := quietCatcher(&now)
	for _, peer := range []net.PeerID{"a", "b"} {
		for _, log := range []byte{1, 2} {
			c.Behind(protocol.Log{log}, peer)
		}
	}
	now = now.Add(debounce)
	first, _ := c.due()
	if len(first) != 2 || first[0].log == first[1].log {
		t.Fatalf("visits at first: got %v, want one of each group", first)
	}
	if more, _ := c.due(); len(more) != 0 {
		t.Errorf("visits meanwhile: got %v, want none", more)
	}
	c.settle(first[0], &round{}, feature.InSync, nil)
	if next, _ := c.due(); len(next) != 1 || next[0].log != first[0].log || next[0].peer == first[0].peer {
		t.Errorf("visits then: got %v, want the other node of that group", next)
	}
}

func TestSessionsOfAPeerAreBounded(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	d := desk{sessions: map[net.PeerID][]*session{}}
	open := func(peer net.PeerID, id byte, items int) bool {
		return d.add(peer, &session{id: [16]byte{id}, items: items, used: now})
	}
	has := func(peer net.PeerID, id byte) bool {
		return d.find(peer, idsRequest{Session: [16]byte{id}}, now) != nil
	}
	for id := range byte(5) {
		if !open("a", id, 10) {
			t.Fatalf("session %d: got no room", id)
		}
	}
	if has("a", 2) || !has("a", 3) || !has("a", 4) || has("b", 4) {
		t.Error("sessions of a peer: want the newest two, for this peer alone")
	}
	if open("b", 1, sessionItems) {
		t.Error("a session of too many items: got room, want none")
	}
	if d.count != 2 || d.items != 20 {
		t.Errorf("counted: got %d sessions of %d items, want 2 of 20", d.count, d.items)
	}
	now = now.Add(sessionIdle + time.Second)
	if has("a", 4) || d.count != 0 || d.items != 0 {
		t.Errorf("after a minute: got %d sessions of %d items, want none", d.count, d.items)
	}
}
