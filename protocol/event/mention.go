package event

import (
	"unicode/utf8"

	"conclave/protocol"
)

// MaxMentions is how many places of a text mention somebody.
const MaxMentions = 50

// Word is a mention of many.
type Word uint64

// The words, behind an @ in the text.
const (
	Nobody   Word = iota
	Everyone      // all members
	Present       // those who are there when it arrives
)

// Mention says that a part of a text means an account, or a word; never both, never none. It is given in bytes of the text's
// UTF-8, so that every reader marks the same.
type Mention struct {
	Account protocol.Account `cbor:"0,keyasint,omitzero"`
	Word    Word             `cbor:"1,keyasint,omitzero"`
	From    uint64           `cbor:"2,keyasint"` // of the @
	To      uint64           `cbor:"3,keyasint"` // behind the last byte
}

// mentions refuses more than MaxMentions, and parts that are not in their order, overlap, do not begin with an @, say nothing
// behind it or cut a character in two.
func mentions(in []Mention, text string) error {
	if len(in) > MaxMentions {
		return invalid("%d mentions are over %d", len(in), MaxMentions)
	}
	end := uint64(0)
	for _, m := range in {
		switch {
		case m.Word > Present || m.Account.IsZero() == (m.Word == Nobody):
			return invalid("a mention is of an account or a word")
		case m.From < end || m.To < m.From || m.To-m.From < 2 || m.To > uint64(len(text)):
			return invalid("a mention from %d to %d", m.From, m.To)
		case text[m.From] != '@' || m.To < uint64(len(text)) && !utf8.RuneStart(text[m.To]):
			return invalid("a mention begins with an @ and ends with a character")
		}
		end = m.To
	}
	return nil
}
