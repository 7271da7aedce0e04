package membership

import (
	"testing"

	"conclave/crypto/identity"
)

// large makes a group of n operations: joins mostly, some leave, some forks of two admins who work at the same time.
func large(b *testing.B, n int) *Graph {
	b.Helper()
	g := founded(b, 1, DefaultPolicy())
	does(b, g, 0, 0, grant(1, Admin))
	r := newRand(1)
	for g.Len() < n {
		on := g.Heads()
		does(b, g, 0, 0, add(2+r.IntN(200)))
		if r.IntN(3) == 0 {
			doesOn(b, g, append(on, g.lastOf(author(1, 0)).orRoot(g)), 1, 0, remove(2+r.IntN(200)))
		}
	}
	return g
}

func (n *node) orRoot(g *Graph) ID {
	if n == nil {
		return g.nodes[0].ID
	}
	return n.ID
}

func BenchmarkResolve3000(b *testing.B) {
	g := large(b, 3_000)
	b.ReportAllocs()
	for b.Loop() {
		g.state = nil
		g.Resolve()
	}
}

func BenchmarkResolvePartOf3000(b *testing.B) {
	g := large(b, 3_000)
	heads := []ID{g.nodes[2_500].ID}
	for b.Loop() {
		if _, err := g.At(heads); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkInsert3000(b *testing.B) {
	ops := large(b, 3_000).Ops()
	b.ReportAllocs()
	for b.Loop() {
		g, err := New(ops[0])
		if err != nil {
			b.Fatal(err)
		}
		for _, op := range ops[1:] {
			if _, err := g.Insert(op); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(ops)), "ns/op-inserted")
}

// BenchmarkOpen is the floor of taking an operation in: decoding it and checking one signature.
func BenchmarkOpen(b *testing.B) {
	g := founded(b, 1, DefaultPolicy())
	d, err := g.Draft(author(0, 0), 1, add(1))
	if err != nil {
		b.Fatal(err)
	}
	key := identity.DSKFrom(&[32]byte{1})
	op, err := d.Sign(key)
	if err != nil {
		b.Fatal(err)
	}
	keys := func(Author) ([32]byte, error) { return key.Public(), nil }
	for b.Loop() {
		if _, err := Open(op.Encode(), keys); err != nil {
			b.Fatal(err)
		}
	}
}
