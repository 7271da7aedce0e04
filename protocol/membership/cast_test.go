package membership

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"conclave/crypto/canon"
	"conclave/protocol"
)

// unsigned signs nothing: what resolves does not look at signatures, and Open has its own tests.
type unsigned struct{}

func (unsigned) Sign(string, ...[]byte) (sig [64]byte) { return sig }

func account(i int) protocol.Account { return protocol.Account{0xa0, byte(i + 1)} }

// author is device d of account i.
func author(i, d int) Author {
	return Author{Account: account(i), Device: protocol.Device{byte(i + 1), byte(d + 1)}, IDSeq: 1, IDHash: [32]byte{9}}
}

// founded makes a group with the first n accounts as creators.
func founded(t testing.TB, n int, p Policy) *Graph {
	t.Helper()
	body := &Create{Policy: p, Nonce: [16]byte{7}}
	for i := range n {
		body.Creators = append(body.Creators, account(i))
	}
	op, err := Found(author(0, 0), 1, body).Sign(unsigned{})
	if err != nil {
		t.Fatal(err)
	}
	g, err := New(op)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// forge makes an operation on any operations of the graph: those of them that are in the past of none of the others become
// its parents. Number and operation before are what follows from them, so that only forks of a device stand out.
func forge(t testing.TB, g *Graph, on []ID, by Author, body Body) *Op {
	t.Helper()
	past, err := g.closure(on)
	if err != nil {
		t.Fatal(err)
	}
	parents := []ID{}
	for _, id := range on {
		seen := slices.ContainsFunc(on, func(o ID) bool { return g.Saw(o, id) })
		if !seen && !slices.Contains(parents, id) && len(parents) < MaxParents {
			parents = append(parents, id)
		}
	}
	SortIDs(parents)
	group := [32]byte(g.Group())
	w := wireOp{Group: &group, Parents: parents, Seq: 1}
	past.each(func(i int) {
		n := g.nodes[i]
		w.Lamport = max(w.Lamport, n.Lamport+1)
		if n.Author.Account == by.Account && n.Author.Device == by.Device && n.Seq >= w.Seq {
			w.Seq, w.Prev = n.Seq+1, &n.ID
		}
	})
	op, err := draft(by, 1, body, w).Sign(unsigned{})
	if err != nil {
		t.Fatal(err)
	}
	return op
}

func insert(t testing.TB, g *Graph, op *Op) ID {
	t.Helper()
	res, err := g.Insert(op)
	if err != nil || len(res.Missing) > 0 {
		t.Fatalf("insert %T by %x: %v, missing %d", op.Body, op.Author.Account[1], err, len(res.Missing))
	}
	return op.ID
}

// does makes and inserts an operation of device d of account i on top of everything.
func does(t testing.TB, g *Graph, i, d int, body Body) ID {
	t.Helper()
	return insert(t, g, forge(t, g, g.Heads(), author(i, d), body))
}

// doesOn is does on top of the given operations only.
func doesOn(t testing.TB, g *Graph, on []ID, i, d int, body Body) ID {
	t.Helper()
	return insert(t, g, forge(t, g, on, author(i, d), body))
}

func add(i int) *Add             { return &Add{account(i)} }
func grant(i int, r Role) *Grant { return &Grant{account(i), r} }
func revoke(i int) *Revoke       { return &Revoke{account(i)} }
func remove(i int, fence ...Mark) *Remove {
	return &Remove{Account: account(i), Fence: NewFence(fence...)}
}
func leave(fence ...Mark) *Leave                { return &Leave{NewFence(fence...)} }
func named(s string) *SetMeta                   { return &SetMeta{[]Field{{Key: Name, Value: []byte(s)}}} }
func mark(a Author, cseq uint64, n uint32) Mark { return Mark{Device: a.Device, CSeq: cseq, N: n} }

// roster writes members and roles as in "0:owner 3:member".
func roster(s *State) string {
	var out []string
	for _, m := range s.Members() {
		out = append(out, fmt.Sprintf("%d:%s", m.Account[1]-1, [...]string{"none", "member", "mod", "admin", "owner"}[m.Role]))
	}
	return strings.Join(out, " ")
}

func wantRoster(t testing.TB, g *Graph, want string) {
	t.Helper()
	if got := roster(g.Resolve()); got != want {
		t.Errorf("members: got %q, want %q", got, want)
	}
}

// digest covers all that a state says, and the validity of the given operations.
func digest(g *Graph, s *State, of []*Op) [32]byte {
	var b strings.Builder
	h := s.Hash()
	fmt.Fprintf(&b, "%x %x %v", h, s.topic, s.Officers())
	for _, k := range []FieldKey{Name, Description} {
		fmt.Fprintf(&b, " %x", s.Meta(k))
	}
	var ids []ID
	for _, op := range of {
		if s.valid.has(g.index[op.ID]) {
			ids = append(ids, op.ID)
		}
	}
	SortIDs(ids)
	fmt.Fprintf(&b, " %x", ids)
	return canon.Hash("test", []byte(b.String()))
}

// history makes random histories: accounts with two devices each, who act on all they could know, on part of it, or on
// something old; devices that tell two histories; several creators; policies that change.
type history struct {
	*rand.Rand
	t        testing.TB
	g        *Graph
	accounts int
	refused  []*Op // had no standing; the reference must find them void
}

func newHistory(t testing.TB, seed uint64, steps int) *history {
	h := &history{Rand: newRand(seed), t: t}
	h.accounts = 4 + h.IntN(4)
	h.g = founded(t, 1+h.IntN(3), h.policy())
	for range steps {
		h.step(h.someone())
	}
	return h
}

// fuzzedHistory goes on for as long as the source has choices.
func fuzzedHistory(t testing.TB, c *choices) *history {
	h := &history{Rand: rand.New(c), t: t, accounts: 6}
	h.g = founded(t, 1+h.IntN(3), h.policy())
	for len(c.bytes) > 0 && h.g.Len() < 40 {
		h.step(h.someone())
	}
	return h
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

func (h *history) policy() Policy {
	p := DefaultPolicy()
	p.Add, p.Edit = Role(1+h.IntN(3)), Role(1+h.IntN(4))
	if h.IntN(3) == 0 {
		p.MaxMembers = uint64(2 + h.IntN(5))
	}
	return p
}

// someone is mostly a member.
func (h *history) someone() int {
	i := h.IntN(h.accounts)
	for range 3 {
		if h.g.Resolve().Role(account(i)) > 0 {
			break
		}
		i = h.IntN(h.accounts)
	}
	return i
}

// view picks what the author of the next operation has seen.
func (h *history) view() []ID {
	switch n := h.IntN(10); {
	case n < 5:
		return h.g.Heads()
	case n < 8:
		return h.pick(len(h.g.nodes) * 2 / 3)
	}
	return h.pick(0)
}

// pick returns a few operations, none older than the place from.
func (h *history) pick(from int) []ID {
	var on []ID
	for range 1 + h.IntN(3) {
		on = append(on, h.g.nodes[from+h.IntN(len(h.g.nodes)-from)].ID)
	}
	return on
}

// step lets somebody do something.
func (h *history) step(i int) {
	by, on := author(i, h.IntN(2)), h.view()
	if h.IntN(8) > 0 {
		if last := h.g.lastOf(by); last != nil {
			on = append(on, last.ID)
		}
	}
	h.try(forge(h.t, h.g, on, by, h.body(i)))
}

func (h *history) try(op *Op) {
	switch _, err := h.g.Insert(op); {
	case err == nil:
	case isStanding(err):
		h.refused = append(h.refused, op)
	default:
		h.t.Fatal(err)
	}
}

// body makes something that account i may want to do.
func (h *history) body(i int) Body {
	to := (i + 1 + h.IntN(h.accounts-1)) % h.accounts
	switch n := h.IntN(30); {
	case n < 6:
		return add(to)
	case n < 12:
		return grant(to, Role(2+h.IntN(3)))
	case n < 15:
		return revoke(to)
	case n < 20:
		r := remove(to, mark(author(to, h.IntN(2)), 1, uint32(h.IntN(4))))
		if h.IntN(2) == 0 {
			r.Topic = &[32]byte{byte(h.Uint32())}
		}
		return r
	case n < 22:
		return leave(mark(author(i, h.IntN(2)), 1, uint32(h.IntN(4))))
	case n < 24:
		return &StepDown{Role(2 + h.IntN(3))}
	case n < 26:
		return &SetMeta{[]Field{{Key: FieldKey(1 + h.IntN(2)), Value: []byte{byte(h.Uint32())}}}}
	case n < 28:
		return &SetPolicy{h.policy()}
	case n < 29:
		return &TopicRekey{[32]byte{byte(h.Uint32())}}
	}
	return &Checkpoint{Heads: []ID{h.g.nodes[0].ID}}
}

// dump logs a graph, for a history that failed.
func dump(t testing.TB, g *Graph) {
	var b strings.Builder
	for _, n := range g.nodes {
		fmt.Fprintf(&b, "%3d %x %s by %d dev %d #%d parents %v valid %v", n.at, n.ID[:2], strings.TrimPrefix(fmt.Sprintf("%T", n.Body), "*membership."),
			n.Author.Account[1]-1, n.Author.Device[1], n.Seq, n.parents, g.Valid(n.ID))
		if who := target(n.Body); !who.IsZero() {
			fmt.Fprintf(&b, " of %d", who[1]-1)
		}
		switch v := n.Body.(type) {
		case *Grant:
			fmt.Fprintf(&b, " role %d", v.Role)
		case *StepDown:
			fmt.Fprintf(&b, " role %d", v.Role)
		case *SetPolicy:
			fmt.Fprintf(&b, " add %d edit %d max %d", v.Policy.Add, v.Policy.Edit, v.Policy.MaxMembers)
		case *Create:
			fmt.Fprintf(&b, " creators %d add %d edit %d max %d", len(v.Creators), v.Policy.Add, v.Policy.Edit, v.Policy.MaxMembers)
		}
		b.WriteByte('\n')
	}
	t.Log("\n" + b.String())
}
