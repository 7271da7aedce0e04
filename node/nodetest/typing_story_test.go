package nodetest_test

import (
	"encoding/json"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"conclave/node"
	"conclave/node/feature/typing"
	"conclave/node/nodetest"
)

// clock is the time of the nodes of a story: it goes on by itself, and a test hastens it.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time       { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) pass(d time.Duration) { c.ahead.Add(int64(d)) }

// startAt is start of a node that lives in the time of a story.
func startAt(t *testing.T, c *clock) *nodetest.Home {
	t.Helper()
	h, err := nodetest.Start(t.Context(), node.Config{Data: t.TempDir(), Unlimited: true, Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// trio is three people on three nodes, each with an open page. The first is a contact of the others.
type trio struct {
	clock  clock
	homes  []*nodetest.Home
	people []*nodetest.Person
	pages  []*nodetest.Page
	talk   string // of the first two
}

func newTrio(t *testing.T) *trio {
	w := &trio{}
	ctx := within(t, time.Minute)
	for i, name := range []string{"ana", "ben", "cy"} {
		h := startAt(t, &w.clock)
		w.homes, w.people = append(w.homes, h), append(w.people, founder(t, h, name))
		if i > 0 {
			talk, err := nodetest.Introduce(ctx, w.people[0], w.people[i])
			if err != nil {
				t.Fatal(err)
			}
			if i == 1 {
				w.talk = talk
			}
		}
		page, err := h.Open(w.people[i])
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(page.Close)
		w.pages = append(w.pages, page)
	}
	return w
}

// Who writes is shown on other nodes, in a conversation of two and in a group; not to whom that is hidden from, not by whom hides
// it, and not to who was removed.
func TestStoryTyping(t *testing.T) {
	w := newTrio(t)
	ctx := within(t, time.Minute)
	ana, ben, cy := w.people[0], w.people[1], w.people[2]
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	// shown has somebody type until a page tells of it: a signal is lost where no session is there yet.
	shown := func(who *nodetest.Person, in string, pages ...*nodetest.Page) {
		t.Helper()
		for _, p := range pages {
			must(p.Forget())
			must(nodetest.Await(ctx, who.Name+" is seen to write", func() (bool, error) {
				w.clock.pass(typing.Every)
				if err := who.Types(ctx, in); err != nil {
					return false, err
				}
				frames, err := p.Told("typing")
				return slices.ContainsFunc(frames, func(f nodetest.Frame) bool {
					var v typing.Typing
					return json.Unmarshal(f.Data, &v) == nil && v.Account.String() == who.Acct && v.Conversation.String() == in
				}), err
			}))
		}
	}
	// silent has somebody type, and another after it: what the first said would have come before.
	silent := func(who, then *nodetest.Person, in string, page *nodetest.Page) {
		t.Helper()
		must(page.Forget())
		w.clock.pass(typing.Every)
		must(who.Types(ctx, in))
		m, err := who.Send(ctx, in, "done", "")
		must(err)
		must(then.Sees(ctx, in, m))
		frames, err := page.Told("typing")
		must(err)
		if len(frames) > 0 {
			t.Errorf("%s was told: %s", then.Name, frames[0].Data)
		}
	}

	m, err := ana.Send(ctx, w.talk, "hello", "")
	must(err)
	must(ben.Sees(ctx, w.talk, m))
	shown(ana, w.talk, w.pages[1])
	shown(ben, w.talk, w.pages[0])

	must(ana.Chooses(ctx, map[string]any{"typing": false}))
	silent(ana, ben, w.talk, w.pages[1])
	silent(ben, ana, w.talk, w.pages[0]) // mutual
	must(ana.ChoosesFor(ctx, w.talk, map[string]any{"typing": "on"}))
	shown(ana, w.talk, w.pages[1])
	must(ana.Chooses(ctx, map[string]any{"preset": "balanced"}))

	group, err := ana.NewGroup(ctx, "Kitchen", "none", ben, cy)
	must(err)
	must(ben.Joined(ctx, group))
	must(cy.Joined(ctx, group))
	for _, p := range w.people { // everybody has the operations of everybody
		must(nodetest.Await(ctx, "all members are known", func() (bool, error) {
			all, err := p.Members(ctx, group)
			return len(all) == 3, err
		}))
	}
	shown(ana, group, w.pages[1], w.pages[2])
	shown(cy, group, w.pages[0], w.pages[1])
	must(ana.Remove(ctx, group, ben))
	must(nodetest.Await(ctx, "cy knows that ben is out", func() (bool, error) {
		all, err := cy.Members(ctx, group)
		return len(all) == 2, err
	}))
	must(w.pages[1].Forget())
	shown(ana, group, w.pages[2])
	shown(cy, group, w.pages[0])
	if frames, err := w.pages[1].Told("typing"); err != nil || len(frames) > 0 {
		t.Errorf("who was removed was told of %d, %v", len(frames), err)
	}
}
