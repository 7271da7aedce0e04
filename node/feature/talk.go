package feature

import (
	"errors"
	"fmt"
	"time"

	"conclave/protocol"
	"conclave/protocol/event"
)

// What slices know of conversations for one another: a slice registers it here, others ask the Host.
type talk struct {
	standing func(Tx, protocol.Account, Conversation) (Standing, error)
	permits  []PermitFunc
	unread   func(Tx, protocol.Account, Conversation) (int, error)
	cursor   func(Tx, protocol.Account, Conversation) (Cursor, error)
	leave    func(Tx, protocol.Account, Conversation) error
	face     func(Tx, Conversation) (Face, error)
	notices  map[string]func(Tx, protocol.Account, Entry) (Told, error)
	changed  []func(protocol.Log)
	read     []func(ReadMove)
	text     func(Tx, Entry) (string, error)
}

// See describes a conversation that a local account may see now: ErrNotFound for one of others, for a hidden one and for none,
// ErrLocked while the account is locked.
func (h *Host) See(tx Tx, viewer protocol.Account, log protocol.Log) (Conversation, error) {
	if !h.Keys.Unlocked(viewer) {
		return Conversation{}, ErrLocked
	}
	c, err := h.Timeline.Conversation(tx, log)
	if errors.Is(err, ErrLocked) {
		return Conversation{}, ErrNotFound // the viewer holds no key of it, or it would have opened
	}
	if err != nil {
		return Conversation{}, err
	}
	return c, h.Visible(tx, viewer, c)
}

// ContactState is how an account stands to another.
type ContactState string

// How an account stands to another; the zero value means that it does not.
const (
	ContactRequested ContactState = "requested" // the other asks
	ContactPending   ContactState = "pending"   // the account asked
	ContactAccepted  ContactState = "accepted"
	ContactBlocked   ContactState = "blocked"
)

// Standing is how a local account stands to the other of a direct conversation, and what it was told of the other before the
// other spoke for itself.
type Standing struct {
	State   ContactState
	Name    string
	Address protocol.Address
}

// Standings registers how local accounts stand to others. One slice does.
func Standings(h *Host, fn func(tx Tx, viewer protocol.Account, c Conversation) (Standing, error)) {
	h.reg.standing = fn
}

// StandingOf returns how a local account stands to the other of a direct conversation; the zero Standing where it does not.
func (h *Host) StandingOf(tx Tx, viewer protocol.Account, c Conversation) (Standing, error) {
	if h.reg.standing == nil {
		return Standing{}, nil
	}
	return h.reg.standing(tx, viewer, c)
}

// TitleOf returns what a conversation is called for a local viewer: a group's name; of a direct one the other's name, else its
// address, else the beginning of its id.
func (h *Host) TitleOf(tx Tx, viewer protocol.Account, c Conversation, s Standing) (string, Card, error) {
	if c.Group() {
		return c.Title(), Card{}, nil
	}
	other := c.Other(viewer)
	card, err := h.Card(tx, viewer, other)
	if err != nil {
		return "", Card{}, err
	}
	if card.Name == "" {
		card.Name = s.Name
	}
	if card.Address == "" {
		card.Address = s.Address
	}
	switch {
	case card.Name != "":
		return card.Name, card, nil
	case card.Address != "":
		return string(card.Address), card, nil
	}
	return other.String()[:shortAccount], card, nil
}

// shortAccount is how much of an account's id is shown where it has no name, in characters.
const shortAccount = 12

// ReachOf tells how the node of an account is reached; an account of this node is there.
func (h *Host) ReachOf(tx Tx, a protocol.Account) Reach {
	if h.Directory.Local(tx, a) {
		return Reach{Connected: true}
	}
	return h.Delivery.Reach(a)
}

// PermitFunc says whether a local account may write into a conversation that it sees.
type PermitFunc func(tx Tx, author protocol.Account, c Conversation) error

// Permit lets a slice refuse what a local account wants to write, for example to a person that it blocked.
func Permit(h *Host, fn PermitFunc) { h.reg.permits = append(h.reg.permits, fn) }

// Permitted asks every Permit.
func (h *Host) Permitted(tx Tx, author protocol.Account, c Conversation) error {
	for _, permit := range h.reg.permits {
		if err := permit(tx, author, c); err != nil {
			return err
		}
	}
	return nil
}

