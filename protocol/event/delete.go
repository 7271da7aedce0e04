package event

import "conclave/protocol"

// MessageDeleted takes the text of a message and of its edits away on every node. Whether it counts is known only where the
// message is: one of whom neither wrote the message nor may remove it changes nothing, and nobody refuses it for that.
type MessageDeleted struct {
	Message protocol.EventID `cbor:"0,keyasint"`
	Thread  protocol.EventID `cbor:"1,keyasint,omitzero"` // whose thread the message was said in: its own text does not tell any more
}

// Kind is message.deleted.
func (MessageDeleted) Kind() string { return "message.deleted" }

// Validate refuses to delete nothing.
func (m MessageDeleted) Validate() error {
	if m.Message.IsZero() {
		return invalid("a deletion names its message")
	}
	return nil
}
