package emoji

import (
	"conclave/node/feature"
	"conclave/protocol"
	"conclave/protocol/event"
	"conclave/storage"
)

// The picture of an emoji stays in its event. Where several nodes added too many at the same time, the same ones count everywhere: those that
// were set first.

// emojiRow is what an event says of a name.
type emojiRow struct {
	Name    string           `cbor:"0,keyasint"`
	Picture protocol.Picture `cbor:"1,keyasint,omitzero"` // zero: taken away
	By      protocol.Account `cbor:"2,keyasint"`
	Place   protocol.Place   `cbor:"3,keyasint"`
}

// At implements feature.Ruling.
func (r emojiRow) At() protocol.Place { return r.Place }

// Holds implements feature.Ruling.
func (r emojiRow) Holds() bool { return !r.Picture.IsZero() }

// named are the emoji, by name.
var named = feature.Verdicts[emojiRow]{Table: storage.Emoji}

// said takes an event.
func (s *slice) said(tx feature.Tx, e feature.Entry, b event.EmojiSet) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	r := emojiRow{Name: b.Name, By: e.Author, Place: e.Place()}
	if b.Picture != nil {
		r.Picture = protocol.PictureOf(e.Log, b.Picture)
	}
	return named.Say(tx, realm, []byte(b.Name), r)
}

// unsaid takes an event back that is not shown any more.
func (s *slice) unsaid(tx feature.Tx, e feature.Entry, b event.EmojiSet) error {
	realm, err := s.Realms.Conversation(tx, e.Log)
	if err != nil {
		return err
	}
	return named.Unsay(tx, realm, []byte(b.Name), e.Place())
}

// pack returns the emoji of a conversation that count, in the order in which they were set.
func pack(tx feature.Tx, realm *storage.Realm) (out []emojiRow, err error) {
	err = named.Each(tx, realm, storage.ScanOptions{Limit: MaxPack}, func(name []byte) (bool, error) {
		r, err := named.Of(tx, realm, name)
		out = append(out, r)
		return err == nil, err
	})
	return out, err
}
