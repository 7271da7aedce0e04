package irc

import "strings"

// Act is what somebody does in a room.
type Act int

// What somebody does in a room.
const (
	Says Act = iota
	Comes
	Goes
)

// Step is something that somebody does.
type Step struct {
	Act  Act
	Nick string
	Text string // of Says, byte for byte
	Line int
}

// Scene is a log as what happens in one room: who is there from the start, in the order in which they are first heard of, and
// what the authors do. Those who never say anything are left out, and lines without a text. Who changes its nick goes as the
// one and comes as the other. Who speaks while not there came unseen, and comes just before.
func Scene(lines []Line) (present []string, steps []Step) {
	authors := map[string]bool{}
	for _, l := range lines {
		if l.Nick != "" && l.Text != "" {
			authors[l.Nick] = true
		}
	}
	there := map[string]bool{} // a nick that is not in it was not heard of
	is := func(nick string, now bool, line int) {
		before, known := there[nick]
		if !authors[nick] || known && before == now {
			return
		}
		there[nick] = now
		switch {
		case now:
			steps = append(steps, Step{Act: Comes, Nick: nick, Line: line})
		case !known:
			present = append(present, nick)
			fallthrough
		default:
			steps = append(steps, Step{Act: Goes, Nick: nick, Line: line})
		}
	}
	for i, l := range lines {
		if m, ok := l.Move(); ok {
			is(m.Gone, false, i)
			is(m.Come, true, i)
		}
		if l.Nick == "" || l.Text == "" {
			continue
		}
		if _, known := there[l.Nick]; !known {
			present = append(present, l.Nick)
			there[l.Nick] = true
		}
		is(l.Nick, true, i)
		steps = append(steps, Step{Act: Says, Nick: l.Nick, Text: l.Text, Line: i})
	}
	return present, steps
}

// Move is a line that tells who comes and who goes; a change of nick is both.
type Move struct{ Come, Gone string }

// Move reads a System line of one of these forms:
//
//	=== nick [user@host]  has joined #channel
//	=== nick [user@host]  has left #channel ["words"]
//	=== nick [user@host]  has quit [words]
//	=== nick is now known as other
func (l Line) Move() (m Move, ok bool) {
	if l.Kind != System {
		return m, false
	}
	words := strings.Fields(strings.TrimPrefix(l.Raw, "==="))
	if len(words) < 3 {
		return m, false
	}
	nick, words := words[0], words[1:]
	if host := words[0]; strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") || strings.HasPrefix(host, "(") && strings.HasSuffix(host, ")") {
		words = words[1:]
	}
	switch said := strings.Join(words[:min(2, len(words))], " "); {
	case said == "has joined":
		m.Come = nick
	case said == "has left", said == "has quit":
		m.Gone = nick
	case len(words) == 5 && strings.Join(words[:4], " ") == "is now known as":
		m.Gone, m.Come = nick, words[4]
	default:
		return m, false
	}
	return m, true
}
