package node

import (
	"context"
	"os"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"conclave/crypto/canon"
	"conclave/node/feature"
	"conclave/node/feature/audit"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/membership"
	"conclave/protocol/net"
	"conclave/storage"
)

// nightly is a size for the gate and one for the night.
func nightly[T any](gate, night T) T {
	if os.Getenv("CONCLAVE_NIGHTLY") == "" {
		return gate
	}
	return night
}

// forged is an operation as SPEC.md has it, of whatever content, signed with mallory's own device key.
type forged struct {
	log     protocol.Log
	parents []membership.ID
	lamport uint64
	seq     uint64
	prev    *membership.ID
	wall    uint64
	body    membership.Body
}

func (m *mallory) signs(f forged) []byte {
	m.t.Helper()
	own, err := m.keys.Device(m.acct)
	if err != nil {
		m.t.Fatal(err)
	}
	var seq uint64
	var hash [32]byte
	m.view(func(tx feature.Tx) error {
		log, err := m.directory.Log(tx, m.acct)
		if err == nil {
			seq, hash = log.Pin().Seq, log.Pin().Hash
		}
		return err
	})
	membership.SortIDs(f.parents)
	payload := canon.MustMarshal(map[uint64]any{
		0: 1, 1: [32]byte(f.log), 2: f.body.Kind(), 3: f.parents, 4: m.acct, 5: m.dev, 6: seq, 7: hash,
		8: f.lamport, 9: f.seq, 10: f.prev, 11: f.wall, 12: f.body,
	})
	return canon.MustMarshal(map[uint64]any{1: payload, 2: own.DSK.Sign("gop", payload)})
}

// quiet is gather, once all that joining brings is done.
func quiet(t *testing.T, nodes ...*Node) *circle {
	t.Helper()
	g := gather(t, nodes...)
	for i := range nodes {
		id := g.say(i, "to settle")
		for j := range nodes {
			g.arrives(j, id)
		}
		g.becomes(i, id, feature.Delivered)
	}
	return g
}

// seen is what the victim holds of a group.
func (g *circle) seen(i int) (state *membership.State, heads []membership.ID, lamport uint64) {
	g.t.Helper()
	g.view(i, func(tx feature.Tx) error {
		all, err := g.nodes[i].groups.Heads(tx, g.log)
		if err != nil {
			return err
		}
		for _, id := range all {
			heads = append(heads, membership.ID(id))
			op, err := g.nodes[i].groups.Op(tx, g.log, membership.ID(id))
			if err != nil {
				return err
			}
			lamport = max(lamport, op.Lamport)
		}
		state, err = g.nodes[i].groups.At(tx, g.log, all)
		return err
	})
	return state, heads, lamport
}

func (g *circle) operations(i int) (n int) {
	g.t.Helper()
	g.view(i, func(tx feature.Tx) error {
		ops, _, err := g.nodes[i].groups.Ops(tx, g.log, nil, 1<<30)
		n = len(ops)
		return err
	})
	return n
}

// shower puts records until the victim ends the connection or all are answered; it returns how many got which answer.
func (m *mallory) shower(n int, make func(i int) session.Sealed) (codes map[net.Code]int, cut bool) {
	m.t.Helper()
	codes = map[net.Code]int{}
	var flying []*net.Pending
	take := func(keep int) {
		for len(flying) > keep {
			code, err := flying[0].Wait(m.t.Context())
			flying = flying[1:]
			if err != nil {
				cut = true
				continue
			}
			codes[code]++
		}
	}
	for i := 0; i < n && !cut; i++ {
		x := make(i)
		p, err := m.lane.Put(m.t.Context(), net.Queue(x.Queue), net.Token(x.Token), x.Blob)
		if err != nil {
			cut = true
			break
		}
		flying = append(flying, p)
		take(200)
	}
	take(0)
	return codes, cut
}

