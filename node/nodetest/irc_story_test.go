package nodetest_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"conclave/node/nodetest"
	"conclave/node/nodetest/irc"
)

// A whole log is said again by accounts on two nodes: each author is on one of them, and every line goes to whom it answers.
func TestStoryIRC(t *testing.T) {
	if testing.Short() {
		t.Skip("a whole log takes its time")
	}
	source, logs, err := nodetest.Dialogues(os.Getenv("CONCLAVE_CORPUS"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("story-irc: text from %s\n", source)
	count := 1
	if os.Getenv("CONCLAVE_NIGHTLY") != "" {
		count = 20
	}
	for _, log := range oddest(logs, count) {
		tell(t, log)
	}
}

// oddest are the dialogues with the most bytes that are not plain text.
func oddest(logs [][]irc.Message, count int) [][]irc.Message {
	odd := func(log []irc.Message) (n int) {
		for _, m := range log {
			for _, b := range []byte(m.Text) {
				if b < ' ' {
					n += 100 // control bytes are rare
				} else if b > '~' {
					n++
				}
			}
		}
		return n
	}
	slices.SortStableFunc(logs, func(a, b []irc.Message) int { return cmp.Compare(odd(b), odd(a)) })
	return logs[:min(count, len(logs))]
}

// tell replays one dialogue between two new nodes.
func tell(t *testing.T, dialogue []irc.Message) {
	t.Helper()
	ctx := within(t, 10*time.Minute)
	s := &replay{a: start(t, "a", t.TempDir()), b: start(t, "b", t.TempDir()), people: map[string]*nodetest.Person{}}
	if err := s.gather(ctx, t, dialogue); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := s.say(ctx); err != nil {
		t.Fatal(err)
	}
	said := time.Since(began).Seconds()
	unreadable := 0
	for _, p := range s.pairs {
		unreadable += p.check(ctx, t)
	}
	fmt.Printf("story-irc: %d messages between %d people in %d conversations, %.1f seconds (%.0f a second), %d undecryptable\n",
		len(dialogue), len(s.people), len(s.pairs), said, float64(len(dialogue))/said, unreadable)
	if unreadable != 0 {
		t.Errorf("got %d messages that cannot be read, want none", unreadable)
	}
}

type replay struct {
	a, b   *nodetest.Home
	people map[string]*nodetest.Person
	pairs  []*pair
}

// pair is what two people of the cast say to each other.
type pair struct {
	nodetest.Pair
	a, b *nodetest.Person
	id   string
}

// gather makes the accounts, in turn on one node and the other.
func (s *replay) gather(ctx context.Context, t *testing.T, dialogue []irc.Message) error {
	owners := []*nodetest.Person{founder(t, s.a, "owner"), founder(t, s.b, "owner")}
	for _, said := range nodetest.Pairs(dialogue) {
		for _, nick := range []string{said.First, said.Second} {
			if s.people[nick] != nil {
				continue
			}
			i := len(s.people)
			p, err := owners[i%2].Invite(ctx, fmt.Sprintf("author-%d", i), nick)
			if err != nil {
				return fmt.Errorf("an account for %s: %w", nick, err)
			}
			s.people[nick] = p
		}
		s.pairs = append(s.pairs, &pair{Pair: said, a: s.people[said.First], b: s.people[said.Second]})
	}
	return nil
}

// say lets all pairs talk, some at a time.
func (s *replay) say(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for _, p := range s.pairs {
		group.Go(func() (err error) {
			if p.id, err = nodetest.Introduce(ctx, p.a, p.b); err != nil {
				return err
			}
			return nodetest.Talk(ctx, p.a, p.b, p.id, p.Said)
		})
	}
	return group.Wait()
}

// check compares what both sides see with what was said, and counts what cannot be read.
func (p *pair) check(ctx context.Context, t *testing.T) (unreadable int) {
	t.Helper()
	for _, side := range []*nodetest.Person{p.a, p.b} {
		got, n, err := side.Messages(ctx, p.id)
		if err != nil {
			t.Error(err)
			continue
		}
		unreadable += n
		if len(got) != len(p.Said) {
			t.Errorf("%s: got %d messages, want %d", side.Name, len(got), len(p.Said))
			continue
		}
		for i, m := range got {
			want, author := p.Said[i].Text, p.b.Acct
			if p.Said[i].First {
				author = p.a.Acct
			}
			if m.Text != want || m.Author != author || m.Gap {
				t.Errorf("%s, message %d: got %+q of %s (gap: %t), want %+q of %s", side.Name, i, m.Text, m.Author, m.Gap, want, author)
				break
			}
		}
	}
	return unreadable
}
