// Package identity is who somebody is: an account is a log of signed entries, its id the hash of the first; each entry lists
// all devices of the account, so the log alone decides who may read (SPEC.md, identity log).
//
// It promises that a Log holds only entries that verify from the genesis on, that two logs fed the same entries in any order
// come to the same head or report a fork, and that signatures and hashes cover the bytes received, never a re-encoding. It
// refuses keys of small order, encodings that are not canonical, entries over 8 KiB, devices without proof of possession,
// and any change of history that the recovery key did not sign.
//
// Everything is pure: randomness and time are parameters. A *Log is not safe for concurrent use; all else is.
package identity

import (
	"encoding/base32"
	"fmt"
	"strings"
)

// Account is the id of an account: SHA-256(L("acct") || genesis payload). The zero value means none.
type Account [32]byte

// DeviceID is the id of a device: the first 16 bytes of SHA-256(L("dev") || acct || dsk || dik). The zero value means none.
type DeviceID [16]byte

// Hash is the hash of an entry: SHA-256(L("identry") || payload). The zero value means none.
type Hash [32]byte

// PublicKey is an Ed25519 public key.
type PublicKey [32]byte

// DHPublic is an X25519 public key.
type DHPublic [32]byte

const (
	accountPrefix = "a_"
	devicePrefix  = "d_"
)

var text = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// String returns the text form: "a_" and 52 base32 characters.
func (a Account) String() string { return accountPrefix + text.EncodeToString(a[:]) }

// String returns the text form: "d_" and 26 base32 characters.
func (d DeviceID) String() string { return devicePrefix + text.EncodeToString(d[:]) }

// ParseAccount reads the text form and nothing else.
func ParseAccount(s string) (a Account, err error) {
	return a, parse(s, accountPrefix, a[:], func() string { return a.String() })
}

// ParseDevice reads the text form and nothing else.
func ParseDevice(s string) (d DeviceID, err error) {
	return d, parse(s, devicePrefix, d[:], func() string { return d.String() })
}

// parse decodes into dst and compares with the one way to write it, because base32 has spare bits at the end.
func parse(s, prefix string, dst []byte, again func() string) error {
	body, ok := strings.CutPrefix(s, prefix)
	if !ok || len(body) != text.EncodedLen(len(dst)) {
		return fmt.Errorf("parse id: want %q and %d characters", prefix, text.EncodedLen(len(dst)))
	}
	if _, err := text.Decode(dst, []byte(body)); err != nil || again() != s {
		return fmt.Errorf("parse id: not lower-case base32")
	}
	return nil
}
