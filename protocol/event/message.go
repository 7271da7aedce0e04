package event

import (
	"errors"
	"unicode/utf8"

	"conclave/protocol"
)

// MessageSent is a text that somebody wrote. The text is kept byte for byte: nothing is trimmed, normalised or stripped.
type MessageSent struct {
	Content string           `cbor:"0,keyasint"`
	ReplyTo protocol.EventID `cbor:"1,keyasint,omitzero"` // the message that it answers, zero for none

	Forwarded *Forwarded `cbor:"10,keyasint,omitempty"`
	Priority  Priority   `cbor:"11,keyasint,omitzero"`
	Mentions  []Mention  `cbor:"20,keyasint,omitempty"` // whom parts of the text mean

	Preview  *Preview     `cbor:"30,keyasint,omitempty"` // of an address in the text, nil for none
	Location *Location    `cbor:"31,keyasint,omitempty"`
	Card     *ContactCard `cbor:"32,keyasint,omitempty"`
	Poll     *Poll        `cbor:"33,keyasint,omitempty"` // that the text asks
}

// Kind is message.sent.
func (MessageSent) Kind() string { return "message.sent" }

// Text is what was written.
func (m MessageSent) Text() string { return m.Content }

// Validate refuses an empty text, one over protocol.MaxText bytes, one that is not UTF-8, and fields out of their bounds.
func (m MessageSent) Validate() error {
	switch {
	case m.Content == "":
		return invalid("a message has a text")
	case len(m.Content) > protocol.MaxText:
		return invalid("a text of %d bytes is over %d", len(m.Content), protocol.MaxText)
	case !utf8.ValidString(m.Content):
		return invalid("a text is UTF-8")
	case m.Priority > Urgent:
		return invalid("a priority of %d", m.Priority)
	}
	return m.extras()
}

// extras checks what the text is sent with.
func (m MessageSent) extras() error {
	all := []error{m.Forwarded.validate(), mentions(m.Mentions, m.Content)}
	if m.Preview != nil {
		all = append(all, m.Preview.Validate())
	}
	if m.Location != nil {
		all = append(all, m.Location.Validate())
	}
	if m.Card != nil {
		all = append(all, m.Card.Validate())
	}
	if m.Poll != nil {
		all = append(all, m.Poll.Validate())
	}
	return errors.Join(all...)
}
