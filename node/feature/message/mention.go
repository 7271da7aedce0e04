package message

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
)

// ErrMentionAll says that somebody may not mention all.
var ErrMentionAll = &feature.Error{Status: 403, Code: "mention_all", Detail: "In groups of more than 20 people, moderators, admins and owners alone may mention everyone."}

var errMentions = feature.ErrBadRequest.With("A message mentions at most %d people.", event.MaxMentions)

// Mentions is whom a text means by words that begin with an @.
type Mentions struct {
	Accounts []protocol.Account
	All      bool
	Here     bool
}

// called is a word that stands for somebody behind an @. Of people who are called the same, the first word means the first.
type called struct {
	name string
	who  []event.Mention
}

// mentions makes exact parts of a text of whom it means. Who is no member, or is not called so in the text, is not mentioned.
func (s *slice) mentions(tx feature.Tx, author protocol.Account, c feature.Conversation, text string, m Mentions) ([]event.Mention, error) {
	if len(m.Accounts) > event.MaxMentions {
		return nil, errMentions
	}
	var names []called
	for _, a := range m.Accounts {
		if c.Has(a) {
			for _, name := range s.namesOf(tx, author, c, a) {
				names = call(names, name, event.Mention{Account: a})
			}
		}
	}
	if c.Group() {
		if m.All {
			names = call(names, "all", event.Mention{Word: event.Everyone})
		}
		if m.Here {
			names = call(names, "here", event.Mention{Word: event.Present})
		}
	}
	found := match(text, names)
	words := slices.ContainsFunc(found, func(m event.Mention) bool { return m.Word != event.Nobody })
	if words && !feature.MayMentionAll(author, c.State) {
		return nil, ErrMentionAll
	}
	return found, nil
}

// namesOf are the words for an account: what it is called here, and its address.
func (s *slice) namesOf(tx feature.Tx, author protocol.Account, c feature.Conversation, a protocol.Account) (out []string) {
	card, err := s.Card(tx, author, a)
	if err != nil {
		return nil
	}
	if c.Group() {
		out = append(out, s.NameIn(tx, author, c.Log, a))
	} else if card.Name != "" {
		out = append(out, card.Name)
	} else if standing, err := s.StandingOf(tx, author, c); err == nil && a != author {
		name, _, _ := s.TitleOf(tx, author, c, standing)
		out = append(out, name)
	}
	if card.Address != "" {
		out = append(out, string(card.Address))
	}
	return out
}

func call(names []called, name string, who event.Mention) []called {
	i := slices.IndexFunc(names, func(c called) bool { return c.name == name })
	switch {
	case name == "":
	case i < 0:
		return append(names, called{name, []event.Mention{who}})
	case !slices.Contains(names[i].who, who):
		names[i].who = append(names[i].who, who)
	}
	return names
}

// match finds the names behind an @, the longest first, at most event.MaxMentions of them.
func match(text string, names []called) (out []event.Mention) {
	slices.SortStableFunc(names, func(a, b called) int { return cmp.Compare(len(b.name), len(a.name)) })
	for at := 0; at < len(text) && len(names) > 0 && len(out) < event.MaxMentions; {
		next := strings.IndexByte(text[at:], '@')
		if next < 0 {
			break
		}
		at += next
		if before, _ := utf8.DecodeLastRuneInString(text[:at]); at > 0 && inWord(before) {
			at++
			continue
		}
		i := slices.IndexFunc(names, func(c called) bool { return stands(text[at+1:], c.name) })
		if i < 0 {
			at++
			continue
		}
		m := names[i].who[0]
		if len(names[i].who) > 1 {
			names[i].who = names[i].who[1:]
		}
		m.From, m.To = uint64(at), uint64(at+1+len(names[i].name))
		out = append(out, m)
		at = int(m.To)
	}
	return out
}

// stands tells whether a text begins with a name that ends there.
func stands(text, name string) bool {
	if !strings.HasPrefix(text, name) {
		return false
	}
	after, _ := utf8.DecodeRuneInString(text[len(name):])
	return len(text) == len(name) || !inWord(after)
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// mentioned returns whom a message mentions as it reads now.
func (s *slice) mentioned(tx feature.Tx, e feature.Entry) ([]event.Mention, error) {
	if e.Kind != sentKind || e.Erased() {
		return nil, nil
	}
	v, err := s.now(tx, e)
	return v.mentions, err
}
