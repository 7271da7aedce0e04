package nodetest_test

import (
	"slices"
	"testing"
	"time"

	"conclave/node"
	"conclave/node/nodetest"
)

// Two clients of an account see one list, and its node remembers how the conversations are kept.
func TestStoryAListIsTheSameOnEveryClient(t *testing.T) {
	ctx := within(t, time.Minute)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	a, err := nodetest.Start(ctx, node.Config{Data: dir, Unlimited: true})
	must(err)
	ana := founder(t, a, "ana")
	ben := founder(t, start(t, "b", t.TempDir()), "ben")
	cy, err := ana.Invite(ctx, "cy", "")
	must(err)
	withBen, err := nodetest.Introduce(ctx, ana, ben)
	must(err)
	withCy, err := nodetest.Introduce(ctx, ana, cy)
	must(err)
	group, err := ana.NewGroup(ctx, "Kitchen", "none", ben, cy)
	must(err)
	must(ben.Joined(ctx, group))
	other, err := a.LogIn(ctx, "ana", nodetest.Passphrase)
	must(err)

	folder, err := ana.Folder(ctx, "Work")
	must(err)
	_, err = other.Keep(ctx, withBen, map[string]any{"pinned": 1})
	must(err)
	_, err = ana.Keep(ctx, group, map[string]any{"archived": true, "notify": "mentions", "folders": []string{folder}})
	must(err)
	kept, err := ana.Keep(ctx, withCy, map[string]any{"muted_until": "9999-12-31T23:59:59Z", "marked_unread": true, "favourite": true})
	must(err)
	if kept.Flags.MutedUntil.Year() != 9999 || !kept.Flags.MarkedUnread || !kept.Flags.Favourite {
		t.Errorf("got %+v, want it muted for good, marked and a favourite", kept.Flags)
	}
	same := func(what string, clients ...*nodetest.Person) []nodetest.Kept {
		t.Helper()
		var first []nodetest.Kept
		for i, client := range clients {
			list, err := client.List(ctx)
			must(err)
			if i == 0 {
				first = list
			}
			if !slices.EqualFunc(first, list, func(x, y nodetest.Kept) bool {
				return x.ID == y.ID && x.Order == y.Order && x.Flags.Pinned == y.Flags.Pinned && x.Flags.Archived == y.Flags.Archived
			}) {
				t.Errorf("%s: two clients see %+v and %+v", what, first, list)
			}
		}
		if len(first) != 3 || first[0].ID != withBen || first[0].Flags.Pinned != 1 {
			t.Fatalf("%s: got %+v, want three with the pinned one first", what, first)
		}
		return first
	}
	before := same("at first", ana, other)

	must(a.Close())
	a = start(t, "a", dir)
	ana, other = ana.Moved(a.Site), other.Moved(a.Site)
	for i, c := range same("after a restart", other, ana) {
		if c.ID != before[i].ID || c.Flags.Archived != (c.ID == group) || c.Flags.MarkedUnread != (c.ID == withCy) {
			t.Errorf("after a restart: got %+v, want %+v", c, before[i])
		}
		if c.ID == group && (!slices.Equal(c.Flags.Folders, []string{folder}) || c.Flags.Notify != "mentions") {
			t.Errorf("the group after a restart: got %+v, want it in its folder and told of mentions", c.Flags)
		}
	}
	m, err := ben.Send(ctx, group, "soup is ready", "")
	must(err)
	must(ana.Sees(ctx, group, m))
	for _, c := range same("after a message", ana, other) {
		if c.ID == group && c.Flags.Archived {
			t.Errorf("after a message the group is archived still: %+v", c)
		}
	}
	if list, err := ben.List(ctx); err != nil || slices.ContainsFunc(list, func(c nodetest.Kept) bool { return c.Flags.Pinned > 0 || c.Flags.MarkedUnread }) {
		t.Errorf("the other's list: got %+v, %v; want nothing of how ana keeps hers", list, err)
	}
}
