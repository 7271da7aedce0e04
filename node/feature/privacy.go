package feature

import "conclave/protocol"

// Audience says who is told something of an account.
type Audience string

// Audiences. Nobody is mutual: who tells nobody is not told of others either.
const (
	Everyone Audience = "everyone" // with whom there is a direct conversation, open requests included
	Contacts Audience = "contacts" // accepted ones
	Nobody   Audience = "nobody"
)

// Includes tells whether somebody who stands so to the account belongs to the audience.
func (a Audience) Includes(s ContactState) bool {
	switch a {
	case Everyone:
		return s == ContactAccepted || s == ContactRequested || s == ContactPending
	case Contacts:
		return s == ContactAccepted
	}
	return false
}

// Privacy is what a local account lets others know of what it does. Receipts and Typing are mutual.
type Privacy struct {
	Receipts bool // that it read a message
	Typing   bool // that it writes
	LastSeen Audience
	Online   Audience // its state and its status
}

// Balanced is the Privacy of whoever chose nothing.
func Balanced() Privacy {
	return Privacy{Receipts: true, Typing: true, LastSeen: Contacts, Online: Contacts}
}

// Privacies registers what local accounts chose. One slice does.
func Privacies(h *Host, fn func(tx Tx, of protocol.Account, in protocol.Log) (Privacy, error)) {
	h.reg.people.privacy = fn
}

// PrivacyOf returns what a local account chose, for a conversation or, with the zero log, in general. It fails with ErrLocked
// while the account is locked.
func (h *Host) PrivacyOf(tx Tx, of protocol.Account, in protocol.Log) (Privacy, error) {
	if h.reg.people.privacy == nil {
		return Balanced(), nil
	}
	return h.reg.people.privacy(tx, of, in)
}

// PrivacyChanged registers who wants to know that a local account chose something else. It is told after the commit and must
// not block.
func PrivacyChanged(h *Host, fn func(protocol.Account)) {
	h.reg.people.chose = append(h.reg.people.chose, fn)
}

// TellPrivacy tells everybody who registered.
func (h *Host) TellPrivacy(a protocol.Account) {
	for _, fn := range h.reg.people.chose {
		fn(a)
	}
}
