package event_test

import (
	_ "embed"
	"strings"
	"testing"

	"conclave/protocol/event"
)

// The fully qualified emoji of Unicode 17, without skin tones.
//
//go:embed testdata/emoji.txt
var known string

func TestEveryKnownEmojiIsSpeltAsUnicodeSpellsIt(t *testing.T) {
	all := strings.Fields(known)
	if len(all) < 1900 {
		t.Fatalf("got %d emoji, want those of Unicode", len(all))
	}
	for _, e := range all {
		if got := event.CanonEmoji(e); got != e {
			t.Errorf("%+q: got %+q, want it unchanged", e, got)
		}
		if got := event.CanonEmoji(strings.ReplaceAll(e, "\ufe0f", "")); got != e {
			t.Errorf("%+q without its selectors: got %+q, want them back", e, got)
		}
	}
}

func TestWhatIsOneEmoji(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"a heart as text":             {"❤", "❤️"},
		"a smile with a selector":     {"😀\ufe0f", "😀"},
		"a skin tone":                 {"👍🏽", "👍🏽"},
		"a tone in place of selector": {"☝\ufe0f🏽", "☝🏽"},
		"two people and two tones":    {"👩🏻‍❤️‍💋‍👩🏿", "👩🏻‍❤️‍💋‍👩🏿"},
		"a keycap":                    {"#\u20e3", "#\ufe0f\u20e3"},
		"a flag":                      {"🇪🇺", "🇪🇺"},
		"a flag with tags":            {"🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"},
		"one of a newer Unicode":      {"\U0001fafd", "\U0001fafd"},
		"nothing":                     {"", ""},
		"a letter":                    {"a", ""},
		"a digit":                     {"1", ""},
		"a word":                      {"ok", ""},
		"two emoji":                   {"😀😀", ""},
		"an emoji and a blank":        {"😀 ", ""},
		"a lone tone":                 {"🏽", ""},
		"a lone selector":             {"\ufe0f", ""},
		"a lone joiner":               {"\u200d", ""},
		"joined to nothing":           {"😀\u200d", ""},
		"joined by two":               {"😀\u200d\u200d😀", ""},
		"three flag letters":          {"🇪🇺🇪", ""},
		"tags without an end":         {"🏴\U000e0067\U000e0062", ""},
		"tags on a smile":             {"😀\U000e0067\U000e007f", ""},
		"a written direction":         {"😀\u202e", ""},
		"a heap of accents":           {"😀\u0301", ""},
		"not UTF-8":                   {"😀\xff", ""},
		"a family of eleven":          {strings.Repeat("😀\u200d", 10) + "😀", ""},
		"too long":                    {strings.Repeat("😀\u200d", 9) + "👍🏽", ""},
		"a custom name":               {":party:", ""},
	} {
		if got := event.CanonEmoji(c.text); got != c.want {
			t.Errorf("%s: got %+q, want %+q", name, got, c.want)
		}
	}
}

func TestNamesOfCustomEmoji(t *testing.T) {
	for name, want := range map[string]bool{
		":party:": true, ":a1:": true, ":blob-wave_2:": true, ":" + strings.Repeat("a", 32) + ":": true,
		":a:": false, "::": false, ":": false, "": false, "party": false, ":party": false, ":Party:": false, ":par ty:": false, ":é1:": false,
		":" + strings.Repeat("a", 33) + ":": false, ":a:b:": false,
	} {
		if got := event.IsEmojiName(name); got != want {
			t.Errorf("%q: got %v, want %v", name, got, want)
		}
	}
}

func FuzzCanonEmoji(f *testing.F) {
	for _, s := range []string{"❤", "👩🏻‍❤️‍💋‍👩🏿", "#\u20e3", "🇪🇺", "🏴\U000e0067\U000e007f", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := event.CanonEmoji(s)
		if len(got) > event.MaxEmoji {
			t.Fatalf("%+q: got %d bytes", s, len(got))
		}
		if again := event.CanonEmoji(got); got != "" && again != got {
			t.Fatalf("%+q: got %+q, then %+q", s, got, again)
		}
	})
}
