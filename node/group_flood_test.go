package node

import (
	"bytes"
	"crypto/rand"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/feature/audit"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/protocol/net"
	"conclave/storage"
)

func incidents(t *testing.T, n *Node) []audit.Incident {
	t.Helper()
	return call[feature.List[audit.Incident]](t, n, feature.Actor{}, "audit.list", audit.ListRequest{Limit: 200}).Items
}

func (g *circle) noted(i int, kind feature.IncidentKind, peer net.PeerID) {
	g.t.Helper()
	g.until("the audit log names the peer: "+string(kind), func() bool {
		return slices.ContainsFunc(incidents(g.t, g.nodes[i]), func(x audit.Incident) bool { return x.Kind == kind && x.Peer == string(peer) })
	})
}

// Every forged record of a member leaves no row but those of the audit log, and the member's node is blocked in the end.
func TestForgedRecordsAreRefusedNotedAndBlocked(t *testing.T) {
	for name, forge := range map[string]func(*circle, *mallory) session.Sealed{
		"an operation with a wrong signature": func(g *circle, m *mallory) session.Sealed {
			var op []byte
			if err := m.store.Update(g.t.Context(), func(tx feature.Tx) error {
				signed, err := m.groups.Act(tx, g.log, m.acct, &membership.Leave{})
				if err != nil {
					return err
				}
				op = bytes.Clone(signed.Encode())
				return errRolledBack
			}); !errors.Is(err, errRolledBack) {
				g.t.Fatal(err)
			}
			op[len(op)-1] ^= 1
			return record(g.log, protocol.GroupOp, op)
		},
		"an operation of another group": func(g *circle, m *mallory) session.Sealed {
			return record(g.log, protocol.GroupOp, m.create(m.founds()))
		},
		"junk for an operation": func(g *circle, _ *mallory) session.Sealed { return record(g.log, protocol.GroupOp, []byte("junk")) },
		"an operation that is too long": func(g *circle, _ *mallory) session.Sealed {
			return record(g.log, protocol.GroupOp, make([]byte, protocol.MaxOp+1))
		},
		"junk for a message": func(g *circle, _ *mallory) session.Sealed {
			return record(g.log, protocol.GroupMessage, []byte("junk"))
		},
		"a message with a wrong signature": func(g *circle, m *mallory) session.Sealed {
			_, inner := m.speaks(g.log, "forged", 1)
			var dist []byte
			m.view(func(tx feature.Tx) (err error) {
				dist, _, _, err = m.groups.Owed(tx, g.log, m.dev)
				return err
			})
			m.want(m.seal(protocol.Item{Kind: protocol.ItemChain, Data: dist}), net.Delivered)
			bad := bytes.Clone(inner)
			bad[len(bad)-1] ^= 1
			return record(g.log, protocol.GroupMessage, bad)
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := gather(t, open(t, "a", ""))
			m := g.infiltrate()
			x := forge(g, m)
			m.leaves([]storage.Table{storage.Audit}, func() {
				for range 8 { // as many as a minute bears
					m.want(x, net.Refused)
				}
			})
			g.noted(0, feature.ForgedRecord, m.host.ID())
			for range 4 {
				if _, err := m.lane.Put(t.Context(), net.Queue(x.Queue), net.Token(x.Token), x.Blob); err != nil {
					break // it is shut out already
				}
			}
			g.noted(0, feature.PeerBlocked, m.host.ID())
			g.until("the node is disconnected", func() bool { return !g.nodes[0].host.Connected(m.host.ID()) })
			if said := g.say(0, "still here"); !g.has(0, said) {
				t.Error("an own message was not logged")
			}
		})
	}
}

// create is the first operation of a group, as it was signed.
func (m *mallory) create(log protocol.Log) []byte {
	m.t.Helper()
	var op *membership.Op
	m.view(func(tx feature.Tx) (err error) {
		op, err = m.groups.Op(tx, log, membership.ID(log))
		return err
	})
	return bytes.Clone(op.Encode())
}

func (m *mallory) founds() (log protocol.Log) {
	m.t.Helper()
	m.update(func(tx feature.Tx) error {
		c, err := m.groups.Found(tx, m.acct, feature.NewGroup{Policy: membership.DefaultPolicy()})
		log = c.Log
		return err
	})
	return log
}

