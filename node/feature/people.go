package feature

import (
	"conclave/protocol"
	"conclave/storage"
)

// What slices know of people for one another: a slice registers it here, others ask the Host.
type people struct {
	founded []func(Tx, Founding) error
	cards   func(tx Tx, viewer, of protocol.Account) (Card, error)
	said    func(tx Tx, log protocol.Log, of protocol.Account) (Card, error)
	link    func(tx Tx, local protocol.Account, secret []byte) bool
	changed func(protocol.Account)

	privacy  func(tx Tx, of protocol.Account, in protocol.Log) (Privacy, error)
	chose    []func(protocol.Account)
	presence func(tx Tx, viewer, of protocol.Account) (*Presence, error)
	hides    func(Tx, protocol.Account) (bool, error)
}

// Founding is a local account in the transaction that makes it.
type Founding struct {
	Account protocol.Account
	Name    protocol.Name
	Display string         // how its owner wants to be called
	Realm   *storage.Realm // the account's, which Realms gives only after the commit
}

// Founded registers what a slice writes of a new account, in the transaction that makes it.
func Founded(h *Host, fn func(Tx, Founding) error) { h.reg.founded = append(h.reg.founded, fn) }

// Found runs what slices registered for a new account.
func (h *Host) Found(tx Tx, f Founding) error {
	for _, fn := range h.reg.founded {
		if err := fn(tx, f); err != nil {
			return err
		}
	}
	return nil
}

// Card is how an account calls itself. The zero Card means that it is not known.
type Card struct {
	Name    string // display name
	Address protocol.Address
}

// Cards registers where the cards of accounts are. One slice does.
func Cards(h *Host, fn func(tx Tx, viewer, of protocol.Account) (Card, error)) { h.reg.cards = fn }

// Card returns how an account calls itself, as far as a local viewer knows; the viewer's own card for itself. It fails with
// ErrLocked where that cannot be read now.
func (h *Host) Card(tx Tx, viewer, of protocol.Account) (Card, error) {
	if h.reg.cards == nil {
		return Card{}, nil
	}
	return h.reg.cards(tx, viewer, of)
}

// CardsIn registers where what members of a log said of themselves in it is. One slice does.
func CardsIn(h *Host, fn func(tx Tx, log protocol.Log, of protocol.Account) (Card, error)) {
	h.reg.said = fn
}

// NameIn returns how a member of a group is called for a local viewer: as it told the viewer, else as it told the group, else
// the beginning of its id.
func (h *Host) NameIn(tx Tx, viewer protocol.Account, log protocol.Log, of protocol.Account) string {
	if name := h.NameOf(tx, viewer, of); name != "" {
		return name
	}
	if h.reg.said != nil {
		if card, err := h.reg.said(tx, log, of); err == nil && card.Name != "" {
			return card.Name
		}
	}
	return of.String()[:shortAccount]
}

// Nameless tells whether this is what NameIn returns for an account whose name nobody told here.
func Nameless(of protocol.Account, name string) bool { return name == of.String()[:shortAccount] }

// NameOf returns the display name of an account as far as a local viewer knows it, empty where it does not.
func (h *Host) NameOf(tx Tx, viewer, of protocol.Account) string {
	card, err := h.Card(tx, viewer, of)
	if err != nil {
		return ""
	}
	return card.Name
}

// Links registers how the secret of a contact link is checked, in constant time. One slice does.
func Links(h *Host, fn func(tx Tx, local protocol.Account, secret []byte) bool) { h.reg.link = fn }

// CheckLink tells whether a secret is that of the contact link of a local, unlocked account: whoever holds it has that
// account's consent.
func (h *Host) CheckLink(tx Tx, local protocol.Account, secret []byte) bool {
	return h.reg.CheckLink(tx, local, secret)
}

// CheckLink is Host.CheckLink for the node.
func (r *Registry) CheckLink(tx Tx, local protocol.Account, secret []byte) bool {
	return r.link != nil && r.link(tx, local, secret)
}

// MeChanged registers what tells an account's watchers that what they know of their own account changed. One slice does.
func MeChanged(h *Host, fn func(protocol.Account)) { h.reg.people.changed = fn }

// TellMe tells an account's watchers that its own description changed. It is called after the commit.
func (h *Host) TellMe(a protocol.Account) {
	if h.reg.people.changed != nil {
		h.reg.people.changed(a)
	}
}
