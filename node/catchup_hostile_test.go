package node

import (
	"context"
	"crypto/rand"
	"sync/atomic"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
)

// servedEvents is the answer to group.events as SPEC.md has it.
type servedEvents struct {
	Events   [][2]canon.Raw     `cbor:"0,keyasint"`
	Certs    [][]byte           `cbor:"1,keyasint"`
	Withheld []protocol.EventID `cbor:"2,keyasint"`
	More     bool               `cbor:"3,keyasint"`
}

type askedEvents struct {
	Log protocol.Log       `cbor:"0,keyasint"`
	IDs []protocol.EventID `cbor:"1,keyasint"`
}

// logs makes messages of mallory and keeps them in its own log, without sending them.
func (m *mallory) logs(log protocol.Log, n int) (all []protocol.EventID) {
	m.t.Helper()
	mute(m.Node)
	for range n {
		m.update(func(tx feature.Tx) error {
			e, err := m.timeline.Append(tx, feature.Draft{Log: log, Author: m.acct, Body: event.MessageSent{Content: "served"}})
			if err == nil {
				all = append(all, e.ID)
			}
			return err
		})
	}
	return all
}

// serves answers for events; change may falsify each.
func (m *mallory) serves(log protocol.Log, change func(id protocol.EventID, event []byte, stamp *feature.Stamp) []byte) {
	m.directory.Serve("group.events", func(_ context.Context, _ string, body []byte) ([]byte, error) {
		req, err := canon.Unmarshal[askedEvents](body)
		if err != nil {
			return nil, err
		}
		var a servedEvents
		err = m.store.View(func(tx feature.Tx) error {
			for _, id := range req.IDs {
				raw, stamp, err := m.timeline.Raw(tx, log, id)
				if err != nil {
					continue
				}
				raw = change(id, raw, &stamp)
				a.Events = append(a.Events, [2]canon.Raw{canon.MustMarshal(raw), canon.MustMarshal(stamp)})
				if len(a.Certs) == 0 {
					cert, err := m.groups.Cert(tx, log, stamp.Proof.Chain)
					if err != nil {
						return err
					}
					a.Certs = append(a.Certs, cert)
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		return canon.Marshal(a)
	})
}

func TestWrongEventsOfAHostileMemberKeepNoOthersFromComing(t *testing.T) {
	g := gather(t, open(t, "a", ""))
	m := g.infiltrate()
	said := m.logs(g.log, 6)
	other := []byte("not an event")
	m.serves(g.log, func(id protocol.EventID, raw []byte, stamp *feature.Stamp) []byte {
		switch id {
		case said[1]: // a signature that does not hold
			stamp.Proof.Sig[0] ^= 1
		case said[3]: // the number of another message
			stamp.Proof.N += 7
		case said[4]:
			return other
		}
		return raw
	})
	g.nodes[0].catcher.Behind(g.log, m.host.ID())
	for _, i := range []int{0, 2, 5} {
		g.arrives(0, said[i])
	}
	for _, i := range []int{1, 3, 4} {
		if g.has(0, said[i]) {
			t.Errorf("wrong event %d: it was taken", i)
		}
	}
	g.until("the node is found to be behind", func() bool { return g.sync(0).State == feature.Behind })
	var calls atomic.Int64
	m.directory.Serve("group.events", func(context.Context, string, []byte) ([]byte, error) {
		calls.Add(1)
		return canon.Marshal(servedEvents{})
	})
	for range 50 {
		g.nodes[0].catcher.Behind(g.log, m.host.ID())
		time.Sleep(2 * time.Millisecond)
	}
	if got := calls.Load(); got > 1 {
		t.Errorf("requests to a node that lied, within its exile: got %d, want at most 1", got)
	}
}

func TestGarbageOfAHostileMemberEndsTheRound(t *testing.T) {
	for name, kinds := range map[string][]string{
		"digests":    {"group.digest"},
		"ids":        {"group.ids"},
		"operations": {"group.ops"},
		"events":     {"group.events"},
	} {
		t.Run(name, func(t *testing.T) {
			g := gather(t, open(t, "a", ""))
			m := g.infiltrate()
			m.logs(g.log, 3)
			var calls atomic.Int64
			for _, kind := range kinds {
				m.directory.Serve(kind, func(context.Context, string, []byte) ([]byte, error) {
					calls.Add(1)
					out := make([]byte, 3<<20)
					rand.Read(out)
					return out, nil
				})
			}
			if name == "operations" {
				m.directory.Serve("group.digest", func(context.Context, string, []byte) ([]byte, error) {
					return canon.Marshal(map[uint64]any{0: [][]byte{make([]byte, 31), {1}}, 1: false, 2: make([]byte, 32), 3: nil, 4: nil})
				})
			}
			for range 100 {
				g.nodes[0].catcher.Behind(g.log, m.host.ID())
				time.Sleep(2 * time.Millisecond)
			}
			if got := calls.Load(); got > 2 {
				t.Errorf("requests: got %d, want at most 2 before the node is left alone", got)
			}
			said := g.say(0, "still here")
			if !g.has(0, said) {
				t.Error("an own message was not logged")
			}
		})
	}
}

func TestStrangersAreToldNothing(t *testing.T) {
	g := gather(t, open(t, "a", ""))
	g.say(0, "a secret")
	m := attack(t, g.nodes[0], g.who[0])
	ask := func(kind string, body any) {
		t.Helper()
		if out, err := m.host.Request(t.Context(), g.nodes[0].host.ID(), kind, canon.MustMarshal(body)); err == nil {
			t.Errorf("%s: got %d bytes, want a refusal", kind, len(out))
		}
	}
	var ids []protocol.EventID
	ids = append(ids, g.texts(0)...)
	ask("group.digest", map[uint64]any{0: g.log, 1: nil, 2: [32]byte{}})
	ask("group.ops", map[uint64]any{0: g.log, 1: nil, 2: membership.Place{}})
	ask("group.events", askedEvents{g.log, ids})
	ask("group.people", map[uint64]any{0: g.log, 1: g.who})
	ask("group.topic", map[uint64]any{0: g.log})
	ask("group.ids", map[uint64]any{0: g.log, 1: [16]byte{1}, 2: []byte{0, 1}, 3: []byte{0x61}})
}
