package markup_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"hash/fnv"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"conclave/protocol"
	"conclave/protocol/markup"
)

var update = flag.Bool("update", false, "write the trees of testdata/cases.json")

// cases are shared with the page, which reads the same file.
type cases struct {
	Cases []*example `json:"cases"`
	Drawn drawn      `json:"drawn"`
}

type example struct {
	Text     string   `json:"text"`
	Mentions [][2]int `json:"mentions,omitempty"`
	Tree     any      `json:"tree"`
	Plain    string   `json:"plain"`
}

// drawn are texts made of parts by a simple generator, each with a digest of its tree.
type drawn struct {
	Parts   []string `json:"parts"`
	Seed    uint32   `json:"seed"`
	Digests []string `json:"digests"`
}

const file, draws = "testdata/cases.json", 3000

func read(t *testing.T) (c cases) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func encode(t *testing.T, v any) string {
	t.Helper()
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func TestTreesAreThoseOfThePage(t *testing.T) {
	c := read(t)
	if *update {
		write(t, c)
		c = read(t)
	}
	for _, e := range c.Cases {
		got := encode(t, tree(markup.Parse(e.Text, ranges(e.Mentions)...)))
		if want := encode(t, e.Tree); got != want {
			t.Errorf("tree of %q:\n got %s\nwant %s", e.Text, got, want)
		}
		if got := markup.Plain(e.Text, ranges(e.Mentions)...); got != e.Plain {
			t.Errorf("plain text of %q: got %q, want %q", e.Text, got, e.Plain)
		}
	}
	if len(c.Drawn.Digests) != draws {
		t.Fatalf("drawn texts: got %d, want %d", len(c.Drawn.Digests), draws)
	}
	for i, text := range c.Drawn.texts() {
		if got := digest(encode(t, tree(markup.Parse(text)))); got != c.Drawn.Digests[i] {
			t.Errorf("tree of the drawn text %q: got the digest %s, want %s", text, got, c.Drawn.Digests[i])
		}
	}
}

func write(t *testing.T, c cases) {
	var out bytes.Buffer
	out.WriteString("{\n  \"cases\": [\n")
	for i, e := range c.Cases {
		e.Tree = tree(markup.Parse(e.Text, ranges(e.Mentions)...))
		e.Plain = markup.Plain(e.Text, ranges(e.Mentions)...)
		fmt.Fprintf(&out, "    %s%s\n", encode(t, e), comma(i, len(c.Cases)))
	}
	c.Drawn.Digests = make([]string, draws)
	for i, text := range c.Drawn.texts() {
		c.Drawn.Digests[i] = digest(encode(t, tree(markup.Parse(text))))
	}
	fmt.Fprintf(&out, "  ],\n  \"drawn\": %s\n}\n", encode(t, c.Drawn))
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func comma(i, n int) string {
	if i == n-1 {
		return ""
	}
	return ","
}

func (d drawn) texts() []string {
	state := d.Seed
	next := func(n int) int {
		state = state*1664525 + 1013904223
		return int(state>>8) % n
	}
	out := make([]string, len(d.Digests))
	for i := range out {
		var b strings.Builder
		for range 2 + next(24) {
			b.WriteString(d.Parts[next(len(d.Parts))])
		}
		out[i] = b.String()
	}
	return out
}

func digest(s string) string {
	h := fnv.New32a()
	h.Write([]byte(s))
	return fmt.Sprintf("%08x", h.Sum32())
}

func ranges(pairs [][2]int) (out []markup.Range) {
	for _, p := range pairs {
		out = append(out, markup.Range{From: p[0], To: p[1]})
	}
	return out
}

// tree is a Doc in the form of the file: an inline text is a string, all else an object.
func tree(d markup.Doc) any {
	if d.Blocks == nil {
		return nil
	}
	return blocks(d.Blocks)
}

func blocks(all []markup.Block) []any {
	out := []any{}
	for _, b := range all {
		o := map[string]any{"t": b.Kind}
		switch b.Kind {
		case markup.Paragraph:
			o["c"] = inlines(b.Inline)
		case markup.Heading:
			o["c"], o["n"] = inlines(b.Inline), b.Number
		case markup.Code:
			o["v"], o["lang"] = b.Text, b.Lang
		case markup.Quote:
			o["c"] = blocks(b.Blocks)
		case markup.Bullets, markup.Numbers:
			items := []any{}
			for _, item := range b.Items {
				items = append(items, blocks(item))
			}
			o["c"] = items
			if b.Kind == markup.Numbers {
				o["n"] = b.Number
			}
		}
		out = append(out, o)
	}
	return out
}

func inlines(all []markup.Inline) []any {
	out := []any{}
	for _, i := range all {
		o := map[string]any{"t": i.Kind}
		switch i.Kind {
		case markup.Text:
			out = append(out, i.Text)
			continue
		case markup.Verbatim, markup.Emoji:
			o["v"] = i.Text
		case markup.Auto:
			o["v"], o["url"] = i.Text, i.URL
		case markup.Mention:
			o["v"], o["n"] = i.Text, i.Number
		case markup.Link:
			o["c"], o["url"] = inlines(i.Inline), i.URL
		default:
			o["c"] = inlines(i.Inline)
		}
		out = append(out, o)
	}
	return out
}

// hostile are texts that make careless parsers take the square of their length.
func hostile() map[string]string {
	fill := func(part string) string {
		return strings.Repeat(part, protocol.MaxText/len(part))
	}
	out := map[string]string{}
	for _, part := range []string{
		"[", "]", "*", "_", "`", ">", "<", "~", "|", "\\", "(", ":", "#", "- ", "> ", "1. ", "\n", " ", "[](", "[a](", "[a](b", "[a](http://b", "*a ", "_a ", "a*", "a**b", "**a", "*a_", "||a", "~~a",
		"a||", "`a``", "<http://", "http://", "http://-", "http://a.b/(", "www.", "mailto:", "conclave:a/", ":a", ":aa:", "\n>", "\n- ", "\n```", "```\n", "-\n", "* - + ", "*_*_", "[*", "*[", "[a](https://b.c) ", "**a *b ", "a*b_c~~d||", "\n\n- a\n\n", "𝓪*", "é_",
	} {
		out[part] = fill(part)
	}
	half := protocol.MaxText / 2
	for _, pair := range [][2]string{{"[", "]"}, {"*a ", " a*"}, {"[", "](https://b.c)"}, {"(", ")"}, {"**", "**"}, {"<", ">"}, {"*a _b ", " b_ a*"}, {"||a ", " a||"}} {
		n := half / max(len(pair[0]), len(pair[1]))
		out[pair[0]+"…"+pair[1]] = strings.Repeat(pair[0], n) + "x" + strings.Repeat(pair[1], n)
	}
	var ticks strings.Builder
	for n := 1; ticks.Len()+n+1 < protocol.MaxText; n++ {
		ticks.WriteString(strings.Repeat("`", n) + "a")
	}
	out["backticks of all lengths"] = ticks.String()
	return out
}

func TestWorkIsLinear(t *testing.T) {
	var slowest time.Duration
	var which string
	for name, text := range hostile() {
		start := time.Now()
		doc := markup.Parse(text)
		if took := time.Since(start); took > slowest {
			slowest, which = took, name
		}
		if limit := 40 * len(text); doc.Steps() > limit {
			t.Errorf("steps for %d bytes of %q: got %d, want at most %d", len(text), name, doc.Steps(), limit)
		}
		if got := depth(doc.Blocks); got > markup.MaxBlocks+1 {
			t.Errorf("depth of blocks of %q: got %d, want at most %d", name, got, markup.MaxBlocks+1)
		}
		markup.Plain(text)
	}
	t.Logf("the slowest of the hostile texts is %q: %v", which, slowest)
}

func depth(all []markup.Block) (deepest int) {
	for _, b := range all {
		d := depth(b.Blocks)
		for _, item := range b.Items {
			d = max(d, depth(item))
		}
		deepest = max(deepest, d+1)
	}
	return deepest
}

func TestNothingIsLost(t *testing.T) {
	for _, text := range []string{"a", "  a\n\n\n b ", "a\r\nb", "", "no mark here. None, at all!", "1 < 2 & 3", "¯\\(ツ)/¯"[:3]} {
		if d := markup.Parse(text); d.Blocks != nil {
			t.Errorf("a text without marks has a tree: %q, %+v", text, d.Blocks)
		}
		if got := markup.Plain(text); got != text {
			t.Errorf("plain text: got %q, want %q", got, text)
		}
	}
	if d := markup.Parse("**a**" + strings.Repeat("x", protocol.MaxText)); d.Blocks != nil {
		t.Error("a text over the limit has a tree")
	}
	if d := markup.Parse(strings.Repeat("*a* ", markup.MaxNodes)); d.Blocks != nil {
		t.Error("a text with too many marks has a tree")
	}
}

func TestMentionsThatCannotBeArePassedOver(t *testing.T) {
	text := "hi @ana and @ben"
	whole := markup.Parse(text, markup.Range{From: 3, To: 7}, markup.Range{From: 12, To: 16})
	for name, all := range map[string][]markup.Range{
		"overlap":      {{3, 7}, {6, 16}},
		"out of order": {{3, 7}, {0, 2}},
		"outside":      {{3, 7}, {12, 99}},
		"empty":        {{3, 7}, {12, 12}},
	} {
		d := markup.Parse(text, all...)
		if reflect.DeepEqual(d.Blocks, whole.Blocks) || len(d.Blocks) != 1 || len(d.Blocks[0].Inline) != 3 || d.Blocks[0].Inline[1].Text != "@ana" {
			t.Errorf("%s: got %+v, want the first mention alone", name, d.Blocks)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"**a** _b_ `c` ||d|| ~~e~~", "> - 1. a\n```go\nx\n```", "[a](https://b.c) www.d.e <mailto:f@g.h> :smile:", "\\*\\[", "a\x00\xff"} {
		f.Add(s, 0, 1)
	}
	f.Fuzz(func(t *testing.T, text string, from, to int) {
		d := markup.Parse(text, markup.Range{From: from, To: to})
		if d.Steps() > 40*len(text)+400 {
			t.Errorf("steps for %d bytes: %d", len(text), d.Steps())
		}
		markup.Plain(text)
	})
}