// Unread registers how many messages of a conversation a local account has not read. One slice does.
func Unread(h *Host, fn func(Tx, protocol.Account, Conversation) (int, error)) { h.reg.unread = fn }

// UnreadOf returns how many messages of a conversation a local account has not read.
func (h *Host) UnreadOf(tx Tx, viewer protocol.Account, c Conversation) (int, error) {
	if h.reg.unread == nil {
		return 0, nil
	}
	return h.reg.unread(tx, viewer, c)
}

// Cursor is how far an account got in reading a conversation. The zero Cursor means that it read nothing.
type Cursor struct {
	Read protocol.Place // what it says it read
	At   time.Time      // when it said so
	Seen protocol.Place // Read, or its own newest message where that is later

	Told   protocol.Place // of Read, what it lets others know
	ToldAt time.Time      // when it said that
}

// Cursors registers how far accounts read, local and remote ones. One slice does.
func Cursors(h *Host, fn func(tx Tx, reader protocol.Account, c Conversation) (Cursor, error)) {
	h.reg.cursor = fn
}

// CursorOf returns how far an account read.
func (h *Host) CursorOf(tx Tx, reader protocol.Account, c Conversation) (Cursor, error) {
	if h.reg.cursor == nil {
		return Cursor{}, nil
	}
	return h.reg.cursor(tx, reader, c)
}

// CursorOf is Host.CursorOf for the node.
func (r *Registry) CursorOf(tx Tx, reader protocol.Account, c Conversation) (Cursor, error) {
	if r.cursor == nil {
		return Cursor{}, nil
	}
	return r.cursor(tx, reader, c)
}

// Leaving registers how a local account leaves a group. One slice does.
func Leaving(h *Host, fn func(Tx, protocol.Account, Conversation) error) { h.reg.leave = fn }

// Leave has a local account leave a group that it is a member of.
func (h *Host) Leave(tx Tx, member protocol.Account, c Conversation) error {
	if h.reg.leave == nil {
		return ErrUnavailable
	}
	return h.reg.leave(tx, member, c)
}

// ReadMove is that an account read further than before.
type ReadMove struct {
	Conversation Conversation
	Reader       protocol.Account
	After        protocol.Place // how far it had read before
}

// ReadMoved registers who wants to know that an account read further. It is told after the commit and must not block.
func ReadMoved(h *Host, fn func(ReadMove)) { h.reg.read = append(h.reg.read, fn) }

// TellRead tells everybody who registered.
func (h *Host) TellRead(m ReadMove) {
	for _, fn := range h.reg.read {
		fn(m)
	}
}

// ConversationChanged registers who wants to know that what the list of conversations shows of one has changed. It is told
// after the commit and must not block.
func ConversationChanged(h *Host, fn func(protocol.Log)) {
	h.reg.talk.changed = append(h.reg.talk.changed, fn)
}

// TellConversation tells everybody who registered.
func (h *Host) TellConversation(log protocol.Log) {
	for _, fn := range h.reg.talk.changed {
		fn(log)
	}
}

// Notice registers how an event of kind B reads as a row between the messages of a conversation; an empty text leaves it out.
func Notice[B event.Body](h *Host, fn func(tx Tx, viewer protocol.Account, e Entry, body B) (Told, error)) {
	var zero B
	h.reg.notices[zero.Kind()] = func(tx Tx, viewer protocol.Account, e Entry) (Told, error) {
		b, err := event.Decode[B](e.Body)
		if err != nil {
			return Told{}, err
		}
		return fn(tx, viewer, e, b)
	}
}

// NoticeOf returns how an event reads for a local viewer, with an empty text where it is not shown.
func (h *Host) NoticeOf(tx Tx, viewer protocol.Account, e Entry) (Told, error) {
	fn := h.reg.notices[e.Kind]
	if fn == nil || e.Erased() {
		return Told{}, nil
	}
	told, err := fn(tx, viewer, e)
	if err != nil {
		return Told{}, fmt.Errorf("tell of %s: %w", e.Kind, err)
	}
	return told, nil
}

// Noticed tells whether events of a kind are ever shown as notices.
func (h *Host) Noticed(kind string) bool { return h.reg.notices[kind] != nil }

// Understands tells whether some slice knows the kind.
func (h *Host) Understands(kind string) bool { return h.reg.Understands(kind) }