// bounded runs an attack, and fails if it takes more memory than it may, or keeps it.
func bounded(t *testing.T, attack func()) {
	t.Helper()
	before := inUse()
	attack()
	peak := inUse()
	deadline, after := time.Now().Add(time.Minute), inUse()
	for after > before+64<<20 && time.Now().Before(deadline) {
		time.Sleep(100 * time.Millisecond)
		after = inUse()
	}
	t.Logf("live heap: %d KiB before, %d KiB at the end of the attack, %d KiB after", before>>10, peak>>10, after>>10)
	if peak > before+128<<20 {
		t.Errorf("memory: got %d MiB more, want at most 128", (peak-before)>>20)
	}
	if after > before+64<<20 {
		t.Errorf("memory a minute later: got %d MiB more, want at most 64", (after-before)>>20)
	}
}

// Operations that wait for others that never come are held in a small place, leave no row, and end with the node shut out.
func TestOperationsThatWaitForNothingAreBounded(t *testing.T) {
	g := quiet(t, open(t, "a", ""), open(t, "b", ""))
	m := g.infiltrate()
	big := []membership.Field{{Key: 2, Value: make([]byte, 3000)}}
	_, _, lamport := g.seen(0)
	op := func(i int) []byte {
		return m.signs(forged{
			log: g.log, parents: []membership.ID{{byte(i), byte(i >> 8), byte(i >> 16), 1}}, lamport: lamport + 2, seq: 1, wall: uint64(i),
			body: &membership.SetMeta{Fields: big},
		})
	}
	n := nightly(1200, 3000)
	m.leaves([]storage.Table{storage.Audit, storage.Roads, storage.GroupOutbox}, func() {
		bounded(t, func() {
			codes, cut := m.shower(n, func(i int) session.Sealed { return record(g.log, protocol.GroupOp, op(i)) })
			if cut || codes[net.Later] != n {
				t.Errorf("answers: got %v, cut off: %t, want all %d to be put off, for none is wrong", codes, cut, n)
			}
		})
	})
	bounded(t, func() { // and by whatever other way they come
		for done, all := 0, nightly(1500, 100_000); done < all; done += 500 {
			var list [][]byte
			for i := range 500 {
				list = append(list, op(n+done+i))
			}
			g.update(0, func(tx feature.Tx) error {
				taken, err := g.nodes[0].groups.TakeOps(tx, g.log, list)
				if err == nil && (len(taken.Missing) > membership.MaxParkedEach || done+500 >= all && len(taken.Over) == 0) {
					t.Errorf("after %d: got %d that are waited for and %d too many, want at most %d, and some", done+500, len(taken.Missing), len(taken.Over), membership.MaxParkedEach)
				}
				return err
			})
		}
	})
	for i := 0; ; i++ { // one by one, so that each is looked at
		if codes, cut := m.shower(1, func(int) session.Sealed { return record(g.log, protocol.GroupOp, op(-1-i)) }); cut {
			break
		} else if i > 100 || codes[net.Later] != 1 {
			t.Fatalf("operation %d above what is borne: got %v, want it to be put off, and the node shut out in the end", i, codes)
		}
	}
	g.noted(0, feature.PeerFloods, m.host.ID())
	g.noted(0, feature.PeerBlocked, m.host.ID())
	g.until("the node is disconnected", func() bool { return !g.nodes[0].host.Connected(m.host.ID()) })
	g.arrives(0, g.say(1, "undisturbed"))
	g.arrives(1, g.say(0, "so are we"))
}

