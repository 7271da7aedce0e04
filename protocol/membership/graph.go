package membership

import (
	"fmt"
	"slices"

	"conclave/protocol"
)

// Graph is a causally closed set of operations of one group: with an operation it holds all that its author had seen.
type Graph struct {
	nodes []*node // parents before children
	index map[ID]int
	heads map[int]struct{}
	about map[protocol.Account]*dossier

	policies []int // all SetPolicy, by place, rising
	parked   parking
	slots    map[slot][]ID // operations by device and number: more than one is equivocation

	state *State // of all nodes, nil when they changed
}

// node is an operation in its place.
type node struct {
	*Op
	at      int
	past    set // without the operation itself
	parents []int
}

// dossier is what concerns one account, by place in the graph, rising.
type dossier struct {
	creator int   // slot in Create, -1 for none
	grants  []int // Add and Grant of it
	strikes []int // Revoke and Remove of it
	exits   []int // its own Leave and StepDown
	acts    []int // all else it signed, without Create
}

type slot struct {
	account protocol.Account
	device  protocol.Device
	seq     uint64
}

// New makes the graph of a group from its Create.
func New(create *Op) (*Graph, error) {
	body, ok := create.Body.(*Create)
	if !ok {
		return nil, fmt.Errorf("%w: a graph begins with Create", ErrOp)
	}
	g := &Graph{
		index: map[ID]int{}, heads: map[int]struct{}{}, about: map[protocol.Account]*dossier{}, slots: map[slot][]ID{},
		parked: newParking(),
	}
	for i, a := range body.Creators {
		g.dossier(a).creator = i
	}
	g.link(&node{Op: create})
	return g, nil
}

// Group returns the id of the group, the same on every node.
func (g *Graph) Group() protocol.Log { return g.nodes[0].Group }

func (g *Graph) founding() *Create { return g.nodes[0].Body.(*Create) }

// Len returns the number of operations.
func (g *Graph) Len() int { return len(g.nodes) }

// Has tells whether the graph holds an operation; a parked one it does not hold.
func (g *Graph) Has(id ID) bool { _, ok := g.index[id]; return ok }

// Op returns an operation of the graph.
func (g *Graph) Op(id ID) (*Op, bool) {
	i, ok := g.index[id]
	if !ok {
		return nil, false
	}
	return g.nodes[i].Op, true
}

// Ops returns all operations, parents before children. Stored one by one and given to Restore in any order, they make the
// same graph.
func (g *Graph) Ops() []*Op {
	out := make([]*Op, len(g.nodes))
	for i, n := range g.nodes {
		out[i] = n.Op
	}
	return out
}

// Heads returns the operations that no other one has seen, sorted. There may be more than MaxParents.
func (g *Graph) Heads() []ID {
	out := make([]ID, 0, len(g.heads))
	for i := range g.heads {
		out = append(out, g.nodes[i].ID)
	}
	SortIDs(out)
	return out
}

// Valid tells whether an operation is valid in the state of all operations.
func (g *Graph) Valid(id ID) bool {
	i, ok := g.index[id]
	return ok && g.Resolve().valid.has(i)
}

// Saw tells whether the author of late had seen early, that is, whether early is in the past of late.
func (g *Graph) Saw(late, early ID) bool {
	l, ok1 := g.index[late]
	e, ok2 := g.index[early]
	return ok1 && ok2 && g.nodes[l].past.has(e)
}

// Past returns the operations in the past of the given ones, themselves included, parents before children.
func (g *Graph) Past(heads []ID) ([]*Op, error) {
	s, err := g.closure(heads)
	if err != nil {
		return nil, err
	}
	var out []*Op
	s.each(func(i int) { out = append(out, g.nodes[i].Op) })
	return out, nil
}

// Fork is evidence that a device signed two operations under one number.
type Fork struct {
	Author Author // of the first one here
	Seq    uint64
	Ops    []ID // two or more, sorted
}

// Forks returns all evidence of devices that told two histories, sorted by their first operation.
func (g *Graph) Forks() []Fork {
	var out []Fork
	for s, ids := range g.slots {
		if len(ids) > 1 {
			ids = slices.Clone(ids)
			SortIDs(ids)
			out = append(out, Fork{Author: g.nodes[g.index[ids[0]]].Author, Seq: s.seq, Ops: ids})
		}
	}
	slices.SortFunc(out, func(a, b Fork) int { return compareIDs(a.Ops[0], b.Ops[0]) })
	return out
}

// Forked tells whether the device of an operation of the graph signed another one under the same number.
func (g *Graph) Forked(op *Op) bool {
	return len(g.slots[slot{op.Author.Account, op.Author.Device, op.Seq}]) > 1
}

// closure returns the given operations and their past.
func (g *Graph) closure(heads []ID) (set, error) {
	s := make(set, (len(g.nodes)+63)/64)
	for _, id := range heads {
		i, ok := g.index[id]
		if !ok {
			return nil, fmt.Errorf("%w: %x", ErrUnknown, id)
		}
		s.union(g.nodes[i].past)
		s.add(i)
	}
	return s, nil
}

func (g *Graph) dossier(a protocol.Account) *dossier {
	d := g.about[a]
	if d == nil {
		d = &dossier{creator: -1}
		g.about[a] = d
	}
	return d
}

// link takes a checked node in.
func (g *Graph) link(n *node) {
	n.at = len(g.nodes)
	g.nodes = append(g.nodes, n)
	g.index[n.ID] = n.at
	for _, p := range n.parents {
		delete(g.heads, p)
	}
	g.heads[n.at] = struct{}{}
	s := slot{n.Author.Account, n.Author.Device, n.Seq}
	g.slots[s] = append(g.slots[s], n.ID)
	g.file(n)
	g.state = nil
}

// file enters a node into the dossiers of those it concerns.
func (g *Graph) file(n *node) {
	own := g.dossier(n.Author.Account)
	switch n.Kind() {
	case KindCreate:
		return
	case KindLeave, KindStepDown:
		own.exits = append(own.exits, n.at)
		return
	case KindSetPolicy:
		g.policies = append(g.policies, n.at)
	case KindAdd, KindGrant:
		d := g.dossier(target(n.Body))
		d.grants = append(d.grants, n.at)
	case KindRevoke, KindRemove:
		d := g.dossier(target(n.Body))
		d.strikes = append(d.strikes, n.at)
	}
	own.acts = append(own.acts, n.at)
}
