package main

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Costs are what one thing costs, as measured; docs/scale.md says where and when.
type Costs struct {
	SendCPU     float64 // seconds of CPU on the author's node for a message that leaves it, once
	DeliverCPU  float64 // seconds of CPU on both nodes for each further node that gets it
	SocketCPU   float64 // seconds of CPU for each open client that is told
	DirectWire  float64 // bytes on the wire for a direct message, with its receipts
	GroupWire   float64 // bytes on the wire for a group message and node
	Stored      float64 // bytes in the store for a message and node, after the engine's own overhead
	SocketRAM   float64 // bytes of memory for each open client
	NodeRAM     float64 // bytes of memory of a node without clients
	CommitsPeak float64 // durable messages a second that one disk takes
}

// Load is what people do.
type Load struct {
	People   int
	Messages float64 // a day
	Peak     float64 // the busiest second in means
	Online   float64 // of all people, who has a client open
	Clients  float64 // open for each of those
	Groups   []Share // who is written to
}

// Share is a part of the messages and how many read each of them, its author among them. Of a group's members this part lives on the author's
// node, beside those who would by chance.
type Share struct {
	Part    float64
	Members int
	Near    float64
}

// Node is what one node has to do.
type Node struct {
	People float64
	CPU    float64 // cores, in the mean
	Out    float64 // bytes a second that leave it, in the mean
	Stored float64 // bytes a day
	Writes float64 // messages that are made durable a second, in the mean
	RAM    float64 // bytes
}

// Federation is what all nodes have to do: each, in no order.
type Federation []Node

// samples is how many messages are followed; what they cost is multiplied up to a day.
const samples = 200_000

// Simulate follows messages over a federation of n nodes. The nodes are of unequal size, as organisations are: the k-th has 1/sqrt(k) of the people of
// the first.
func Simulate(c Costs, l Load, n int, rng *rand.Rand) Federation {
	weight, total := make([]float64, n), 0.0
	for i := range weight {
		total += 1 / math.Sqrt(float64(i+1))
		weight[i] = total
	}
	pick := func() int { return min(n-1, searchFloat(weight, rng.Float64()*total)) }
	nodes := make(Federation, n)
	for i := range nodes {
		share := 1 / math.Sqrt(float64(i+1)) / total
		nodes[i].People = share * float64(l.People)
		nodes[i].RAM = c.NodeRAM + nodes[i].People*l.Online*l.Clients*c.SocketRAM
	}
	each := l.Messages / samples         // how many messages one stands for
	rate := each / (24 * 60 * 60)        // and how many a second
	readers := make(map[int]float64, 64) // of a message, by node
	for range samples {
		s := l.share(rng.Float64())
		author := pick()
		clear(readers)
		readers[author] = 1
		for range s.Members - 1 {
			at := author
			if rng.Float64() >= s.Near {
				at = pick()
			}
			readers[at]++
		}
		for at, people := range readers {
			nodes[at].Stored += each * c.Stored
			nodes[at].Writes += rate
			nodes[at].CPU += rate * people * l.Online * l.Clients * c.SocketCPU
			if at == author {
				continue
			}
			wire := c.GroupWire
			if s.Members == 2 {
				wire = c.DirectWire
			}
			nodes[author].Out += rate * wire
			nodes[author].CPU += rate * c.DeliverCPU / 2
			nodes[at].CPU += rate * c.DeliverCPU / 2
		}
		nodes[author].CPU += rate * c.SendCPU
	}
	return nodes
}

func (l Load) share(at float64) Share {
	for _, s := range l.Groups {
		if at -= s.Part; at < 0 {
			return s
		}
	}
	return l.Groups[len(l.Groups)-1]
}

func searchFloat(sums []float64, at float64) int {
	i, _ := slices.BinarySearch(sums, at)
	return i
}

// Sum adds a figure of all nodes, Most is that of the node where it is highest.
func (f Federation) Sum(of func(Node) float64) (sum float64) {
	for _, n := range f {
		sum += of(n)
	}
	return sum
}

// Most returns the highest of a figure.
func (f Federation) Most(of func(Node) float64) (most float64) {
	for _, n := range f {
		most = max(most, of(n))
	}
	return most
}
