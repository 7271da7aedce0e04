package nodetest_test

import (
	"strings"
	"testing"

	"conclave/node/nodetest"
	"conclave/node/nodetest/irc"
)

func TestExcerptIsReadWhole(t *testing.T) {
	log, notes := nodetest.Excerpt()
	lines := irc.Parse(log)
	var raw strings.Builder
	kinds := map[irc.Kind]int{}
	for _, l := range lines {
		raw.WriteString(l.Raw + "\n")
		kinds[l.Kind]++
	}
	if raw.String() != string(log) {
		t.Error("the lines put together are not the file")
	}
	if kinds[irc.Said] < len(lines)/2 || kinds[irc.System] == 0 || kinds[irc.Other] > len(lines)/100 {
		t.Errorf("got %v kinds of %d lines, want mostly what people said, and hardly a line of no known form", kinds, len(lines))
	}
	answers, err := irc.ParseAnswers(notes, len(lines))
	if err != nil || len(answers) < 50 {
		t.Errorf("got %d answers and error %v, want at least 50", len(answers), err)
	}
	if got := len(irc.Dialogue(lines, answers)); got < kinds[irc.Said]*9/10 {
		t.Errorf("got %d messages of %d lines that somebody said, want nearly all", got, kinds[irc.Said])
	}
}
