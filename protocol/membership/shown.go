package membership

import (
	"bytes"
	"cmp"
	"slices"

	"conclave/protocol"
)

// Message is where a group message stands: the heads that its author saw, and its place in a chain of the author's device.
type Message struct {
	Heads   []ID
	Account protocol.Account
	Mark    Mark
}

// Shown tells whether a message is part of the history: its author was a member as of its heads, and the message lies within
// the fence of every valid Remove or Leave of the author that is not in their past, but for a Remove that answers a Leave in it.
// Without such an operation whoever holds the same operations shows it; later operations can hide it and show it again. It
// returns ErrUnknown while heads are missing: the message waits.
func (g *Graph) Shown(m Message) (bool, error) {
	then, err := g.At(m.Heads)
	if err != nil {
		return false, err
	}
	if then.Role(m.Account) == 0 {
		return false, nil
	}
	seen, err := g.closure(m.Heads)
	if err != nil {
		return false, err
	}
	now := g.Resolve()
	outside := func(i int) bool {
		return now.valid.has(i) && !seen.has(i) && !within(g.nodes[i].Body, m.Mark) && !g.answers(g.nodes[i], seen)
	}
	file := g.about[m.Account]
	return !slices.ContainsFunc(file.strikes, outside) && !slices.ContainsFunc(file.exits, outside), nil
}

// within tells whether an operation lets a message of its target pass that its author had not seen it.
func within(b Body, m Mark) bool {
	switch b := b.(type) {
	case *Remove:
		return inFence(b.Fence, m)
	case *Leave:
		return inFence(b.Fence, m)
	}
	return true
}

func inFence(fence []Mark, m Mark) bool {
	i, ok := slices.BinarySearchFunc(fence, m, func(f, m Mark) int { return bytes.Compare(f.Device[:], m.Device[:]) })
	return ok && cmp.Or(cmp.Compare(m.CSeq, fence[i].CSeq), cmp.Compare(m.N, fence[i].N)) <= 0
}

// NewFence sorts marks into a fence; of two marks of a device the higher one stays.
func NewFence(marks ...Mark) []Mark {
	out := make([]Mark, 0, len(marks))
	for _, m := range marks {
		i := slices.IndexFunc(out, func(o Mark) bool { return o.Device == m.Device })
		switch {
		case i < 0:
			out = append(out, m)
		case cmp.Or(cmp.Compare(m.CSeq, out[i].CSeq), cmp.Compare(m.N, out[i].N)) > 0:
			out[i] = m
		}
	}
	slices.SortFunc(out, func(a, b Mark) int { return bytes.Compare(a.Device[:], b.Device[:]) })
	return out
}
