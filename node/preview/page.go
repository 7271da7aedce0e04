package preview

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"conclave/protocol/markup"
)

// readAtMost reads a body, and refuses one that is longer.
func readAtMost(r io.Reader, most int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	if int64(len(b)) > most {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrNone, most)
	}
	return b, nil
}

// text returns a page as UTF-8. What is in no known encoding is read as Latin-1.
func text(a answer) string {
	if utf8.Valid(a.body) {
		return string(a.body)
	}
	if a.set == "utf-8" {
		return strings.ToValidUTF8(string(a.body), "\ufffd")
	}
	var b strings.Builder
	for _, c := range a.body {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// said is what a page says of itself.
type said struct{ title, description, site, image, oembed string }

// add fills what is empty.
func (s *said) add(more said) {
	for _, f := range [][2]*string{{&s.title, &more.title}, {&s.description, &more.description}, {&s.site, &more.site}, {&s.image, &more.image}} {
		if *f[0] == "" {
			*f[0] = *f[1]
		}
	}
}

// maxTag is how long a tag may be that is looked at, maxTags how many of them are.
const (
	maxTag  = 8 << 10
	maxTags = 2000
)

// read finds what the head of a page says: Open Graph first, then what older names say.
func read(page string) said {
	var graph, other said
	for n := 0; n < maxTags; n++ {
		at := strings.IndexByte(page, '<')
		if at < 0 {
			break
		}
		page = page[at+1:]
		if strings.HasPrefix(page, "!--") {
			_, page, _ = strings.Cut(page, "-->")
			continue
		}
		end := strings.IndexByte(page[:min(len(page), maxTag)], '>')
		if end < 0 {
			continue
		}
		name, rest := word(page[:end])
		switch name {
		case "body", "/head":
			graph.add(other)
			return graph
		case "title":
			inner, _, _ := strings.Cut(page[end+1:], "<")
			if other.title == "" {
				other.title = html.UnescapeString(inner)
			}
		case "script", "style":
			i := strings.Index(page, "</"+name)
			if i < 0 {
				i = len(page)
			}
			page = page[i:]
		case "meta":
			// A sign > inside of a value ends the tag too early: it is looked for again behind the quotes.
			meta(attributes(tag(page)), &graph, &other)
		case "link":
			a := attributes(rest)
			if a["rel"] == "alternate" && a["type"] == "application/json+oembed" && other.oembed == "" {
				graph.oembed = a["href"]
			}
		}
	}
	graph.add(other)
	return graph
}

// tag returns a tag up to the sign that ends it, which does not stand in quotes.
func tag(s string) string {
	var quote byte
	for i := 0; i < len(s) && i < maxTag; i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return s[:i]
		}
	}
	return ""
}

func meta(a map[string]string, graph, other *said) {
	name, value := strings.ToLower(a["property"]), a["content"]
	if name == "" {
		name = strings.ToLower(a["name"])
	}
	into := map[string]*string{
		"og:title": &graph.title, "og:description": &graph.description, "og:site_name": &graph.site, "og:image": &graph.image, "og:image:url": &graph.image,
		"og:image:secure_url": &graph.image, "twitter:title": &other.title, "twitter:description": &other.description, "description": &other.description,
		"twitter:image": &other.image, "application-name": &other.site,
	}[name]
	if into != nil && *into == "" {
		*into = value
	}
}

// word cuts the name of a tag off.
func word(s string) (name, rest string) {
	i := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) })
	if i < 0 {
		return strings.ToLower(strings.TrimSuffix(s, "/")), ""
	}
	return strings.ToLower(s[:i]), s[i:]
}

// attributes reads those of a tag, whose values are in quotes or not.
func attributes(s string) map[string]string {
	out := map[string]string{}
	for len(out) < 32 {
		s = strings.TrimLeft(s, " \t\r\n\f/")
		at := strings.IndexAny(s, "= \t\r\n\f")
		if at < 0 {
			return out
		}
		key := strings.ToLower(s[:at])
		s = strings.TrimLeft(s[at:], " \t\r\n\f")
		if !strings.HasPrefix(s, "=") {
			continue
		}
		s = strings.TrimLeft(s[1:], " \t\r\n\f")
		var value string
		if s != "" && (s[0] == '"' || s[0] == '\'') {
			value, s, _ = strings.Cut(s[1:], s[:1])
		} else {
			end := strings.IndexAny(s, " \t\r\n\f")
			if end < 0 {
				end = len(s)
			}
			value, s = s[:end], s[end:]
		}
		if _, known := out[key]; !known {
			out[key] = html.UnescapeString(value)
		}
	}
	return out
}

// oembed reads the description that a page names beside itself; empty where there is none to be had.
func (m *Maker) oembed(ctx context.Context, page *url.URL, address string) said {
	u, err := page.Parse(address)
	if err != nil {
		return said{}
	}
	a, err := m.get(ctx, u, maxOEmbed, "application/json")
	if err != nil || a.kind != "application/json" && a.kind != "application/json+oembed" {
		return said{}
	}
	var e struct {
		Title    string `json:"title"`
		Author   string `json:"author_name"`
		Provider string `json:"provider_name"`
		Image    string `json:"thumbnail_url"`
	}
	if json.Unmarshal(a.body, &e) != nil {
		return said{}
	}
	return said{title: e.Title, description: e.Author, site: e.Provider, image: e.Image}
}

// tidy makes one line of a text, of at most so many bytes, with nothing in it that is not seen.
func tidy(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), markup.Turns(r), r == utf8.RuneError, r == 0xfeff:
			return -1
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= most {
		return s
	}
	cut := most - len("…")
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
