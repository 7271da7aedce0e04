package markup

import (
	"strings"
	"unicode/utf8"
)

// IsAddress tells whether a text is the whole address of a link, as Parse makes them.
func IsAddress(u string) bool { return address(u) }

// address tells whether a text is the whole address of a link: http, https, mailto or conclave, with a host where the scheme has
// one, nobody's name before the host, and nothing in it that is not seen.
func address(u string) bool {
	if len(u) > MaxURL {
		return false
	}
	for _, r := range u {
		if !inAddress(r) {
			return false
		}
	}
	scheme, rest := cutScheme(u)
	switch scheme {
	case "http", "https":
		return rest != "" && hostOf(rest) > 0
	case "mailto":
		at := strings.IndexByte(rest, '@')
		return at > 0 && at < len(rest)-1
	case "conclave":
		return len(rest) > 2 && letter(rest[0]) && rest[1] == '/'
	}
	return false
}

// inAddress tells which characters may stand in an address.
func inAddress(r rune) bool {
	return !unseen(r) && r != '\\' && r != '<' && r != '>' && r != '"' && r != '`'
}

// cutScheme returns the scheme in small letters and what follows it, of http and https what follows the slashes.
func cutScheme(u string) (scheme, rest string) {
	at := strings.IndexByte(u[:min(len(u), 9)], ':')
	if at < 0 {
		return "", ""
	}
	scheme, rest = lower(u[:at]), u[at+1:]
	if scheme == "http" || scheme == "https" {
		if !strings.HasPrefix(rest, "//") {
			return "", ""
		}
		rest = rest[2:]
	}
	return scheme, rest
}

// lower changes ASCII letters alone.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r | 0x20
		}
		return r
	}, s)
}

// maxHost is how many bytes a host with its port may have.
const maxHost = 260

// hostOf measures the host and port that an address without its scheme begins with; 0 for none.
func hostOf(s string) int {
	n := 0
	for n < len(s) && n <= maxHost && s[n] != '/' && s[n] != '?' && s[n] != '#' {
		n++
	}
	host := s[:n]
	if n > maxHost {
		return 0
	}
	if at := strings.LastIndexByte(host, ':'); at >= 0 && !strings.HasSuffix(host, "]") {
		port := host[at+1:]
		if len(port) == 0 || len(port) > 5 || strings.Trim(port, "0123456789") != "" {
			return 0
		}
		host = host[:at]
	}
	if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		if strings.Trim(strings.ToLower(host[1:len(host)-1]), "0123456789abcdef:.") != "" {
			return 0
		}
		return n
	}
	if host == "" || host[0] == '.' || host[0] == '-' {
		return 0
	}
	some := false
	for i := 0; i < len(host); i++ {
		switch c := host[i]; {
		case letter(c), digit(c), c >= 0x80:
			some = true
		case c != '.' && c != '-' && c != '_':
			return 0
		}
	}
	if !some {
		return 0
	}
	return n
}

// Host returns what a reader has to know of an address: the host with its port, the address of a mail, or the scheme.
func Host(u string) string {
	scheme, rest := cutScheme(u)
	switch scheme {
	case "http", "https":
		return lower(rest[:hostOf(rest)])
	case "mailto":
		to, _, _ := strings.Cut(rest, "?")
		return to
	}
	return scheme
}

// Told tells whether the text of a link names the host that it leads to, so that a reader need not be told.
func Told(text, u string) bool {
	t := lower(strings.Trim(text, " \t\r\n"))
	if _, rest := cutScheme(t); rest != "" {
		t = rest
	}
	host := lower(Host(u))
	if !strings.HasPrefix(t, host) {
		return false
	}
	return len(t) == len(host) || strings.IndexByte("/?#:", t[len(host)]) >= 0
}

// bare measures the address that stands in a text at a place without any marks around it, 0 for none, and how far it had to look. In
// the brackets of a link an address ends where they do.
func bare(s string, at int, bracketed bool) (n, looked int, www bool) {
	rest := s[at:]
	prefix := ""
	for _, p := range [...]string{"https://", "http://", "www.", "mailto:", "conclave:"} {
		if len(rest) > len(p) && strings.EqualFold(rest[:len(p)], p) {
			prefix = p
			break
		}
	}
	switch prefix {
	case "":
		return 0, 0, false
	case "www.":
		www = true
		if !letter(rest[4]) && !digit(rest[4]) && rest[4] < 0x80 {
			return 0, 0, false
		}
	case "conclave:":
		if len(rest) < 12 || !letter(rest[9]) || rest[10] != '/' {
			return 0, 0, false
		}
	}
	n = len(prefix)
	for n < len(rest) && n <= MaxURL {
		r, size := utf8.DecodeRuneInString(rest[n:])
		if !inAddress(r) || r == ']' && bracketed || r == '|' && n+1 < len(rest) && rest[n+1] == '|' {
			break
		}
		n += size
	}
	looked = n
	n = trimmed(rest[:n])
	u := rest[:n]
	if www {
		u = "https://" + u
	}
	if looked > MaxURL || n <= len(prefix) || !address(u) {
		return 0, looked, false
	}
	return n, looked, www
}

// trimmed leaves out the punctuation that ends the sentence and not the address.
func trimmed(u string) int {
	open := strings.Count(u, "(") - strings.Count(u, ")")
	n := len(u)
	for ; n > 0; n-- {
		c := u[n-1]
		if c == ')' && open < 0 {
			open++
		} else if strings.IndexByte("?!.,:;*_~'|]", c) < 0 {
			break
		}
	}
	return n
}
