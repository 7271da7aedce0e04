package protocol

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
)

// Link is a contact link: BASE/i#T where the home node has a public URL, else conclave:i/T~ADDRESSES (SPEC.md, events and
// ids). Whoever holds it has the account's consent to be its contact, so it is handled as a secret.
type Link struct {
	Account   Account
	Secret    [16]byte
	Base      string   // "https://node.example", empty where the node has no public name
	Addresses []string // multiaddrs with /p2p/, only where Base is empty
}

// ErrLink means that a text is not a contact link.
var ErrLink = errors.New("this is not a Conclave contact link")

const (
	linkVersion = 1
	linkScheme  = "conclave:i/"
)

// Token returns T, base64url(version, account, secret): 66 characters.
func (l Link) Token() string {
	raw := append(append([]byte{linkVersion}, l.Account[:]...), l.Secret[:]...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Text returns the link as people copy it.
func (l Link) Text() string {
	if l.Base != "" {
		return l.Base + "/i#" + l.Token()
	}
	if len(l.Addresses) == 0 {
		return linkScheme + l.Token()
	}
	return linkScheme + l.Token() + "~" + strings.Join(l.Addresses, ",")
}

// ParseLink reads a contact link. White space around it is passed over; nothing else is forgiven.
func ParseLink(s string) (Link, error) {
	s = strings.TrimSpace(s)
	if len(s) > 8192 {
		return Link{}, ErrLink
	}
	var l Link
	rest, bare := strings.CutPrefix(s, linkScheme)
	if !bare {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || (u.Scheme != "https" && u.Scheme != "http") || !strings.HasSuffix(u.EscapedPath(), "/i") {
			return Link{}, ErrLink
		}
		l.Base = u.Scheme + "://" + u.Host + strings.TrimSuffix(u.EscapedPath(), "/i")
		rest = u.Fragment
	}
	token, addrs, with := strings.Cut(rest, "~")
	if with && addrs != "" {
		l.Addresses = strings.Split(addrs, ",")
		if checkAddresses(l.Addresses) != nil {
			return Link{}, ErrLink
		}
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 1+32+16 || raw[0] != linkVersion {
		return Link{}, ErrLink
	}
	copy(l.Account[:], raw[1:])
	copy(l.Secret[:], raw[33:])
	return l, nil
}
