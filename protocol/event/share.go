package event

import (
	"unicode/utf8"

	"conclave/protocol"
	"conclave/protocol/markup"
)

// Bounds of what is shared, in bytes.
const (
	MaxLocationLabel = 100
	MaxCardLink      = 2048
)

// Location is a point on the earth, in millionths of a degree. It says where something is, not that its author was there.
type Location struct {
	Latitude  int64  `cbor:"0,keyasint"`           // north is positive
	Longitude int64  `cbor:"1,keyasint"`           // east is positive
	Accuracy  uint64 `cbor:"2,keyasint,omitempty"` // meters around it, zero for not known
	Label     string `cbor:"3,keyasint,omitempty"`
	Until     uint64 `cbor:"4,keyasint,omitempty"` // its author tells of moves until then, Unix milliseconds; 0: it is a place that stays
}

// Validate checks that the point is on the earth, and the label.
func (l Location) Validate() error {
	const degree = 1_000_000
	if l.Latitude < -90*degree || l.Latitude > 90*degree || l.Longitude < -180*degree || l.Longitude > 180*degree || l.Accuracy > 20_000_000 {
		return invalid("a location is on the earth")
	}
	if l.Until > maxTime {
		return invalid("a location is live until a time")
	}
	return line("a label", l.Label, MaxLocationLabel)
}

// ContactCard names an account, so that the reader can add it. The author vouches for nothing: who adds it checks that the account behind address or
// link is this one.
type ContactCard struct {
	Account protocol.Account `cbor:"0,keyasint"`
	Name    string           `cbor:"1,keyasint"`
	Address string           `cbor:"2,keyasint,omitempty"`
	Link    string           `cbor:"3,keyasint,omitempty"` // a contact link, of the author's own account as a rule
}

// Validate checks the account, the lengths and that the link names the account.
func (c ContactCard) Validate() error {
	if c.Account.IsZero() {
		return invalid("a card names an account")
	}
	if err := card(c.Name, c.Address); err != nil {
		return err
	}
	if err := line("a name", c.Name, MaxName); err != nil || c.Link == "" {
		return err
	}
	link, err := protocol.ParseLink(c.Link)
	if err != nil || len(c.Link) > MaxCardLink || link.Account != c.Account {
		return invalid("the link of a card is one of its account")
	}
	return nil
}

// line checks a text of one line.
func line(what, text string, most int) error {
	if len(text) > most || !utf8.ValidString(text) {
		return invalid("%s has at most %d bytes of UTF-8", what, most)
	}
	for _, r := range text {
		if r < 0x20 || r == 0x7f || markup.Turns(r) {
			return invalid("%s has no control characters", what)
		}
	}
	return nil
}
