package event

import "conclave/protocol"

// MessageEdited is another text for a message of the same author. One of another author changes nothing: who wrote the message is
// known only where the message is, so nobody refuses it for that.
type MessageEdited struct {
	Message protocol.EventID `cbor:"0,keyasint"`
	Content string           `cbor:"1,keyasint"` // as of a MessageSent

	Mentions []Mention `cbor:"20,keyasint,omitempty"` // whom parts of it mean, in place of those before
}

// Kind is message.edited.
func (MessageEdited) Kind() string { return "message.edited" }

// Text is what the message says from now on.
func (m MessageEdited) Text() string { return m.Content }

// Validate refuses what a MessageSent may not say, and an edit of nothing.
func (m MessageEdited) Validate() error {
	if m.Message.IsZero() {
		return invalid("an edit names its message")
	}
	return MessageSent{Content: m.Content, Mentions: m.Mentions}.Validate()
}
