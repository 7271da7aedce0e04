package markup

import (
	"strconv"
	"strings"
)

// hidden stands for a spoiler, whatever its length.
const hidden = "▒▒▒▒▒"

// Plain returns a text as it reads without marks, for a notification, a preview or an export: spoilers are covered, a link whose
// text does not name its host tells it, and nothing changes the direction of reading.
func Plain(text string, mentions ...Range) string {
	d := Parse(text, mentions...)
	if d.Blocks == nil {
		return straight(text)
	}
	return straight(plainBlocks(d.Blocks))
}

func straight(s string) string {
	if strings.IndexFunc(s, Turns) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if Turns(r) {
			return -1
		}
		return r
	}, s)
}

func plainBlocks(blocks []Block) string {
	lines := make([]string, 0, len(blocks))
	for _, b := range blocks {
		lines = append(lines, plainBlock(b))
	}
	return strings.Join(lines, "\n")
}

func plainBlock(b Block) string {
	switch b.Kind {
	case Code:
		return b.Text
	case Rule:
		return "———"
	case Quote:
		return indented("> ", "> ", plainBlocks(b.Blocks))
	case Bullets, Numbers:
		items := make([]string, 0, len(b.Items))
		for i, item := range b.Items {
			sign := "• "
			if b.Kind == Numbers {
				sign = strconv.Itoa(b.Number+i) + ". "
			}
			items = append(items, indented(sign, "  ", plainBlocks(item)))
		}
		return strings.Join(items, "\n")
	}
	var out strings.Builder
	plainInline(&out, b.Inline)
	return out.String()
}

func indented(first, others, s string) string {
	return first + strings.ReplaceAll(s, "\n", "\n"+others)
}

func plainInline(out *strings.Builder, inline []Inline) {
	for _, i := range inline {
		switch i.Kind {
		case Spoiler:
			out.WriteString(hidden)
		case Emoji:
			out.WriteString(":" + i.Text + ":")
		case Link:
			var text strings.Builder
			plainInline(&text, i.Inline)
			out.WriteString(text.String())
			if !Told(text.String(), i.URL) {
				out.WriteString(" (" + Host(i.URL) + ")")
			}
		case Emphasis, Strong, Struck:
			plainInline(out, i.Inline)
		default:
			out.WriteString(i.Text)
		}
	}
}
