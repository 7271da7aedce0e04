package protocol

import (
	"encoding/base64"
	"errors"
)

// Link is a contact link: BASE/i#T~MAILBOXES where the home node has a public URL, else conclave:i/T~ADDRESSES (SPEC.md, contact
// links). Whoever holds it has the account's consent to be its contact, so it is handled as a secret.
type Link struct {
	Account   Account
	Secret    [16]byte
	Base      string   // "https://node.example", empty where the node has no public name
	Addresses []string // multiaddrs with /p2p/: those of the node, where Base is empty, and behind them those of mailboxes
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
func (l Link) Text() string { return linkText(l.Base, "/i", linkScheme, l.Token(), l.Addresses) }

// ParseLink reads a contact link. White space around it is passed over; nothing else is forgiven.
func ParseLink(s string) (Link, error) {
	base, token, addrs, ok := cutLink(s, "/i", linkScheme)
	if !ok {
		return Link{}, ErrLink
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 1+32+16 || raw[0] != linkVersion {
		return Link{}, ErrLink
	}
	l := Link{Base: base, Addresses: addrs}
	copy(l.Account[:], raw[1:])
	copy(l.Secret[:], raw[33:])
	return l, nil
}
