package event

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// MaxEmoji is how long an emoji may be, in bytes of UTF-8.
const MaxEmoji = 64

// Runes that emoji are joined from.
const (
	joiner     = 0x200d // joins elements to one emoji
	asEmoji    = 0xfe0f // asks for a picture where a rune is text as a rule
	keycap     = 0x20e3
	blackFlag  = 0x1f3f4 // the only rune that tags may follow
	firstTag   = 0xe0020
	lastTag    = 0xe007e
	endOfTags  = 0xe007f
	mostTags   = 6
	mostJoined = 10
)

// spans are runs of code points, rising.
type spans [][2]rune

func (s spans) has(r rune) bool {
	_, ok := slices.BinarySearchFunc(s, r, func(span [2]rune, r rune) int {
		switch {
		case span[1] < r:
			return -1
		case span[0] > r:
			return 1
		}
		return 0
	})
	return ok
}

// CanonEmoji returns the one spelling of an emoji: whatever stands for itself or for text gets or loses U+FE0F. It is empty
// for a text that is not exactly one emoji.
//
// What an emoji is depends on no version of Unicode, so that all nodes decide the same: a flag of two regional indicators, a
// keycap, or up to ten elements joined by U+200D. An element is a pictograph (SPEC.md, reactions), perhaps with a skin tone; the
// black flag may have tags. In the planes where new pictographs are added, every code point is one.
func CanonEmoji(text string) string {
	if len(text) > MaxEmoji || !utf8.ValidString(text) {
		return ""
	}
	runes := []rune(strings.ReplaceAll(text, string(rune(asEmoji)), ""))
	switch {
	case len(runes) == 2 && isFlagLetter(runes[0]) && isFlagLetter(runes[1]):
		return string(runes)
	case len(runes) == 2 && runes[1] == keycap && strings.ContainsRune("0123456789#*", runes[0]):
		return string([]rune{runes[0], asEmoji, keycap})
	}
	var out []rune
	for n := 0; n < mostJoined; n++ {
		rest, element := element(runes)
		if element == nil {
			return ""
		}
		out = append(out, element...)
		if len(rest) == 0 {
			if len(string(out)) > MaxEmoji {
				return ""
			}
			return string(out)
		}
		if rest[0] != joiner {
			return ""
		}
		out, runes = append(out, joiner), rest[1:]
	}
	return ""
}

// element takes one element from the beginning of an emoji that has no U+FE0F, and returns it as it is spelt; nil for none.
func element(runes []rune) (rest, element []rune) {
	if len(runes) == 0 || !isPictograph(runes[0]) {
		return runes, nil
	}
	base, rest := runes[0], runes[1:]
	switch {
	case len(rest) > 0 && isSkinTone(rest[0]):
		return rest[1:], []rune{base, rest[0]}
	case base == blackFlag && len(rest) > 0 && rest[0] >= firstTag && rest[0] <= lastTag:
		end := slices.Index(rest, endOfTags)
		if end < 0 || end > mostTags || slices.ContainsFunc(rest[:end], func(r rune) bool { return r < firstTag || r > lastTag }) {
			return runes, nil
		}
		return rest[end+1:], append([]rune{base}, rest[:end+1]...)
	case textual.has(base):
		return rest, []rune{base, asEmoji}
	}
	return rest, []rune{base}
}

func isFlagLetter(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }
func isSkinTone(r rune) bool   { return r >= 0x1f3fb && r <= 0x1f3ff }

func isPictograph(r rune) bool {
	return r >= 0x1f300 && r <= 0x1faff && !isSkinTone(r) || pictorial.has(r) || textual.has(r)
}

// IsEmojiName tells whether a text is the name of a custom emoji: 2 to 32 of a to z, 0 to 9, - and _, between colons.
func IsEmojiName(text string) bool {
	inner, open := strings.CutPrefix(text, ":")
	inner, closed := strings.CutSuffix(inner, ":")
	return open && closed && len(inner) >= 2 && len(inner) <= 32 && !strings.ContainsFunc(inner, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
	})
}

// pictorial are the pictographs below U+1F300 that are pictures of themselves.
var pictorial = spans{
	{0x231a, 0x231b}, {0x23e9, 0x23ec}, {0x23f0, 0x23f0}, {0x23f3, 0x23f3}, {0x25fd, 0x25fe}, {0x2614, 0x2615}, {0x2648, 0x2653},
	{0x267f, 0x267f}, {0x2693, 0x2693}, {0x26a1, 0x26a1}, {0x26aa, 0x26ab}, {0x26bd, 0x26be}, {0x26c4, 0x26c5}, {0x26ce, 0x26ce},
	{0x26d4, 0x26d4}, {0x26ea, 0x26ea}, {0x26f2, 0x26f3}, {0x26f5, 0x26f5}, {0x26fa, 0x26fa}, {0x26fd, 0x26fd}, {0x2705, 0x2705},
	{0x270a, 0x270b}, {0x2728, 0x2728}, {0x274c, 0x274c}, {0x274e, 0x274e}, {0x2753, 0x2755}, {0x2757, 0x2757}, {0x2795, 0x2797},
	{0x27b0, 0x27b0}, {0x27bf, 0x27bf}, {0x2b1b, 0x2b1c}, {0x2b50, 0x2b50}, {0x2b55, 0x2b55}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf},
	{0x1f18e, 0x1f18e}, {0x1f191, 0x1f19a}, {0x1f201, 0x1f201}, {0x1f21a, 0x1f21a}, {0x1f22f, 0x1f22f}, {0x1f232, 0x1f236},
	{0x1f238, 0x1f23a}, {0x1f250, 0x1f251},
}

