package membership

import (
	"bytes"
	"testing"

	"conclave/crypto/canon"
	"conclave/protocol"
)

// FuzzDecode holds the decoder to one encoding for what it accepts: rebuilt from its fields, an operation is the same bytes.
func FuzzDecode(f *testing.F) {
	h := newHistory(f, 3, 60)
	for _, op := range h.g.Ops() {
		f.Add(op.Encode())
	}
	f.Add(wire(func(w *wireOp) { w.Parents = ids(16) }))
	f.Add([]byte{0xa0})
	f.Fuzz(func(t *testing.T, in []byte) {
		op, s, err := decode(in)
		if err != nil {
			return
		}
		w := wireOp{Parents: op.Parents, Lamport: op.Lamport, Seq: op.Seq}
		if group := [32]byte(op.Group); op.Group != protocol.Log(op.ID) {
			w.Group = &group
		}
		if op.Seq > 1 {
			w.Prev = &op.Prev
		}
		payload := canon.MustMarshal(draft(op.Author, op.Wall, op.Body, w).wire)
		if got := canon.MustMarshal(signedOp{Payload: payload, Sig: s.Sig}); !bytes.Equal(got, in) {
			t.Fatalf("decode then encode: got %x, want %x", got, in)
		}
	})
}

// choices is a source of random numbers that takes its top bytes from the fuzzer, while there are some.
type choices struct {
	bytes []byte
	rest  uint64
}

func (c *choices) Uint64() uint64 {
	if len(c.bytes) == 0 {
		c.rest = c.rest*6364136223846793005 + 1442695040888963407
		return c.rest
	}
	b := c.bytes[0]
	c.bytes = c.bytes[1:]
	return uint64(b) << 56
}

// maxChains bounds the histories that the fuzzer may make: the reference looks at every chain of grants.
const maxChains = 5_000

// chains returns how many chains of grants there are, valid or not.
func chains(g *Graph) (total int) {
	ending := make([]int, len(g.nodes))
	for _, n := range g.nodes {
		switch n.Kind() {
		case KindAdd, KindGrant:
		default:
			continue
		}
		author := g.about[n.Author.Account]
		if author.creator >= 0 {
			ending[n.at] = 1
		}
		for _, i := range author.grants {
			if n.past.has(i) {
				ending[n.at] = min(ending[n.at]+ending[i], maxChains+1)
			}
		}
		total = min(total+ending[n.at], maxChains+1)
	}
	return total
}

// FuzzHistory lets the fuzzer choose who does what on what, and compares both resolvers.
func FuzzHistory(f *testing.F) {
	f.Add([]byte("a group of people who cannot agree on who should be in it"))
	f.Add(bytes.Repeat([]byte{0x10, 0xf0, 0x33, 0x77}, 60))
	f.Fuzz(func(t *testing.T, in []byte) {
		source := &choices{bytes: in[:min(len(in), 400)]}
		h := fuzzedHistory(t, source)
		if chains(h.g) > maxChains {
			t.Skip("too many chains of grants for the reference")
		}
		if !agree(h) {
			dump(t, h.g)
		}
	})
}
