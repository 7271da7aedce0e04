package event

import "conclave/protocol"

// ReactionSet puts an emoji of its author to a message, or takes it away. Of what an author says of one emoji and message, the
// newest in the order of the log counts. The message may not be here yet.
type ReactionSet struct {
	Message protocol.EventID `cbor:"0,keyasint"`
	Emoji   string           `cbor:"1,keyasint"`           // as CanonEmoji spells it, or the name of a custom one
	Picture protocol.Picture `cbor:"2,keyasint,omitzero"`  // of a custom emoji, else zero
	On      bool             `cbor:"3,keyasint,omitempty"` // false: taken away
}

// Kind is reaction.set.
func (ReactionSet) Kind() string { return "reaction.set" }

// Validate refuses a reaction to nothing, and one by something other than one emoji.
func (r ReactionSet) Validate() error {
	switch {
	case r.Message.IsZero():
		return invalid("a reaction names its message")
	case r.Picture.IsZero() && (r.Emoji == "" || CanonEmoji(r.Emoji) != r.Emoji):
		return invalid("a reaction is one emoji")
	case !r.Picture.IsZero() && !IsEmojiName(r.Emoji):
		return invalid("a custom emoji has a name")
	}
	return nil
}
