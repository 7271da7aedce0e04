package event

// Forwarded says that a text was written elsewhere. It names no conversation, message or account.
type Forwarded struct {
	Name string `cbor:"0,keyasint,omitempty"` // how who wrote it is called, as who forwarded it tells; may be empty
}

func (f *Forwarded) validate() error {
	if f == nil || f.Name == "" {
		return nil
	}
	return card(f.Name, "")
}

// Priority is how much a message presses.
type Priority uint64

// Priorities; the zero value is that of a plain message.
const (
	Normal Priority = iota
	Important
	Urgent
)
