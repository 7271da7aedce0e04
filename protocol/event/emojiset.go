package event

// MaxEmojiSide is the longest side of the picture of a custom emoji, in pixels.
const MaxEmojiSide = 128

// EmojiSet gives a name of the pack of a conversation a picture, or takes it away. Of all that is said of one name, the newest in the
// order of the log counts.
type EmojiSet struct {
	Name    string `cbor:"0,keyasint"`           // without colons
	Picture []byte `cbor:"1,keyasint,omitempty"` // PNG, JPEG, GIF or WebP; nil takes the name away
}

// Kind is emoji.set.
func (EmojiSet) Kind() string { return "emoji.set" }

// Validate refuses what is no name of an emoji, and by its header a picture that is none or not small.
func (e EmojiSet) Validate() error {
	if !IsEmojiName(":" + e.Name + ":") {
		return invalid("a custom emoji has a name")
	}
	if e.Picture == nil {
		return nil
	}
	return picture(e.Picture, MaxEmojiSide, "png", "jpeg", "gif", "webp")
}
