package nodetest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"conclave/node/nodetest"
	"conclave/node/nodetest/irc"
	"conclave/protocol"
)

// A whole log is one group over many nodes, each author on one of them. They come, say what they said and go as the log tells;
// those of one node one after the other, the nodes beside one another. In the end all nodes have one history.
func TestStoryIRCGroup(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole log takes its time")
	}
	corpus := os.Getenv("CONCLAVE_CORPUS")
	source, log, err := nodetest.Crowd(corpus)
	if err != nil {
		t.Fatal(err)
	}
	nodes := 10
	if corpus == "" {
		nodes, log = 4, log[:min(len(log), excerptLines)]
	}
	perform(t, source, part(t, log), nodes, 30*time.Minute)
}

// A whole year of the channel, likewise.
func TestStoryIRCGroupYear(t *testing.T) {
	corpus := os.Getenv("CONCLAVE_CORPUS")
	if corpus == "" || os.Getenv("CONCLAVE_NIGHTLY") == "" {
		t.Skip("at night, with CORPUS=FOLDER")
	}
	log, err := nodetest.Year(corpus, "2017")
	if err != nil {
		t.Fatal(err)
	}
	perform(t, "the year 2017", part(t, log), 10, 90*time.Minute)
}

// part is what CONCLAVE_LINES leaves of a log: so many lines of its beginning.
func part(t *testing.T, log []irc.Line) []irc.Line {
	t.Helper()
	lines := os.Getenv("CONCLAVE_LINES")
	if lines == "" {
		return log
	}
	n, err := strconv.Atoi(lines)
	if err != nil || n < 1 {
		t.Fatalf("CONCLAVE_LINES is %q, want a number of lines", lines)
	}
	return log[:min(n, len(log))]
}

// excerptLines are so few that the gate waits some seconds only.
const excerptLines = 400

// room is a group over many nodes.
type room struct {
	id      string
	link    string              // by which anybody joins
	homes   []*nodetest.Home    // the nodes
	wardens []*nodetest.Person  // one on each node: they open the door and say nothing
	people  map[string]*person  // by nick
	steps   [][]irc.Step        // by node
	said    map[string][]string // by account, in order
}

// person is an author of the log.
type person struct {
	*nodetest.Person
	home int
}

func perform(t *testing.T, source string, log []irc.Line, nodes int, limit time.Duration) {
	t.Helper()
	ctx := within(t, limit)
	present, steps := irc.Scene(log)
	began := time.Now()
	r := open(ctx, t, nodes)
	r.cast(ctx, t, present, steps)
	r.settle(ctx, t, r.members(present))
	ready := time.Since(began)
	before := r.traffic()
	began = time.Now()
	if err := r.play(ctx); err != nil {
		t.Fatal(err)
	}
	said := time.Since(began)
	r.settle(ctx, t, r.members(r.left(present)))
	settled := time.Since(began)
	messages, unreadable := r.check(ctx, t)
	used := r.traffic().less(before)
	deliveries := float64(messages * (nodes - 1))
	moves := 0
	for _, s := range steps {
		if s.Act != irc.Says {
			moves++
		}
	}
	fmt.Printf("story-irc-group: %s: %d messages of %d people on %d nodes, %d there from the start, %d comings and goings, %d undecryptable\n",
		source, messages, len(r.people), nodes, len(present), moves, unreadable)
	fmt.Printf("story-irc-group: %.1f s to gather, %.1f s to say it all (%.0f messages a second), %.1f s until all nodes were the same\n",
		ready.Seconds(), said.Seconds(), float64(messages)/said.Seconds(), settled.Seconds())
	fmt.Printf("story-irc-group: %.2f blobs a delivery (messages, keys and operations), %.4f duplicates, %.4f put off; %.0f B on the wire for a message and node, %.0f B for a message and member\n",
		used.puts/deliveries, used.duplicates/deliveries, used.later/deliveries, used.bytes/deliveries, used.bytes/float64(messages*len(r.people)))
	if unreadable != 0 {
		t.Errorf("got %d messages that cannot be read, want none", unreadable)
	}
	for _, h := range r.homes {
		if s := h.Traffic(); s.Panics != 0 || s.BadFrames != 0 || s.Blocks != 0 {
			t.Errorf("a node counts %d panics, %d bad frames and %d blocked peers, want none", s.Panics, s.BadFrames, s.Blocks)
		}
	}
}

