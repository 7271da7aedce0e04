package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// rooms is goal 9: how long a message takes to be shown on all other nodes of a group, beside plain gossipsub.
func rooms(ctx context.Context, b *bench) error {
	for _, c := range []struct {
		nodes, messages int
		ratio, bound    float64
	}{{2, 200, 0, 0}, {10, 150, 0, 2}, {30, 60, 0, 5}, {100, 30, 1, 0}} {
		if b.nodes != 0 && b.nodes != c.nodes {
			continue
		}
		if b.count > 0 {
			c.messages = b.count
		}
		if err := spreadIn(ctx, b, c.nodes, c.messages, c.ratio, c.bound); err != nil {
			return fmt.Errorf("%d nodes: %w", c.nodes, err)
		}
	}
	return nil
}

// halls opens ours and the floor, and lets everybody who will speak do so once.
func halls(ctx context.Context, dir string, nodes, speakers int) (both [2]*hall, end func(), err error) {
	end = func() {
		for _, h := range both {
			if h != nil {
				h.Close()
			}
		}
	}
	if both[0], err = gather(ctx, dir, nodes); err == nil {
		both[1], err = plain(nodes)
	}
	if err == nil {
		for _, h := range both {
			for from := range speakers {
				if _, err = h.one(ctx, from, uint64(from)+1); err != nil {
					break
				}
			}
		}
	}
	if err != nil {
		end()
		return both, func() {}, err
	}
	return both, end, nil
}

// one publishes a message and returns after how many milliseconds it was seen on each other node.
func (h *hall) one(ctx context.Context, from int, message uint64) (took []float64, err error) {
	began := time.Now()
	if err := h.publish(ctx, from, message); err != nil {
		return nil, err
	}
	for len(took) < h.nodes-1 {
		select {
		case s := <-h.seen:
			if s.message == message && s.node != from {
				took = append(took, ms(time.Since(began)))
			}
		case <-time.After(patience):
			return nil, fmt.Errorf("a message was seen on %d of %d nodes within %s", len(took), h.nodes-1, patience)
		}
	}
	return took, nil
}

func spreadIn(ctx context.Context, b *bench, nodes, messages int, ratio, bound float64) error {
	both, end, err := halls(ctx, filepath.Join(b.dir, fmt.Sprint("room", nodes)), nodes, 1)
	if err != nil {
		return err
	}
	defer end()
	var last, each [2][]float64
	var used [2]time.Duration
	next := uint64(1000)
	for range rounds {
		for i, h := range both {
			before := cpu()
			for range messages / rounds {
				next++
				took, err := h.one(ctx, 0, next)
				if err != nil {
					return err
				}
				last[i], each[i] = append(last[i], took[len(took)-1]), append(each[i], took...)
			}
			used[i] += cpu() - before
		}
	}
	for i := range both {
		slices.Sort(last[i])
		slices.Sort(each[i])
	}
	name := fmt.Sprintf("group over %d nodes, POST to ", nodes)
	cost := func(i int) float64 { return us(used[i]) / float64(len(each[i])) }
	b.add(row{Goal: "9", Metric: name + "the last node's frame, p50", Unit: "ms", Ours: at(last[0], 0.5), Floor: at(last[1], 0.5), Ratio: ratio, Bound: bound})
	b.add(row{Goal: "9", Metric: name + "the last node's frame, p99", Unit: "ms", Ours: at(last[0], 0.99), Floor: at(last[1], 0.99)})
	b.add(row{Goal: "9", Metric: name + "each node's frame, p50", Unit: "ms", Ours: at(each[0], 0.5), Floor: at(each[1], 0.5), CPU: cost(0), FloorC: cost(1)})
	b.add(row{Goal: "9", Metric: name + "each node's frame, p99", Unit: "ms", Ours: at(each[0], 0.99), Floor: at(each[1], 0.99)})
	return nil
}

const (
	paceNodes = 10
	paceFor   = 3 * time.Second
	paceBends = 5 // times the latency of the slowest pace
)

// pace is how many messages a second one group of ten nodes takes, all of which write, before the time to the last node is
// several times what it is at rest.
func pace(ctx context.Context, b *bench) error {
	both, end, err := halls(ctx, filepath.Join(b.dir, "pace"), paceNodes, paceNodes)
	if err != nil {
		return err
	}
	defer end()
	var held [2]float64
	var cost [2]float64
	for i, h := range both {
		rest, message := 0.0, uint64(1<<20)
		for rate := 10; ; rate = rate * 3 / 2 {
			used := cpu()
			p50, err := h.steady(ctx, rate, message)
			if errors.Is(err, errSlow) {
				break
			}
			if err != nil {
				return err
			}
			if rest == 0 {
				rest = p50
			}
			if p50 > paceBends*rest {
				break
			}
			held[i], cost[i] = float64(rate), us(cpu()-used)/(float64(rate)*paceFor.Seconds())
			message += 1 << 20
		}
	}
	b.add(row{
		Goal: "9", Metric: "messages of one group over 10 nodes, all writing, until latency is 5 times that at rest", Unit: "/s", More: true,
		Ours: held[0], Floor: held[1], CPU: cost[0], FloorC: cost[1],
	})
	return nil
}

var errSlow = errors.New("the group does not keep up")

// steady publishes at a pace for a while, the nodes in turn, and returns the median of milliseconds until the last node shows a
// message.
func (h *hall) steady(ctx context.Context, rate int, first uint64) (p50 float64, err error) {
	count := int(float64(rate) * paceFor.Seconds())
	began := time.Now()
	due := func(i int) time.Time { return began.Add(time.Duration(i) * time.Second / time.Duration(rate)) }
	failed := make(chan error, count)
	var posting sync.WaitGroup
	posting.Go(func() {
		for i := range count {
			time.Sleep(time.Until(due(i)))
			posting.Go(func() {
				if err := h.publish(ctx, i%h.nodes, first+uint64(i)); err != nil {
					failed <- err
				}
			})
		}
	})
	defer posting.Wait()
	left := make([]int, count)
	for i := range left {
		left[i] = h.nodes - 1
	}
	var took []float64
	for end := time.After(2 * paceFor); len(took) < count; {
		select {
		case s := <-h.seen:
			i := int(s.message - first)
			if s.message < first || i >= count || s.node == i%h.nodes {
				continue
			}
			if left[i]--; left[i] == 0 {
				took = append(took, ms(time.Since(due(i))))
			}
		case err := <-failed:
			return 0, err
		case <-end:
			return 0, errSlow
		}
	}
	slices.Sort(took)
	return at(took, 0.5), nil
}
