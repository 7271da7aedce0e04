// Package markup is the grammar of formatted texts: a subset of CommonMark with strikethrough, spoilers, emoji by name and
// mentions (SPEC.md, formatting).
//
// It promises that every text has exactly one tree, the same one on every node and in every page, that the work is linear in
// the length of the text whatever that holds, and that trees are bounded in depth and size. A text without any mark has no tree
// and is shown byte for byte. It knows no HTML and no pictures, and makes links of four schemes only. testdata/cases.json holds
// it and the page's parser to the same trees.
package markup

import "conclave/protocol"

// Bounds of a tree.
const (
	MaxBlocks = 8    // quotes and lists inside one another
	MaxInline = 16   // marks inside one another; deeper ones are text
	MaxNodes  = 4000 // a text with more is shown as it is
	MaxURL    = 2048 // bytes
)

// Doc is a parsed text.
type Doc struct {
	Blocks []Block // nil where the text has no mark and is shown as it is
	nodes  int
	steps  int
}

// Kind says what a Block or an Inline is.
type Kind string

// Kinds of blocks.
const (
	Paragraph Kind = "p"
	Heading   Kind = "h"
	Code      Kind = "pre"
	Quote     Kind = "quote"
	Bullets   Kind = "ul"
	Numbers   Kind = "ol"
	Rule      Kind = "hr"
)

// Kinds of inlines.
const (
	Text     Kind = "text"
	Emphasis Kind = "em"
	Strong   Kind = "strong"
	Struck   Kind = "del"
	Spoiler  Kind = "spoiler"
	Verbatim Kind = "code"
	Link     Kind = "link"
	Auto     Kind = "auto"
	Emoji    Kind = "emoji"
	Mention  Kind = "mention"
)

// Block is a part of a text from one line to another.
type Block struct {
	Kind   Kind
	Number int       // of a Heading its level, of Numbers the first one
	Text   string    // of Code
	Lang   string    // of Code, what its author calls the language: at most 24 characters, empty for none
	Inline []Inline  // of a Paragraph and a Heading
	Blocks []Block   // of a Quote
	Items  [][]Block // of a list
}

// Inline is a part of a line.
type Inline struct {
	Kind   Kind
	Text   string   // of Text, Verbatim, Auto, Mention; of Emoji the name without colons
	URL    string   // of Link and Auto
	Number int      // of a Mention: which of the ranges
	Inline []Inline // of Emphasis, Strong, Struck, Spoiler, Link
}

// Range is where a mention stands in a text, in bytes.
type Range struct{ From, To int }

// Parse reads a text of at most protocol.MaxText bytes; a longer one has no tree. Ranges stand in order; one that overlaps the
// one before or ends outside of the text, and all behind it, are passed over, as is one inside code or on more than a line.
func Parse(text string, mentions ...Range) Doc {
	if len(text) > protocol.MaxText {
		return Doc{}
	}
	p := &parser{src: text}
	end := 0
	for _, m := range mentions {
		if m.From < end || m.To <= m.From || m.To > len(text) {
			break
		}
		p.mentions = append(p.mentions, m)
		end = m.To
	}
	if len(p.mentions) == 0 && !mayMark(text) {
		return Doc{}
	}
	blocks := p.blocks(p.lines(), 0)
	if !p.marked || p.nodes > MaxNodes {
		blocks = nil
	}
	return Doc{Blocks: blocks, nodes: p.nodes, steps: p.steps}
}

type parser struct {
	src      string
	mentions []Range
	mention  int // the next one
	marked   bool
	nodes    int
	steps    int // of the loops that could be more than linear, for the tests
}

// mayMark is the quick look that most texts end with: without one of these there is no mark.
func mayMark(s string) bool {
	start := true
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\\', '`', '*', '_', '~', '|', ':', '<', '[':
			return true
		case '>', '#', '-', '+':
			if start {
				return true
			}
		case '.', ')':
			if i > 0 && (digit(s[i-1]) || s[i-1]|0x20 == 'w') {
				return true
			}
			start = false
		case '\n':
			start = true
		default:
			start = start && c == ' '
		}
	}
	return false
}
