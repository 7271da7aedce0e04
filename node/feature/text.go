package feature

import (
	"fmt"
	"unicode/utf8"

	"conclave/protocol"
	"conclave/protocol/event"
)

// Refusals of texts of messages.
var (
	ErrTextEmpty   = &Error{Status: 400, Code: "text_empty", Detail: "A message has a text."}
	ErrTextTooLong = &Error{Status: 413, Code: "text_too_long", Detail: fmt.Sprintf("A message has at most %d bytes of UTF-8.", protocol.MaxText)}
	ErrNotUTF8     = &Error{Status: 400, Code: "not_utf8", Detail: "A text is UTF-8."}
)

// CheckText refuses what cannot be the text of a message.
func CheckText(text string) error {
	switch {
	case text == "":
		return ErrTextEmpty
	case len(text) > protocol.MaxText:
		return ErrTextTooLong
	case !utf8.ValidString(text):
		return ErrNotUTF8
	}
	return nil
}

// First returns the beginning of a text, at most n characters.
func First(text string, n int) string {
	at := 0
	for range n {
		if at == len(text) {
			return text
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return text[:at]
}

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
