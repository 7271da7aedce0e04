package irc_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"conclave/node/nodetest/irc"
)

func TestParseKnowsTheFormsOfLines(t *testing.T) {
	for _, c := range []struct {
		name string
		raw  string
		want irc.Line
	}{
		{"said", "[09:14] <ana> hello  there ", irc.Line{Kind: irc.Said, Time: "09:14", Nick: "ana", Text: "hello  there "}},
		{"said, with an odd nick", "[09:14] <|[a]^-_`{}> x", irc.Line{Kind: irc.Said, Time: "09:14", Nick: "|[a]^-_`{}", Text: "x"}},
		{"said nothing", "[09:14] <ana> ", irc.Line{Kind: irc.Said, Time: "09:14", Nick: "ana"}},
		{"said less than nothing", "[09:14] <ana>", irc.Line{Kind: irc.Said, Time: "09:14", Nick: "ana"}},
		{"said with control bytes", "[09:14] <ana> \x02bold\x0f\r", irc.Line{Kind: irc.Said, Time: "09:14", Nick: "ana", Text: "\x02bold\x0f\r"}},
		{"said with bytes that are no UTF-8", "[09:14] <ana> caf\xe9", irc.Line{Kind: irc.Said, Time: "09:14", Nick: "ana", Text: "caf\xe9"}},
		{"done", "[13:56]  * genii sips a coffee", irc.Line{Kind: irc.Done, Time: "13:56", Nick: "genii", Text: "sips a coffee"}},
		{"done without a time", "* genii sips", irc.Line{Kind: irc.Done, Nick: "genii", Text: "sips"}},
		{"joined", "=== ana [~ana@example] has joined #ubuntu", irc.Line{Kind: irc.System}},
		{"a notice", "[05:12] -ana:#ubuntu- hello", irc.Line{}},
		{"a nick with a space", "[05:12] <ana b> hello", irc.Line{}},
		{"no nick", "[05:12] <> hello", irc.Line{}},
		{"letters for the time", "[ab:cd] <ana> hello", irc.Line{}},
		{"nothing", "", irc.Line{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.want.Raw = c.raw
			got := irc.Parse([]byte(c.raw + "\n"))
			if len(got) != 1 || got[0] != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestParseAnswers(t *testing.T) {
	got, err := irc.ParseAnswers([]byte("1000 1000 -\n1000 1002 - \n\n1003 1001 -\n"), 1004)
	want := []irc.Answer{{Line: 1002, To: 1000}, {Line: 1003, To: 1001}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v %v, want %v", got, err, want)
	}
	for _, wrong := range []string{"1 2", "1 2 +", "-1 2 -", "1 x -", "1 1004 -", "1 2 - 3", "1 99999999999999999999 -"} {
		if _, err := irc.ParseAnswers([]byte(wrong), 1004); !errors.Is(err, irc.ErrNote) {
			t.Errorf("%q: got error %v, want %v", wrong, err, irc.ErrNote)
		}
	}
}

func TestDialogueFindsWhoSpeaksToWhom(t *testing.T) {
	lines := irc.Parse([]byte(strings.Join([]string{
		"[00:00] <ana> anybody here?",  // nobody spoke before
		"[00:01] <bob> I am",           // to the last other speaker
		"=== cem has joined #ubuntu",   // says nothing
		"[00:02] <cem> Bob: hi",        // names bob
		"[00:03] <ana> good",           // noted as an answer to bob
		"[00:04] <cem> how are you",    // to whom he spoke last
		"[00:05]  * bob waves",         // to whom he spoke last
		"[00:06] <bob> ana: well then", // noted as an answer to cem, which counts more
	}, "\n")))
	got := irc.Dialogue(lines, []irc.Answer{{Line: 4, To: 1}, {Line: 7, To: 5}, {Line: 5, To: 3}})
	want := []irc.Message{
		{"bob", "ana", "I am", 1}, {"cem", "bob", "Bob: hi", 3}, {"ana", "bob", "good", 4},
		{"cem", "bob", "how are you", 5}, {"bob", "ana", "waves", 6}, {"bob", "cem", "ana: well then", 7},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("[09:14] <ana> hello\n[09:15]  * bob waves\n=== cem has joined #ubuntu\n"), []byte("0 1 -\n"))
	f.Add([]byte("[09:14] <ana>\r\n\n\x00<"), []byte("1 0 -"))
	f.Fuzz(func(t *testing.T, log, notes []byte) {
		lines := irc.Parse(log)
		raws := make([]string, len(lines))
		for i, l := range lines {
			raws[i] = l.Raw
			if again := "[" + l.Time + "] <" + l.Nick + "> " + l.Text; l.Kind == irc.Said && l.Raw != again && l.Raw+" " != again {
				t.Errorf("got the parts of %q, want those of %q", again, l.Raw)
			}
		}
		if got, want := strings.Join(raws, "\n"), strings.TrimSuffix(string(log), "\n"); got != want {
			t.Errorf("got lines %q, want %q", got, want)
		}
		answers, err := irc.ParseAnswers(notes, len(lines))
		if err != nil {
			return
		}
		for _, m := range irc.Dialogue(lines, answers) {
			if m.From == m.To || m.From == "" || m.To == "" || m.Text == "" {
				t.Errorf("got message %+v, want two people and a text", m)
			}
		}
	})
}
