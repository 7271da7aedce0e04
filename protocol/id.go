// Package protocol is the vocabulary of Conclave: ids, events, envelopes, contact links and the limits that hold for
// everybody. SPEC.md beside this file is the published protocol; every type here names its section.
//
// It promises that what it decodes is bounded, canonical where it is signed or hashed, and kept byte for byte. It holds no
// state, does no I/O and is safe for concurrent use.
package protocol

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"conclave/crypto/canon"
)

// Account names a person or a bot: the hash of the genesis entry of its identity log.
type Account [32]byte

// Device names one end-to-end endpoint, an account on a node.
type Device [16]byte

// Log names a log: a conversation, an account's self log or a node's org log.
type Log [32]byte

// EventID names an event: the hash of its header.
type EventID [32]byte

// Queue names a place where blobs for one device are put.
type Queue [32]byte

// EnvelopeID names a blob, for acknowledgement and removal of duplicates.
type EnvelopeID [16]byte

// ErrID means that a text is not the text form of an id of the wanted type.
var ErrID = errors.New("not a valid id")

var text32 = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func (a Account) String() string { return "a_" + text32.EncodeToString(a[:]) }
func (d Device) String() string  { return "d_" + text32.EncodeToString(d[:]) }
func (l Log) String() string     { return "c_" + text32.EncodeToString(l[:]) }
func (e EventID) String() string { return "m_" + text32.EncodeToString(e[:]) }

// IsZero tells whether the id is the zero value, which names nobody.
func (a Account) IsZero() bool { return a == Account{} }

// IsZero tells whether the id is the zero value.
func (e EventID) IsZero() bool { return e == EventID{} }

// IsZero tells whether the id is the zero value.
func (l Log) IsZero() bool { return l == Log{} }

// MarshalText returns the text form, a_ and 52 letters.
func (a Account) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// MarshalText returns the text form, d_ and 26 letters.
func (d Device) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// MarshalText returns the text form, c_ and 52 letters.
func (l Log) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// MarshalText returns the text form, m_ and 52 letters.
func (e EventID) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// UnmarshalText reads the text form; any other spelling is ErrID.
func (a *Account) UnmarshalText(b []byte) error { return parseID("a_", b, a[:]) }

// UnmarshalText reads the text form; any other spelling is ErrID.
func (d *Device) UnmarshalText(b []byte) error { return parseID("d_", b, d[:]) }

// UnmarshalText reads the text form; any other spelling is ErrID.
func (l *Log) UnmarshalText(b []byte) error { return parseID("c_", b, l[:]) }

// UnmarshalText reads the text form; any other spelling is ErrID.
func (e *EventID) UnmarshalText(b []byte) error { return parseID("m_", b, e[:]) }

// ParseAccount reads the text form of an account id.
func ParseAccount(s string) (a Account, err error) { return a, a.UnmarshalText([]byte(s)) }

// ParseLog reads the text form of a conversation id.
func ParseLog(s string) (l Log, err error) { return l, l.UnmarshalText([]byte(s)) }

// ParseEventID reads the text form of an event id.
func ParseEventID(s string) (e EventID, err error) { return e, e.UnmarshalText([]byte(s)) }

func parseID(prefix string, text []byte, into []byte) error {
	body, ok := strings.CutPrefix(string(text), prefix)
	if !ok || len(body) != text32.EncodedLen(len(into)) {
		return ErrID
	}
	raw, err := text32.DecodeString(body)
	if err != nil || text32.EncodeToString(raw) != body {
		return ErrID
	}
	copy(into, raw)
	return nil
}

// DirectLog is the id of the direct conversation of two accounts, the same on both nodes (SPEC.md, events and ids).
func DirectLog(a, b Account) Log {
	if string(a[:]) > string(b[:]) {
		a, b = b, a
	}
	return Log(canon.Hash("direct", a[:], b[:]))
}

// EnvelopeIDOf is the id of a blob: the first 16 bytes of SHA-256(L("env") || blob).
func EnvelopeIDOf(blob []byte) EnvelopeID {
	h := sha256.New()
	h.Write(canon.Label("env"))
	h.Write(blob)
	return EnvelopeID(h.Sum(nil)[:16])
}

// Name is an account's name on its node: [a-z0-9][a-z0-9._-]{0,31}.
type Name string

// ErrName means that a text cannot be an account's name.
var ErrName = errors.New("a name has 1 to 32 of the characters a-z, 0-9, dot, dash and underscore, and begins with a letter or a digit")

// ParseName checks a name; it changes nothing in it.
func ParseName(s string) (Name, error) {
	if len(s) == 0 || len(s) > 32 || !alnum(s[0]) {
		return "", ErrName
	}
	for i := range len(s) {
		if !alnum(s[i]) && s[i] != '.' && s[i] != '_' && s[i] != '-' {
			return "", ErrName
		}
	}
	return Name(s), nil
}

func alnum(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

// Address is name@host[:port], where an account can be found.
type Address string

// NewAddress joins a name and the host of its node.
func NewAddress(n Name, host string) Address {
	if host == "" {
		return Address(n)
	}
	return Address(fmt.Sprintf("%s@%s", n, host))
}

// Split returns the name and the host of an address.
func (a Address) Split() (Name, string, error) {
	name, host, ok := strings.Cut(string(a), "@")
	odd := func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune("/@?#\\", r) }
	if !ok || host == "" || len(host) > 255 || strings.ContainsFunc(host, odd) {
		return "", "", fmt.Errorf("an address looks like name@host: %w", ErrName)
	}
	n, err := ParseName(name)
	return n, host, err
}
