package membership

import (
	"container/heap"
	"fmt"
	"slices"

	"conclave/protocol"
)

// standing is what was decided so far about one account.
type standing struct {
	account protocol.Account
	file    *dossier
	tenures []*tenure // by rank
}

// resolver decides tenures from the most senior to the most junior. All that can end a tenure was signed under a more
// senior one, or by its owner, and is decided by then: so each is decided once (SPEC.md, resolving).
type resolver struct {
	g        *Graph
	in       set // the operations that count
	valid    set
	who      map[protocol.Account]*standing
	pending  tenures
	seniors  []*tenure // live tenures above member, by rank
	policies []*node   // valid SetPolicy operations, the newest first; complete once all admins are decided
	edits    []edit
}

// edit is a SetMeta that is valid if the policy in its past lets the role edit. Nothing else depends on it, so it is decided
// last.
type edit struct {
	*node
	role Role
}

// Resolve returns the state of all operations of the graph.
func (g *Graph) Resolve() *State {
	if g.state == nil {
		g.state = g.resolve(g.all())
	}
	return g.state
}

func (g *Graph) all() set {
	s := make(set, 0, len(g.nodes)/64+1)
	for i := range g.nodes {
		s.add(i)
	}
	return s
}

// At returns the state as somebody saw it whose heads were these: of their past, themselves included. Without heads it
// returns ErrUnknown, as for heads that are not in the graph.
func (g *Graph) At(heads []ID) (*State, error) {
	if len(heads) == 0 {
		return nil, fmt.Errorf("%w: no heads", ErrUnknown)
	}
	s, err := g.closure(heads)
	if err != nil {
		return nil, err
	}
	if s.count() == len(g.nodes) {
		return g.Resolve(), nil
	}
	return g.resolve(s), nil
}

// resolve computes the state of a causally closed set, which holds Create.
func (g *Graph) resolve(in set) *State { return g.decideAll(in).conclude() }

func (g *Graph) decideAll(in set) *resolver {
	r := &resolver{g: g, in: in, valid: make(set, len(in)), who: map[protocol.Account]*standing{}}
	r.valid.add(0)
	for i, a := range g.founding().Creators {
		for _, role := range []Role{Owner, Member} {
			r.pending = append(r.pending, &tenure{role: role, slot: i, grant: g.nodes[0], owner: r.standing(a)})
		}
	}
	heap.Init(&r.pending)
	for len(r.pending) > 0 {
		r.decide(heap.Pop(&r.pending).(*tenure))
	}
	for _, e := range r.edits {
		if r.policyBefore(e.node).permits(e.role, e.Body) {
			r.valid.add(e.at)
		}
	}
	return r
}

func (r *resolver) standing(a protocol.Account) *standing {
	s := r.who[a]
	if s == nil {
		s = &standing{account: a, file: r.g.about[a]}
		r.who[a] = s
	}
	return s
}

// decide finds what ended a tenure and which of its owner's operations are valid under it.
func (r *resolver) decide(t *tenure) {
	t.cuts = r.strikes(t)
	exits := r.exits(t)
	strikes := t.cuts
	t.cuts = append(t.cuts, exits...)
	if t.role > Member && t.live() {
		if len(r.seniors) == MaxOfficers {
			return
		}
		r.seniors = append(r.seniors, t)
	}
	t.owner.tenures = append(t.owner.tenures, t)
	for _, c := range exits {
		r.valid.add(c.at)
	}
	for _, i := range t.owner.file.acts {
		n := r.g.nodes[i]
		if r.in.has(i) && !r.valid.has(i) && n.past.has(t.grant.at) && seenByAll(n, strikes) && seesNone(n, exits) {
			r.judge(n, t)
		}
	}
}

// judge decides an operation that the tenure's end does not void.
func (r *resolver) judge(n *node, t *tenure) {
	switch n.Kind() {
	case KindSetMeta:
		r.edits = append(r.edits, edit{n, t.role})
		return
	case KindAdd:
		if t.role < Admin && !r.policyBefore(n).permits(t.role, n.Body) {
			return
		}
	default:
		if !r.g.founding().Policy.permits(t.role, n.Body) {
			return
		}
	}
	if !r.reaches(n, t) {
		return
	}
	r.valid.add(n.at)
	switch n.Kind() {
	case KindAdd, KindGrant:
		r.appoint(n, t)
	case KindSetPolicy:
		i, _ := slices.BinarySearchFunc(r.policies, n, func(a, b *node) int { return b.compare(a.Op) })
		r.policies = slices.Insert(r.policies, i, n)
	}
}

// policyBefore returns the policy that binds an operation: that of the newest valid SetPolicy in its past. Only admins and
// owners set policies, and all of them are decided before the first whom a policy can keep from adding.
func (r *resolver) policyBefore(n *node) *Policy {
	for _, p := range r.policies {
		if n.past.has(p.at) {
			return &p.Body.(*SetPolicy).Policy
		}
	}
	return &r.g.founding().Policy
}

// strikes returns the valid Revoke and Remove operations that end a tenure: all that it does not have in its grant's past, but
// for those that answer a Leave which the grant came after.
func (r *resolver) strikes(t *tenure) (out []*node) {
	for _, i := range t.owner.file.strikes {
		n := r.g.nodes[i]
		if r.valid.has(i) && !t.grant.past.has(i) && (t.role > Member || n.Kind() == KindRemove) && !r.g.answers(n, t.grant.past) {
			out = append(out, n)
		}
	}
	return out
}

// exits returns the owner's own Leave and StepDown operations that end a tenure: those signed before its strikes, the first
// of each line of them.
func (r *resolver) exits(t *tenure) (out []*node) {
	for _, i := range t.owner.file.exits {
		n := r.g.nodes[i]
		s, steps := n.Body.(*StepDown)
		if steps && s.Role > t.role || !r.in.has(i) || t.grant.past.has(i) {
			continue
		}
		if seenByAll(n, t.cuts) && seesNone(n, out) {
			out = append(out, n)
		}
	}
	return out
}

func seenByAll(n *node, strikes []*node) bool {
	return !slices.ContainsFunc(strikes, func(s *node) bool { return !s.past.has(n.at) })
}

func seesNone(n *node, exits []*node) bool {
	return !slices.ContainsFunc(exits, func(e *node) bool { return n.past.has(e.at) })
}

// reaches tells whether a Revoke or Remove under t reaches its target, who must hold no tenure of the same or a more senior
// rank, but one that had ended, or was not yet granted, when the author signed, or that the operation passes by as an answer to a
// Leave. Other operations reach what they are about.
func (r *resolver) reaches(n *node, t *tenure) bool {
	switch n.Kind() {
	case KindRevoke, KindRemove:
	case KindAdd, KindGrant:
		return t.depth < MaxDepth
	default:
		return true
	}
	s, ok := r.who[target(n.Body)]
	return !ok || !slices.ContainsFunc(s.tenures, func(u *tenure) bool {
		return !u.endedBefore(n) && !u.grant.past.has(n.at) && !r.g.answers(n, u.grant.past)
	})
}

// appoint makes the tenures of a valid grant.
func (r *resolver) appoint(n *node, by *tenure) {
	t := tenure{role: Member, depth: by.depth + 1, slot: by.slot, grantor: by, grant: n, owner: r.standing(target(n.Body))}
	heap.Push(&r.pending, &t)
	if role := granted(n.Body); role > Member {
		office := t
		office.role = role
		heap.Push(&r.pending, &office)
	}
}