func placeOf(t *testing.T, op []byte) membership.Place {
	t.Helper()
	at, err := membership.PlaceOf(op)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// askedOps and opsServed are group.ops and its answer as SPEC.md has them.
type askedOps struct {
	Log    protocol.Log     `cbor:"0,keyasint"`
	Beyond []membership.ID  `cbor:"1,keyasint"`
	After  membership.Place `cbor:"2,keyasint"`
}

type opsServed struct {
	Ops  [][]byte `cbor:"0,keyasint"`
	More bool     `cbor:"1,keyasint"`
}

// A member may sign as many operations as it likes, all of them in order: no more are taken than fit, whoever serves them.
func TestOperationsWithoutEndAreTakenInMeasure(t *testing.T) {
	g := quiet(t, open(t, "a", ""), open(t, "b", ""))
	m := g.infiltrate()
	_, heads, lamport := g.seen(0)
	fence := make([]membership.Mark, 64)
	for i := range fence {
		fence[i] = membership.Mark{Device: protocol.Device{byte(i), 1}, CSeq: 1 << 40, N: 1 << 30}
	}
	var all [][]byte
	for i := range 4000 {
		all = append(all, m.signs(forged{
			log: g.log, parents: slices.Clone(heads), lamport: lamport + 1, seq: 1, wall: uint64(i), body: &membership.Leave{Fence: fence},
		}))
	}
	slices.SortFunc(all, func(a, b []byte) int { return placeOf(t, a).Compare(placeOf(t, b)) })
	var calls atomic.Int64
	m.directory.Serve("group.ops", func(_ context.Context, _ string, body []byte) ([]byte, error) {
		calls.Add(1)
		req, err := canon.Unmarshal[askedOps](body)
		if err != nil {
			return nil, err
		}
		out := opsServed{More: true}
		for _, op := range all {
			if len(out.Ops) < 1000 && placeOf(t, op).Compare(req.After) > 0 {
				out.Ops = append(out.Ops, op)
			}
		}
		return canon.Marshal(out)
	})
	m.directory.Serve("group.digest", func(context.Context, string, []byte) ([]byte, error) {
		return canon.Marshal(map[uint64]any{0: []membership.ID{{1}}, 1: false, 2: [32]byte{}, 3: []byte{}, 4: []int{}})
	})
	before := g.operations(0)
	bounded(t, func() {
		g.nodes[0].catcher.Behind(g.log, m.host.ID())
		g.until("the victim asked", func() bool { return calls.Load() > 2 })
		g.until("the device is found to tell many histories", func() bool {
			return slices.ContainsFunc(incidents(t, g.nodes[0]), func(x audit.Incident) bool { return x.Kind == feature.TwinRecord && x.Account == m.acct.String() })
		})
	})
	got, fit := g.operations(0)-before, 4<<20/len(all[0])+32 // some more come while this runs
	t.Logf("operations: %d of %d bytes, %d requests, %d taken", len(all), len(all[0]), calls.Load(), got)
	if got == 0 || got > fit {
		t.Errorf("operations taken: got %d, want at most %d", got, fit)
	}
	if got := calls.Load(); got > 8 {
		t.Errorf("requests: got %d, want at most 8", got)
	}
	if is, _, _ := g.seen(0); is.Role(m.acct) != 0 || len(is.Members()) != 2 {
		t.Errorf("members: got %d, want the two honest ones", len(is.Members()))
	}
	g.arrives(0, g.say(1, "undisturbed"))
	g.arrives(1, g.say(0, "so are we"))
}

// Of two operations under one number both count, and the device is found out.
func TestTwoOperationsUnderOneNumberAreEvidence(t *testing.T) {
	g := quiet(t, open(t, "a", ""), open(t, "b", ""))
	m := g.infiltrate()
	g.update(0, func(tx feature.Tx) error {
		_, err := g.nodes[0].groups.Act(tx, g.log, g.who[0], &membership.Grant{Account: m.acct, Role: membership.Moderator})
		return err
	})
	_, heads, lamport := g.seen(0)
	twin := func(wall uint64) session.Sealed {
		return record(g.log, protocol.GroupOp, m.signs(forged{
			log: g.log, parents: heads, lamport: lamport + 1, seq: 1, wall: wall, body: &membership.StepDown{Role: membership.Moderator},
		}))
	}
	one, two := twin(1), twin(2)
	m.want(one, net.Delivered)
	if got := incidents(t, g.nodes[0]); len(got) != 0 {
		t.Errorf("audit log: got %+v, want nothing yet", got)
	}
	m.want(two, net.Delivered)
	m.leaves([]storage.Table{storage.Audit}, func() {
		m.want(one, net.Duplicate)
		m.want(two, net.Duplicate)
	})
	g.noted(0, feature.TwinRecord, m.host.ID())
	for _, i := range incidents(t, g.nodes[0]) {
		if i.Kind != feature.TwinRecord || i.Account != m.acct.String() || i.Device != m.dev.String() || i.Group != g.log.String() || i.Count != 1 {
			t.Errorf("audit log: got %+v, want the twin alone, once, with its author and group", i)
		}
	}
	g.arrives(0, g.say(1, "undisturbed"))
}
