package node

import (
	"bytes"
	"crypto/rand"
	"testing"
	"time"

	chain "conclave/crypto/group"
	"conclave/node/feature"
	"conclave/node/session"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/protocol/net"
	"conclave/storage"
)

// chained is a chain that mallory keeps by itself, to seal under it whatever it likes.
type chained struct {
	*mallory
	*chain.Sender
	log   protocol.Log
	heads []membership.ID
}

func (m *mallory) chains(log protocol.Log, heads []membership.ID) *chained {
	m.t.Helper()
	own, err := m.keys.Device(m.acct)
	if err != nil {
		m.t.Fatal(err)
	}
	x := &chained{mallory: m, log: log, heads: heads}
	m.view(func(tx feature.Tx) error {
		l, err := m.directory.Log(tx, m.acct)
		if err != nil {
			return err
		}
		x.Sender, err = chain.NewSender(rand.Reader, time.Now(), chain.Origin{
			GID: log, Acct: m.acct, Dev: m.dev, IDSeq: l.Pin().Seq, IDHash: l.Pin().Hash, MHead: chain.MHead(log, x.raw()), CSeq: 1,
		}, own.DSK)
		return err
	})
	return x
}

func (x *chained) raw() (out [][32]byte) {
	for _, id := range x.heads {
		out = append(out, id)
	}
	return out
}

// made is an event of mallory, under heads of its choice.
func (x *chained) made(text string, ord uint64, parents ...protocol.EventID) *protocol.Event {
	x.t.Helper()
	body, err := event.Encode(event.MessageSent{Content: text})
	if err != nil {
		x.t.Fatal(err)
	}
	h := protocol.Header{
		Log: x.log, Kind: "message.sent", Author: x.acct, Device: x.dev, Ord: ord, Parents: parents, HLC: uint64(time.Now().UnixMilli()) << 16,
	}
	for _, id := range x.heads {
		h.Heads = append(h.Heads, protocol.EventID(id))
	}
	e, err := protocol.NewEvent(rand.Reader, h, body)
	if err != nil {
		x.t.Fatal(err)
	}
	return e
}

// under seals an event under an id that may be another's.
func (x *chained) under(id protocol.EventID, e *protocol.Event) session.Sealed {
	x.t.Helper()
	in, err := x.Seal(rand.Reader, x.raw(), id, e.Encode())
	if err != nil {
		x.t.Fatal(err)
	}
	return record(x.log, protocol.GroupMessage, in.Encode())
}

func (x *chained) dist() protocol.Item {
	return protocol.Item{Kind: protocol.ItemChain, Data: x.KeyDist().Encode()}
}

// what an authentic message over a session may change, although what it says is refused, and what goes on beside.
var sessionOnly = []storage.Table{storage.Sessions, storage.Dedup, storage.Audit, storage.Roads, storage.GroupOutbox}

func TestChainKeysByTheWrongWayAreRefused(t *testing.T) {
	g := quiet(t, open(t, "a", ""), open(t, "b", ""))
	m, other := g.infiltrate(), g.infiltrate()
	_, heads, _ := g.seen(0)
	x := m.chains(g.log, heads)
	dist := x.dist()
	e := x.made("hello", 1)
	said := x.under(e.ID, e)
	m.leaves(sessionOnly, func() {
		for kind := range protocol.GroupKind(4) { // put beside the messages, as any kind
			m.want(record(g.log, kind, dist.Data), net.Refused)
		}
		put := protocol.GroupPut{Log: g.log, Kind: protocol.GroupMessage, Data: dist.Data}.Encode()
		m.want(m.seal(protocol.Item{Kind: protocol.ItemGroup, Data: put[1:]}), net.Delivered) // the envelope; of what it carries nothing is kept
		m.want(m.seal(protocol.Item{Kind: protocol.ItemWelcome, Data: dist.Data}), net.Refused)
		other.want(other.seal(dist), net.Refused) // over the session of another member
		bad := x.KeyDist()
		bad.Cert.Sig[0] ^= 1
		m.want(m.seal(protocol.Item{Kind: protocol.ItemChain, Data: bad.Encode()}), net.Refused)
		m.want(said, net.Later) // nobody has its key
	})
	g.noted(0, feature.ForgedRecord, m.host.ID())
	g.noted(0, feature.ForgedRecord, other.host.ID())
	m.want(m.seal(dist), net.Delivered)
	second := m.chains(g.log, heads).dist() // another chain under the same number
	m.leaves(append(sessionOnly, storage.Chains, storage.Proofs), func() { m.want(m.seal(second), net.Refused) })
	g.noted(0, feature.TwinRecord, m.host.ID())
	m.want(said, net.Delivered)
	if !g.has(0, e.ID) {
		t.Error("the message was not logged once its key had come the right way")
	}
	g.arrives(0, g.say(1, "undisturbed"))
}

