package group

import (
	"slices"
	"testing"

	"conclave/protocol"
	"conclave/protocol/membership"
)

func TestAFenceIsBelievedAsFarAsAnHonestDeviceCanHaveCome(t *testing.T) {
	mark := func(dev byte, cseq uint64, n uint32) membership.Mark {
		return membership.Mark{Device: protocol.Device{dev}, CSeq: cseq, N: n}
	}
	seen := []membership.Mark{mark(1, 5, 7)}
	for name, c := range map[string]struct{ claimed, want membership.Mark }{
		"what was seen":               {mark(1, 5, 7), mark(1, 5, 7)},
		"less":                        {mark(1, 4, 150), mark(1, 4, 150)},
		"some chains more":            {mark(1, 20, 3), mark(1, 20, 3)},
		"to the end of the last":      {mark(1, 21, 199), mark(1, 21, 199)},
		"a number that no chain has":  {mark(1, 21, 200), mark(1, 21, 199)},
		"a chain more":                {mark(1, 22, 0), mark(1, 21, 199)},
		"for ever":                    {mark(1, 1<<63, 1<<31), mark(1, 21, 199)},
		"a device that was not heard": {mark(2, 1<<63, 1), mark(2, 16, 199)},
		"one that said little":        {mark(2, 1, 9), mark(2, 1, 9)},
	} {
		claimed := []membership.Mark{c.claimed}
		if got := credible(claimed, seen); !slices.Equal(got, []membership.Mark{c.want}) || claimed[0] != c.claimed {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}
