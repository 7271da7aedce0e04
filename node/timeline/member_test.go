package timeline

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"conclave/crypto/group"
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/storage"
)

// member is a node of one account that takes part in groups. It keeps their operations in the resolver and its sending chains
// in memory, unlike package node/group, whose tests are elsewhere: here operations come in any order, too.
type member struct {
	*replica
	author membership.Author
	graphs map[protocol.Log]*membership.Graph
	chains map[protocol.Log]*group.Sender
}

// newMembers makes nodes of different accounts.
func newMembers(t testing.TB, n int) []*member {
	t.Helper()
	out := make([]*member, n)
	for i := range out {
		m := &member{replica: newReplica(t, newAccount(t), byte(i+1)), graphs: map[protocol.Log]*membership.Graph{}, chains: map[protocol.Log]*group.Sender{}}
		m.author = membership.Author{Account: m.alice, Device: protocol.Device{byte(i + 1)}, IDSeq: 1, IDHash: [32]byte{1}}
		m.Groups = m
		out[i] = m
	}
	return out
}

func (m *member) Conversation(tx feature.Tx, log protocol.Log) (feature.Conversation, error) {
	g := m.graphs[log]
	if g == nil {
		return feature.Conversation{}, feature.ErrNotFound
	}
	c := feature.Conversation{Log: log, Kind: "group", State: g.Resolve()}
	for _, p := range c.State.Members() {
		c.Members = append(c.Members, p.Account)
	}
	return c, nil
}

func (m *member) Heads(_ feature.Tx, log protocol.Log) (out []protocol.EventID, err error) {
	for _, id := range m.graphs[log].Tips() {
		out = append(out, protocol.EventID(id))
	}
	return out, nil
}

// Seal takes a new chain after every third message.
func (m *member) Seal(_ feature.Tx, e *protocol.Event) ([]byte, feature.Stamp, error) {
	chain, cseq := m.chains[e.Log], uint64(0)
	if chain != nil {
		cseq = chain.Cert().CSeq
	}
	device, err := m.ring.Device(m.alice)
	if err != nil {
		return nil, feature.Stamp{}, err
	}
	if chain == nil || chain.N() == 3 {
		if chain, err = group.NewSender(rand.Reader, m.now, group.Origin{GID: e.Log, Acct: m.alice, Dev: e.Device, CSeq: cseq + 1}, device.DSK); err != nil {
			return nil, feature.Stamp{}, err
		}
		m.chains[e.Log] = chain
	}
	var heads [][32]byte
	for _, id := range e.Heads {
		heads = append(heads, id)
	}
	in, err := chain.Seal(rand.Reader, heads, e.ID, e.Encode())
	if err != nil {
		return nil, feature.Stamp{}, err
	}
	proof := group.Proof{Chain: in.Chain, N: in.N, Digest: sha256.Sum256(in.CT), Sig: in.Sig}
	return in.Encode(), feature.Stamp{Proof: proof, CSeq: chain.Cert().CSeq}, nil
}

func opIDs(heads []protocol.EventID) (out []membership.ID) {
	for _, id := range heads {
		out = append(out, membership.ID(id))
	}
	return out
}

func (m *member) Judge(_ feature.Tx, e *protocol.Event, mark membership.Mark) (bool, error) {
	shown, err := m.graphs[e.Log].Shown(membership.Message{Heads: opIDs(e.Heads), Account: e.Author, Mark: mark})
	if errors.Is(err, membership.ErrUnknown) {
		err = ErrBehind
	}
	return shown, err
}

func (m *member) At(_ feature.Tx, log protocol.Log, heads []protocol.EventID) (*membership.State, error) {
	s, err := m.graphs[log].At(opIDs(heads))
	if errors.Is(err, membership.ErrUnknown) {
		err = feature.ErrNotFound
	}
	return s, err
}

func (m *member) MayRead(tx feature.Tx, reader protocol.Account, e *protocol.Event) (bool, error) {
	then, err := m.At(tx, e.Log, e.Heads)
	return err == nil && (then.Role(reader) > 0 || then.Policy().History == membership.HistoryAll), err
}

// room is a group seen by one member's node.
type room struct {
	*member
	log protocol.Log
	ops *[]*membership.Op // all there are, on every node
}

// found makes a group of the first node, with the others as members, and has all of them know it.
func found(t testing.TB, members []*member) []room {
	t.Helper()
	first := members[0]
	create := &membership.Create{Creators: []protocol.Account{first.alice}, Policy: membership.DefaultPolicy()}
	rand.Read(create.Nonce[:])
	device, err := first.ring.Device(first.alice)
	if err != nil {
		t.Fatal(err)
	}
	op, err := membership.Found(first.author, 1, create).Sign(device.DSK)
	if err != nil {
		t.Fatal(err)
	}
	rooms := make([]room, len(members))
	ops := []*membership.Op{op}
	for i, m := range members {
		rooms[i] = room{member: m, log: op.Group, ops: &ops}
		rooms[i].begin(t, m.alice)
	}
	for i, m := range members[1:] {
		rooms[0].act(t, &membership.Add{Account: m.alice})
		for _, r := range rooms[1 : i+2] {
			r.catchUp(t)
		}
	}
	return rooms
}

