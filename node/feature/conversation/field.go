package conversation

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/protocol/membership"
	"conclave/protocol/picture"
)

// Bounds of what a group shows of itself, in characters.
const (
	maxName        = 128
	maxDescription = 2000
	maxRules       = 4000
)

// inline is how long a text may be to stand in the operation itself, in bytes: three of them, with 16 parents, fit.
const inline = 900

// named begins the value of a field that holds the name of its content; a text has no such byte.
const named = 0

// nameIn returns the name of the content that a value stands for.
func nameIn(value []byte) (name [32]byte, ok bool) {
	if len(value) != 1+len(name) || value[0] != named {
		return name, false
	}
	return [32]byte(value[1:]), true
}

// shows tells whether some field stands for the content of a name.
func shows(state *membership.State, name [32]byte) bool {
	for _, k := range []membership.FieldKey{membership.Description, membership.Picture, membership.Rules} {
		if n, ok := nameIn(state.Meta(k)); ok && n == name {
			return true
		}
	}
	return false
}

// text returns a field as people read it; empty while its content is not here.
func (s *slice) text(tx feature.Tx, c feature.Conversation, k membership.FieldKey) (string, error) {
	value := c.State.Meta(k)
	if name, ok := nameIn(value); ok {
		content, err := s.detail(tx, c.Log, name)
		value = content
		if err != nil {
			return "", err
		}
	}
	if !utf8.Valid(value) {
		return "", nil
	}
	return string(value), nil
}

// face returns what a group shows of itself.
func (s *slice) face(tx feature.Tx, c feature.Conversation) (out feature.Face, err error) {
	if out.Description, err = s.text(tx, c, membership.Description); err != nil {
		return out, err
	}
	if out.Rules, err = s.text(tx, c, membership.Rules); err != nil {
		return out, err
	}
	name, ok := nameIn(c.State.Meta(membership.Picture))
	if !ok {
		return out, nil
	}
	picture, err := s.detail(tx, c.Log, name)
	if feature.PictureKind(picture) != "" {
		out.Picture = picture
	}
	return out, err
}

// content is what a field is to hold.
type content struct {
	key   membership.FieldKey
	bytes []byte
}

// fits tells whether the content stands in the operation itself.
func (c content) fits() bool {
	return len(c.bytes) == 0 || c.key != membership.Picture && len(c.bytes) <= inline
}

// value is what the field holds.
func (c content) value(log protocol.Log) []byte {
	if c.fits() {
		return append([]byte{}, c.bytes...)
	}
	name := event.DetailName(log, c.bytes)
	return append([]byte{named}, name[:]...)
}

// carry says in the group's log what does not fit into the field.
func (s *slice) carry(tx feature.Tx, by protocol.Account, log protocol.Log, c content) error {
	if c.fits() {
		return nil
	}
	_, err := s.Timeline.Append(tx, feature.Draft{Log: log, Author: by, Body: event.ConversationDetailed{Content: c.bytes}})
	return err
}

// checkText refuses texts that are too long or hold control characters other than line breaks and tabs.
func checkText(what, text string, longest int) error {
	if utf8.RuneCountInString(text) > longest {
		return feature.ErrBadRequest.With("%s has at most %d characters.", what, longest)
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }) {
		return feature.ErrBadRequest.With("%s has no control characters.", what)
	}
	return nil
}

func checkName(name string) error {
	if strings.TrimSpace(name) == "" || strings.ContainsAny(name, "\n\t") {
		return feature.ErrBadRequest.With("A group has a name of one line.")
	}
	return checkText("A name", name, maxName)
}

// ErrPicture says that a picture cannot be taken.
var ErrPicture = &feature.Error{Status: 400, Code: "bad_picture", Detail: "A picture is a PNG, JPEG, WebP or GIF of at most 32 KiB, as a data URL."}

// parsePicture reads a data URL. What the picture is, its bytes say; what stands beside it, as where it was taken, is taken away.
func parsePicture(url string) ([]byte, error) {
	if url == "" {
		return nil, nil
	}
	head, data, ok := strings.Cut(url, ",")
	if !ok || !strings.HasPrefix(head, "data:image/") || !strings.HasSuffix(head, ";base64") || len(data) > base64.StdEncoding.EncodedLen(event.MaxDetail) {
		return nil, ErrPicture
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(data)
	if err != nil || len(raw) == 0 || len(raw) > event.MaxDetail || feature.PictureKind(raw) == "" {
		return nil, ErrPicture
	}
	bare, err := picture.Bare(raw)
	if err != nil {
		return nil, ErrPicture
	}
	return bare, nil
}
