package markup

import "strings"

// Classes of characters are written out, so that they are the same whatever edition of Unicode a reader has.

func digit(c byte) bool { return c >= '0' && c <= '9' }

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// sign tells ASCII punctuation, which a backslash makes text.
func sign(c byte) bool {
	return c > ' ' && c < 0x7f && !digit(c) && !letter(c)
}

func space(r rune) bool {
	switch {
	case r >= '\t' && r <= '\r', r == ' ', r == 0xa0, r == 0x1680, r >= 0x2000 && r <= 0x200a,
		r == 0x2028, r == 0x2029, r == 0x202f, r == 0x205f, r == 0x3000:
		return true
	}
	return false
}

func punct(r rune) bool {
	if r < 0x80 {
		return sign(byte(r))
	}
	switch {
	case r >= 0xa1 && r <= 0xbf && r != 0xaa && r != 0xb2 && r != 0xb3 && r != 0xb5 && r != 0xb9 && r != 0xba && (r < 0xbc || r == 0xbf),
		r >= 0x2010 && r <= 0x2027, r >= 0x2030 && r <= 0x205e, r >= 0x3001 && r <= 0x3003, r >= 0x3008 && r <= 0x3011,
		r >= 0x3014 && r <= 0x301f, r >= 0xff01 && r <= 0xff0f, r >= 0xff1a && r <= 0xff20, r >= 0xff3b && r <= 0xff40,
		r >= 0xff5b && r <= 0xff65:
		return true
	}
	return false
}

// Turns tells the characters that change the direction in which text is read: they are never followed, only named.
func Turns(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

// unseen tells characters that stand in no address, because nobody sees them there.
func unseen(r rune) bool {
	return space(r) || r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == 0xad || r == 0x61c || r == 0x180e || r >= 0x200b && r <= 0x200f ||
		Turns(r) || r >= 0x2060 && r <= 0x2065 || r >= 0x206a && r <= 0x206f || r == 0xfeff || r >= 0xfff0 && r <= 0xffff
}

func indent(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }

func blank(s string) bool { return strings.Trim(s, " \t") == "" }

// run counts how often the byte at a place is repeated.
func run(s string, at int) int {
	n := 1
	for at+n < len(s) && s[at+n] == s[at] {
		n++
	}
	return n
}

// language returns the first word behind a fence if it can be the name of a language.
func language(info string) string {
	word, _, _ := strings.Cut(strings.ReplaceAll(info, "\t", " "), " ")
	if len(word) > 24 {
		return ""
	}
	for i := 0; i < len(word); i++ {
		if c := word[i]; !letter(c) && !digit(c) && strings.IndexByte("+-#._", c) < 0 {
			return ""
		}
	}
	return strings.ToLower(word)
}
