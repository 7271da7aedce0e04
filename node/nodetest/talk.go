package nodetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"conclave/node/nodetest/irc"
)

// Saying is a text that one of two people says to the other.
type Saying struct {
	First bool // the first of the two says it
	Text  string
}

// Introduce makes two people contacts, by the link of the second, and waits until both see their conversation.
func Introduce(ctx context.Context, a, b *Person) (conversation string, err error) {
	link, err := b.Link(ctx)
	if err != nil {
		return "", err
	}
	if conversation, err = a.Meet(ctx, link); err != nil {
		return "", fmt.Errorf("%s meets %s: %w", a.Name, b.Name, err)
	}
	return conversation, Await(ctx, b.Name+" sees the conversation with "+a.Name, func() (bool, error) { return b.Knows(ctx, conversation) })
}

// Talk lets two people say things in a conversation, in order: who answers has read what was said before. It returns when both
// see the last.
func Talk(ctx context.Context, a, b *Person, conversation string, sayings []Saying) error {
	last := ""
	for i, s := range sayings {
		from, to := a, b
		if !s.First {
			from, to = b, a
		}
		if i > 0 && s.First != sayings[i-1].First {
			if err := from.Sees(ctx, conversation, last); err != nil {
				return err
			}
		}
		var err error
		if last, err = from.Send(ctx, conversation, s.Text, ""); err != nil {
			return fmt.Errorf("%s says %q: %w", from.Name, s.Text, err)
		}
		if i == len(sayings)-1 {
			return to.Sees(ctx, conversation, last)
		}
	}
	return nil
}

// Pair is what two people of a log said to each other, in order.
type Pair struct {
	First, Second string // nicks
	Said          []Saying
}

// Pairs takes a dialogue apart, those who said most first.
func Pairs(dialogue []irc.Message) []Pair {
	var pairs []Pair
	index := map[[2]string]int{}
	for _, m := range dialogue {
		key := [2]string{min(m.From, m.To), max(m.From, m.To)}
		i, known := index[key]
		if !known {
			i = len(pairs)
			index[key] = i
			pairs = append(pairs, Pair{First: m.From, Second: m.To})
		}
		pairs[i].Said = append(pairs[i].Said, Saying{First: m.From == pairs[i].First, Text: m.Text})
	}
	slices.SortStableFunc(pairs, func(a, b Pair) int { return cmp.Compare(len(b.Said), len(a.Said)) })
	return pairs
}
