package membership

import "fmt"

// Inserted is what came of an insertion.
type Inserted struct {
	Added   []*Op // in the graph now, parents before children: the operation and parked ones that waited for it
	Missing []ID  // parents to ask for; the operation is parked until they come
	Refused []ID  // parked operations that proved wrong when their parents came
	Dropped []ID  // parked operations that made room for this one
	Cause   error // why the first of them was refused
}

// Insert takes an operation in. One that is known already changes nothing. One whose parents are not all known is parked, at
// most MaxParkedEach of an account and MaxParked in all, the oldest of the account with most giving way; parked operations
// have no effect. It returns ErrOtherGroup, ErrOp for an operation that contradicts its parents, or ErrStanding.
func (g *Graph) Insert(op *Op) (Inserted, error) {
	var res Inserted
	switch {
	case g.Has(op.ID):
		return res, nil
	case op.Group != g.Group():
		return res, ErrOtherGroup
	}
	if res.Missing = g.missing(op); res.Missing != nil {
		res.Dropped = g.parked.park(op, res.Missing)
		return res, nil
	}
	if err := g.admit(op); err != nil {
		res.Refused = g.parked.abandon(op.ID)
		return res, err
	}
	res.Added = append(res.Added, op)
	for next := 0; next < len(res.Added); next++ {
		for _, waiting := range g.parked.release(res.Added[next].ID) {
			if err := g.admit(waiting); err != nil {
				res.Refused = append(append(res.Refused, waiting.ID), g.parked.abandon(waiting.ID)...)
				if res.Cause == nil {
					res.Cause = err
				}
				continue
			}
			res.Added = append(res.Added, waiting)
		}
	}
	return res, nil
}

// Wanted returns the operations that parked ones wait for and that are not here, sorted.
func (g *Graph) Wanted() []ID { return g.parked.wanted() }

// Restore makes a graph of the encodings that Op.Encode gave, in any order. Signatures are not checked again: the bytes must
// come from the own store, sealed.
func Restore(encoded [][]byte) (*Graph, error) {
	var g *Graph
	ops := make(map[ID]*Op, len(encoded))
	for _, b := range encoded {
		op, _, err := decode(b)
		if err != nil {
			return nil, fmt.Errorf("restore a membership graph: %w", err)
		}
		ops[op.ID] = op
		if op.Kind() == KindCreate {
			if g != nil {
				return nil, fmt.Errorf("restore a membership graph: two groups: %w", ErrOp)
			}
			if g, err = New(op); err != nil {
				return nil, err
			}
		}
	}
	if g == nil {
		return nil, fmt.Errorf("restore a membership graph: no Create: %w", ErrOp)
	}
	delete(ops, g.nodes[0].ID)
	return g, g.restore(ops)
}

// restore admits operations in the order of lamport, in which parents come before children.
func (g *Graph) restore(ops map[ID]*Op) error {
	for _, op := range byAge(ops) {
		if len(g.missing(op)) > 0 {
			return fmt.Errorf("restore a membership graph: parents of %x: %w", op.ID, ErrUnknown)
		}
		if op.Group != g.Group() {
			return fmt.Errorf("restore a membership graph: %w", ErrOtherGroup)
		}
		if err := g.admit(op); err != nil {
			return fmt.Errorf("restore a membership graph: %w", err)
		}
	}
	return nil
}

func (g *Graph) missing(op *Op) (out []ID) {
	for _, p := range op.Parents {
		if !g.Has(p) {
			out = append(out, p)
		}
	}
	return out
}

// admit checks an operation, whose parents are all here, against them, and links it.
func (g *Graph) admit(op *Op) error {
	if op.Kind() == KindCreate {
		return ErrOtherGroup
	}
	n := &node{Op: op}
	var newest uint64
	for _, id := range op.Parents {
		p := g.nodes[g.index[id]]
		n.parents = append(n.parents, p.at)
		n.past.union(p.past)
		newest = max(newest, p.Lamport)
	}
	for _, p := range n.parents {
		if n.past.has(p) {
			return fmt.Errorf("%w: a parent is in the past of another", ErrOp)
		}
	}
	for _, p := range n.parents {
		n.past.add(p)
	}
	if op.Lamport != newest+1 {
		return fmt.Errorf("%w: lamport %d, want %d", ErrOp, op.Lamport, newest+1)
	}
	if err := g.follows(n); err != nil {
		return err
	}
	if err := g.stands(n); err != nil {
		return err
	}
	g.link(n)
	return nil
}

// follows checks the device's own chain: the operation before is the highest of the device in the past.
func (g *Graph) follows(n *node) error {
	if n.Seq > 1 {
		prev, ok := g.index[n.Prev]
		if !ok || !n.past.has(prev) {
			return fmt.Errorf("%w: its device's operation before is not in its past", ErrOp)
		}
		p := g.nodes[prev]
		if p.Author.Account != n.Author.Account || p.Author.Device != n.Author.Device || p.Seq != n.Seq-1 {
			return fmt.Errorf("%w: the operation before is not its device's number %d", ErrOp, n.Seq-1)
		}
	}
	for _, id := range g.slots[slot{n.Author.Account, n.Author.Device, n.Seq}] {
		if n.past.has(g.index[id]) {
			return fmt.Errorf("%w: its device's number %d is in its past", ErrOp, n.Seq)
		}
	}
	if c, ok := n.Body.(*Checkpoint); ok {
		for _, id := range c.Heads {
			if i, ok := g.index[id]; !ok || !n.past.has(i) {
				return fmt.Errorf("%w: a checkpoint of what is not in its past", ErrOp)
			}
		}
	}
	return nil
}

// stands checks that the operation could be valid: that some grant in its past, valid or not, would make its author one who
// may do this under some policy in its past, valid or not. What fails here is void in every state.
func (g *Graph) stands(n *node) error {
	d, ok := g.about[n.Author.Account]
	if !ok {
		return ErrStanding
	}
	best := Role(0)
	if d.creator >= 0 {
		best = Owner
	}
	for _, i := range d.grants {
		if n.past.has(i) {
			best = max(best, granted(g.nodes[i].Body))
		}
	}
	if best == 0 {
		return ErrStanding
	}
	if g.founding().Policy.permits(best, n.Body) {
		return nil
	}
	for _, i := range g.policies {
		if n.past.has(i) && g.nodes[i].Body.(*SetPolicy).Policy.permits(best, n.Body) {
			return nil
		}
	}
	return ErrStanding
}

// granted returns the role that an Add or Grant gives.
func granted(b Body) Role {
	if gr, ok := b.(*Grant); ok {
		return gr.Role
	}
	return Member
}
