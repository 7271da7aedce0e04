package markup

import (
	"strings"
	"unicode/utf8"
)

// inliner reads the text of one paragraph or heading. It makes a flat list of items; what opens and closes where a mark stood is
// kept with the item of the mark, so that one walk over the list makes the tree.
type inliner struct {
	p        *parser
	s        string
	mentions []named
	items    []item
	runs     []delim
	last     int // the newest run that can still match, -1 for none
	brackets []bracket
	ticks    map[int][]int // where runs of backticks stand, by length
	noBare   int           // before here no address begins
	start    int           // of the text that is in no item yet
}

type named struct {
	Range
	number int
}

type item struct {
	inline Inline
	sign   byte // of a run, what it is made of
	left   int  // and how many of it are text
	closes []wrap
	opens  []wrap // the innermost first
}

// wrap is a mark around others; what stood there is kept for where it is too deep.
type wrap struct {
	kind    Kind
	url     string
	literal string
}

// bracket is an open one.
type bracket struct{ item, run, at int }

func (p *parser) inline(lines []span) []Inline {
	in := inliner{p: p, last: -1}
	var b strings.Builder
	for i, l := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		in.place(l, b.Len())
		b.WriteString(p.src[l.from:l.to])
	}
	in.s = b.String()
	in.scan()
	in.match(-1)
	return in.tree()
}

// place finds the mentions of a line of the source whose text begins at a place of s.
func (in *inliner) place(l span, at int) {
	p := in.p
	for ; p.mention < len(p.mentions) && p.mentions[p.mention].From < l.to; p.mention++ {
		if m := p.mentions[p.mention]; m.From >= l.from && m.To <= l.to {
			in.mentions = append(in.mentions, named{Range{at + m.From - l.from, at + m.To - l.from}, p.mention})
		}
	}
}

func (in *inliner) scan() {
	s := in.s
	for i := 0; i < len(s); {
		in.p.steps++
		if len(in.mentions) > 0 && in.mentions[0].From <= i {
			m := in.mentions[0]
			in.mentions = in.mentions[1:]
			if m.From == i {
				i = in.add(i, m.To, Inline{Kind: Mention, Text: s[i:m.To], Number: m.number})
				continue
			}
		}
		switch c := s[i]; c {
		case '\\':
			i = in.escape(i)
		case '`':
			i = in.verbatim(i)
		case '<':
			i = in.angled(i)
		case '[':
			in.flush(i)
			in.brackets = append(in.brackets, bracket{len(in.items), in.last, i})
			in.items = append(in.items, item{inline: Inline{Kind: Text, Text: "["}})
			i++
			in.start = i
		case ']':
			i = in.close(i)
		case '*', '_', '~', '|':
			i = in.run(i, c)
		case ':':
			i = in.emoji(i)
		case 'h', 'H', 'w', 'W', 'm', 'M', 'c', 'C':
			i = in.bare(i)
		default:
			i++
		}
	}
	in.flush(len(s))
}

// flush makes an item of the text up to a place.
func (in *inliner) flush(to int) {
	if in.start < to {
		in.items = append(in.items, item{inline: Inline{Kind: Text, Text: in.s[in.start:to]}})
	}
	in.start = to
}

// add makes an item that stands from one place to another, and returns the latter.
func (in *inliner) add(from, to int, i Inline) int {
	in.flush(from)
	in.p.marked = true
	in.items = append(in.items, item{inline: i})
	in.start = to
	return to
}

func (in *inliner) escape(i int) int {
	if i+1 == len(in.s) || !sign(in.s[i+1]) {
		return i + 1
	}
	in.flush(i)
	in.p.marked = true
	in.start = i + 1
	return i + 2
}

// verbatim reads code: what stands between two runs of backticks of one length.
func (in *inliner) verbatim(i int) int {
	n := run(in.s, i)
	if in.ticks == nil {
		in.ticks = map[int][]int{}
		for at := i; at < len(in.s); at++ {
			if in.s[at] == '`' {
				n := run(in.s, at)
				in.ticks[n] = append(in.ticks[n], at)
				at += n
			}
		}
	}
	ends := in.ticks[n]
	for len(ends) > 0 && ends[0] < i+n {
		in.p.steps++
		ends = ends[1:]
	}
	in.ticks[n] = ends
	if len(ends) == 0 {
		return i + n
	}
	code := strings.ReplaceAll(in.s[i+n:ends[0]], "\n", " ")
	if len(code) > 2 && code[0] == ' ' && code[len(code)-1] == ' ' && strings.Trim(code, " ") != "" {
		code = code[1 : len(code)-1]
	}
	return in.add(i, ends[0]+n, Inline{Kind: Verbatim, Text: code})
}

