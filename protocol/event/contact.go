package event

import "unicode/utf8"

// MaxName is how long a display name may be, in bytes; MaxAddress an address.
const (
	MaxName    = 128
	MaxAddress = 300
)

// ContactIntroduced opens a direct conversation: who writes here, and, where a contact link was used, the link's secret,
// which is the other's consent.
type ContactIntroduced struct {
	Name    string `cbor:"0,keyasint"`
	Address string `cbor:"1,keyasint,omitempty"`
	Secret  []byte `cbor:"2,keyasint,omitempty"` // 16 bytes or none
}

// Kind is contact.introduced.
func (ContactIntroduced) Kind() string { return "contact.introduced" }

// Validate checks the lengths.
func (c ContactIntroduced) Validate() error {
	if len(c.Secret) != 0 && len(c.Secret) != 16 {
		return invalid("a link secret of %d bytes", len(c.Secret))
	}
	return card(c.Name, c.Address)
}

// ContactAccepted answers an introduction: the author takes the other as a contact, and says who he is.
type ContactAccepted struct {
	Name    string `cbor:"0,keyasint"`
	Address string `cbor:"1,keyasint,omitempty"`
}

// Kind is contact.accepted.
func (ContactAccepted) Kind() string { return "contact.accepted" }

// Validate checks the lengths.
func (c ContactAccepted) Validate() error { return card(c.Name, c.Address) }

// ProfileChanged tells a contact the author's new name.
type ProfileChanged struct {
	Name    string `cbor:"0,keyasint"`
	Address string `cbor:"1,keyasint,omitempty"`
}

// Kind is profile.changed.
func (ProfileChanged) Kind() string { return "profile.changed" }

// Validate checks the lengths.
func (p ProfileChanged) Validate() error { return card(p.Name, p.Address) }

func card(name, address string) error {
	switch {
	case name == "" || len(name) > MaxName || !utf8.ValidString(name):
		return invalid("a name has 1 to %d bytes of UTF-8", MaxName)
	case len(address) > MaxAddress || !utf8.ValidString(address):
		return invalid("an address has at most %d bytes of UTF-8", MaxAddress)
	}
	for _, r := range name {
		if r < 0x20 || r == 0x7f {
			return invalid("a name has no control characters")
		}
	}
	return nil
}
