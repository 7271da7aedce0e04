package protocol

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
)

// Invite is a link into a group: BASE/j#T where the node that answers has a public URL, else conclave:j/T~ADDRESSES (SPEC.md,
// invitations). Whoever holds it may ask to join, so it is handled as a secret.
type Invite struct {
	Group     Log
	Account   Account  // who made it; its node answers
	Secret    [16]byte // shows that one holds the link
	Base      string   // "https://node.example", empty where the node has no public name
	Addresses []string // multiaddrs with /p2p/, of no use where there is a Base
}

// ErrInvite means that a text is not an invitation to a group.
var ErrInvite = errors.New("this is not a Conclave invitation link")

const (
	inviteVersion = 1
	inviteScheme  = "conclave:j/"
)

// Token returns T, base64url(version, group, account, secret): 108 characters.
func (i Invite) Token() string {
	raw := append([]byte{inviteVersion}, i.Group[:]...)
	raw = append(append(raw, i.Account[:]...), i.Secret[:]...)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// Text returns the link as people copy it.
func (i Invite) Text() string {
	return linkText(i.Base, "/j", inviteScheme, i.Token(), i.Addresses)
}

// ParseInvite reads an invitation link. White space around it is passed over; nothing else is forgiven.
func ParseInvite(s string) (Invite, error) {
	base, token, addrs, ok := cutLink(s, "/j", inviteScheme)
	if !ok {
		return Invite{}, ErrInvite
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 1+32+32+16 || raw[0] != inviteVersion {
		return Invite{}, ErrInvite
	}
	i := Invite{Base: base, Addresses: addrs}
	copy(i.Group[:], raw[1:])
	copy(i.Account[:], raw[33:])
	copy(i.Secret[:], raw[65:])
	return i, nil
}

// maxLink is the longest text of a link, in bytes.
const maxLink = 8192

// linkText joins the parts of a link.
func linkText(base, path, scheme, token string, addrs []string) string {
	text := scheme + token
	if base != "" {
		text = base + path + "#" + token
	}
	if len(addrs) == 0 {
		return text
	}
	return text + "~" + strings.Join(addrs, ",")
}

// cutLink takes a link apart.
func cutLink(s, path, scheme string) (base, token string, addrs []string, ok bool) {
	s = strings.TrimSpace(s)
	if len(s) > maxLink {
		return "", "", nil, false
	}
	rest, bare := strings.CutPrefix(s, scheme)
	if !bare {
		u, err := url.Parse(s)
		if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || (u.Scheme != "https" && u.Scheme != "http") || !strings.HasSuffix(u.EscapedPath(), path) {
			return "", "", nil, false
		}
		base = u.Scheme + "://" + u.Host + strings.TrimSuffix(u.EscapedPath(), path)
		rest = u.Fragment
	}
	token, list, with := strings.Cut(rest, "~")
	if with && list != "" {
		addrs = strings.Split(list, ",")
		if checkAddresses(addrs) != nil || base != "" && strings.Contains(list, "%") { // escaped once more than it should be
			return "", "", nil, false
		}
	}
	return base, token, addrs, true
}
