package gossip

import (
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"conclave/protocol"
)

func TestKeysTakeTurns(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	at := func(had []hostKey, after time.Duration) []hostKey {
		t.Helper()
		out, _, err := turn(rand.Reader, had, now.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	first := at(nil, 0)
	if got := at(first, 29*24*time.Hour-time.Second); !slices.Equal(got, first) {
		t.Errorf("after almost 29 days: got %d keys, want the first alone", len(got))
	}
	both := at(first, 29*24*time.Hour)
	if len(both) != 2 || both[1] != first[0] || both[0] == first[0] {
		t.Errorf("after 29 days: got %d keys, want a new one before the first", len(both))
	}
	if got := at(both, 30*24*time.Hour); !slices.Equal(got, both[:1]) {
		t.Errorf("after 30 days: got %d keys, want the second alone", len(got))
	}
	if got := at(both, 300*24*time.Hour); len(got) != 1 || got[0] == both[0] {
		t.Errorf("after 300 days: got %d keys, want a new one", len(got))
	}
	if got := at(first, -100*24*time.Hour); len(got) != 1 || got[0] == first[0] {
		t.Errorf("after the clock was set back by 100 days: got %d keys, want a new one", len(got))
	}
}

func TestTheTwoHostsThatLastLongestAreKept(t *testing.T) {
	now := time.UnixMilli(1_800_000_000_000)
	host := func(peer string, days int) protocol.GossipHost {
		return protocol.GossipHost{Peer: peer, Until: uint64(now.Add(time.Duration(days) * 24 * time.Hour).UnixMilli())}
	}
	var had []protocol.GossipHost
	for _, h := range []protocol.GossipHost{host("a", 1), host("b", 30), host("over", -1), host("c", 2), host("b", 29)} {
		had = merge(had, h, now)
	}
	if want := []protocol.GossipHost{host("b", 29), host("c", 2)}; !slices.EqualFunc(had, want, func(a, b protocol.GossipHost) bool {
		return a.Peer == b.Peer && a.Until == b.Until
	}) {
		t.Errorf("hosts: got %v, want %v", had, want)
	}
}

func TestAddressesOfOneHostAreTakenInTurns(t *testing.T) {
	got := interleave([][]string{{"a1", "a2", "a3"}, {"b1"}, {"a1", "c2"}})
	if want := []string{"a1", "b1", "a2", "c2", "a3"}; !slices.Equal(got, want) {
		t.Errorf("addresses: got %v, want %v", got, want)
	}
}
