package membership

import (
	"cmp"
	"fmt"
	"slices"

	"conclave/crypto/canon"
)

// Draft prepares the next operation of a device on top of all that is known here. wall is Unix milliseconds. It does not ask
// whether the operation will be valid: State.Allows does.
func (g *Graph) Draft(by Author, wall uint64, body Body) (Draft, error) {
	if body.Kind() == KindCreate {
		return Draft{}, fmt.Errorf("%w: a second Create", ErrOp)
	}
	last := g.lastOf(by)
	parents := g.tips(last)
	group := [32]byte(g.Group())
	w := wireOp{Group: &group, Parents: parents, Seq: 1}
	if last != nil {
		w.Seq, w.Prev = last.Seq+1, &last.ID
	}
	for _, id := range parents {
		w.Lamport = max(w.Lamport, g.nodes[g.index[id]].Lamport+1)
	}
	return draft(by, wall, body, w), nil
}

// Tips returns the heads that an operation or a message names: all of them, or if there are more than MaxParents, the most
// useful ones: valid before void, then the newest.
func (g *Graph) Tips() []ID { return g.tips(nil) }

// tips also makes sure that the operation own, if there is one, is in their past or among them.
func (g *Graph) tips(own *node) []ID {
	heads := make([]*node, 0, len(g.heads))
	for i := range g.heads {
		heads = append(heads, g.nodes[i])
	}
	if len(heads) > MaxParents {
		state := g.Resolve()
		covers := func(n *node) bool { return own != nil && (n == own || n.past.has(own.at)) }
		slices.SortFunc(heads, func(a, b *node) int {
			return cmp.Or(yesFirst(covers(a), covers(b)), yesFirst(state.valid.has(a.at), state.valid.has(b.at)),
				cmp.Compare(b.Lamport, a.Lamport), compareIDs(a.ID, b.ID))
		})
		heads = heads[:MaxParents]
	}
	out := make([]ID, 0, len(heads))
	for _, n := range heads {
		out = append(out, n.ID)
	}
	SortIDs(out)
	return out
}

func yesFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// lastOf returns the newest operation of a device; of a device that told two histories, one of the newest.
func (g *Graph) lastOf(by Author) (last *node) {
	file := g.about[by.Account]
	if file == nil {
		return nil
	}
	newer := func(n *node) {
		if n.Author.Account == by.Account && n.Author.Device == by.Device &&
			(last == nil || cmp.Or(cmp.Compare(n.Seq, last.Seq), compareIDs(n.ID, last.ID)) > 0) {
			last = n
		}
	}
	newer(g.nodes[0])
	for _, i := range file.acts {
		newer(g.nodes[i])
	}
	for _, i := range file.exits {
		newer(g.nodes[i])
	}
	return last
}

// NewCheckpoint states the state of all operations here, as seen from the tips.
func (g *Graph) NewCheckpoint() (*Checkpoint, error) {
	heads := g.Tips()
	s, err := g.At(heads)
	if err != nil {
		return nil, err
	}
	return &Checkpoint{Heads: heads, State: s.Hash()}, nil
}

// Check computes the state that a checkpoint is about and returns ErrCheckpoint if it is another.
func (g *Graph) Check(c *Checkpoint) error {
	s, err := g.At(c.Heads)
	if err != nil {
		return err
	}
	if s.Hash() != c.State {
		return ErrCheckpoint
	}
	return nil
}

// TopicCommitment returns what an operation carries of a topic secret: H("gtopic", secret).
func TopicCommitment(secret [32]byte) [32]byte { return canon.Hash("gtopic", secret[:]) }
