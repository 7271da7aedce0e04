package event

import "conclave/protocol"

// PinSet pins a message for everybody in its conversation, or takes the pin away. Of all that is said of one message, the newest
// in the order of the log counts. The message may not be here yet.
type PinSet struct {
	Message protocol.EventID `cbor:"0,keyasint"`
	On      bool             `cbor:"1,keyasint,omitempty"` // false: taken away
}

// Kind is pin.set.
func (PinSet) Kind() string { return "pin.set" }

// Validate refuses a pin of nothing.
func (p PinSet) Validate() error {
	if p.Message.IsZero() {
		return invalid("a pin names its message")
	}
	return nil
}
