package node

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"conclave/crypto/canon"
	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/protocol/net"
	set "conclave/protocol/reconcile"
	"conclave/storage"
)

type askedIDs struct {
	Log     protocol.Log `cbor:"0,keyasint"`
	Session [16]byte     `cbor:"1,keyasint"`
	Ranges  []byte       `cbor:"2,keyasint"`
	Message []byte       `cbor:"3,keyasint"`
}

// promises has mallory say that it holds some events, and answer for them as events says; it counts the requests for them.
func (m *mallory) promises(g *circle, items []set.Item, events func([]protocol.EventID) servedEvents) *atomic.Int64 {
	m.t.Helper()
	all, err := set.NewSet(slices.Clone(items))
	if err != nil {
		m.t.Fatal(err)
	}
	m.directory.Serve("group.digest", func(context.Context, string, []byte) ([]byte, error) {
		_, heads, _ := g.seen(0)
		return canon.Marshal(map[uint64]any{0: heads, 1: false, 2: sha256.Sum256([]byte("other")), 3: set.EncodeBuckets(set.Buckets(all), 0), 4: []int{}})
	})
	m.directory.Serve("group.ids", func(_ context.Context, _ string, body []byte) ([]byte, error) {
		req, err := canon.Unmarshal[askedIDs](body)
		if err != nil {
			return nil, err
		}
		return set.NewResponder(all, set.Options{}).Reply(req.Message)
	})
	calls := &atomic.Int64{}
	m.directory.Serve("group.events", func(_ context.Context, _ string, body []byte) ([]byte, error) {
		calls.Add(1)
		req, err := canon.Unmarshal[askedEvents](body)
		if err != nil {
			return nil, err
		}
		return canon.Marshal(events(req.IDs))
	})
	return calls
}

// Events that are promised and never come, or are withheld in the end, cost a few requests and no row.
func TestWhatIsPromisedAndNeverComesCostsLittle(t *testing.T) {
	const promised = 1 << 16
	var items []set.Item
	for i := range promised {
		x := set.Item{Ord: uint64(1 + i%8000)}
		rand.Read(x.ID[:])
		items = append(items, x)
	}
	for name, c := range map[string]struct {
		answer func([]protocol.EventID) servedEvents
		misled bool
	}{
		"nothing":  {func([]protocol.EventID) servedEvents { return servedEvents{} }, true},
		"more":     {func([]protocol.EventID) servedEvents { return servedEvents{More: true} }, true},
		"withheld": {func(ids []protocol.EventID) servedEvents { return servedEvents{Withheld: ids} }, false},
		"half withheld": {func(ids []protocol.EventID) servedEvents {
			return servedEvents{Withheld: ids[:len(ids)/2]}
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			g := quiet(t, open(t, "a", ""), open(t, "b", ""))
			m := g.infiltrate()
			calls := m.promises(g, items, c.answer)
			m.leaves([]storage.Table{storage.Audit, storage.Roads, storage.GroupOutbox}, func() {
				bounded(t, func() {
					for range 20 {
						g.nodes[0].catcher.Behind(g.log, m.host.ID())
						time.Sleep(20 * time.Millisecond)
					}
					g.until("the victim asked for some", func() bool { return calls.Load() > 0 })
					if c.misled {
						g.noted(0, feature.WrongAnswers, m.host.ID())
					}
				})
			})
			if got := calls.Load(); got > 3 {
				t.Errorf("requests for events: got %d, want at most 3", got)
			}
			if got := incidents(t, g.nodes[0]); !c.misled && len(got) > 0 {
				t.Errorf("audit log: got %+v, want nothing: the membership may have changed meanwhile", got)
			}
			g.arrives(0, g.say(1, "undisturbed"))
			g.arrives(1, g.say(0, "so are we"))
		})
	}
}

// What cannot be read, or is another event than was asked for, is not logged, and keeps what is right from coming no more
// than it does with messages.
func TestWhatCannotBeReadIsNoHistory(t *testing.T) {
	g := quiet(t, open(t, "a", ""), open(t, "b", ""))
	honest := g.say(1, "the truth")
	g.arrives(0, honest)
	m := g.infiltrate()
	_, heads, _ := g.seen(0)
	x := m.chains(g.log, heads)
	good, other := x.made("as it should be", 1), x.made("not what was asked for", 1)
	junk, err := protocol.NewEvent(rand.Reader, header(good, "message.sent"), []byte("junk"))
	if err != nil {
		t.Fatal(err)
	}
	strange, err := protocol.NewEvent(rand.Reader, header(good, "message.sent"), canon.MustMarshal(map[int]string{0: ""}))
	if err != nil {
		t.Fatal(err)
	}
	foreign := header(good, "message.sent")
	foreign.Author, foreign.Device = g.who[1], protocol.Device{1}
	named, err := protocol.NewEvent(rand.Reader, foreign, good.Body)
	if err != nil {
		t.Fatal(err)
	}
	served := map[protocol.EventID][2]canon.Raw{}
	for n, e := range []*protocol.Event{good, junk, strange, named, other} {
		in, err := x.Seal(rand.Reader, x.raw(), e.ID, e.Encode())
		if err != nil {
			t.Fatal(err)
		}
		stamp := feature.Stamp{Proof: chain.Proof{Chain: in.Chain, N: uint32(n), Digest: sha256.Sum256(in.CT), Sig: in.Sig}, CSeq: 1}
		served[e.ID] = [2]canon.Raw{canon.MustMarshal(e.Encode()), canon.MustMarshal(stamp)}
	}
	wanted := protocol.EventID{7}
	served[wanted] = served[other.ID]
	var items []set.Item
	for id := range served {
		if id != other.ID {
			items = append(items, set.Item{Ord: 1, ID: set.ID(id)})
		}
	}
	cert := x.KeyDist().Cert.Encode()
	m.promises(g, items, func(ids []protocol.EventID) (a servedEvents) {
		a.Certs = [][]byte{cert}
		for _, id := range ids {
			a.Events = append(a.Events, served[id])
		}
		return a
	})
	g.nodes[0].catcher.Behind(g.log, m.host.ID())
	g.arrives(0, good.ID)
	g.noted(0, feature.WrongAnswers, m.host.ID())
	if got, want := g.texts(0), 4; len(got) != want {
		t.Errorf("messages: got %d, want %d", len(got), want)
	}
	for name, e := range map[string]*protocol.Event{"junk": junk, "an empty text": strange, "in another's name": named, "not asked for": other} {
		if g.has(0, e.ID) {
			t.Errorf("%s: it was logged", name)
		}
	}
	g.arrives(0, g.say(1, "undisturbed"))
}

