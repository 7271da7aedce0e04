// Package irc reads logs of a public IRC channel, and the notes of who answers whom, in the form of "A Large-Scale Corpus for
// Conversation Disentanglement" (Kummerfeld et al., ACL 2019). Stories, the demo and benches take what people wrote from there.
//
// It keeps every byte: lines end at a line feed and nothing else, and the raw lines put together are the file. A line that has
// no form it knows is kept as Other; nothing is an error but a note that does not fit its log.
package irc

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Kind is what a line of a log is.
type Kind int

// Kinds of lines.
const (
	Other  Kind = iota // a notice, or a form that is not known
	Said               // [09:14] <nick> text
	Done               // [09:14]  * nick does something
	System             // === nick has joined #channel
)

// Line is one line of a log.
type Line struct {
	Kind Kind
	Time string // "09:14", of Said and Done where the log has it
	Nick string // of Said and Done
	Text string // what was said or done, byte for byte
	Raw  string // the line without its line feed
}

// Parse reads a log. It never fails.
func Parse(file []byte) []Line {
	var lines []Line
	for len(file) > 0 {
		raw, rest, _ := bytes.Cut(file, []byte{'\n'})
		lines = append(lines, parseLine(string(raw)))
		file = rest
	}
	return lines
}

func parseLine(raw string) Line {
	l := Line{Raw: raw}
	if strings.HasPrefix(raw, "===") {
		l.Kind = System
		return l
	}
	at, rest := cutTime(raw)
	if nick, text, ok := cutSaid(rest); ok && at != "" {
		l.Kind, l.Time, l.Nick, l.Text = Said, at, nick, text
	} else if nick, text, ok := cutDone(rest); ok {
		l.Kind, l.Time, l.Nick, l.Text = Done, at, nick, text
	}
	return l
}

// cutTime takes "[09:14] " off a line; without it the time is empty.
func cutTime(raw string) (at, rest string) {
	if len(raw) < 8 || raw[0] != '[' || raw[3] != ':' || raw[6] != ']' || raw[7] != ' ' {
		return "", raw
	}
	for _, i := range []int{1, 2, 4, 5} {
		if raw[i] < '0' || raw[i] > '9' {
			return "", raw
		}
	}
	return raw[1:6], raw[8:]
}

func cutSaid(s string) (nick, text string, ok bool) {
	s, ok = strings.CutPrefix(s, "<")
	if !ok {
		return "", "", false
	}
	nick, text, ok = strings.Cut(s, "> ")
	if !ok { // somebody who sent nothing but the end of the line
		nick, ok = strings.CutSuffix(s, ">")
	}
	return nick, text, ok && nick != "" && !strings.ContainsAny(nick, " <>")
}

func cutDone(s string) (nick, text string, ok bool) {
	s, ok = strings.CutPrefix(strings.TrimPrefix(s, " "), "* ")
	if !ok {
		return "", "", false
	}
	nick, text, _ = strings.Cut(s, " ")
	return nick, text, nick != ""
}

// Answer says that a line answers an earlier one; lines are counted from 0.
type Answer struct{ Line, To int }

// ErrNote means that a note does not have the form "A B -" or names lines that are not there.
var ErrNote = errors.New("not a note of who answers whom")

// ParseAnswers reads the notes to a log of a number of lines. A line that is linked to itself starts a conversation and is left
// out.
func ParseAnswers(file []byte, lines int) ([]Answer, error) {
	var out []Answer
	for number, text := range strings.Split(string(file), "\n") {
		fields := strings.Fields(text)
		if len(fields) == 0 {
			continue
		}
		a, b, err := parseNote(fields)
		if err != nil || a > b || b >= lines {
			return nil, fmt.Errorf("line %d of the notes: %w", number+1, ErrNote)
		}
		if a != b {
			out = append(out, Answer{Line: b, To: a})
		}
	}
	return out, nil
}

func parseNote(fields []string) (earlier, later int, err error) {
	if len(fields) != 3 || fields[2] != "-" {
		return 0, 0, ErrNote
	}
	a, err := strconv.ParseUint(fields[0], 10, 31)
	if err != nil {
		return 0, 0, ErrNote
	}
	b, err := strconv.ParseUint(fields[1], 10, 31)
	if err != nil {
		return 0, 0, ErrNote
	}
	return int(min(a, b)), int(max(a, b)), nil
}
