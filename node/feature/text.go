package feature

import "conclave/protocol/event"

// Texts registers what a message says now, which is another text than its event's once it was edited. One slice does.
func Texts(h *Host, fn func(Tx, Entry) (string, error)) { h.reg.text = fn }

// TextOf returns what a message says now: where no slice knows better, what it said first.
func (h *Host) TextOf(tx Tx, e Entry) (string, error) {
	if h.reg.text != nil {
		return h.reg.text(tx, e)
	}
	body, err := event.Decode[event.MessageSent](e.Body)
	return body.Content, err
}