// An id stands for one content, whatever is signed beside it.
func TestAnIDWithAnotherContentChangesNothing(t *testing.T) {
	g := quiet(t, open(t, "a", ""), open(t, "b", ""))
	m := g.infiltrate()
	honest := g.say(1, "the truth")
	g.arrives(0, honest)
	_, heads, _ := g.seen(0)
	x := m.chains(g.log, heads)
	m.want(m.seal(x.dist()), net.Delivered)
	lie := x.made("a lie", 1)
	before := g.texts(0)
	allowed := append(sessionOnly, storage.Chains)
	m.leaves(allowed, func() {
		m.want(x.under(honest, lie), net.Duplicate)
		m.want(x.under(protocol.EventID{1, 2, 3}, lie), net.Refused)
	})
	var create []byte
	g.view(0, func(tx feature.Tx) error {
		op, err := g.nodes[0].groups.Op(tx, g.log, membership.ID(g.log))
		create = bytes.Clone(op.Encode())
		return err
	})
	m.leaves(allowed, func() {
		m.want(record(g.log, protocol.GroupOp, create), net.Duplicate)
		create[len(create)-1] ^= 1 // the same operation, another signature
		m.want(record(g.log, protocol.GroupOp, create), net.Duplicate)
	})
	if got := g.texts(0); len(got) != len(before) || g.has(0, lie.ID) {
		t.Errorf("messages: got %d, want the %d of before", len(got), len(before))
	}
	e := x.made("honest after all", 1)
	m.want(x.under(e.ID, e), net.Delivered)
	g.arrives(0, g.say(1, "undisturbed"))
}

// What a former member signed on what it saw long ago changes nothing, whoever brings it, and nor does a fence that leaves it room.
func TestWhatIsDatedBackChangesNothing(t *testing.T) {
	g := found(t, func(p *membership.Policy) { p.Add = membership.Member }, open(t, "a", ""), open(t, "b", ""))
	g.join(1)
	m, friend := g.infiltrate(), g.infiltrate()
	_, old, lamport := g.seen(0)
	x := m.chains(g.log, old)
	m.want(m.seal(x.dist()), net.Delivered)
	e := x.made("while a member", 1)
	m.want(x.under(e.ID, e), net.Delivered)
	add := func(a protocol.Account, wall uint64) session.Sealed {
		return record(g.log, protocol.GroupOp, m.signs(forged{
			log: g.log, parents: old, lamport: lamport + 1, seq: 1, wall: wall, body: &membership.Add{Account: a},
		}))
	}
	g.update(0, func(tx feature.Tx) error {
		_, err := g.nodes[0].groups.Act(tx, g.log, g.who[0], &membership.Remove{Account: m.acct})
		return err
	})
	is, _, _ := g.seen(0)
	before := len(is.Members())
	texts := len(g.texts(0))

	m.want(add(protocol.Account{1}, 1), net.Refused) // by itself: it is nobody now
	friend.want(add(protocol.Account{2}, 2), net.Delivered)
	friend.want(add(m.acct, 3), net.Refused) // oneself cannot be added
	late := x.made("as if I were still here", 2, e.ID)
	friend.want(x.under(late.ID, late), net.Delivered) // kept, and not shown
	if is, _, _ := g.seen(0); len(is.Members()) != before || is.Role(protocol.Account{2}) != 0 || is.Role(m.acct) != 0 {
		t.Errorf("members: got %d, want the %d of before", len(is.Members()), before)
	}
	if got := len(g.texts(0)); got != texts {
		t.Errorf("messages: got %d, want the %d of before", got, texts)
	}
	g.arrives(0, g.say(1, "undisturbed"))
	g.arrives(1, g.say(0, "so are we"))
	if is, _, _ := g.seen(1); len(is.Members()) != before {
		t.Errorf("members on the other node: got %d, want %d", len(is.Members()), before)
	}

	// The friend leaves, and claims to have said more than it did.
	_, heads, lamport := g.seen(0)
	y := friend.chains(g.log, heads)
	friend.want(friend.seal(y.dist()), net.Delivered)
	first := y.made("farewell", 1)
	friend.want(y.under(first.ID, first), net.Delivered)
	var far membership.Mark
	far.Device, far.CSeq, far.N = friend.dev, 1<<40, 1<<30
	friend.want(record(g.log, protocol.GroupOp, friend.signs(forged{
		log: g.log, parents: heads, lamport: lamport + 1, seq: 1, wall: 1, body: &membership.Leave{Fence: []membership.Mark{far}},
	})), net.Delivered)
	var follows *membership.Remove
	g.until("an officer follows", func() bool {
		_, heads, _ := g.seen(0)
		g.view(0, func(tx feature.Tx) error {
			for _, id := range heads {
				op, err := g.nodes[0].groups.Op(tx, g.log, id)
				if err != nil {
					return err
				}
				if b, ok := op.Body.(*membership.Remove); ok && b.Account == friend.acct {
					follows = b
				}
			}
			return nil
		})
		return follows != nil
	})
	want := membership.Mark{Device: friend.dev, CSeq: 1 + 16, N: chain.RotateAfter - 1}
	if len(follows.Fence) != 1 || follows.Fence[0] != want {
		t.Errorf("fence: got %+v, want %+v", follows.Fence, want)
	}
}
