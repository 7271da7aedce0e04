// Command scale tells what a large federation costs, from what was measured on a small one: it follows messages of made-up people over 10, 100
// and 1,000 nodes and adds up what each node has to do. It prints the tables of docs/scale.md; it measures nothing.
package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
)

// measured is of 2026-11-23, on two virtual cores of an AMD EPYC; docs/scale.md says by which command.
var measured = Costs{
	SendCPU: 400e-6, DeliverCPU: 1160e-6, SocketCPU: 150e-6,
	DirectWire: 1732, GroupWire: 1732, Stored: 700,
	SocketRAM: 33e3, NodeRAM: 54e6, CommitsPeak: 1946,
}

// office is a day of 100,000 people: half of what is written goes to one person, the rest to groups of three sizes.
var office = Load{
	People: 100_000, Messages: 10_000_000, Peak: 10, Online: 0.3, Clients: 1.5,
	Groups: []Share{{0.5, 2, 0.6}, {0.3, 8, 0.6}, {0.17, 50, 0.6}, {0.03, 1000, 0.6}},
}

func main() { tell(os.Stdout, measured, office) }

func tell(w io.Writer, c Costs, l Load) {
	fmt.Fprintln(w, "| nodes | people on the largest | CPU of all, mean / busiest second | the busiest node, mean / busiest second | leaves all nodes | leaves the busiest | stored a day, all / busiest | memory of the largest | the busiest disk, of what it takes |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|---|")
	for _, n := range []int{10, 100, 1000} {
		f := Simulate(c, l, n, rand.New(rand.NewPCG(1, uint64(n))))
		cpu := func(n Node) float64 { return n.CPU }
		out := func(n Node) float64 { return n.Out }
		stored := func(n Node) float64 { return n.Stored }
		fmt.Fprintf(w, "| %d | %.0f | %.2f / %.1f cores | %.2f / %.1f cores | %.1f Mbit/s | %.2f Mbit/s | %.0f / %.1f GB | %.1f GB | %.0f %% |\n",
			n, f.Most(func(n Node) float64 { return n.People }), f.Sum(cpu), l.Peak*f.Sum(cpu), f.Most(cpu), l.Peak*f.Most(cpu),
			f.Sum(out)*8/1e6, f.Most(out)*8/1e6, f.Sum(stored)/1e9, f.Most(stored)/1e9,
			f.Most(func(n Node) float64 { return n.RAM })/1e9, 100*l.Peak*f.Most(func(n Node) float64 { return n.Writes })/c.CommitsPeak)
	}
}
