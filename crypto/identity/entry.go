package identity

import (
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"conclave/crypto/canon"
)

// Bounds of an entry (SPEC.md, limits).
const (
	MaxEntry     = 8 << 10 // bytes of a signed entry
	MaxDevices   = 16
	MaxAliases   = 8
	MaxMailboxes = 8
	maxText      = 255 // bytes of one alias or mailbox
	// Lifetime is the longest time from an entry to its expiry.
	Lifetime = 90 * 24 * time.Hour
)

const version = 1

// ErrEntry is returned for an entry that breaks a rule of form.
var ErrEntry = errors.New("invalid identity entry")

// Entry is one state of an account. HLC is a hybrid clock: Unix milliseconds in the upper 48 bits, a counter below. Expires
// is in Unix milliseconds. Acct and Prev are nil in the genesis entry only.
type Entry struct {
	Version   uint64    `cbor:"0,keyasint"`
	Acct      *Account  `cbor:"1,keyasint"`
	Seq       uint64    `cbor:"2,keyasint"`
	Prev      *Hash     `cbor:"3,keyasint"`
	HLC       uint64    `cbor:"4,keyasint"`
	AIK       PublicKey `cbor:"5,keyasint"`
	RecCommit *Hash     `cbor:"6,keyasint"`
	Devices   []Device  `cbor:"7,keyasint"`
	Aliases   []string  `cbor:"8,keyasint"`
	Mailboxes []string  `cbor:"9,keyasint"`
	Expires   uint64    `cbor:"10,keyasint"`
}

// Time returns the wall-clock part of the entry's HLC.
func (e Entry) Time() time.Time { return time.UnixMilli(int64(e.HLC >> 16)) }

// Expiry returns when the entry stops allowing new sessions.
func (e Entry) Expiry() time.Time { return time.UnixMilli(int64(e.Expires)) }

// Device returns the device with the given id.
func (e Entry) Device(id DeviceID) (Device, bool) {
	for _, d := range e.Devices {
		if d.ID == id {
			return d, true
		}
	}
	return Device{}, false
}

// at stamps the entry with now and the longest lifetime.
func (e Entry) at(now time.Time) Entry {
	e.HLC = millis(now) << 16
	e.Expires = millis(now.Add(Lifetime))
	return e
}

func (e Entry) encode() []byte {
	e.Devices, e.Aliases, e.Mailboxes = notNil(e.Devices), notNil(e.Aliases), notNil(e.Mailboxes)
	return canon.MustMarshal(e)
}

func decodeEntry(payload []byte) (Entry, error) {
	e, err := canon.Unmarshal[Entry](payload)
	if err != nil {
		return Entry{}, fmt.Errorf("decode identity entry: %w", err)
	}
	if err := e.check(); err != nil {
		return Entry{}, err
	}
	return e, nil
}

// check verifies the rules of form. Device records need the account and are checked against the log.
func (e Entry) check() error {
	first := e.Seq == 0
	switch {
	case e.Version != version:
		return fmt.Errorf("%w: version %d", ErrEntry, e.Version)
	case first != (e.Acct == nil) || first != (e.Prev == nil):
		return fmt.Errorf("%w: seq %d with the wrong links", ErrEntry, e.Seq)
	case e.Devices == nil || e.Aliases == nil || e.Mailboxes == nil:
		return fmt.Errorf("%w: null for a list", ErrEntry)
	case len(e.Devices) > MaxDevices || (first && len(e.Devices) != 0):
		return fmt.Errorf("%w: %d devices at seq %d", ErrEntry, len(e.Devices), e.Seq)
	case len(e.Aliases) > MaxAliases || len(e.Mailboxes) > MaxMailboxes:
		return fmt.Errorf("%w: %d aliases, %d mailboxes", ErrEntry, len(e.Aliases), len(e.Mailboxes))
	case e.Expires > e.HLC>>16+uint64(Lifetime.Milliseconds()):
		return fmt.Errorf("%w: lives longer than 90 days", ErrEntry)
	}
	for _, list := range [][]string{e.Aliases, e.Mailboxes} {
		for _, s := range list {
			if s == "" || len(s) > maxText || !utf8.ValidString(s) {
				return fmt.Errorf("%w: alias or mailbox of %d bytes", ErrEntry, len(s))
			}
		}
	}
	for i, d := range e.Devices {
		for _, other := range e.Devices[:i] {
			if d.ID == other.ID || d.DSK == other.DSK || d.DIK == other.DIK {
				return fmt.Errorf("%w: a device twice", ErrEntry)
			}
		}
	}
	return checkEd("account key", e.AIK)
}

func notNil[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
