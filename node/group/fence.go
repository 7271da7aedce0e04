package group

import (
	"cmp"
	"slices"

	chain "conclave/crypto/group"
	"conclave/protocol/membership"
)

// unseenChains is how many chains of a device, beyond the last that was seen here, a Leave may claim that its account spoke under.
const unseenChains = 16

// credible returns the marks of a Leave, each cut to what an honest device can have sent since the marks that were seen: whoever
// leaves could otherwise reserve room to speak on for ever.
func credible(claimed, seen []membership.Mark) []membership.Mark {
	out := slices.Clone(claimed)
	for i, m := range out {
		last := membership.Mark{Device: m.Device, CSeq: unseenChains, N: chain.RotateAfter - 1}
		if at := slices.IndexFunc(seen, func(s membership.Mark) bool { return s.Device == m.Device }); at >= 0 {
			last.CSeq += seen[at].CSeq
		}
		if cmp.Or(cmp.Compare(m.CSeq, last.CSeq), cmp.Compare(m.N, last.N)) > 0 {
			out[i] = last
		}
	}
	return out
}
