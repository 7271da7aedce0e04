package markup

import "strings"

// delim is a run of signs that may open or close a mark. Runs that can still match are linked, each with the one before it.
type delim struct {
	item, n     int // n is how many signs there were at first
	open, close bool
	prev, next  int
}

// signs are what runs are made of; each has its own floors below.
const signs = "*_~|"

// run reads a run of signs.
func (in *inliner) run(i int, c byte) int {
	n := run(in.s, i)
	double := c == '~' || c == '|'
	if double && n != 2 {
		return i + n
	}
	before, after := in.before(i), in.after(i+n)
	left := !space(after) && (!punct(after) || space(before) || punct(before))
	right := !space(before) && (!punct(before) || space(after) || punct(after))
	d := delim{item: len(in.items), n: n, open: left, close: right, prev: in.last, next: -1}
	switch {
	case double:
		d.open, d.close = !space(after), !space(before)
	case c == '_':
		d.open, d.close = left && (!right || punct(before)), right && (!left || punct(after))
	}
	if !d.open && !d.close {
		return i + n
	}
	in.flush(i)
	d.item = len(in.items)
	in.items = append(in.items, item{inline: Inline{Kind: Text}, sign: c, left: n})
	if in.last >= 0 {
		in.runs[in.last].next = len(in.runs)
	}
	in.last = len(in.runs)
	in.runs = append(in.runs, d)
	in.start = i + n
	return i + n
}

// match pairs the runs behind one, and forgets them. No run is looked at twice for the same sort of end: where none was found
// there is a floor.
func (in *inliner) match(bottom int) {
	var floors [len(signs) * 6]int
	for i := range floors {
		floors[i] = bottom
	}
	end := in.last
	for end >= 0 && end > bottom && in.runs[end].prev > bottom {
		end = in.runs[end].prev
	}
	if end <= bottom {
		end = -1
	}
	for end >= 0 {
		d := &in.runs[end]
		if !d.close {
			end = d.next
			continue
		}
		c := in.items[d.item].sign
		sort := strings.IndexByte(signs, c)*6 + d.n%3
		if d.open {
			sort += 3
		}
		begin := d.prev
		for begin > floors[sort] && !in.pairs(begin, end) {
			in.p.steps++
			begin = in.runs[begin].prev
		}
		if begin > floors[sort] {
			end = in.pair(begin, end)
			continue
		}
		floors[sort] = d.prev
		next := d.next
		if !d.open {
			in.drop(end)
		}
		end = next
	}
	in.last = bottom
	if bottom >= 0 {
		in.runs[bottom].next = -1
	}
}

func (in *inliner) pairs(begin, end int) bool {
	b, e := in.runs[begin], in.runs[end]
	if !b.open || in.items[b.item].sign != in.items[e.item].sign {
		return false
	}
	return !(b.close || e.open) || e.n%3 == 0 || (b.n+e.n)%3 != 0 || in.items[b.item].sign == '~' || in.items[b.item].sign == '|'
}

// pair makes a mark of two runs and returns the next one to look at.
func (in *inliner) pair(begin, end int) int {
	b, e := &in.items[in.runs[begin].item], &in.items[in.runs[end].item]
	in.p.marked = true
	kind, n := Emphasis, 1
	if b.left >= 2 && e.left >= 2 {
		kind, n = Strong, 2
	}
	switch b.sign {
	case '~':
		kind = Struck
	case '|':
		kind = Spoiler
	}
	w := wrap{kind: kind, literal: strings.Repeat(string(b.sign), n)}
	b.left, e.left = b.left-n, e.left-n
	b.opens, e.closes = append(b.opens, w), append(e.closes, w)
	in.runs[begin].next, in.runs[end].prev = end, begin
	if b.left == 0 {
		in.drop(begin)
	}
	if e.left > 0 {
		return end
	}
	next := in.runs[end].next
	in.drop(end)
	return next
}

func (in *inliner) drop(i int) {
	d := in.runs[i]
	if d.prev >= 0 {
		in.runs[d.prev].next = d.next
	}
	if d.next >= 0 {
		in.runs[d.next].prev = d.prev
	} else {
		in.last = d.prev
	}
}

// frame is a mark that is open while the tree is made.
type frame struct {
	wrap
	children []Inline
	text     strings.Builder // what follows the children
}

// grower makes the tree of a list of items.
type grower struct {
	stack  []*frame
	links  int // how many of them are links
	nodes  int
	shades []wrap // too deep ones that are open and stay text, all of them inside the others
}

func (in *inliner) tree() []Inline {
	g := grower{stack: []*frame{{}}}
	for _, it := range in.items {
		for _, w := range it.closes {
			g.close(w)
		}
		if it.sign != 0 {
			it.inline.Text = strings.Repeat(string(it.sign), it.left)
		}
		g.add(it.inline)
		for i := len(it.opens) - 1; i >= 0; i-- {
			g.open(it.opens[i])
		}
	}
	in.p.nodes += g.nodes
	return g.top().settle(&g)
}

func (g *grower) top() *frame { return g.stack[len(g.stack)-1] }

// add puts an inline behind the others. In a link addresses and mentions are text.
func (g *grower) add(i Inline) {
	if i.Kind == Text || g.links > 0 && (i.Kind == Auto || i.Kind == Mention) {
		g.top().text.WriteString(i.Text)
		return
	}
	g.top().settle(g)
	g.nodes++
	g.top().children = append(g.top().children, i)
}

func (g *grower) open(w wrap) {
	if len(g.stack) > MaxInline {
		g.shades = append(g.shades, w)
		g.top().text.WriteString(w.literal)
		return
	}
	g.stack = append(g.stack, &frame{wrap: w})
	if w.kind == Link {
		g.links++
	}
}

func (g *grower) close(w wrap) {
	if n := len(g.shades); n > 0 {
		g.shades = g.shades[:n-1]
		g.top().text.WriteString(w.literal)
		return
	}
	f := g.top()
	g.stack = g.stack[:len(g.stack)-1]
	if f.kind == Link {
		g.links--
	}
	g.add(Inline{Kind: f.kind, URL: f.url, Inline: f.settle(g)})
}

// settle returns the children with the text behind them.
func (f *frame) settle(g *grower) []Inline {
	if f.text.Len() > 0 {
		f.children = append(f.children, Inline{Kind: Text, Text: f.text.String()})
		f.text.Reset()
		g.nodes++
	}
	return f.children
}
