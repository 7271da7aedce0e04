package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"conclave/node/nodetest"
)

// circle is nodes with a person each, who talk in pairs and all together, and whose clients repeat under one key what got no answer.
type circle struct {
	sides   []*side
	talks   map[string][]int // who takes part, by their places
	writers []*circleWriter
}

// circleWriter is somebody who writes in one conversation.
type circleWriter struct {
	name string
	home *side
	talk string
	sent []string      // what was acknowledged, in order; owned by write until it ends
	down time.Duration // without an answer, all in all
	most time.Duration // and at once
}

// newCircle starts a node for each name. Neighbours know one another, and all are in a group.
func newCircle(ctx context.Context, t *testing.T, names ...string) *circle {
	t.Helper()
	c := &circle{talks: map[string][]int{}}
	for _, name := range names {
		c.sides = append(c.sides, newSide(t, name, anyPeer(t)...))
	}
	var others []*nodetest.Person
	for i := range c.sides {
		next := (i + 1) % len(c.sides)
		talk, err := nodetest.Introduce(ctx, c.sides[i].now(), c.sides[next].now())
		if err != nil {
			t.Fatal(err)
		}
		c.talks[talk] = []int{i, next}
		if i > 0 {
			others = append(others, c.sides[i].now())
		}
	}
	group, err := c.sides[0].now().NewGroup(ctx, "everybody", "all", others...)
	if err != nil {
		t.Fatal(err)
	}
	for i, side := range c.sides {
		c.talks[group] = append(c.talks[group], i)
		if err := side.now().Joined(ctx, group); err != nil {
			t.Fatal(err)
		}
	}
	for talk, who := range c.talks {
		for _, i := range who {
			c.writers = append(c.writers, &circleWriter{name: fmt.Sprintf("%s in %s", names[i], talk[2:8]), home: c.sides[i], talk: talk})
		}
	}
	return c
}

// write has everybody write, so many messages a second in all, until the context ends and everything is acknowledged.
func (c *circle) write(ctx context.Context, t *testing.T, rate int) (end func()) {
	var all sync.WaitGroup
	pace := time.Duration(len(c.writers)) * time.Second / time.Duration(rate)
	for _, w := range c.writers {
		all.Go(func() { w.write(ctx, t, pace) })
	}
	return all.Wait
}

// write says one thing after the other; what got no answer is said again under the same key.
func (w *circleWriter) write(ctx context.Context, t *testing.T, pace time.Duration) {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		text, at, first := fmt.Sprintf("%s says %d", w.name, i), time.Now(), true
		err := nodetest.Await(t.Context(), text+" is accepted", func() (bool, error) {
			_, err := w.home.now().Send(t.Context(), w.talk, text, strings.ReplaceAll(text, " ", "-"))
			first = first && err == nil
			return err == nil, refusal(err)
		})
		if err != nil {
			t.Error(err)
			return
		}
		if !first {
			w.down += time.Since(at)
			w.most = max(w.most, time.Since(at))
		}
		w.sent = append(w.sent, text)
	}
}

// sent is how many messages were acknowledged. Nobody may write any more.
func (c *circle) sent() (total int) {
	for _, w := range c.writers {
		total += len(w.sent)
	}
	return total
}

// check compares what everybody sees with what was acknowledged: all of it once, in the order of each author, and in one order for all.
func (c *circle) check(ctx context.Context, t *testing.T) {
	t.Helper()
	for talk, who := range c.talks {
		total, authors := 0, map[string][]string{}
		for _, w := range c.writers {
			if w.talk == talk {
				total += len(w.sent)
				authors[w.home.now().Acct] = w.sent
			}
		}
		var order []string
		for _, i := range who {
			p := c.sides[i].now()
			if err := p.Has(ctx, talk, total); err != nil {
				t.Error(err)
				continue
			}
			all, unreadable, err := p.Messages(ctx, talk)
			if err != nil || unreadable != 0 || len(all) != total {
				t.Errorf("%s: got %d messages, %d that cannot be read, and %v, want the %d that were acknowledged", p.Name, len(all), unreadable, err, total)
				continue
			}
			var ids []string
			at := map[string]int{}
			for _, m := range all {
				ids = append(ids, m.ID)
				want := authors[m.Author]
				if n := at[m.Author]; n >= len(want) || want[n] != m.Text {
					t.Errorf("%s: got %q as message %d of its author", p.Name, m.Text, n)
					break
				}
				at[m.Author]++
			}
			if order == nil {
				order = ids
			} else if !slices.Equal(order, ids) {
				t.Errorf("%s shows a conversation in another order than %s", p.Name, c.sides[who[0]].now().Name)
			}
		}
	}
}
