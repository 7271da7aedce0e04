package irc_test

import (
	"slices"
	"strings"
	"testing"

	"conclave/node/nodetest/irc"
)

func TestMoveReadsWhoComesAndGoes(t *testing.T) {
	for _, c := range []struct {
		raw  string
		want irc.Move
	}{
		{"=== ana [n=ana@example.net]  has joined #ubuntu", irc.Move{Come: "ana"}},
		{"=== ana [~ana@example] has joined #ubuntu", irc.Move{Come: "ana"}},
		{"=== ana has joined #ubuntu", irc.Move{Come: "ana"}},
		{`=== a[b] [n=a@example]  has left #ubuntu ["Leaving"] `, irc.Move{Gone: "a[b]"}},
		{"=== ana [n=ana@example] has quit [Read error: 110 (Connection timed out)]", irc.Move{Gone: "ana"}},
		{"=== ana (n=ana@example) has quit", irc.Move{Gone: "ana"}},
		{"=== ana is now known as ana|away", irc.Move{Gone: "ana", Come: "ana|away"}},
		{"=== mode/#ubuntu [+o ana] by ChanServ", irc.Move{}},
		{"=== ana is now known as", irc.Move{}},
		{"=== ana is now known as who has joined", irc.Move{}},
		{"=== has joined", irc.Move{}},
		{"===", irc.Move{}},
		{"[09:14] <ana> === ben has joined #ubuntu", irc.Move{}},
	} {
		got, ok := irc.Parse([]byte(c.raw))[0].Move()
		if got != c.want || ok != (c.want != irc.Move{}) {
			t.Errorf("%s: got %+v %t, want %+v", c.raw, got, ok, c.want)
		}
	}
}

func TestSceneTellsWhoIsThere(t *testing.T) {
	present, steps := irc.Scene(irc.Parse([]byte(strings.Join([]string{
		"=== ben [b@example] has joined #ubuntu",
		"=== mute [m@example] has joined #ubuntu", // never says anything
		"[00:00] <ana> hello",                     // was there
		"=== ana is now known as ana_",            // goes as one and comes as the other
		"[00:01] <ben> ",                          // nothing
		"[00:01] <ben> hi",
		"[00:02]  * ana_ waves",
		"=== dan [d@example] has left #ubuntu", // was there
		"=== ben has quit",
		"=== ben has quit",
		"[00:03] <ben> still here", // came unseen
		"=== dan [d@example] has joined #ubuntu",
		"[00:04] <dan> back",
	}, "\n"))))
	if want := []string{"ana", "dan"}; !slices.Equal(present, want) {
		t.Errorf("there from the start: got %q, want %q", present, want)
	}
	want := []irc.Step{
		{irc.Comes, "ben", "", 0},
		{irc.Says, "ana", "hello", 2}, {irc.Goes, "ana", "", 3}, {irc.Comes, "ana_", "", 3},
		{irc.Says, "ben", "hi", 5}, {irc.Says, "ana_", "waves", 6},
		{irc.Goes, "dan", "", 7}, {irc.Goes, "ben", "", 8},
		{irc.Comes, "ben", "", 10}, {irc.Says, "ben", "still here", 10},
		{irc.Comes, "dan", "", 11}, {irc.Says, "dan", "back", 12},
	}
	if !slices.Equal(steps, want) {
		t.Errorf("got  %v\nwant %v", steps, want)
	}
}