// angled reads an address between angle brackets.
func (in *inliner) angled(i int) int {
	n := strings.IndexAny(in.s[i+1:min(len(in.s), i+2+MaxURL)], "<> \n")
	if n < 1 || in.s[i+1+n] != '>' {
		return i + 1
	}
	u := in.s[i+1 : i+1+n]
	if !address(u) {
		return i + 1
	}
	return in.add(i, i+n+2, Inline{Kind: Auto, Text: u, URL: u})
}

// bare reads an address that stands in the text without marks.
func (in *inliner) bare(i int) int {
	if i < in.noBare || i > 0 && (letter(in.s[i-1]) || digit(in.s[i-1])) {
		return i + 1
	}
	n, looked, www := bare(in.s, i, len(in.brackets) > 0)
	in.p.steps += looked
	if n == 0 {
		in.noBare = i + looked
		return i + 1
	}
	text := in.s[i : i+n]
	u := text
	if www {
		u = "https://" + u
	}
	return in.add(i, i+n, Inline{Kind: Auto, Text: text, URL: u})
}

const maxEmoji = 32

// emoji reads a name of two to 32 characters between colons.
func (in *inliner) emoji(i int) int {
	if i > 0 && (letter(in.s[i-1]) || digit(in.s[i-1])) {
		return i + 1
	}
	end := i + 1
	for end < len(in.s) && end-i <= maxEmoji && (letter(in.s[end]) || digit(in.s[end]) || strings.IndexByte("_+-", in.s[end]) >= 0) {
		end++
	}
	if end-i < 3 || end == len(in.s) || in.s[end] != ':' {
		return i + 1
	}
	return in.add(i, end+1, Inline{Kind: Emoji, Text: in.s[i+1 : end]})
}

// maxParens is how deep parentheses may stand in the address of a link, and what keeps looking for its end linear.
const maxParens = 8

// close reads what follows the end of a bracket: with an address in parentheses it is a link. There is no link inside a link.
func (in *inliner) close(i int) int {
	if len(in.brackets) == 0 {
		return i + 1
	}
	b := in.brackets[len(in.brackets)-1]
	in.brackets = in.brackets[:len(in.brackets)-1]
	if i+1 == len(in.s) || in.s[i+1] != '(' || b.at+1 == i {
		return i + 1
	}
	u, end := in.target(i + 2)
	if end < 0 || !address(u) {
		return i + 1
	}
	in.flush(i)
	in.p.marked = true
	in.match(b.run)
	in.items[b.item].inline.Text = ""
	in.items[b.item].opens = append(in.items[b.item].opens, wrap{Link, u, "["})
	in.items = append(in.items, item{inline: Inline{Kind: Text}, closes: []wrap{{Link, u, in.s[i : end+1]}}})
	in.brackets = in.brackets[:0]
	in.start = end + 1
	return end + 1
}

// target reads an address up to the parenthesis that closes it, -1 for none.
func (in *inliner) target(from int) (u string, end int) {
	var b strings.Builder
	depth := 0
	for i := from; i < len(in.s) && i-from <= MaxURL; i++ {
		in.p.steps++
		switch c := in.s[i]; {
		case c <= ' ' || c == '<' || c == '>':
			return "", -1
		case c == '\\' && i+1 < len(in.s) && sign(in.s[i+1]):
			i++
		case c == '(':
			if depth++; depth > maxParens {
				return "", -1
			}
		case c == ')':
			if depth == 0 {
				return b.String(), i
			}
			depth--
		}
		b.WriteByte(in.s[i])
	}
	return "", -1
}

// before and after return the characters beside a place, a line break at the ends.
func (in *inliner) before(i int) rune {
	if i == 0 {
		return '\n'
	}
	r, _ := utf8.DecodeLastRuneInString(in.s[:i])
	return r
}

func (in *inliner) after(i int) rune {
	if i == len(in.s) {
		return '\n'
	}
	r, _ := utf8.DecodeRuneInString(in.s[i:])
	return r
}
