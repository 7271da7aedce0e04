package mailbox

import "fmt"

// Mode says for whom a node keeps blobs.
type Mode int

// Modes. The zero value is for nodes that host a contact of somebody here, or a member of the same group.
const (
	Contacts Mode = iota
	Off
	Anyone
)

// ParseMode reads off, contacts or anyone.
func ParseMode(text string) (Mode, error) {
	switch text {
	case "contacts":
		return Contacts, nil
	case "off":
		return Off, nil
	case "anyone":
		return Anyone, nil
	}
	return 0, fmt.Errorf("%q is not off, contacts or anyone", text)
}

// String is the word that ParseMode reads.
func (m Mode) String() string {
	switch m {
	case Off:
		return "off"
	case Anyone:
		return "anyone"
	}
	return "contacts"
}
