package event

import (
	"unicode"
	"unicode/utf8"

	"conclave/protocol"
)

// Bodies of signals: passing facts that no log holds.

// Typing says that its author writes in the conversation now. It is over after 6 seconds, or with a message of the author.
type Typing struct{}

// Kind is typing.
func (Typing) Kind() string { return "typing" }

// Validate accepts it.
func (Typing) Validate() error { return nil }

// PresenceShown says whether its author is there, to some accounts of the node that gets it. It is over after 11 minutes.
type PresenceShown struct {
	State string             `cbor:"0,keyasint"` // online, away, busy, offline
	Text  string             `cbor:"1,keyasint,omitempty"`
	Emoji string             `cbor:"2,keyasint,omitempty"`
	Until uint64             `cbor:"3,keyasint,omitempty"` // when text and emoji are over, Unix milliseconds; 0: not by themselves
	Seen  uint64             `cbor:"4,keyasint,omitempty"` // when the author was there last, Unix minutes; 0: that is not told
	For   []protocol.Account `cbor:"5,keyasint"`
}

// Bounds of a PresenceShown. Sizes are bytes.
const (
	MaxStatusText  = 200
	MaxStatusEmoji = 40
	MaxShownTo     = 96
)

// Kind is presence.
func (PresenceShown) Kind() string { return "presence" }

// Validate refuses states that nobody knows, too long statuses, and one for nobody.
func (p PresenceShown) Validate() error {
	switch p.State {
	case "online", "away", "busy", "offline":
	default:
		return invalid("a presence of state %.20q", p.State)
	}
	if len(p.For) == 0 || len(p.For) > MaxShownTo {
		return invalid("a presence for %d accounts", len(p.For))
	}
	return CheckStatus(p.Text, p.Emoji)
}

// CheckStatus refuses the words and the emoji of a status that are too long or no text.
func CheckStatus(text, emoji string) error {
	for _, s := range []struct {
		text string
		most int
	}{{text, MaxStatusText}, {emoji, MaxStatusEmoji}} {
		if len(s.text) > s.most || !utf8.ValidString(s.text) {
			return invalid("a status of %d bytes", len(s.text))
		}
		for _, r := range s.text {
			if unicode.IsControl(r) {
				return invalid("a status with control characters")
			}
		}
	}
	return nil
}