func header(of *protocol.Event, kind string) protocol.Header {
	return protocol.Header{
		Log: of.Log, Kind: kind, Author: of.Author, Device: of.Device, Ord: of.Ord, Parents: of.Parents, HLC: of.HLC, Heads: of.Heads,
	}
}

// A forged glance at a group that is being joined shows nothing, and keeps nothing from coming.
func TestAForgedGlanceShowsNothing(t *testing.T) {
	for name, forge := range map[string]func(m *mallory, f forged, seen membership.Glance) (checkpoint []byte, state membership.Glance){
		"junk": func(_ *mallory, _ forged, s membership.Glance) ([]byte, membership.Glance) { return []byte("junk"), s },
		"another state": func(m *mallory, f forged, s membership.Glance) ([]byte, membership.Glance) {
			s.Members = append(slices.Clone(s.Members), append(make([]byte, 32), byte(membership.Owner))...)
			return m.signs(f), s
		},
		"another group": func(m *mallory, f forged, s membership.Glance) ([]byte, membership.Glance) {
			f.log[0] ^= 1
			return m.signs(f), s
		},
		"no checkpoint": func(m *mallory, f forged, s membership.Glance) ([]byte, membership.Glance) {
			f.body = &membership.Leave{Fence: []membership.Mark{}}
			return m.signs(f), s
		},
		"a wrong signature": func(m *mallory, f forged, s membership.Glance) ([]byte, membership.Glance) {
			b := m.signs(f)
			b[len(b)-1] ^= 1
			return b, s
		},
		"a million members": func(m *mallory, f forged, s membership.Glance) ([]byte, membership.Glance) {
			s.Members = make([]byte, 33*30_000)
			return m.signs(f), s
		},
	} {
		t.Run(name, func(t *testing.T) {
			g := found(t, func(*membership.Policy) {}, open(t, "a", ""))
			m := attack(t, g.nodes[0], g.who[0])
			m.befriend()
			log, ticket := m.founds(), []byte("a ticket")
			var add *membership.Op
			var ops [][]byte
			var seen membership.Glance
			m.update(func(tx feature.Tx) (err error) {
				if add, err = m.groups.Answer(tx, log, m.acct, g.who[0], ticket); err != nil {
					return err
				}
				if ops, _, err = m.groups.Ops(tx, log, nil, 1<<20); err != nil {
					return err
				}
				is, err := m.groups.At(tx, log, []protocol.EventID{protocol.EventID(add.ID)})
				if err == nil {
					seen = is.Glance()
				}
				return err
			})
			create := m.create(log)
			hash := sha256.Sum256([]byte("not the state"))
			shown, state := forge(m, forged{
				log: log, parents: []membership.ID{add.ID}, lamport: 3, seq: 3, prev: &add.ID, wall: 1,
				body: &membership.Checkpoint{Heads: []membership.ID{add.ID}, State: hash},
			}, seen)
			var asked atomic.Int64
			m.directory.Serve("group.digest", func(context.Context, string, []byte) ([]byte, error) {
				return canon.Marshal(map[uint64]any{0: []membership.ID{add.ID}, 1: false, 2: [32]byte{1}, 3: []byte{}, 4: []int{}})
			})
			m.directory.Serve("group.glance", func(context.Context, string, []byte) ([]byte, error) {
				asked.Add(1)
				return canon.Marshal(map[uint64]any{0: shown, 1: state})
			})
			m.directory.Serve("group.ops", func(context.Context, string, []byte) ([]byte, error) {
				if asked.Load() == 0 {
					return nil, feature.ErrTooMany
				}
				_ = g.nodes[0].store.View(func(tx feature.Tx) error {
					c, err := g.nodes[0].groups.Conversation(tx, log)
					if err == nil && (c.State.Role(protocol.Account{}) > 0 || c.State.Role(g.who[0]) > 0) {
						t.Error("the forged glance shows")
					}
					return err
				})
				return canon.Marshal(map[uint64]any{0: ops, 1: false})
			})
			g.update(0, func(tx feature.Tx) error { return g.nodes[0].groups.Expect(tx, g.who[0], log, ticket) })
			w := protocol.Welcome{Log: log, Create: create, Add: protocol.EventID(add.ID), Ticket: ticket}
			m.want(m.seal(protocol.Item{Kind: protocol.ItemWelcome, Data: canon.MustMarshal(w)}), net.Delivered)
			g.nodes[0].catcher.Look()
			g.until("the group is joined all the same", func() bool {
				g.log = log
				return g.standing(0) == feature.GroupJoined
			})
			if asked.Load() == 0 {
				t.Error("glances: got no request, want one")
			}
			g.noted(0, feature.WrongAnswers, m.host.ID())
		})
	}
}