// open makes the nodes and the group. The first warden is the only officer; all of them add members.
func open(ctx context.Context, t *testing.T, nodes int) *room {
	t.Helper()
	r := &room{people: map[string]*person{}, steps: make([][]irc.Step, nodes), said: map[string][]string{}}
	for i := range nodes {
		h := start(t, fmt.Sprint("node-", i), t.TempDir())
		r.homes, r.wardens = append(r.homes, h), append(r.wardens, founder(t, h, fmt.Sprint("warden-", i)))
	}
	var err error
	if r.id, err = r.wardens[0].NewGroup(ctx, "The room", "all"); err != nil {
		t.Fatal(err)
	}
	if err = r.wardens[0].SetPolicy(ctx, r.id, map[string]any{"add": "member"}); err != nil {
		t.Fatal(err)
	}
	if r.link, err = r.wardens[0].GroupLink(ctx, r.id); err != nil {
		t.Fatal(err)
	}
	for _, w := range r.wardens[1:] {
		if _, err := w.Join(ctx, r.link); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// cast gives each author an account, in turn on the nodes. The wardens let those in who are there from the start.
func (r *room) cast(ctx context.Context, t *testing.T, present []string, steps []irc.Step) {
	t.Helper()
	byHome := make([][]string, len(r.homes))
	for _, s := range steps {
		p, ok := r.people[s.Nick]
		if !ok {
			p = &person{home: len(r.people) % len(r.homes)}
			r.people[s.Nick] = p
			byHome[p.home] = append(byHome[p.home], s.Nick)
		}
		r.steps[p.home] = append(r.steps[p.home], s)
	}
	var group errgroup.Group
	for i, nicks := range byHome {
		group.Go(func() error {
			for k, nick := range nicks {
				p, err := r.wardens[i].Invite(ctx, fmt.Sprintf("author-%d", k), nick)
				if err != nil {
					return fmt.Errorf("an account for %s: %w", nick, err)
				}
				r.people[nick].Person = p
				if slices.Contains(present, nick) {
					if err := r.wardens[i].Add(ctx, r.id, p, "member"); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		if s.Act == irc.Says {
			acct := r.people[s.Nick].Acct
			r.said[acct] = append(r.said[acct], s.Text)
		}
	}
}

// play lets the nodes act beside one another, the people of each in the order of the log.
func (r *room) play(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, steps := range r.steps {
		group.Go(func() error {
			for _, s := range steps {
				if err := r.act(ctx, s); err != nil {
					return fmt.Errorf("line %d, %s: %w", s.Line, s.Nick, err)
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func (r *room) act(ctx context.Context, s irc.Step) error {
	who := r.people[s.Nick].Person
	switch s.Act {
	case irc.Comes:
		return r.join(ctx, who)
	case irc.Goes:
		return who.Remove(ctx, r.id, who)
	default:
		_, err := who.Send(ctx, r.id, s.Text, "")
		return err
	}
}

// join follows the link, again while the node of the link does not know yet that somebody left who comes back.
func (r *room) join(ctx context.Context, who *nodetest.Person) error {
	for {
		_, err := who.Join(ctx, r.link)
		var refused *nodetest.Refusal
		if !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable || ctx.Err() != nil {
			return err
		}
	}
}

// left are the nicks of those who are there in the end.
func (r *room) left(present []string) (nicks []string) {
	there := map[string]bool{}
	for _, nick := range present {
		there[nick] = true
	}
	for _, steps := range r.steps {
		for _, s := range steps {
			if s.Act != irc.Says {
				there[s.Nick] = s.Act == irc.Comes
			}
		}
	}
	for nick, is := range there {
		if is {
			nicks = append(nicks, nick)
		}
	}
	return nicks
}

// members are the accounts that belong to the group when some people are there.
func (r *room) members(nicks []string) (accts []string) {
	for _, nick := range nicks {
		accts = append(accts, r.people[nick].Acct)
	}
	for _, w := range r.wardens {
		accts = append(accts, w.Acct)
	}
	slices.Sort(accts)
	return accts
}

// settle waits until all nodes show the same history, and these members.
func (r *room) settle(ctx context.Context, t *testing.T, members []string) {
	t.Helper()
	for {
		differs, err := r.differs(ctx, members)
		if err != nil {
			t.Fatal(err)
		}
		if differs == "" {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("the nodes did not become the same: %s", differs)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// differs says which node is not yet like the first, or has other members than it should; "" for none.
func (r *room) differs(ctx context.Context, members []string) (string, error) {
	log, err := protocol.ParseLog(r.id)
	if err != nil {
		return "", err
	}
	for i, w := range r.wardens {
		all, err := w.Members(ctx, r.id)
		if err != nil {
			return "", err
		}
		got := make([]string, len(all))
		for k, m := range all {
			got[k] = m.Account
		}
		slices.Sort(got)
		if !slices.Equal(got, members) {
			return fmt.Sprintf("node %d has %d members, want %d", i, len(got), len(members)), nil
		}
	}
	var first [32]byte
	for i, h := range r.homes {
		hash, events, err := h.History(log)
		if err != nil {
			return "", err
		}
		if i == 0 {
			first = hash
		}
		if hash != first {
			return fmt.Sprintf("node %d shows another history, of %d events", i, events), nil
		}
	}
	return "", nil
}

// check compares what each node shows with what was said, and counts messages of the log and those that cannot be read.
func (r *room) check(ctx context.Context, t *testing.T) (messages, unreadable int) {
	t.Helper()
	for _, texts := range r.said {
		messages += len(texts)
	}
	for i, w := range r.wardens {
		all, n, err := w.Messages(ctx, r.id)
		if err != nil {
			t.Fatal(err)
		}
		unreadable += n
		got := map[string][]string{}
		for _, m := range all {
			got[m.Author] = append(got[m.Author], m.Text)
		}
		if len(all) != messages {
			t.Errorf("node %d shows %d messages, want %d", i, len(all), messages)
		}
		for author, texts := range r.said {
			if !slices.Equal(got[author], texts) {
				t.Errorf("node %d: of %s got %+q, want %+q", i, author, got[author], texts)
			}
		}
	}
	return messages, unreadable
}

// traffic is what all nodes together exchanged.
type traffic struct{ puts, bytes, duplicates, later float64 }

func (r *room) traffic() (sum traffic) {
	for _, h := range r.homes {
		s := h.Traffic()
		sum.puts += float64(s.PutsIn)
		sum.bytes += float64(s.BytesOut)
		sum.duplicates += float64(s.Duplicates)
		sum.later += float64(s.Later)
	}
	return sum
}

func (a traffic) less(b traffic) traffic {
	return traffic{a.puts - b.puts, a.bytes - b.bytes, a.duplicates - b.duplicates, a.later - b.later}
}
