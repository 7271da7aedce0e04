package irc

import "strings"

// Message is a line said by one person to another.
type Message struct {
	From, To string // nicks
	Text     string
	Line     int
}

// Dialogue turns a log into messages between two people each: a line goes to the author of the line that it answers, else to
// whom it names first ("nick: text"), else to whom its author spoke last, else to the last other speaker. Lines that say
// nothing, and those before anybody else spoke, are left out.
func Dialogue(lines []Line, answers []Answer) []Message {
	answered := map[int]int{}
	for _, a := range answers {
		if lines[a.Line].Nick != lines[a.To].Nick && lines[a.To].Nick != "" {
			answered[a.Line] = max(answered[a.Line], a.To)
		}
	}
	nicks := map[string]string{}
	for _, l := range lines {
		if l.Nick != "" {
			nicks[strings.ToLower(l.Nick)] = l.Nick
		}
	}
	var out []Message
	partner := map[string]string{}
	var last, before string // the last two different speakers
	for i, l := range lines {
		if l.Nick == "" || l.Text == "" {
			continue
		}
		if l.Nick != last {
			last, before = l.Nick, last
		}
		to := before
		if p := partner[l.Nick]; p != "" {
			to = p
		}
		if named := nicks[strings.ToLower(addressee(l.Text))]; named != "" && named != l.Nick {
			to = named
		}
		if earlier, ok := answered[i]; ok {
			to = lines[earlier].Nick
		}
		if to == "" {
			continue
		}
		partner[l.Nick] = to
		out = append(out, Message{From: l.Nick, To: to, Text: l.Text, Line: i})
	}
	return out
}

// addressee is the word before the colon or comma with which a line begins.
func addressee(text string) string {
	word, _, _ := strings.Cut(text, " ")
	if trimmed := strings.TrimRight(word, ":,"); trimmed != word {
		return trimmed
	}
	return ""
}
