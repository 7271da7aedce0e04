package feature

import (
	"bytes"
	"time"

	"conclave/protocol"
	"conclave/protocol/markup"
)

// MessageKind says what a row of a conversation is.
type MessageKind string

// Kinds of rows.
const (
	MessageText    MessageKind = "text"    // somebody wrote it
	MessageNotice  MessageKind = "notice"  // something happened; its text is ready to show
	MessageUnknown MessageKind = "unknown" // a newer version understands it
	MessageDeleted MessageKind = "deleted" // its text was taken away for everyone
)

// Message is a row of a conversation as one account is shown it. Slices add fields to it by Annotate.
type Message struct {
	ID           protocol.EventID `json:"id"`
	Conversation protocol.Log     `json:"conversation"`
	Author       protocol.Account `json:"author"`
	AuthorName   string           `json:"author_name,omitempty" doc:"in groups: what the author calls itself; nothing vouches for it"`
	Text         string           `json:"text"`
	SentAt       time.Time        `json:"sent_at"`
	State        State            `json:"state" enum:"sending,sent,delivered,read,failed" doc:"of a message of another: delivered, or read once the caller read it"`
	Reason       string           `json:"reason,omitempty" doc:"why it failed"`
	ReadAt       time.Time        `json:"read_at,omitzero" doc:"when the other said that it was read"`
	Kind         MessageKind      `json:"kind" enum:"text,notice,unknown,waiting,deleted"`
	EditedAt     time.Time        `json:"edited_at,omitzero" doc:"when its author gave it the text that it has now"`
	ReplyTo      *Quote           `json:"reply_to,omitempty" doc:"the message that it answers"`
	Thread       protocol.EventID `json:"thread,omitzero" doc:"the message whose thread it is said in; it has no row in the conversation"`
	Deleted      *Deletion        `json:"deleted,omitempty" doc:"who deleted it for everyone"`
	Forwarded    *Forwarded       `json:"forwarded,omitempty" doc:"it was written elsewhere"`
	Priority     Priority         `json:"priority,omitempty" enum:"important,urgent" doc:"left out for a plain message"`
	Urgent       bool             `json:"urgent,omitempty" doc:"it passes do-not-disturb of the caller, who allows that to its author"`
	Ordinal      *int             `json:"ordinal,omitempty" doc:"in lists: its number among the rows of the conversation, the oldest being 0; some numbers show nothing"`
	Notice       []Happening      `json:"notice,omitempty" doc:"what a notice tells, part by part; its text says the same in English"`
	Place        string           `json:"place,omitempty" doc:"sorts as the messages of the conversation stand, byte by byte"`
	Gap          bool             `json:"gap,omitempty" doc:"something before it has not arrived yet"`

	Again bool `json:"again,omitempty" doc:"in live frames: it is not new, it is shown otherwise now"`

	added map[string]any
}

// MarshalJSON writes the fields and what slices added.
func (m Message) MarshalJSON() ([]byte, error) {
	type plain Message
	out, err := Encode(plain(m))
	if err != nil || len(m.added) == 0 {
		return out, err
	}
	more, err := Encode(m.added)
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{out[:len(out)-1], more[1:]}, []byte{','}), nil
}

// With returns the message with the fields that slices added to it.
func (m Message) With(added map[string]any) Message {
	m.added = added
	return m
}

// Quote is the message that another one answers, as the viewer of that is shown it.
type Quote struct {
	ID         protocol.EventID `json:"id"`
	Author     protocol.Account `json:"author,omitzero"`
	AuthorName string           `json:"author_name,omitempty" doc:"in groups"`
	Text       string           `json:"text" doc:"the first 200 characters of what it says now, without marks"`
	Deleted    bool             `json:"deleted,omitempty" doc:"it is not there for the caller, or not yet; author and text are left out"`
}

// Deletion is by whom and when a message was deleted for everyone.
type Deletion struct {
	By     protocol.Account `json:"by,omitzero" doc:"its author, or a moderator; left out where that is not known here"`
	ByName string           `json:"by_name,omitempty" doc:"in groups"`
	At     time.Time        `json:"at,omitzero"`
}

// Forwarded tells that a message was written elsewhere.
type Forwarded struct {
	Name string `json:"name,omitempty" doc:"how who wrote it is called, as who forwarded it tells; nothing vouches for it"`
}

// Priority is how much a message presses.
type Priority string

// Priorities; the zero value is that of a plain message.
const (
	Important Priority = "important"
	Urgent    Priority = "urgent"
)

// MaxQuote is how much of a message is quoted, in characters.
const MaxQuote = 200

// QuoteOf is a message as what answers or recalls it shows it to a local viewer, to whom FindMessage gave it.
func (h *Host) QuoteOf(tx Tx, viewer protocol.Account, c Conversation, e Entry) (Quote, error) {
	text, err := h.TextOf(tx, e)
	if err != nil {
		return Quote{}, err
	}
	q := Quote{ID: e.ID, Author: e.Author, Text: First(markup.Plain(text), MaxQuote)}
	if c.Group() {
		q.AuthorName = h.NameIn(tx, viewer, c.Log, e.Author)
	}
	return q, nil
}

// Shown is what one slice knows of showing messages. It registers it with ShowMessages; others ask the Host.
type Shown struct {
	Find func(tx Tx, viewer protocol.Account, log protocol.Log, id protocol.EventID) (Conversation, Entry, error)
	Show func(tx Tx, viewer protocol.Account, c Conversation, e Entry) (Message, bool, error)
	Tell func(log protocol.Log, id protocol.EventID)
}

// ShowMessages registers how messages are found and shown. One slice does.
func ShowMessages(h *Host, s Shown) { h.reg.shown = s }

// FindMessage returns a message that a local viewer is shown now, with its conversation. ErrNotFound where it is not here, not
// a message, erased, hidden from the viewer or not for it to read; ErrLocked while the account is locked.
func (h *Host) FindMessage(tx Tx, viewer protocol.Account, log protocol.Log, id protocol.EventID) (Conversation, Entry, error) {
	if h.reg.shown.Find == nil {
		return Conversation{}, Entry{}, ErrUnavailable
	}
	return h.reg.shown.Find(tx, viewer, log, id)
}

// ShowMessage describes an event of a conversation that a local viewer sees and may read, with what all slices add; false
// where there is nothing to show of it.
func (h *Host) ShowMessage(tx Tx, viewer protocol.Account, c Conversation, e Entry) (Message, bool, error) {
	if h.reg.shown.Show == nil {
		return Message{}, false, ErrUnavailable
	}
	return h.reg.shown.Show(tx, viewer, c, e)
}

// TellMessage tells open pages that a message is shown otherwise now, each account as it is shown to that one. Call it after
// the commit. It does nothing for a message that is not here.
func (h *Host) TellMessage(log protocol.Log, id protocol.EventID) {
	if h.reg.shown.Tell != nil {
		h.reg.shown.Tell(log, id)
	}
}
