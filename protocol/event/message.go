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
	Thread  protocol.EventID `cbor:"2,keyasint,omitzero"` // the message whose thread it is said in, zero for the conversation itself

	Forwarded *Forwarded `cbor:"10,keyasint,omitempty"`
	Priority  Priority   `cbor:"11,keyasint,omitzero"`
	Mentions  []Mention  `cbor:"20,keyasint,omitempty"` // whom parts of the text mean

	Preview  *Preview     `cbor:"30,keyasint,omitempty"` // of an address in the text, nil for none
	Location *Location    `cbor:"31,keyasint,omitempty"`
	Card     *ContactCard `cbor:"32,keyasint,omitempty"`
	Picture  *Picture     `cbor:"33,keyasint,omitempty"`
	Poll     *Poll        `cbor:"34,keyasint,omitempty"` // that the text asks
}

// Kind is message.sent.
func (MessageSent) Kind() string { return "message.sent" }

// Text is what was written.
func (m MessageSent) Text() string { return m.Content }

// bare is how the body of a message begins that has a text and nothing else.
const bare = 0xa1

// ThreadOf returns the message whose thread the body of a message.sent is said in, zero for none and for an erased body. A plain
// message is not decoded for it.
func ThreadOf(body []byte) protocol.EventID {
	if len(body) == 0 || body[0] == bare {
		return protocol.EventID{}
	}
	m, err := Decode[MessageSent](body)
	if err != nil {
		return protocol.EventID{} // the door lets none in
	}
	return m.Thread
}

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
	all := []error{m.Forwarded.validate(), mentions(m.Mentions, m.Content), m.pictures()}
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
