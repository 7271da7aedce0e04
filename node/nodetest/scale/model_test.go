package main

import (
	"math"
	"math/rand/v2"
	"testing"
)

func about(got, want float64) bool { return math.Abs(got-want) <= 0.02*want }

// A federation that can be reckoned by hand: everybody on one node, then everybody alone.
func TestWhatIsReckonedByHand(t *testing.T) {
	c := Costs{SendCPU: 1, DeliverCPU: 10, SocketCPU: 100, DirectWire: 7, GroupWire: 9, Stored: 3, SocketRAM: 5, NodeRAM: 11}
	const day = 24 * 60 * 60
	l := Load{People: 50, Messages: day, Online: 0.5, Clients: 2, Groups: []Share{{1, 2, 0}}}
	one := Simulate(c, l, 1, rand.New(rand.NewPCG(1, 1)))
	if n := one[0]; !about(n.CPU, 1+2*100) || n.Out != 0 || !about(n.Stored, 3*day) || n.RAM != 11+50*5 || n.People != 50 {
		t.Errorf("one node: got %+v, want 201 cores, nothing out, %d bytes a day, 261 of memory", n, 3*day)
	}
	many := Simulate(c, l, 5000, rand.New(rand.NewPCG(1, 1)))
	cpu := many.Sum(func(n Node) float64 { return n.CPU })
	out := many.Sum(func(n Node) float64 { return n.Out })
	if !about(cpu, 1+10+2*100) || !about(out, 7) {
		t.Errorf("5,000 nodes, two people: got %v cores and %v bytes a second, want about 211 and 7", cpu, out)
	}
	near := l
	near.Groups = []Share{{1, 10, 1}}
	if f := Simulate(c, near, 5000, rand.New(rand.NewPCG(1, 1))); f.Sum(func(n Node) float64 { return n.Out }) != 0 {
		t.Error("groups whose members live on one node: got traffic, want none")
	}
}

func TestTheBusiestCarriesNoLessThanTheMean(t *testing.T) {
	f := Simulate(measured, office, 100, rand.New(rand.NewPCG(1, 100)))
	cpu := func(n Node) float64 { return n.CPU }
	if mean := f.Sum(cpu) / 100; f.Most(cpu) < mean {
		t.Errorf("got %v cores on the busiest, %v in the mean", f.Most(cpu), mean)
	}
	if people := f.Sum(func(n Node) float64 { return n.People }); !about(people, 100_000) {
		t.Errorf("got %v people, want 100,000", people)
	}
}