// Of two messages under one number the second is refused. Who pushes it is counted against, who passes it on is not.
func TestTwoMessagesUnderOneNumberAreEvidence(t *testing.T) {
	g := gather(t, open(t, "a", ""))
	m := g.infiltrate()
	twin := func() (inner []byte) { // the chain does not go on
		err := m.store.Update(t.Context(), func(tx feature.Tx) error {
			heads, err := m.groups.Heads(tx, g.log)
			if err != nil {
				return err
			}
			body, err := event.Encode(event.MessageSent{Content: "one of two"})
			if err != nil {
				return err
			}
			e, err := protocol.NewEvent(rand.Reader, protocol.Header{
				Log: g.log, Kind: "message.sent", Author: m.acct, Device: m.dev, Ord: 1, HLC: uint64(time.Now().UnixMilli()) << 16, Heads: heads,
			}, body)
			if err != nil {
				return err
			}
			if inner, _, err = m.groups.Seal(tx, e); err != nil {
				return err
			}
			return errRolledBack
		})
		if !errors.Is(err, errRolledBack) {
			t.Fatal(err)
		}
		return inner
	}
	m.speaks(g.log, "makes the chain", 1)
	var dist []byte
	m.view(func(tx feature.Tx) (err error) {
		dist, _, _, err = m.groups.Owed(tx, g.log, m.dev)
		return err
	})
	m.want(m.seal(protocol.Item{Kind: protocol.ItemChain, Data: dist}), net.Delivered)
	m.want(record(g.log, protocol.GroupMessage, twin()), net.Delivered)
	other := m.logs(g.log, 1)
	g.nodes[0].catcher.Behind(g.log, m.host.ID())
	g.noted(0, feature.TwinRecord, m.host.ID())
	if g.has(0, other[0]) {
		t.Error("a second message under one number was logged")
	}
	for _, i := range incidents(t, g.nodes[0]) {
		if i.Kind != feature.TwinRecord || i.Account != m.acct.String() || i.Group != g.log.String() {
			t.Errorf("audit log: got %+v, want only the twin, its author and group", i)
		}
	}
}

var errRolledBack = errors.New("rolled back")

// Whoever was removed is told the people whom the operations up to then name, and nobody who came later.
func TestFormerMembersAreToldOfNobodyWhoCameLater(t *testing.T) {
	g := found(t, func(*membership.Policy) {}, open(t, "a", ""), open(t, "b", ""))
	m := g.infiltrate()
	g.update(0, func(tx feature.Tx) error {
		_, err := g.nodes[0].groups.Act(tx, g.log, g.who[0], &membership.Remove{Account: m.acct})
		return err
	})
	g.join(1)
	ask := func(who protocol.Account) []canon.Raw {
		t.Helper()
		out, err := m.host.Request(t.Context(), g.nodes[0].host.ID(), "group.people", canon.MustMarshal(map[uint64]any{0: g.log, 1: []protocol.Account{who}}))
		if err != nil {
			t.Fatal(err)
		}
		list, err := canon.Unmarshal[[]canon.Raw](out)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if got := len(ask(g.who[0])); got != 1 {
		t.Errorf("people of its time: got %d, want the founder", got)
	}
	if got := len(ask(g.who[1])); got != 0 {
		t.Errorf("people who came later: got %d, want none", got)
	}
}

// A stranger that offers as much as it can costs little memory, and honest messages go on.
func TestAFloodOfAnOutsiderHoldsUpNobody(t *testing.T) {
	g := gather(t, open(t, "a", ""), open(t, "b", ""))
	m := attack(t, g.nodes[0], g.who[0])
	g.p50(20)
	before, heap := g.p50(300), inUse()
	stop, done := make(chan struct{}), make(chan int)
	junk := make([]byte, 4096)
	rand.Read(junk)
	x := record(protocol.Log{9}, protocol.GroupMessage, junk) // of a group that is not here: put off, and no offence
	go func() {
		n := 0
		defer func() { done <- n }()
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := m.lane.Put(t.Context(), net.Queue(x.Queue), net.Token(x.Token), x.Blob); err != nil {
				return
			}
			n++
		}
	}()
	during := g.p50(300)
	peak := inUse()
	close(stop)
	offered := <-done
	t.Logf("offered: %d; p50 before %v, during %v, ratio %.2f; heap before %d KiB, during %d KiB", offered, before, during,
		float64(during)/float64(before), heap>>10, peak>>10)
	if offered <= strangePuts {
		t.Errorf("records offered: got %d, want so many that the answers are held back", offered)
	}
	slow := func() bool { return during > 5*before+50*time.Millisecond }
	if slow() { // perhaps the machine is, since the flood began
		before = max(before, g.p50(300))
	}
	if slow() {
		t.Errorf("p50 of honest messages: got %v during the flood, want at most 5 times %v", during, before)
	}
	if peak > heap+128<<20 {
		t.Errorf("memory: got %d MiB more, want at most 128", (peak-heap)>>20)
	}
}

// inUse is the live heap after a collection, in bytes.
func inUse() uint64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&s)
	return s.HeapAlloc
}