// textual are the pictographs that are text unless U+FE0F follows them.
var textual = spans{
	{0xa9, 0xa9}, {0xae, 0xae}, {0x203c, 0x203c}, {0x2049, 0x2049}, {0x2122, 0x2122}, {0x2139, 0x2139}, {0x2194, 0x2199}, {0x21a9, 0x21aa},
	{0x2328, 0x2328}, {0x23cf, 0x23cf}, {0x23ed, 0x23ef}, {0x23f1, 0x23f2}, {0x23f8, 0x23fa}, {0x24c2, 0x24c2}, {0x25aa, 0x25ab},
	{0x25b6, 0x25b6}, {0x25c0, 0x25c0}, {0x25fb, 0x25fc}, {0x2600, 0x2604}, {0x260e, 0x260e}, {0x2611, 0x2611}, {0x2618, 0x2618},
	{0x261d, 0x261d}, {0x2620, 0x2620}, {0x2622, 0x2623}, {0x2626, 0x2626}, {0x262a, 0x262a}, {0x262e, 0x262f}, {0x2638, 0x263a},
	{0x2640, 0x2640}, {0x2642, 0x2642}, {0x265f, 0x2660}, {0x2663, 0x2663}, {0x2665, 0x2666}, {0x2668, 0x2668}, {0x267b, 0x267b},
	{0x267e, 0x267e}, {0x2692, 0x2692}, {0x2694, 0x2697}, {0x2699, 0x2699}, {0x269b, 0x269c}, {0x26a0, 0x26a0}, {0x26a7, 0x26a7},
	{0x26b0, 0x26b1}, {0x26c8, 0x26c8}, {0x26cf, 0x26cf}, {0x26d1, 0x26d1}, {0x26d3, 0x26d3}, {0x26e9, 0x26e9}, {0x26f0, 0x26f1},
	{0x26f4, 0x26f4}, {0x26f7, 0x26f9}, {0x2702, 0x2702}, {0x2708, 0x2709}, {0x270c, 0x270d}, {0x270f, 0x270f}, {0x2712, 0x2712},
	{0x2714, 0x2714}, {0x2716, 0x2716}, {0x271d, 0x271d}, {0x2721, 0x2721}, {0x2733, 0x2734}, {0x2744, 0x2744}, {0x2747, 0x2747},
	{0x2763, 0x2764}, {0x27a1, 0x27a1}, {0x2934, 0x2935}, {0x2b05, 0x2b07}, {0x3030, 0x3030}, {0x303d, 0x303d}, {0x3297, 0x3297},
	{0x3299, 0x3299}, {0x1f170, 0x1f171}, {0x1f17e, 0x1f17f}, {0x1f202, 0x1f202}, {0x1f237, 0x1f237}, {0x1f321, 0x1f321},
	{0x1f324, 0x1f32c}, {0x1f336, 0x1f336}, {0x1f37d, 0x1f37d}, {0x1f396, 0x1f397}, {0x1f399, 0x1f39b}, {0x1f39e, 0x1f39f},
	{0x1f3cb, 0x1f3ce}, {0x1f3d4, 0x1f3df}, {0x1f3f3, 0x1f3f3}, {0x1f3f5, 0x1f3f5}, {0x1f3f7, 0x1f3f7}, {0x1f43f, 0x1f43f},
	{0x1f441, 0x1f441}, {0x1f4fd, 0x1f4fd}, {0x1f549, 0x1f54a}, {0x1f56f, 0x1f570}, {0x1f573, 0x1f579}, {0x1f587, 0x1f587},
	{0x1f58a, 0x1f58d}, {0x1f590, 0x1f590}, {0x1f5a5, 0x1f5a5}, {0x1f5a8, 0x1f5a8}, {0x1f5b1, 0x1f5b2}, {0x1f5bc, 0x1f5bc},
	{0x1f5c2, 0x1f5c4}, {0x1f5d1, 0x1f5d3}, {0x1f5dc, 0x1f5de}, {0x1f5e1, 0x1f5e1}, {0x1f5e3, 0x1f5e3}, {0x1f5e8, 0x1f5e8},
	{0x1f5ef, 0x1f5ef}, {0x1f5f3, 0x1f5f3}, {0x1f5fa, 0x1f5fa}, {0x1f6cb, 0x1f6cb}, {0x1f6cd, 0x1f6cf}, {0x1f6e0, 0x1f6e5},
	{0x1f6e9, 0x1f6e9}, {0x1f6f0, 0x1f6f0}, {0x1f6f3, 0x1f6f3},
}
