package markup

import "strings"

// span is a part of the source.
type span struct{ from, to int }

func (p *parser) lines() []span {
	out := make([]span, 0, strings.Count(p.src, "\n")+1)
	from := 0
	for from <= len(p.src) {
		to := strings.IndexByte(p.src[from:], '\n')
		if to < 0 {
			to = len(p.src)
		} else {
			to += from
		}
		end := to
		if end > from && p.src[end-1] == '\r' {
			end--
		}
		out = append(out, span{from, end})
		from = to + 1
	}
	return out
}

// blocks reads lines; depth counts the quotes and lists around them. Every level looks at each of its lines a bounded number of
// times.
func (p *parser) blocks(lines []span, depth int) []Block {
	var out []Block
	var open []span // the paragraph so far
	end := func() {
		if len(open) > 0 {
			out = append(out, Block{Kind: Paragraph, Inline: p.inline(open)})
			p.nodes++
		}
		open = nil
	}
	for i := 0; i < len(lines); {
		p.steps++
		s := p.src[lines[i].from:lines[i].to]
		at := indent(s)
		if at == len(s) || blank(s) {
			end()
			i++
			continue
		}
		if at <= 3 {
			if b, next, ok := p.block(lines, i, at, depth, len(open) > 0, end); ok {
				out = append(out, b)
				p.nodes++
				p.marked = true
				i = next
				continue
			}
		}
		open = append(open, lines[i])
		i++
	}
	end()
	return out
}

// block reads the block that begins in a line, unless that is part of a paragraph; end ends an open paragraph before it.
func (p *parser) block(lines []span, i, at, depth int, open bool, end func()) (Block, int, bool) {
	l := lines[i]
	s := p.src[l.from:l.to]
	switch c := s[at]; {
	case c == '`' || c == '~':
		n := run(s, at)
		info := strings.Trim(s[at+n:], " \t")
		if n < 3 || c == '`' && strings.IndexByte(info, '`') >= 0 {
			return Block{}, 0, false
		}
		end()
		b, next := p.fence(lines, i+1, at, c, n)
		b.Lang = language(info)
		return b, next, true
	case ruled(s, at):
		end()
		return Block{Kind: Rule}, i + 1, true
	case c == '#':
		n := run(s, at)
		from, to := headed(s, at+n)
		if n > 6 || from == at+n || from == to {
			return Block{}, 0, false
		}
		end()
		return Block{Kind: Heading, Number: n, Inline: p.inline([]span{{l.from + from, l.from + to}})}, i + 1, true
	case c == '>' && depth < MaxBlocks:
		end()
		var inner []span
		for ; i < len(lines); i++ {
			s := p.src[lines[i].from:lines[i].to]
			at := indent(s)
			if at > 3 || at == len(s) || s[at] != '>' {
				break
			}
			at++
			if at < len(s) && s[at] == ' ' {
				at++
			}
			inner = append(inner, span{lines[i].from + at, lines[i].to})
		}
		return Block{Kind: Quote, Blocks: p.blocks(inner, depth+1)}, i, true
	case depth < MaxBlocks:
		m, ok := marker(s, at)
		if !ok || open && m.ordered && m.number != 1 {
			return Block{}, 0, false
		}
		end()
		b, next := p.list(lines, i, m, depth)
		return b, next, true
	}
	return Block{}, 0, false
}

func (p *parser) fence(lines []span, i, at int, c byte, n int) (Block, int) {
	var code []string
	for ; i < len(lines); i++ {
		s := p.src[lines[i].from:lines[i].to]
		in := indent(s)
		if in <= 3 && in < len(s) && s[in] == c {
			if m := run(s, in); m >= n && blank(s[in+m:]) {
				i++
				break
			}
		}
		code = append(code, s[min(in, at):])
	}
	return Block{Kind: Code, Text: strings.Join(code, "\n")}, i
}

func (p *parser) list(lines []span, i int, first mark, depth int) (Block, int) {
	b := Block{Kind: Bullets}
	if first.ordered {
		b.Kind, b.Number = Numbers, first.number
	}
	for i < len(lines) {
		s := p.src[lines[i].from:lines[i].to]
		at := indent(s)
		if at > 3 || at == len(s) || ruled(s, at) {
			break
		}
		m, ok := marker(s, at)
		if !ok || m.sign != first.sign {
			break
		}
		inner := []span{{lines[i].from + m.width, lines[i].to}}
		blanks := 0
		for i++; i < len(lines); i++ {
			s := p.src[lines[i].from:lines[i].to]
			if blank(s) {
				blanks++
				continue
			}
			if indent(s) < m.width {
				break
			}
			for ; blanks > 0; blanks-- {
				inner = append(inner, span{lines[i].from, lines[i].from})
			}
			inner = append(inner, span{lines[i].from + m.width, lines[i].to})
		}
		b.Items = append(b.Items, p.blocks(inner, depth+1))
		p.nodes++
	}
	return b, i
}

// mark is what an item of a list begins with.
type mark struct {
	sign    byte // the bullet, or what stands behind the number
	ordered bool
	number  int
	width   int // where the content begins
}

func marker(s string, at int) (mark, bool) {
	m := mark{sign: s[at]}
	i := at
	switch {
	case m.sign == '-' || m.sign == '+' || m.sign == '*':
		i++
	case digit(m.sign):
		for ; i < len(s) && digit(s[i]) && i < at+9; i++ {
			m.number = m.number*10 + int(s[i]-'0')
		}
		if i == len(s) || s[i] != '.' && s[i] != ')' {
			return m, false
		}
		m.sign, m.ordered = s[i], true
		i++
	default:
		return m, false
	}
	if i == len(s) || s[i] != ' ' && s[i] != '\t' || blank(s[i:]) {
		return m, false
	}
	m.width = i + 1
	for n := 0; n < 3 && s[m.width] == ' '; n++ {
		m.width++
	}
	return m, true
}

// ruled tells whether a line is three or more of one sign, with nothing but blanks between them.
func ruled(s string, at int) bool {
	c := s[at]
	if c != '-' && c != '*' && c != '_' {
		return false
	}
	n := 0
	for ; at < len(s); at++ {
		switch s[at] {
		case c:
			n++
		case ' ', '\t':
		default:
			return false
		}
	}
	return n >= 3
}

// headed returns where the text of a heading stands behind its signs, without the signs that may close it.
func headed(s string, at int) (from, to int) {
	from = len(s) - len(strings.TrimLeft(s[at:], " \t"))
	text := strings.TrimRight(s[from:], " \t")
	cut := strings.TrimRight(text, "#")
	if len(cut) < len(text) && (cut == "" || cut[len(cut)-1] == ' ' || cut[len(cut)-1] == '\t') {
		text = strings.TrimRight(cut, " \t")
	}
	return from, from + len(text)
}
