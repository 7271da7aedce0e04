//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"conclave/node/nodetest"
	"conclave/node/nodetest/islands"
)

const (
	inhabited = 5
	saysEvery = 500 * time.Millisecond
	lost      = 30 // of a hundred packets, in the worst weather
)

// TestPartitions: five nodes, each in a network of its own, write in a group and in pairs while the networks between them are cut
// at random, both ways and one way, and lose packets. When the weather calms all show the same histories, everything once.
func TestPartitions(t *testing.T) {
	storm := 30 * time.Second
	switch {
	case testing.Short():
		t.Skip("a storm takes its time")
	case os.Getenv("CONCLAVE_NIGHTLY") != "":
		storm = 30 * time.Minute
	}
	t.Parallel()
	if !islands.Enter(t) {
		return
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	ctx, cancel := context.WithTimeout(t.Context(), storm+10*time.Minute)
	defer cancel()
	w := settled(ctx, t)

	var writing sync.WaitGroup
	writeCtx, stop := context.WithTimeout(ctx, storm)
	defer stop()
	for i := range w.people {
		writing.Go(func() { w.write(writeCtx, t, i) })
	}
	changes := 0
	for ; writeCtx.Err() == nil; changes++ {
		if err := w.sea.Weather(ctx, gale(random, w.sea.Islands)...); err != nil {
			t.Fatal(err)
		}
		select {
		case <-writeCtx.Done():
		case <-time.After(time.Second + time.Duration(random.Int64N(int64(4*time.Second)))):
		}
	}
	writing.Wait()
	calm := time.Now()
	if err := w.sea.Weather(ctx); err != nil {
		t.Fatal(err)
	}
	total := 0
	for talk, who := range w.talks {
		total += w.agree(ctx, t, talk, who)
	}
	fmt.Printf("partitions: %d messages by %d nodes over %s with %d changes of weather; all equal %.1f s after it calmed\n",
		total, inhabited, storm, changes, time.Since(calm).Seconds())
}

// world is people on islands and what they talk in.
type world struct {
	sea    *islands.Sea
	people []*nodetest.Person
	talks  map[string][]int // who takes part in a conversation, by their places

	mu   sync.Mutex                  // guards said
	said map[string]map[int][]string // texts that a node took, in order, by conversation and author
}

// settled makes nodes, a group of everybody, and pairs of neighbours.
func settled(ctx context.Context, t *testing.T) *world {
	t.Helper()
	sea, err := islands.New(ctx, inhabited)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{sea: sea, talks: map[string][]int{}, said: map[string]map[int][]string{}}
	for i, island := range sea.Islands {
		start := func(c *exec.Cmd) (err error) {
			island.Do(func() { err = c.Start() })
			return err
		}
		c := spawnBy(t, start, filepath.Join(t.TempDir(), "data"),
			"--listen", fmt.Sprintf("/ip4/%s/tcp/8422", island.Addr), "--listen", fmt.Sprintf("/ip4/%s/udp/8422/quic-v1", island.Addr),
			"--group-listen", fmt.Sprintf("/ip4/%s/tcp/8423", island.Addr))
		p, err := nodetest.Over("http://"+c.HTTP, island.Dial).Founder(ctx, c.SetupToken, fmt.Sprintf("person%d", i), "")
		if err != nil {
			t.Fatal(err)
		}
		w.people = append(w.people, p)
	}
	first := w.people[0]
	for i, p := range w.people {
		next := (i + 1) % inhabited
		talk, err := nodetest.Introduce(ctx, p, w.people[next])
		if err != nil {
			t.Fatal(err)
		}
		w.talks[talk] = []int{i, next}
		if i > 1 && next != 0 { // those whom the first has not met yet
			if _, err := nodetest.Introduce(ctx, first, p); err != nil {
				t.Fatal(err)
			}
		}
	}
	group, err := first.NewGroup(ctx, "everybody", "all", w.people[1:]...)
	if err != nil {
		t.Fatal(err)
	}
	w.talks[group] = []int{0, 1, 2, 3, 4}
	for _, p := range w.people {
		if err := p.Joined(ctx, group); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// write says something in each conversation of somebody in turn until the time is over. The own node is always near: it takes
// everything, whatever the weather.
func (w *world) write(ctx context.Context, t *testing.T, author int) {
	var mine []string
	for talk, who := range w.talks {
		if slices.Contains(who, author) {
			mine = append(mine, talk)
		}
	}
	slices.Sort(mine)
	ticker := time.NewTicker(saysEvery)
	defer ticker.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		talk, text := mine[n%len(mine)], fmt.Sprintf("%d says %d", author, n)
		if _, err := w.people[author].Send(context.WithoutCancel(ctx), talk, text, ""); err != nil {
			t.Error(err)
			return
		}
		w.mu.Lock()
		if w.said[talk] == nil {
			w.said[talk] = map[int][]string{}
		}
		w.said[talk][author] = append(w.said[talk][author], text)
		w.mu.Unlock()
	}
}

// gale is weather for a while.
func gale(random *rand.Rand, all []*islands.Island) (rules []string) {
	mixed := slices.Clone(all)
	random.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	cut := 1 + random.IntN(len(mixed)-1)
	here, there := mixed[:cut], mixed[cut:]
	switch random.IntN(4) {
	case 0: // cut in two
		rules = append(rules, islands.OneWay(here, there), islands.OneWay(there, here))
	case 1: // some are heard and hear nothing
		rules = append(rules, islands.OneWay(here, there))
	case 2: // nobody reaches anybody
		rules = append(rules, "drop")
	}
	if random.IntN(2) == 0 {
		rules = append(rules, islands.Loses(lost))
	}
	return rules
}

// agree waits until all who take part in a conversation have everything, and compares what they show. It returns how many
// messages there are.
func (w *world) agree(ctx context.Context, t *testing.T, talk string, who []int) int {
	t.Helper()
	total := 0
	for _, texts := range w.said[talk] {
		total += len(texts)
	}
	var first []nodetest.Message
	for _, i := range who {
		p := w.people[i]
		var all []nodetest.Message
		for len(all) < total {
			var unreadable int
			var err error
			if all, unreadable, err = p.Messages(ctx, talk); err != nil {
				t.Fatal(err)
			}
			if len(all) >= total && unreadable > 0 {
				t.Errorf("%s cannot read %d messages of %s", p.Name, unreadable, talk[:12])
			}
			if len(all) >= total {
				break
			}
			select {
			case <-ctx.Done():
				t.Fatalf("%s has %d of %d messages of %s", p.Name, len(all), total, talk[:12])
			case <-time.After(200 * time.Millisecond):
			}
		}
		if len(all) > total {
			t.Errorf("%s has %d messages of %s, want %d", p.Name, len(all), talk[:12], total)
		}
		for author, want := range w.said[talk] {
			var got []string
			for _, m := range all {
				if m.Author == w.people[author].Acct {
					got = append(got, m.Text)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s got of %s in %s\n%s\nwant\n%s", p.Name, w.people[author].Name, talk[:12], strings.Join(got, ", "), strings.Join(want, ", "))
			}
		}
		if first == nil {
			first = all
		}
		if same := func(a, b nodetest.Message) bool { return a.ID == b.ID }; !slices.EqualFunc(first, all, same) {
			t.Errorf("%s shows %s in another order than %s", p.Name, talk[:12], w.people[who[0]].Name)
		}
	}
	return total
}