// begin takes up a group with its first operation.
func (r room) begin(t testing.TB, local ...protocol.Account) {
	t.Helper()
	g, err := membership.New((*r.ops)[0])
	if err != nil {
		t.Fatal(err)
	}
	r.graphs[r.log] = g
	r.update(t, func(tx feature.Tx) error { return r.ring.NewConversation(tx, r.log, local) })
}

// act makes an operation on top of what is known here.
func (r room) act(t testing.TB, body membership.Body) *membership.Op {
	t.Helper()
	d, err := r.graphs[r.log].Draft(r.author, 1, body)
	if err != nil {
		t.Fatal(err)
	}
	device, err := r.ring.Device(r.alice)
	if err != nil {
		t.Fatal(err)
	}
	op, err := d.Sign(device.DSK)
	if err != nil {
		t.Fatal(err)
	}
	*r.ops = append(*r.ops, op)
	r.learn(t, op)
	return op
}

// learn takes an operation and judges again.
func (r room) learn(t testing.TB, op *membership.Op) {
	t.Helper()
	if _, err := r.graphs[r.log].Insert(op); err != nil {
		t.Fatal(err)
	}
	var authors []protocol.Account
	for _, op := range *r.ops {
		authors = append(authors, op.Author.Account)
		if add, ok := op.Body.(*membership.Add); ok {
			authors = append(authors, add.Account)
		}
	}
	r.update(t, func(tx feature.Tx) error { return r.Rejudge(tx, r.log, authors) })
}

// catchUp takes all operations that there are.
func (r room) catchUp(t testing.TB) {
	t.Helper()
	for _, op := range *r.ops {
		if !r.graphs[r.log].Has(op.ID) {
			r.learn(t, op)
		}
	}
}

// removal is a Remove with the fence that lets all pass that is shown here.
func (r room) removal(t testing.TB, who protocol.Account) *membership.Remove {
	t.Helper()
	out := &membership.Remove{Account: who}
	r.view(t, func(tx feature.Tx) (err error) {
		out.Fence, err = r.Marks(tx, r.log, who)
		return err
	})
	out.Fence = membership.NewFence(out.Fence...)
	return out
}

// posted is an event with the stamp that other nodes verify before they log it.
type posted struct {
	*protocol.Event
	stamp feature.Stamp
}

func (r room) trySay(t testing.TB, text string) (out posted, err error) {
	t.Helper()
	err = r.store.Update(t.Context(), func(tx feature.Tx) error {
		e, err := r.Append(tx, feature.Draft{Log: r.log, Author: r.alice, Body: event.MessageSent{Content: text}})
		if err != nil {
			return err
		}
		_, out.stamp, err = r.Raw(tx, r.log, e.ID)
		out.Event = e
		return err
	})
	return out, err
}

func (r room) say(t testing.TB, text string) posted {
	t.Helper()
	p, err := r.trySay(t, text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// hear ingests an event and returns the refusal. What is written before a refusal stays: IngestGroup promises that it is nothing.
func (r room) hear(t testing.TB, p posted) (refusal error) {
	t.Helper()
	r.update(t, func(tx feature.Tx) error {
		e, err := protocol.DecodeEvent(p.Encode())
		if err != nil {
			return err
		}
		refusal = r.IngestGroup(tx, e, p.stamp)
		if errors.Is(refusal, ErrDuplicate) || errors.Is(refusal, ErrRefused) || errors.Is(refusal, ErrBehind) {
			return nil
		}
		return refusal
	})
	return refusal
}

func (r *replica) view(t testing.TB, fn func(feature.Tx) error) {
	t.Helper()
	if err := r.store.View(fn); err != nil {
		t.Fatal(err)
	}
}

// texts are those of a page.
func (r room) texts(t testing.TB, by feature.Range) (out []string) {
	t.Helper()
	r.view(t, func(tx feature.Tx) error {
		page, err := r.Page(tx, r.log, by)
		for _, e := range page {
			m, err := event.Decode[event.MessageSent](e.Body)
			if err != nil {
				return err
			}
			out = append(out, m.Content)
		}
		return err
	})
	return out
}

// notes are the rows of the projection, in order.
func (r room) notes(t testing.TB) (out []string) {
	t.Helper()
	r.view(t, func(tx feature.Tx) error {
		realm, err := r.ring.Conversation(tx, r.log)
		if err != nil {
			return err
		}
		return tx.Scan(realm, realm.Key(storage.Counters), storage.ScanOptions{}, func(_ storage.Key, v []byte) (bool, error) {
			out = append(out, string(v))
			return true, nil
		})
	})
	slices.Sort(out)
	return out
}

// wants compares what is shown of a group, and what is projected, with texts.
func (r room) wants(t testing.TB, texts ...string) {
	t.Helper()
	if got := r.texts(t, feature.Range{}); !slices.Equal(got, texts) {
		t.Errorf("shown: got %q, want %q", got, texts)
	}
	sorted := slices.Sorted(slices.Values(texts))
	if got := r.notes(t); !slices.Equal(got, sorted) {
		t.Errorf("projected: got %q, want %q", got, sorted)
	}
}

func (r room) history(t testing.TB) (hash [32]byte, events int) {
	t.Helper()
	r.view(t, func(tx feature.Tx) (err error) {
		hash, events, err = r.History(tx, r.log)
		return err
	})
	return hash, events
}
