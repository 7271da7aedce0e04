package nodetest_test

import (
	"testing"
	"time"

	"conclave/node/nodetest"
)

// Three people on three nodes talk in a group; one is removed, one comes by a link.
func TestStoryGroup(t *testing.T) {
	ctx := within(t, 2*time.Minute)
	var people []*nodetest.Person
	for _, name := range []string{"ana", "ben", "cy", "dan"} {
		people = append(people, founder(t, start(t, name, t.TempDir()), name))
	}
	ana, ben, cy, dan := people[0], people[1], people[2], people[3]
	for _, p := range []*nodetest.Person{ben, cy} {
		if _, err := nodetest.Introduce(ctx, ana, p); err != nil {
			t.Fatal(err)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	id, err := ana.NewGroup(ctx, "Kitchen", "none", ben, cy)
	must(err)
	must(ben.Joined(ctx, id))
	must(cy.Joined(ctx, id))
	said := func(who *nodetest.Person, text string, readers ...*nodetest.Person) {
		t.Helper()
		m, err := who.Send(ctx, id, text, "")
		must(err)
		for _, r := range readers {
			must(r.Sees(ctx, id, m))
		}
	}
	said(ana, "hello all", ben, cy)
	said(ben, "hi", ana, cy)
	said(cy, "hey", ana, ben)
	link, err := ana.GroupLink(ctx, id)
	must(err)
	if _, err := dan.Join(ctx, link); err != nil {
		t.Fatal(err)
	}
	said(cy, "who is new?", ana, ben, dan)
	said(dan, "me", ana, ben, cy)
	must(ana.Remove(ctx, id, ben))
	must(nodetest.Await(ctx, "ben is out", func() (bool, error) {
		g, err := ben.Group(ctx, id)
		return g.Group.State == "removed", err
	}))
	must(nodetest.Await(ctx, "dan knows that ben is out", func() (bool, error) { // what he says before is still for ben
		members, err := dan.Members(ctx, id)
		return len(members) == 3, err
	}))
	said(dan, "he is gone", ana, cy)
	if _, err := ben.Send(ctx, id, "am I?", ""); err == nil {
		t.Error("a removed member could write")
	}
	got, _, err := ben.Messages(ctx, id)
	must(err)
	for _, m := range got {
		if m.Text == "he is gone" {
			t.Error("a removed member reads what was said after")
		}
	}
	got, _, err = dan.Messages(ctx, id)
	must(err)
	if len(got) != 3 {
		t.Errorf("who joined without history reads %d messages, want 3", len(got))
	}
}
