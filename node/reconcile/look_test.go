package reconcile

import (
	"slices"
	"testing"
	"time"

	"conclave/node/feature"
	groups "conclave/node/group"
	"conclave/protocol"
	"conclave/protocol/net"
	"conclave/storage"
)

// hall has two groups on one other node: account 1 is a member of the first, account 2 of the second, and was welcomed to it.
type hall struct{ Groups }

func (hall) Logs(feature.Tx) ([]protocol.Log, error) { return []protocol.Log{{1}, {2}}, nil }
func (hall) Joining(feature.Tx) ([]groups.Joining, error) {
	return nil, nil
}

func (hall) Standing(_ feature.Tx, log protocol.Log, a protocol.Account) (feature.GroupStanding, error) {
	if log[0] == a[0] {
		return feature.GroupJoined, nil
	}
	return "", nil
}

func (hall) Nodes(feature.Tx, protocol.Log) ([]groups.MemberNode, error) {
	return []groups.MemberNode{{Peer: "far", Devices: []groups.Member{{Account: protocol.Account{9}}}}}, nil
}

// lines lack an event in the second group.
type lines struct{ Timeline }

func (lines) Missing(_ feature.Tx, log protocol.Log) ([]protocol.EventID, error) {
	if log[0] == 2 {
		return []protocol.EventID{{1}}, nil
	}
	return nil, nil
}

type there struct{ Network }

func (there) Connected(net.PeerID) bool { return true }

func lookout(t *testing.T) (c *Catcher, now *time.Time) {
	t.Helper()
	store, err := storage.Open(storage.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	now = new(time.Time)
	*now = time.Unix(1_800_000_000, 0)
	c = quietCatcher(now)
	c.Store, c.Groups, c.Timeline, c.Network = store, hall{}, lines{}, there{}
	return c, now
}

// visits are the groups that are compared next.
func visits(t *testing.T, c *Catcher, now *time.Time) (logs []byte) {
	t.Helper()
	if err := c.survey(); err != nil {
		t.Fatal(err)
	}
	*now = now.Add(debounce)
	due, _ := c.due()
	for _, w := range due {
		logs = append(logs, w.log[0])
		c.settle(w, &round{}, feature.InSync, nil)
	}
	slices.Sort(logs)
	return logs
}

func TestOnlyTheGroupsOfAnAccountAreLookedAtWhenItIsUnlocked(t *testing.T) {
	c, now := lookout(t)
	for _, x := range []struct {
		what string
		do   func() error
		want []byte
	}{
		{"an account without groups", func() error { return c.Unlocked(t.Context(), protocol.Account{7}) }, nil},
		{"the first", func() error { return c.Unlocked(t.Context(), protocol.Account{1}) }, []byte{1}},
		{"nothing", func() error { return nil }, nil},
		{"a welcome to the second", func() error { c.Welcomed(protocol.Log{2}); return nil }, []byte{2}},
	} {
		if err := x.do(); err != nil {
			t.Fatal(err)
		}
		if got := visits(t, c, now); !slices.Equal(got, x.want) {
			t.Errorf("%s: got the groups %v compared, want %v", x.what, got, x.want)
		}
	}
}

func TestNobodyIsAskedForAGapThatWasFilled(t *testing.T) {
	c, now := lookout(t)
	c.Logged(protocol.Log{1}, protocol.EventID{1}, true)
	c.Logged(protocol.Log{2}, protocol.EventID{2}, true)
	*now = now.Add(patience)
	logs, _ := c.ripe()
	if err := c.filled(logs); err != nil {
		t.Fatal(err)
	}
	if len(logs) != 1 || !logs[protocol.Log{2}] {
		t.Errorf("groups to ask about: got %v, want the second", logs)
	}
}

// Where a member's devices live is known from its identity log on: the roads of the group are made again, and a node that is connected is
// asked at once. Who is no member of anything costs a look, once a second at the most.
func TestANodeThatIsKnownSinceSomebodyWasMetIsAsked(t *testing.T) {
	c, now := lookout(t)
	var appeared []byte
	c.Appeared = func(log protocol.Log) { appeared = append(appeared, log[0]) }
	look := func(want string) {
		t.Helper()
		appeared = nil
		if _, err := c.acquaint(); err != nil {
			t.Fatal(err)
		}
		if got := string(appeared); got != want {
			t.Errorf("got groups %q of which a node appeared, want %q", got, want)
		}
	}
	c.Met(protocol.Account{8})
	look("")
	if got := visits(t, c, now); len(got) != 0 {
		t.Errorf("got groups %v compared since somebody was met who is no member", got)
	}
	*now = now.Add(meetEvery)
	c.Met(protocol.Account{9})
	look("\x01\x02")
	if got := visits(t, c, now); len(got) == 0 {
		t.Error("the node of a member that was met is connected, and not asked")
	}
	c.Met(protocol.Account{9})
	look("")
	if wait, err := c.acquaint(); err != nil || wait <= 0 || wait > meetEvery {
		t.Errorf("got %v, %v until accounts are looked at again, want a second at the most", wait, err)
	}
	*now = now.Add(meetEvery)
	look("\x01\x02")
	look("")
}
