package nodetest_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
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
	dialogue := oddest(logs)
	t.Logf("text from %s", source)
	ctx := within(t, 10*time.Minute)
	s := &replay{a: start(t, "a", t.TempDir()), b: start(t, "b", t.TempDir()), people: map[string]*nodetest.Person{}}
	began := time.Now()
	if err := s.gather(ctx, t, dialogue); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d authors on two nodes, %d pairs, after %.1f s", len(s.people), len(s.pairs), time.Since(began).Seconds())
	began = time.Now()
	if err := s.say(ctx); err != nil {
		t.Fatal(err)
	}
	said := time.Since(began)
	unreadable := 0
	for _, p := range s.pairs {
		unreadable += p.check(ctx, t)
	}
	t.Logf("%d messages, %.1f seconds, %d undecryptable", len(dialogue), said.Seconds(), unreadable)
	fmt.Printf("story-irc: %d messages between %d people in %d conversations, %.1f seconds (%.0f a second), %d undecryptable; text from %s\n",
		len(dialogue), len(s.people), len(s.pairs), said.Seconds(), float64(len(dialogue))/said.Seconds(), unreadable, source)
	if unreadable != 0 {
		t.Errorf("got %d messages that cannot be read, want none", unreadable)
	}
}

// oddest is the dialogue with the most bytes that are not plain text.
func oddest(logs [][]irc.Message) []irc.Message {
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
	return slices.MaxFunc(logs, func(a, b []irc.Message) int { return odd(a) - odd(b) })
}

type replay struct {
	a, b   *nodetest.Home
	people map[string]*nodetest.Person
	pairs  []*pair
}

// pair is what two people say to each other.
type pair struct {
	a, b *nodetest.Person
	id   string
	said []saying
}

type saying struct {
	from *nodetest.Person
	text string
}

// gather makes the accounts, in turn on one node and the other.
func (s *replay) gather(ctx context.Context, t *testing.T, dialogue []irc.Message) error {
	owners := []*nodetest.Person{founder(t, s.a, "owner"), founder(t, s.b, "owner")}
	known := map[[2]string]*pair{}
	for _, m := range dialogue {
		for _, nick := range []string{m.From, m.To} {
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
		key := [2]string{min(m.From, m.To), max(m.From, m.To)}
		if known[key] == nil {
			known[key] = &pair{a: s.people[m.From], b: s.people[m.To]}
			s.pairs = append(s.pairs, known[key])
		}
		known[key].said = append(known[key].said, saying{s.people[m.From], m.Text})
	}
	return nil
}

// say lets all pairs talk, a few at a time.
func (s *replay) say(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for _, p := range s.pairs {
		group.Go(func() error { return p.say(ctx) })
	}
	return group.Wait()
}

// say sends what the two said, in order: who answers has read what was said before.
func (p *pair) say(ctx context.Context) (err error) {
	if p.id, err = nodetest.Introduce(ctx, p.a, p.b); err != nil {
		return err
	}
	last := p.a
	for i, s := range p.said {
		if s.from != last {
			if err := s.from.Has(ctx, p.id, i); err != nil {
				return err
			}
		}
		last = s.from
		if _, err := s.from.Send(ctx, p.id, s.text, ""); err != nil {
			return fmt.Errorf("%s says %q: %w", s.from.Name, s.text, err)
		}
	}
	for _, side := range []*nodetest.Person{p.a, p.b} {
		if err := side.Has(ctx, p.id, len(p.said)); err != nil {
			return err
		}
	}
	return nil
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
		if len(got) != len(p.said) {
			t.Errorf("%s: got %d messages, want %d", side.Name, len(got), len(p.said))
			continue
		}
		for i, m := range got {
			if m.Text != p.said[i].text || m.Author != p.said[i].from.Acct || m.Gap {
				t.Errorf("%s, message %d: got %+q of %s (gap: %t), want %+q of %s, %s", side.Name, i, m.Text, m.Author, m.Gap,
					p.said[i].text, p.said[i].from.Acct, strings.TrimSpace(p.said[i].from.Name))
				break
			}
		}
	}
	return unreadable
}
