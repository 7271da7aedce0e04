package protocol

import "conclave/crypto/canon"

// Picture names a small picture within one log, as that of a custom emoji: H("picture", log || content). Who is not told of the
// log cannot guess it, and the same picture is called otherwise in another log.
type Picture [32]byte

// PictureOf returns the name of a picture in a log.
func PictureOf(log Log, content []byte) Picture {
	return Picture(canon.Hash("picture", log[:], content))
}

// IsZero tells whether this is the name of no picture.
func (p Picture) IsZero() bool { return p == Picture{} }

func (p Picture) String() string { return "i_" + text32.EncodeToString(p[:]) }

// MarshalText returns the text form, i_ and 52 letters, nothing for none.
func (p Picture) MarshalText() ([]byte, error) {
	if p.IsZero() {
		return []byte{}, nil
	}
	return []byte(p.String()), nil
}

// UnmarshalText reads the text form; any other spelling is ErrID.
func (p *Picture) UnmarshalText(b []byte) error { return parseID("i_", b, p[:]) }
