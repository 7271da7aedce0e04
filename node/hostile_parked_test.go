package node

import (
	"crypto/rand"
	"testing"
	"time"

	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/node/feature/member"
	"conclave/protocol"
	"conclave/storage"
)

// A hostile member has parked what will never open: it gets half of the room at the most, costs little time and memory, holds nobody
// up, and what is parked of it goes when it is removed.
func TestWhatAHostileMemberHasParkedIsBounded(t *testing.T) {
	g := quiet(t, open(t, "a", ""), open(t, "b", ""))
	m := g.infiltrate()
	n := g.nodes[0]
	usual, heap := g.p50(100), inUse()
	_, inner := m.speaks(g.log, "of no chain that is known", 1)
	x, err := chain.DecodeInner(inner)
	if err != nil {
		t.Fatal(err)
	}
	x.CT = make([]byte, 100<<10)
	const half = 4 << 20
	sent := 0
	for sent < 2*half {
		rand.Read(x.Chain[:])
		rand.Read(x.ID[:])
		raw := record(g.log, protocol.GroupMessage, x.Encode()).Blob[1:]
		m.put(m.seal(protocol.Item{Kind: protocol.ItemGroup, Data: raw}))
		sent += len(raw)
	}
	rows, bytes := parkedOf(t, n)
	g.until("as much is parked as finds room", func() bool {
		rows, bytes = parkedOf(t, n)
		return bytes > half-len(x.CT)*2
	})
	m.honest() // all before it was taken
	if rows, bytes = parkedOf(t, n); bytes > half+rows*256 || bytes < half/2 {
		t.Errorf("parked of one node: got %d records, %d bytes, want at most %d and not much less", rows, bytes, half)
	}
	during, peak := g.p50(100), inUse()
	t.Logf("offered %d bytes, parked %d records of %d bytes; p50 %v before, %v with them; heap %d KiB before, %d KiB", sent, rows, bytes, usual, during, heap>>10, peak>>10)
	if during > 5*usual+50*time.Millisecond {
		t.Errorf("p50 of honest messages: got %v, want at most 5 times %v", during, usual)
	}
	if peak > heap+128<<20 {
		t.Errorf("memory: got %d MiB more, want at most 128", (peak-heap)>>20)
	}
	call[feature.Nothing](t, n, feature.Actor{Account: g.who[0]}, "member.remove", member.OfRequest{Conversation: g.log, Account: m.acct})
	g.until("what is parked of who was removed is gone", func() bool { rows, _ := parkedOf(t, n); return rows == 0 })
	g.arrives(0, g.say(1, "undisturbed"))
}

// parkedOf counts what waits in the inboxes of a node: nobody's account is locked, so records of groups alone.
func parkedOf(t *testing.T, n *Node) (rows, bytes int) {
	t.Helper()
	realm := n.keys.Node()
	if err := n.store.View(func(tx feature.Tx) error {
		rows, bytes = 0, 0
		return tx.Scan(realm, realm.Key(storage.Inbox), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
			rows, bytes = rows+1, bytes+len(v)
			return true, nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	return rows, bytes
}
