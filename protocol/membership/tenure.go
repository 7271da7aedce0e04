package membership

import "cmp"

// tenure is a role that an account holds through a valid grant: through a creator's slot, an Add or a Grant. A grant of a role
// above member makes two, one of the role and one of member, so that losing the first leaves the second.
type tenure struct {
	role    Role
	depth   int
	slot    int     // the creator at the root of the chain of grants
	grantor *tenure // nil for a creator
	grant   *node   // Create for a creator
	owner   *standing

	cuts []*node // what ended it, in any order; none: it is live
}

// compare orders tenures by rank, the most senior first: the higher role; then by the key
// be16(depth) || be32(creator) || (be32(lamport) || op_id)*, compared here without writing it out.
func (t *tenure) compare(u *tenure) int {
	if c := cmp.Or(-cmp.Compare(t.role, u.role), cmp.Compare(t.depth, u.depth)); c != 0 {
		return c
	}
	return t.compareChain(u)
}

// compareChain compares the keys of two tenures of one depth.
func (t *tenure) compareChain(u *tenure) int {
	if t == u {
		return 0
	}
	if t.grantor == nil {
		return cmp.Compare(t.slot, u.slot)
	}
	if c := t.grantor.compareChain(u.grantor); c != 0 {
		return c
	}
	return t.grant.compare(u.grant.Op)
}

func (t *tenure) live() bool { return len(t.cuts) == 0 }

// endedBefore tells whether something that ended the tenure is in the past of n.
func (t *tenure) endedBefore(n *node) bool {
	for _, c := range t.cuts {
		if n.past.has(c.at) {
			return true
		}
	}
	return false
}

// tenures is a heap, the most senior on top.
type tenures []*tenure

func (h tenures) Len() int           { return len(h) }
func (h tenures) Less(i, j int) bool { return h[i].compare(h[j]) < 0 }
func (h tenures) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *tenures) Push(x any)        { *h = append(*h, x.(*tenure)) }
func (h *tenures) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}
